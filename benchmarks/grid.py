"""The grid: where is ours not faster? Every size from one short row to many long ones.

Ours, too, is timed on both sides here: where a call takes half a millisecond, it counts that a
program of XLA's is called from a graph, and whoever compiles all around Keras's layer does so
around ours.
"""

import itertools
from collections.abc import Iterable

from benchmarks import limit
from benchmarks.cases import Case, title
from benchmarks.clock import Patience
from benchmarks.layer_call import LayerCall
from benchmarks.sides import KERAS

BATCHES, TIMES, UNITS = (1, 8, 64, 256), (10, 100, 1_000), (16, 128, 512)
TARGET = 0.95
PATIENCE = Patience(seconds=1.5, fewest=5, most=200)
# A step of more seconds than this on Keras is left out.
LONGEST_STEP = 1.5
# The share of a large matrix product's speed that Keras's loop reaches on a CPU, roughly.
SHARE = 0.5


def points(layers: Iterable[str]) -> list[Case]:
    """Return the points of the grid, small ones first."""
    sizes = sorted(
        itertools.product(BATCHES, TIMES, UNITS), key=lambda s: (s[0] * s[1] * s[2] ** 2, s)
    )
    return [
        _point(
            LayerCall(layer, batch, time, units=units, masked=masked, training=training, whole=True)
        )
        for layer in layers
        for batch, time, units in sizes
        for masked in (True, False)
        for training in (True, False)
    ]


def _point(call: LayerCall) -> Case:
    masked = "masked" if call.masked else "dense"
    training = "training" if call.training else "inference"
    return Case(
        f"grid-{call.layer}-{masked}-{training}-{call.batch}x{call.time}x{call.units}",
        f"{title(call.layer)}, {masked}, {training}",
        call,
        {KERAS: TARGET},
        PATIENCE,
    )


def too_long(case: Case, matmul_ms: float) -> bool:
    """Say whether Keras would take too long for a step, from the speed of a large product."""
    assert isinstance(case.work, LayerCall)
    return limit.milliseconds(limit.flops(case.work), matmul_ms) / SHARE > 1e3 * LONGEST_STEP
