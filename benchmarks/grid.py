"""The grid: at which sizes are our layers not faster? From one short row to many long ones.

On the grid our layers are timed both ways, too. In calls of half a millisecond it matters that an
XLA program is called from a graph, and users who compile around a Keras layer can compile around
ours.
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
# Points where a step of Keras would take more seconds than this are left out.
LONGEST_STEP = 1.5
# Rough fraction of a large matrix product's speed that Keras's loop reaches on a CPU.
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
    """Return whether a step of Keras would take too long, from the speed of a large product."""
    assert isinstance(case.work, LayerCall)
    return limit.milliseconds(limit.flops(case.work), matmul_ms) / SHARE > 1e3 * LONGEST_STEP
