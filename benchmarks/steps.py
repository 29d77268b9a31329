"""A training step on a CPU: jitted on JAX, op by op on torch and in eager TensorFlow.

    KERAS_BACKEND=jax python -m benchmarks.steps                # four minutes on two cores
    KERAS_BACKEND=tensorflow python -m benchmarks.steps         # without tf.function
    KERAS_BACKEND=torch python -m benchmarks.steps --only GRU   # some, by a prefix of the name

A step computes the outputs of one layer and the gradients of its inputs and weights. The sides take
turns in one process, after their results were equal. Keras is `keras.layers`, or
`keras.layers.RNN` around our cell where it has no such layer. The first calls include compiling;
ours comes first, so whatever both need once counts against it.
"""

import argparse

import keras
import numpy as np

import keras_gated as kg
from benchmarks import lengths, machine, parity
from benchmarks.clock import Patience, interleave, untimed
from benchmarks.gpu.backend import current, first_call, numbers
from benchmarks.gpu.cases import Case
from benchmarks.record import DONE, RESULTS, Record
from benchmarks.sides import KERAS, OURS

PATIENCE = Patience(seconds=6.0, fewest=8, most=400)

CASES = [
    Case(layer, *sizes, masked, training=True)
    for sizes in ((64, 200, 128, 256), (32, 100, 64, 64))
    for layer in ("LSTM", "GRU", "LayerNormLSTM", "MinGRU")
    for masked in (True, False)
]


def layers_of(name: str, units: int) -> dict:
    """Return a layer of each side, ours first."""
    ours = getattr(kg, name)(units, return_sequences=True)
    if theirs := getattr(keras.layers, name, None):
        return {OURS: ours, KERAS: theirs(units, return_sequences=True)}
    cell = getattr(kg, f"{name}Cell")(units)
    return {OURS: ours, KERAS: keras.layers.RNN(cell, return_sequences=True)}


def measure(case: Case, backend, patience: Patience = PATIENCE) -> dict:
    """Return a row: the first and the fastest call of each side, and our speedup.

    Raises:
        RuntimeError: if the sides give different outputs or gradients.
    """
    rng = np.random.default_rng(3)
    x = rng.normal(size=(case.batch, case.time, case.features)).astype("float32")
    upstream = rng.normal(size=(case.batch, case.time, case.units)).astype("float32")
    mask = lengths.mask(lengths.draw(case.batch, case.time), case.time) if case.masked else None
    steps, weights = {}, None
    for side, layer in layers_of(case.layer, case.units).items():
        layer.build(x.shape)
        weights = weights or [parity.uneven(w.name, w.numpy(), rng) for w in layer.weights]
        layer.set_weights(weights)
        steps[side] = backend.training(layer, x, mask, upstream)
    first = {side: first_call(step) for side, step in steps.items()}
    results = {
        side: {str(index): value for index, value in enumerate(numbers(step()))}
        for side, step in steps.items()
    }
    if not parity.passed(parity.distances(results[OURS], results[KERAS])):
        raise RuntimeError(f"{case.name}: ours is not equal to {KERAS}")
    timings = interleave({side: untimed(step) for side, step in steps.items()}, patience)
    sides = {
        side: {"min_ms": t.least, "median_ms": t.median, "first_s": first[side]}
        for side, t in timings.items()
    }
    return {
        "name": case.name,
        "status": DONE,
        "sides": sides,
        "better": KERAS,
        "ratio": sides[KERAS]["min_ms"] / sides[OURS]["min_ms"],
        "first_ratio": sides[OURS]["first_s"] / sides[KERAS]["first_s"],
    }


def main(argv=None) -> None:
    """Measure the cases without a record, and print a line for each."""
    parser = argparse.ArgumentParser("benchmarks.steps", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=[""], help="prefixes of the names of cases")
    parser.add_argument("--fresh", action="store_true", help="measure again what is recorded")
    settings = parser.parse_args(argv)
    backend, name = current(), keras.backend.backend()
    if backend.on_gpu():
        parser.error("this machine has a GPU; run `python -m benchmarks.gpu`")
    if name == "tensorflow":
        import tensorflow as tf

        tf.config.run_functions_eagerly(True)
    versions = {"keras": keras.__version__, "keras_gated": kg.__version__, **backend.version()}
    about = {"machine": machine.machine(), "versions": versions}
    record = Record(RESULTS / f"steps-{name}.json", fresh=settings.fresh, about=about)
    backend.product(64)()  # the backend has started before anything is timed
    for case in CASES:
        if not case.name.startswith(tuple(settings.only)):
            continue
        if not record.done(case.name):
            record.add(measure(case, backend))
        row = record.rows[case.name]
        ours, keras_ = row["sides"][OURS], row["sides"][KERAS]
        print(
            f"{case.name:44s} keras {keras_['min_ms']:7.1f} ms, ours {ours['min_ms']:7.1f} ms: "
            f"{row['ratio']:.2f} times faster; first call {row['first_ratio']:.2f} times as long",
            flush=True,
        )


if __name__ == "__main__":
    main()
