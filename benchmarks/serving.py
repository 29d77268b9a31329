"""Milliseconds of a call of a served model, at batches of 1, 32 and 256.

    python -m benchmarks.serving                      # about ten minutes on two cores
    python -m benchmarks.serving --only predict       # some, by a prefix of the name

The model is a text classifier with an LSTM of 128 units over 200 words: in `predict`, or as a
SavedModel (`model.export`, or `tf.saved_model.save`) loaded again. The sides take turns in one
process, after their probabilities were equal. Keras is `keras.layers`; in `predict` with
`jit_compile="auto"` and with `jit_compile=True`, of which the faster counts.
"""

import dataclasses

import numpy as np
import tyro

from benchmarks.clock import Patience, interleave, untimed
from benchmarks.fresh import KERAS, KERAS_XLA, OURS, Settings, layers, planned
from benchmarks.new_sizes import EXPORTED, PREDICT, SAVED, network, served, texts
from benchmarks.record import DONE, RESULTS, Record

UNITS, STEPS = 128, 200
PATIENCE = Patience(seconds=4.0, fewest=10, most=300)


@dataclasses.dataclass(frozen=True)
class Case:
    """How a model is served, the batch size, and whether texts are padded."""

    use: str
    batch: int
    masked: bool

    @property
    def name(self) -> str:
        """Name of the case, as in `predict-32-masked`."""
        return f"{self.use}-{self.batch}-{'masked' if self.masked else 'dense'}"


CASES = [
    Case(use, batch, masked)
    for use in (PREDICT, EXPORTED, SAVED)
    for batch in (1, 32, 256)
    for masked in (True, False)
]


def measure(case: Case) -> dict:
    """Return a row: the fastest call of each side, and our speedup.

    Raises:
        RuntimeError: if the sides give different probabilities.
    """
    x = texts(case.batch, STEPS, case.masked)
    calls = {}
    for side in (KERAS, KERAS_XLA, OURS) if case.use == PREDICT else (KERAS, OURS):
        model = network(layers(side), case.masked, UNITS, jit_compile=side == KERAS_XLA)
        calls[side] = _call(model, case.use, x)
    outputs = {side: call() for side, call in calls.items()}
    for side, probabilities in outputs.items():
        if not np.allclose(probabilities, outputs[KERAS], atol=1e-5):
            raise RuntimeError(f"{case.name}: {side} is not equal to {KERAS}")
    timings = interleave({side: untimed(call) for side, call in calls.items()}, PATIENCE)
    sides = {s: {"min_ms": t.least, "median_ms": t.median} for s, t in timings.items()}
    better = min((s for s in sides if s != OURS), key=lambda side: sides[side]["min_ms"])
    ratio = sides[better]["min_ms"] / sides[OURS]["min_ms"]
    return {"name": case.name, "status": DONE, "sides": sides, "better": better, "ratio": ratio}


def _call(model, use: str, x):
    """Return the function that gives the probabilities of `x`."""
    if use == PREDICT:
        return lambda: model.predict(x, batch_size=len(x), verbose=0)
    function = served(model, use)
    return lambda: np.asarray(function(x))


def main(settings: Settings) -> None:
    """Measure the cases without a record, and print a line for each."""
    record = Record(RESULTS / "serving.json", fresh=settings.fresh)
    for case in planned(CASES, settings):
        if not record.done(case.name):
            record.add(measure(case))
        row = record.rows[case.name]
        ours, keras = row["sides"][OURS], row["sides"][row["better"]]
        print(
            f"{case.name:28s} {row['better']:9s} {keras['min_ms']:7.1f} ms, ours "
            f"{ours['min_ms']:7.1f} ms: {row['ratio']:.2f} times faster",
            flush=True,
        )


if __name__ == "__main__":
    main(tyro.cli(Settings, prog="python -m benchmarks.serving", description=__doc__))
