"""Interleaved timing: the sides of a comparison take turns, and the fastest turn of each counts.

The speed of a machine varies by a factor of up to 1.8, for seconds at a time. Sides that take turns
run under the same conditions, and the fastest of many turns is the least disturbed.
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
        """Fastest turn in milliseconds."""
        return 1e3 * min(self.turns)

    @property
    def median(self) -> float:
        """Median turn in milliseconds."""
        return 1e3 * float(np.median(self.turns))


@dataclass(frozen=True)
class Patience:
    """When to stop: after `fewest` to `most` turns per side, and about `seconds` per side."""

    seconds: float = 5.0
    fewest: int = 10
    most: int = 60

    def over(self, turns: int, elapsed_a_side: float) -> bool:
        """Return whether to stop after this number of turns and seconds per side."""
        return turns >= self.most or (turns >= self.fewest and elapsed_a_side >= self.seconds)


def untimed(step: Callable[[], object]) -> Callable[[], None]:
    """Return a step that returns nothing, so that the clock times it."""

    def run() -> None:
        step()

    return run


def interleave(
    steps: Mapping[str, Callable[[], float | None]], patience: Patience
) -> dict[str, Timing]:
    """Run the steps in turns (A B C A B C ...) until patience is over.

    Args:
        steps: the steps to time, by name. A step that returns a number has timed itself.
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
            seconds = step()
            timings[name].turns.append(time.perf_counter() - start if seconds is None else seconds)
        turns += 1
    return timings
