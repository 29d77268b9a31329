"""One side of a comparison: a step to time, and the numbers that it must give."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

KERAS, KERAS_XLA, OURS, OURS_XLA, TORCH = "keras", "keras xla", "ours", "ours xla", "torch"


@dataclass(frozen=True)
class Side:
    """What is timed, and what is checked first.

    Attributes:
        name: the column of the table.
        step: one step; returns when it is done, with its seconds if it timed itself.
        numbers: arrays by name, from the same function or one made in the same way.
        against: name of the reference, whose numbers these must equal; None if there is none.
        timed: whether it is timed, or serves only as a reference.
        note: a remark for readers of the record.
    """

    name: str
    step: Callable[[], float | None]
    numbers: Callable[[], dict[str, np.ndarray]]
    against: str | None = KERAS
    timed: bool = True
    note: str | None = None


def wait(results) -> None:
    """Wait until the results are computed; nothing is copied on a CPU."""
    for result in results:
        np.asarray(result)
