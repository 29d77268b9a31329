"""Recurrent layers by the name of their cell, as a command line or a config gives it."""

import difflib
import functools
import importlib
from collections.abc import Callable

import keras

from keras_gated.cell import GatedCell
from keras_gated.layers import catalogue
from keras_gated.layers.cell_layer import CellLayer
from keras_gated.layers.recurrent import Recurrent

__all__ = ["get"]


def get(identifier: str) -> Callable[..., keras.layers.RNN]:
    """Return what makes a recurrent layer, by the name of its cell.

    Args:
        identifier: a cell of this package in any spelling ("rg_lru", "rglru", "RGLRU"), or
            "module:Class" for a class of your own: a `GatedCell`, a cell of Keras (a class with
            `state_size` whose first argument is `units`), or a recurrent layer such as
            "keras.layers:LSTM".

    Returns:
        A function of `units` and of the layer's keyword arguments.

    Raises:
        ValueError: for a name that is none of these.

    >>> layer = get("min-gru")(4, return_sequences=True)
    >>> type(layer).__name__, tuple(layer(np.ones((2, 5, 3))).shape)
    ('MinGRU', (2, 5, 4))
    >>> get("keras.layers:GRUCell")(4).cell.units
    4
    """
    if ":" in identifier:
        return _own(identifier)
    layers = {
        name.lower(): layer
        for name, layer in vars(catalogue).items()
        if isinstance(layer, type) and issubclass(layer, CellLayer) and hasattr(layer, "Cell")
    }
    spelling = identifier.lower().replace("_", "").replace("-", "").removesuffix("cell")
    if spelling not in layers:
        near = difflib.get_close_matches(spelling, layers, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"Unknown cell {identifier!r}; known are {', '.join(sorted(layers))}, and module:Class "
            f"for a cell of your own.{hint}"
        )
    return layers[spelling]


def _own(identifier: str) -> Callable[..., keras.layers.RNN]:
    """Return what makes a layer of "module:Class"."""
    module, _, name = identifier.partition(":")
    try:
        attribute = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f"{identifier!r} cannot be imported: {error}. Write module:Class, with the module in "
            "the current folder or installed."
        ) from error
    if isinstance(attribute, type) and issubclass(attribute, keras.layers.RNN):
        return attribute
    if isinstance(attribute, type) and issubclass(attribute, GatedCell):
        return functools.partial(_around, Recurrent, attribute)
    if isinstance(attribute, type) and issubclass(attribute, keras.layers.Layer):
        return functools.partial(_around, keras.layers.RNN, attribute)
    raise ValueError(
        f"{identifier!r} is {attribute!r}; expected the class of a GatedCell, of a Keras cell, or "
        "of a recurrent layer."
    )


def _around(layer: type[keras.layers.RNN], cell: type, units: int, **kwargs) -> keras.layers.RNN:
    return layer(cell(units), **kwargs)
