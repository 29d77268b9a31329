"""The interface between a sweep and the executor that runs its trials."""

from collections.abc import Callable, Collection, Hashable
from typing import Any, Protocol


class Lost(Exception):
    """A trial returned no record because its process died. The message has the reason.

    Attributes:
        again: whether to retry it, as another trial may have caused the failure.
    """

    def __init__(self, reason: str, again: bool = False):
        super().__init__(reason)
        self.again = again


class Executor(Protocol):
    """Runs trials. The sweep decides what starts next, and handles records and the display.

    Attributes:
        slots: number of trials it can run in parallel; may change while it runs.
    """

    @property
    def slots(self) -> int: ...

    def submit(self, run: Callable[[Any], dict], trial: Any) -> Hashable:
        """Start `run(trial)`; return a handle immediately."""
        ...

    def wait(self, running: Collection[Any], seconds: float) -> Collection[Any]:
        """Return the handles that have finished, waiting at most so many seconds."""
        ...

    def result(self, handle: Any) -> dict:
        """Return the record of a finished trial, or raise `Lost`."""
        ...

    def close(self) -> None:
        """Stop everything that it started, including running trials."""
        ...
