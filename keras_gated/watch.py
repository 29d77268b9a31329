"""Looking on while recurrent layers are called: by this `trace` sees into a whole model.

While a watch is on, each `Recurrent` that is called carries its cell by the loop that keeps every
state and gate, and shows them to the watch.
"""

import contextlib
import contextvars
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
from keras import ops, tree

from keras_gated import engine, masks
from keras_gated.cell import GatedCell
from keras_gated.noise import SILENCE

_CURRENT: contextvars.ContextVar["Watch | None"] = contextvars.ContextVar("watch", default=None)


class Call(NamedTuple):
    """One call of a layer, as tensors whose steps lie in the order in which they were taken."""

    name: str
    cell: Any
    inside: engine.Inside
    mask: Any
    backwards: bool


class Watch:
    """What is seen of the calls of recurrent layers, in their order.

    Args:
        nudges: None, or for each call that will come what `loop.everything` adds to its states.
    """

    def __init__(self, nudges=None):
        self.calls: list[Call] = []
        self._nudges = nudges

    @contextlib.contextmanager
    def on(self) -> Iterator["Watch"]:
        """Let layers show what they do; variables (a stateful layer's states) stay as they are."""
        token = _CURRENT.set(self)
        try:
            with keras.StatelessScope():
                yield self
        finally:
            _CURRENT.reset(token)

    def carry(self, layer, inputs, past, mask, *, noise=SILENCE, reset=None, cell=None):
        """Carry a layer's cell (or `cell`, of its stack), and note what it did."""
        nudges = self._nudges[len(self.calls)] if self._nudges else None
        name = layer.name if cell is None else f"{layer.name}/{cell.name}"
        cell = cell or layer.cell
        inside, state = engine.inside(
            cell, inputs, past, mask, noise=noise, reset=reset, nudges=nudges
        )
        self.calls.append(Call(name, cell, inside, mask, layer.go_backwards))
        return inside, state

    def see_stack(self, layer, inputs, initial_state, mask):
        """Note what the cells of a stack do: what Keras computes step by step, cell by cell.

        The two are the same, since a masked step leaves the states of all cells alone.
        """
        cells = getattr(layer.cell, "cells", [layer.cell])
        if not all(isinstance(cell, GatedCell) for cell in cells):
            return
        if self._nudges:
            raise ValueError(
                f"the states inside {layer.name!r}, a stack of cells, cannot be reached for "
                "gradients; write the cells as layers, one after the other."
            )
        mask = masks.check(mask, inputs)
        if layer.go_backwards:
            inputs = ops.flip(inputs, axis=1)
            mask = None if mask is None else ops.flip(mask, axis=1)
        given = iter(tree.flatten(initial_state))
        for cell in cells:
            past = [
                ops.cast(ops.convert_to_tensor(next(given)), cell.state_dtype) for _ in cell.states
            ]
            inside, _ = self.carry(layer, inputs, cell.State(*past), mask, cell=cell)
            inputs = inside.states[cell.states[0]]


def current() -> Watch | None:
    """Return the watch that is on, if one is."""
    return _CURRENT.get()
