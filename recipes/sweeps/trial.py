"""The base class of trials: a model on some data, with the settings that identify its record."""

import dataclasses
from collections.abc import Hashable
from typing import ClassVar

from recipes.sweeps import record


@dataclasses.dataclass(frozen=True)
class Trial:
    """A trial; tasks add their own settings.

    Attributes:
        data: the data set.
        model: name of a cell or of a baseline.
        arm: what is equal for all models.
        size: amount of data, or length of the task.
        seed: seed of the initial weights and of other random draws.
        units: units of the cell; None for a baseline.

    Class attributes:
        growth: exponent of the size in the estimate of a trial's seconds.
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
        """Name of the trial: the same settings give the same key in every process."""
        return record.key(dataclasses.asdict(self))

    @property
    def group(self) -> Hashable:
        """Trials that a budget cuts together, so each seed exists for all models or for none."""
        return self.data, self.arm, self.size, self.seed
