"""What a sweep asks of the place where its trials run."""

from collections.abc import Callable, Collection, Hashable
from typing import Any, Protocol


class Lost(Exception):
    """A trial of which no line came back: what ran it died. Its message says why.

    Attributes:
        again: whether it is worth running again, as what killed it may have been another's.
    """

    def __init__(self, reason: str, again: bool = False):
        super().__init__(reason)
        self.again = again


class Executor(Protocol):
    """Runs trials. What starts next, what is kept and what is shown is the sweep's business.

    Attributes:
        slots: how many trials it can run side by side; may change while it runs.
    """

    @property
    def slots(self) -> int: ...

    def submit(self, run: Callable[[Any], dict], trial: Any) -> Hashable:
        """Start `run(trial)` and return a handle of it, at once."""
        ...

    def wait(self, running: Collection[Any], seconds: float) -> Collection[Any]:
        """Return those of the handles that have ended, after so many seconds at the latest."""
        ...

    def result(self, handle: Any) -> dict:
        """Return the line of a trial that has ended, or raise `Lost`."""
        ...

    def close(self) -> None:
        """End everything that it started, trials that run too."""
        ...
