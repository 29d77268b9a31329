"""Interleaved timing: the sides of a comparison take turns, and the fastest turn of each counts.

A machine changes its speed, by a factor of up to 1.8 and for seconds at a time. Sides that take
turns meet the same weather; the fastest of many turns is the one that nothing disturbed.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

WARM_UPS = 2


@dataclass
class Timing:
    """The turns of one side, in seconds."""

    turns: list[float] = field(default_factory=list)

    @property
    def least(self) -> float:
        """The fastest turn in milliseconds."""
        return 1e3 * min(self.turns)

    @property
    def median(self) -> float:
        """The median turn in milliseconds."""
        return 1e3 * float(np.median(self.turns))


@dataclass(frozen=True)
class Patience:
    """How long to go on: at least `fewest` turns a side, at most `most`, about `seconds` a side."""

    seconds: float = 5.0
    fewest: int = 10
    most: int = 60

    def over(self, turns: int, elapsed_a_side: float) -> bool:
        """Say whether it is time to stop after so many turns and seconds a side."""
        return turns >= self.most or (turns >= self.fewest and elapsed_a_side >= self.seconds)


def interleave(
    steps: Mapping[str, Callable[[], float | None]], patience: Patience
) -> dict[str, Timing]:
    """Let each step run in turn (A B C A B C ...) until patience is over.

    Args:
        steps: what to time, by name. A step that answers with a number has timed itself.
        patience: when to stop.

    Returns:
        The turns of each step, by name.
    """
    for step in steps.values():
        for _ in range(WARM_UPS):
            step()
    timings = {name: Timing() for name in steps}
    began = time.perf_counter()
    turns = 0
    while steps and not patience.over(turns, (time.perf_counter() - began) / len(steps)):
        for name, step in steps.items():
            start = time.perf_counter()
            own = step()
            timings[name].turns.append(time.perf_counter() - start if own is None else own)
        turns += 1
    return timings
