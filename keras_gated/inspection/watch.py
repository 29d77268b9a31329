"""Observing recurrent layers while they are called: by this `trace` sees into a whole model.

While a watch is on, it runs the cell of each `Recurrent` that is called in the engine's place, by
the loop that keeps every state and gate.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras

from keras_gated import engine


class Call(NamedTuple):
    """One call of a layer, as tensors whose timesteps lie in the order in which they were taken."""

    name: str
    cell: Any
    inside: engine.Inside
    mask: Any
    backwards: bool


class Watch:
    """The calls of recurrent layers, in their order.

    Args:
        nudges: None, or for each call that will come what `loop.everything` adds to its states.
    """

    def __init__(self, nudges=None):
        self.calls: list[Call] = []
        self._nudges = nudges

    @contextlib.contextmanager
    def on(self) -> Iterator["Watch"]:
        """Observe the layers that are called; a stateful layer's states stay as they are."""
        token = engine.OBSERVER.set(self)
        try:
            with keras.StatelessScope():
                yield self
        finally:
            engine.OBSERVER.reset(token)

    def run(self, request, inputs, past, mask, *, noise, reset):
        """Run the cell of a call as `engine.run` does, and note what it computed."""
        nudges = self._nudges[len(self.calls)] if self._nudges else None
        inside, state = engine.inside(
            request.cell, inputs, past, mask, noise=noise, reset=reset, nudges=nudges
        )
        self.calls.append(Call(request.name, request.cell, inside, mask, request.go_backwards))
        return inside, state
