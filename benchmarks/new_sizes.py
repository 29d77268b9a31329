"""Seconds that batches of sizes not seen before take: ten batch sizes, or twenty lengths.

    python -m benchmarks.new_sizes                  # all cases, about ten minutes on two cores
    python -m benchmarks.new_sizes --only lengths   # some, by a prefix of the name

A model with an LSTM of 64 units is used with batches of 32 x 100 first, and then with one batch of
each new size: in `fit`, in `predict`, or as a SavedModel (`model.export`, or
`tf.saved_model.save`) loaded again. Keras is `keras.layers`, with `jit_compile="auto"` and with
`jit_compile=True`: the faster one counts.
"""

import tempfile
from dataclasses import dataclass

from benchmarks import lengths
from benchmarks.fresh import KERAS_XLA, Clock, layers, start

ROWS, STEPS, WORDS = 32, 100, 5_000
BATCHES = (17, 5, 64, 21, 18, 47, 3, 59, 12, 30)
LENGTHS = (37, 91, 64, 18, 55, 73, 29, 82, 46, 98, 23, 67, 88, 34, 76, 51, 95, 42, 61, 85)
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


def measure(side: str, case: Case) -> dict:
    """Return the seconds of the new sizes in this process."""
    import numpy as np
    import tensorflow as tf

    xla = {"jit_compile": True} if side == KERAS_XLA else {}
    model = network(layers(side), case.masked, 64, **xla)
    sizes = [(n, STEPS) for n in BATCHES] if case.new == "batches" else [(ROWS, n) for n in LENGTHS]
    new = [texts(*size, case.masked) for size in sizes]
    seen = texts(ROWS, STEPS, case.masked)
    if case.use == FIT:

        def use(batches):
            def rows():
                for x in batches:
                    yield x, np.arange(len(x), dtype="float32") % 2

            spec = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.float32)
            data = tf.data.Dataset.from_generator(rows, output_signature=spec)
            data = data.apply(tf.data.experimental.assert_cardinality(len(batches)))
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
    with Clock() as clock:
        use(new)
    return {"wall": clock.wall, "cpu": clock.cpu}


if __name__ == "__main__":
    start("benchmarks.new_sizes", CASES, measure, __doc__)
