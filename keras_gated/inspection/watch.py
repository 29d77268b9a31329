"""Records the calls of recurrent layers, for `trace` and `gradient_flow`.

While a `Watch` is on, it replaces the engine: it runs the cell of each `Recurrent` that is called
by the loop that returns every state and gate.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras

from keras_gated import engine


class Call(NamedTuple):
    """One call of a layer, as tensors whose timesteps are in the order of computation."""

    name: str
    cell: Any
    inside: engine.Inside
    mask: Any
    backwards: bool


class Watch:
    """The calls of recurrent layers, in order.

    Args:
        nudges: None, or for each call the tensors that `loop.everything` adds to its states.
    """

    def __init__(self, nudges=None):
        self.calls: list[Call] = []
        self._nudges = nudges

    @contextlib.contextmanager
    def on(self) -> Iterator["Watch"]:
        """Record the layers called within the context; stateful layers keep their states."""
        token = engine.OBSERVER.set(self)
        try:
            with keras.StatelessScope():
                yield self
        finally:
            engine.OBSERVER.reset(token)

    def run(self, request, inputs, past, mask, *, noise, reset):
        """Run the cell of a call as `engine.run` does, and record the results."""
        nudges = self._nudges[len(self.calls)] if self._nudges else None
        inside, state = engine.inside(
            request.cell, inputs, past, mask, noise=noise, reset=reset, nudges=nudges
        )
        self.calls.append(Call(request.name, request.cell, inside, mask, request.go_backwards))
        return inside, state
