"""Wall and CPU seconds of `fit` and `predict` in fresh processes, tracing and compiling included.

    python -m benchmarks.fit_wall                       # all cases, about 25 minutes on two cores
    python -m benchmarks.fit_wall --only lstm-64-masked # some cases, by a prefix of the name

The data are 2,000 rows of 100 timesteps in batches of 32 (the last one is smaller) and 500
validation rows; then `predict` runs on 777 rows. Each case runs in one process per side. The sides
take turns, and the fastest of `--turns` runs of each counts; imports are excluded. Keras is
`keras.layers`, compiled with `compile(jit_compile="auto")` and with `jit_compile=True`: the faster
one counts.
"""

import importlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import tyro

from benchmarks.record import Record
from benchmarks.row import DONE

RESULTS = Path(__file__).parent / "results" / "fit_wall.json"
KERAS, KERAS_XLA, OURS = "keras", "keras xla", "ours"


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


@dataclass
class Settings:
    """What is measured.

    Args:
        only: prefixes of the names of cases; all by default.
        turns: runs of each side.
        fresh: measure again what is recorded.
        list: print the cases and exit.
    """

    only: list[str] = field(default_factory=list)
    turns: int = 2
    fresh: bool = False
    list: bool = False


def measure(side: str, case: Case) -> dict:
    """Return the seconds of one run in this process."""
    import keras
    import numpy as np

    layers = importlib.import_module("keras_gated" if side == OURS else "keras.layers")
    rng = np.random.default_rng(0)
    rows, steps, words = 2_500, 100, 5_000
    x, y = rng.integers(1, words, (rows, steps)).astype("int32"), rng.integers(0, 2, rows)
    if case.masked:
        lengths = rng.lognormal(np.log(steps) - 1, 0.6, rows).clip(5, steps).astype(int)
        x[np.arange(steps)[None] >= lengths[:, None]] = 0
    keras.utils.set_random_seed(0)

    def recurrent(**arguments):
        layer = getattr(layers, case.layer)(case.units, **arguments)
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
    wall, cpu = time.perf_counter(), time.process_time()
    valid = (x[2_000:], y[2_000:])
    history = model.fit(
        x[:2_000], y[:2_000], batch_size=32, epochs=case.epochs, validation_data=valid, verbose=0
    )
    fitted = time.perf_counter() - wall
    model.predict(x[:777], verbose=0)
    return {
        "fit": fitted,
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "loss": history.history["loss"][-1],
    }


def run(side: str, case: Case) -> dict:
    """Return the result of `measure` in a fresh process."""
    arguments = [sys.executable, "-m", "benchmarks.fit_wall", side, json.dumps(vars(case))]
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{case.name}, {side}: {done.stderr[-800:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(case: Case, turns: int) -> dict:
    """Return a row: the fastest run of each side, and our speedup."""
    by_side: dict[str, list[dict]] = {side: [] for side in (KERAS, KERAS_XLA, OURS)}
    for turn in range(turns):
        for side, runs in by_side.items():
            # Keras's slower side need not be timed a second time.
            if (
                turn
                and side != OURS
                and side == max((KERAS, KERAS_XLA), key=lambda s: _best(by_side, s))
            ):
                continue
            runs.append(run(side, case))
    sides = {side: min(runs, key=lambda r: r["wall"]) for side, runs in by_side.items()}
    better = min((KERAS, KERAS_XLA), key=lambda side: sides[side]["wall"])
    ratio = sides[better]["wall"] / sides[OURS]["wall"]
    return {
        "name": case.name,
        "status": DONE,
        "sides": sides,
        "better": better,
        "ratio": ratio,
        "cpu_ratio": sides[better]["cpu"] / sides[OURS]["cpu"],
    }


def _best(by_side: dict, side: str) -> float:
    return min(r["wall"] for r in by_side[side])


def main(settings: Settings) -> None:
    """Measure the cases without a record, and print a line for each."""
    cases = [c for c in CASES if not settings.only or c.name.startswith(tuple(settings.only))]
    if settings.list:
        print("\n".join(case.name for case in cases))
        return
    record = Record(RESULTS, fresh=settings.fresh)
    for case in cases:
        if not record.done(case.name):
            record.add(compare(case, settings.turns))
        row = record.rows[case.name]
        ours, keras = row["sides"][OURS], row["sides"][row["better"]]
        print(
            f"{case.name:32s} {row['better']:9s} {keras['wall']:6.1f} s ({keras['cpu']:.1f} CPU), "
            f"ours {ours['wall']:6.1f} s ({ours['cpu']:.1f} CPU): {row['ratio']:.2f} times faster",
            flush=True,
        )


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in (KERAS, KERAS_XLA, OURS):
        print(json.dumps(measure(sys.argv[1], Case(**json.loads(sys.argv[2])))))
    else:
        main(tyro.cli(Settings, prog="python -m benchmarks.fit_wall", description=__doc__))
