"""The engine's primitives on the backend that Keras runs on."""

import contextlib
import importlib
from collections.abc import Sequence

import keras

BACKENDS = ("tensorflow", "jax")


def primitives():
    """Return the module of the primitives: `engine/tensorflow.py` or `engine/jax.py`."""
    return importlib.import_module(f"keras_gated.engine.{keras.backend.backend()}")


class _Weights(keras.StatelessScope):
    """Values of variables, within which no variable changes.

    Keras would cast each value to its variable's dtype: a kernel that is cast already, for the
    multiplications of half precision, would be cast back and forth at every timestep.
    """

    def __init__(self, variables: Sequence, values: Sequence):
        super().__init__()
        self.state_mapping.update(zip(map(id, variables), values, strict=True))

    def add_update(self, update):
        raise ValueError(
            f"the cell's step changes the variable {update[0].path!r}, as random numbers, counters "
            "and moving averages do. Implementations with a backward pass of their own run a step "
            'again there; pass engine="loop" to the layer, without jit_compile=True.'
        )


@contextlib.contextmanager
def weights_as(variables: Sequence, values: Sequence):
    """Let a layer compute with these values of its variables, as a function of them.

    Raises:
        ValueError: where it changes a variable.
    """
    with _Weights(variables, values):
        yield
