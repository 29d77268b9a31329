"""The engine's primitives on the backend that Keras runs on."""

import contextlib
import importlib
from collections.abc import Sequence

import keras

BACKENDS = ("tensorflow", "jax")


def primitives():
    """Return the module of the primitives: `engine/tensorflow.py` or `engine/jax.py`."""
    return importlib.import_module(f"keras_gated.engine.{keras.backend.backend()}")


@contextlib.contextmanager
def weights_as(variables: Sequence, values: Sequence):
    """Let a layer compute with these values of its variables, as a function of them."""
    with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
        yield
