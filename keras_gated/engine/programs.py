"""XLA programs of their own, for `jit_compile=True`."""

import types
import weakref
from collections.abc import Callable

from keras import ops

from keras_gated.engine.primitives import primitives, weights_as
from keras_gated.engine.request import Request

# Eager calls find the program of the call before; it goes with its cell.
_PROGRAMS: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def jit(request: Request, function: Callable, key: tuple) -> Callable:
    """Return `function(cell, *nests)` as an XLA program.

    In a graph it is traced anew with the graph, so that it is never older than that.

    Args:
        key: whatever else of the call its trace depends on.
    """
    if not request.eager:
        return _program(request.cell, function)
    programs = _PROGRAMS.setdefault(request.cell, {})
    # What a step may read of its cell besides weights, and may have been changed since then.
    read = ((name, value) for name, value in sorted(vars(request.cell).items()) if _is_read(value))
    key = (*key, *read)
    if key not in programs:
        programs[key] = _program(request.cell, function)
    return programs[key]


def _is_read(value) -> bool:
    """Whether a step may compute with an attribute: a number, a word, several, or a function."""
    if isinstance(value, tuple):
        return all(map(_is_read, value))
    plain = (bool, int, float, str, type(None), types.FunctionType)
    return isinstance(value, plain)


def _program(cell, function: Callable) -> Callable:
    reference = weakref.ref(cell)

    def traced(weights, *nests):
        cell = reference()
        with weights_as(cell.weights, weights):
            return function(cell, *nests)

    compiled = primitives().jit(traced)
    # The weights are arguments: read while tracing, they would be constants of the program.
    return lambda cell, *nests: compiled(
        [ops.convert_to_tensor(weight.value) for weight in cell.weights], *nests
    )
