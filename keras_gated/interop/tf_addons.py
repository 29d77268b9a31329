"""Weights of TensorFlow Addons' recurrent cells, read into layers.

TensorFlow Addons is no longer developed and needs Keras 2, so weights come as arrays. In the
environment that still has it:

    np.savez("weights.npz", *layer.get_weights())     # of tf.keras.layers.RNN(cell), or the cell

and in this one:

    with np.load("weights.npz") as arrays:
        layer = keras_gated.interop.tf_addons.read("PeepholeLSTMCell", list(arrays.values()))
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_gated.layers import ESN, NAS, CellLayer, LayerNormLSTM, LayerNormSimpleRNN, PeepholeLSTM


class Theirs(NamedTuple):
    """A cell of TensorFlow Addons."""

    layer: type[CellLayer]
    arguments: dict
    """Of the layer, where its defaults differ from theirs."""
    names: dict
    """Ours of arguments that have another name."""
    recurrent_first: bool = False
    """Whether the recurrent kernel is the first of its weights, and not the second."""


CELLS = {
    "PeepholeLSTMCell": Theirs(PeepholeLSTM, {}, {}),
    "LayerNormLSTMCell": Theirs(
        LayerNormLSTM, {"carry_normalized": True}, {"norm_epsilon": "epsilon"}
    ),
    "LayerNormSimpleRNNCell": Theirs(
        LayerNormSimpleRNN, {"epsilon": 1e-5}, {"layernorm_epsilon": "epsilon"}
    ),
    "NASCell": Theirs(NAS, {}, {}, recurrent_first=True),
    "ESNCell": Theirs(ESN, {}, {}, recurrent_first=True),
}


def read(cell: str, weights: Sequence, **arguments):
    """Return the layer that computes what a cell of TensorFlow Addons does, with its weights.

    >>> kernel, recurrent_kernel, bias = np.ones((3, 16)), np.ones((4, 16)), np.zeros(16)
    >>> peepholes = [np.ones(4)] * 3
    >>> layer = read("PeepholeLSTMCell", [kernel, recurrent_kernel, bias, *peepholes])
    >>> layer.units, tuple(layer(np.ones((2, 5, 3))).shape)
    (4, (2, 4))

    Args:
        cell: the name of its class: "PeepholeLSTMCell", "LayerNormLSTMCell",
            "LayerNormSimpleRNNCell", "NASCell" or "ESNCell".
        weights: its `get_weights()`, in their order.
        **arguments: of the layer and of the cell, by our names or by theirs (`norm_epsilon`,
            `layernorm_epsilon`), where they are not the defaults: `activation`, `leaky`,
            `return_sequences` ...

    Returns:
        The built layer. The states of `NAS` are (h, c); there they are (c, h).

    Raises:
        ValueError: for another cell, another number of weights, or weights of other shapes.
    """
    if cell not in CELLS:
        raise ValueError(
            f"no cell of TensorFlow Addons is called {cell!r} here; there are {', '.join(CELLS)}."
        )
    theirs, arrays = CELLS[cell], [np.asarray(weight) for weight in weights]
    if theirs.recurrent_first:
        arrays[:2] = arrays[1::-1]
    if len(arrays) < 2 or arrays[0].ndim != 2 or arrays[1].ndim != 2:
        raise ValueError(
            f"the weights of {cell} begin with two matrices; received the shapes "
            f"{_shapes(weights)}. Pass get_weights() as it is."
        )
    features, units = arrays[0].shape[0], arrays[1].shape[0]
    translated = {theirs.names.get(name, name): value for name, value in arguments.items()}
    # The one cell without biases by default, here and there.
    bias = {"use_bias": len(arrays) > 2} if theirs.layer is NAS else {}
    layer = theirs.layer(units, **{**theirs.arguments, **bias, **translated})
    layer.build((None, None, features))
    expected = [tuple(weight.shape) for weight in layer.weights]
    if expected != [array.shape for array in arrays]:
        if theirs.recurrent_first:
            expected[:2] = expected[1::-1]
        hint = "Cells with a projection are not read. " if cell == "NASCell" else ""
        raise ValueError(
            f"a {cell} of {units} units over {features} features has weights of the shapes "
            f"{', '.join(map(str, expected))}; received {_shapes(weights)}. {hint}Pass "
            "get_weights() as it is, and use_bias=False for a cell without biases."
        )
    layer.set_weights(arrays)
    return layer


def _shapes(weights) -> str:
    return ", ".join(str(np.shape(weight)) for weight in weights)
