"""Seconds that batches of sizes not seen before take: ten batch sizes, or twenty lengths.

    python -m benchmarks.new_sizes --turns 1        # all cases, about six minutes on two cores
    python -m benchmarks.new_sizes --only lengths   # some, by a prefix of the name

A model with an LSTM of 64 units is used with batches of 32 x 100 first, and then with one batch of
each new size, three times with other sizes, of which the fastest counts. It is used in `fit`, in
`predict`, or as a SavedModel (`model.export`, or `tf.saved_model.save`) loaded again. Keras is
`keras.layers`, with `jit_compile="auto"` and with `jit_compile=True`: the faster one counts.
"""

import tempfile
from dataclasses import dataclass

from benchmarks import lengths
from benchmarks.fresh import KERAS_XLA, Clock, layers, start

ROWS, STEPS, WORDS = 32, 100, 5_000
FIT, PREDICT, EXPORTED, SAVED = "fit", "predict", "export", "saved_model"


@dataclass(frozen=True)
class Case:
    """What is new (batches or lengths), where, and whether texts are padded."""

    new: str
    use: str
    masked: bool

    @property
    def name(self) -> str:
        """Name of the case, as in `batches-fit-masked`."""
        return f"{self.new}-{self.use}-{'masked' if self.masked else 'dense'}"


CASES = [
    Case(new, use, masked)
    for new in ("batches", "lengths")
    for use in (FIT, PREDICT, EXPORTED, SAVED)
    for masked in (True, False)
]


def texts(rows: int, steps: int, masked: bool):
    """Return token ids `(rows, steps)`, 0 for padding."""
    import numpy as np

    x = np.random.default_rng(rows * steps).integers(1, WORDS, (rows, steps)).astype("int32")
    return np.where(lengths.mask(lengths.draw(rows, steps), steps), x, 0) if masked else x


def network(of_side, masked: bool, units: int, **compiling):
    """Return a compiled text classifier with an LSTM of a side."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(WORDS, 64, mask_zero=masked),
            of_side.LSTM(units),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", **compiling)
    return model


def served(model, route: str):
    """Return the model's function after writing and loading a SavedModel."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        if route == EXPORTED:
            model.export(folder, verbose=False)
        else:
            spec = tf.TensorSpec((None, None), tf.int32)
            function = tf.function(lambda x: model(x, training=False), input_signature=[spec])
            module = tf.Module()
            module.model, module.serve = model, function
            tf.saved_model.save(module, folder)
        loaded = tf.saved_model.load(folder)
    return lambda x: loaded.serve(x)  # keeps its variables alive


def sizes(new: str) -> list[list[tuple[int, int]]]:
    """Return three sets of new sizes, none of them twice."""
    import numpy as np

    rng = np.random.default_rng(0)
    if new == "batches":
        numbers = rng.permutation([n for n in range(2, 65) if n != ROWS])[:30].reshape(3, 10)
        return [[(int(n), STEPS) for n in some] for some in numbers]
    numbers = rng.permutation(np.arange(20, STEPS))[:60].reshape(3, 20)
    return [[(ROWS, int(n)) for n in some] for some in numbers]


def measure(side: str, case: Case) -> dict:
    """Return the seconds of the new sizes in this process."""
    import tensorflow as tf

    xla = {"jit_compile": True} if side == KERAS_XLA else {}
    model = network(layers(side), case.masked, 64, **xla)
    seen = texts(ROWS, STEPS, case.masked)
    if case.use == FIT:

        def use(batches):
            rows = tf.ragged.stack(list(batches))
            data = tf.data.Dataset.from_tensor_slices(rows).map(tf.RaggedTensor.to_tensor)
            data = data.map(lambda x: (x, tf.zeros(tf.shape(x)[:1])))
            model.fit(data, shuffle=False, verbose=0)

    elif case.use == PREDICT:

        def use(batches):
            for x in batches:
                model.predict(x, batch_size=len(x), verbose=0)

    else:
        function = served(model, case.use)

        def use(batches):
            for x in batches:
                function(tf.constant(x))

    use([seen, seen])
    clocks = []
    for some in sizes(case.new):
        new = [texts(*size, case.masked) for size in some]
        with Clock() as clock:
            use(new)
        clocks.append(clock)
    fastest = min(clocks, key=lambda clock: clock.wall)
    return {"wall": fastest.wall, "cpu": fastest.cpu}


if __name__ == "__main__":
    start("benchmarks.new_sizes", CASES, measure, __doc__)
