"""What every trial is: a model on some data, with settings that its record is found again by."""

import dataclasses
from collections.abc import Hashable
from typing import ClassVar

from recipes.sweeps import record


@dataclasses.dataclass(frozen=True)
class Trial:
    """A trial; the tasks add their settings to these.

    Attributes:
        data: what is read.
        model: a cell's name, or a baseline's.
        arm: what is held equal between models.
        size: how much data is read, or how long it is.
        seed: of the first weights and of what is drawn.
        units: size of the cell; None for a baseline.

    Class attributes:
        growth: the power of its size with which its seconds grow.
        optional: whether a time budget may leave it out.
    """

    data: str
    model: str
    arm: str
    size: int
    seed: int = 0
    units: int | None = None

    growth: ClassVar[float] = 1.0
    optional: ClassVar[bool] = True

    @property
    def key(self) -> str:
        """Name of the trial: the same settings give the same key, in every process."""
        return record.key(dataclasses.asdict(self))

    @property
    def group(self) -> Hashable:
        """What a budget leaves out together, so that each seed is there for all models or none."""
        return self.data, self.arm, self.size, self.seed
