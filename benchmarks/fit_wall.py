"""Wall and CPU seconds of `fit` and `predict` in fresh processes, tracing and compiling included.

    python -m benchmarks.fit_wall                       # all cases, about 25 minutes on two cores
    python -m benchmarks.fit_wall --only lstm-64-masked # some cases, by a prefix of the name

The data are 2,000 rows of 100 timesteps in batches of 32 (the last one is smaller) and 500
validation rows; then `predict` runs on 777 rows. Imports are excluded. Keras is `keras.layers`,
compiled with `compile(jit_compile="auto")` and with `jit_compile=True`: the faster one counts.
"""

from dataclasses import dataclass

from benchmarks.fresh import KERAS_XLA, Clock, layers, start


@dataclass(frozen=True)
class Case:
    """A model to train: its layers, whether texts are padded, and the number of epochs."""

    layer: str
    units: int
    masked: bool
    epochs: int
    layers: int = 1
    bidirectional: bool = False

    @property
    def name(self) -> str:
        """Name of the case, as in `lstm-64-masked-5`."""
        kind = self.layer.lower() + (f"x{self.layers}" if self.layers > 1 else "")
        kind = f"bidirectional-{kind}" if self.bidirectional else kind
        return f"{kind}-{self.units}-{'masked' if self.masked else 'dense'}-{self.epochs}"


CASES = [
    Case(layer, units, masked, epochs)
    for layer in ("LSTM", "GRU", "SimpleRNN")
    for units in (64, 256)
    for masked in (True, False)
    for epochs in (1, 5)
] + [
    Case("LSTM", 64, masked, epochs, **more)
    for more in ({"layers": 3}, {"bidirectional": True})
    for masked in (True, False)
    for epochs in (1, 5)
]


def measure(side: str, case: Case) -> dict:
    """Return the seconds of one run in this process."""
    import keras
    import numpy as np

    of_side = layers(side)
    rng = np.random.default_rng(0)
    rows, steps, words = 2_500, 100, 5_000
    x, y = rng.integers(1, words, (rows, steps)).astype("int32"), rng.integers(0, 2, rows)
    if case.masked:
        lengths = rng.lognormal(np.log(steps) - 1, 0.6, rows).clip(5, steps).astype(int)
        x[np.arange(steps)[None] >= lengths[:, None]] = 0
    keras.utils.set_random_seed(0)

    def recurrent(**arguments):
        layer = getattr(of_side, case.layer)(case.units, **arguments)
        return keras.layers.Bidirectional(layer) if case.bidirectional else layer

    model = keras.Sequential(
        [
            keras.layers.Embedding(words, 64, mask_zero=case.masked),
            *(recurrent(return_sequences=True) for _ in range(case.layers - 1)),
            recurrent(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    jit_compile = True if side == KERAS_XLA else "auto"
    model.compile("adam", "binary_crossentropy", jit_compile=jit_compile)
    valid = (x[2_000:], y[2_000:])
    fitting = {"batch_size": 32, "epochs": case.epochs, "validation_data": valid, "verbose": 0}
    with Clock() as whole:
        with Clock() as fit:
            history = model.fit(x[:2_000], y[:2_000], **fitting)
        model.predict(x[:777], verbose=0)
    loss = history.history["loss"][-1]
    return {"fit": fit.wall, "wall": whole.wall, "cpu": whole.cpu, "loss": loss}


if __name__ == "__main__":
    start("benchmarks.fit_wall", CASES, measure, __doc__)
