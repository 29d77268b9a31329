"""Conversion of weights to other libraries: gate orders and shapes.

A word lists a library's gates, by our letters, in the order of its blocks. Our own order is the
cell's `Gates`. cuDNN's order is that of PyTorch.
"""

import numpy as np
from keras import ops

from keras_gated.gates import Gates

TORCH = {"LSTM": "ifgo", "GRU": "rzn", "RNN": "h"}
"""By module of `torch.nn`: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html"""


def reorder(gates: Gates, block, word: str):
    """Return the columns of a kernel or bias in the gate order of another library.

    Args:
        gates: the gates in the order of `block`.
        block: tensor of shape `(..., gates * units)`.
        word: the letters of the gates in the new order.

    Raises:
        ValueError: for a word that does not name each gate once.

    >>> gates = Gates(z="update", r="reset", n="candidate")
    >>> ops.convert_to_numpy(reorder(gates, np.array([0, 1, 2]), "rzn")).tolist()
    [1, 0, 2]
    """
    if sorted(word) != sorted(gates):
        raise ValueError(
            f"the word {word!r} does not name each gate once; the gates are {', '.join(gates)}."
        )
    if word == "".join(gates):
        return block
    columns = gates.read(block)
    return ops.concatenate([getattr(columns, letter) for letter in word], axis=-1)


def torch_weights(cell, word: str) -> list:
    """Return a cell's weights as the weights of a `torch.nn` module, in its order.

    Args:
        cell: a built cell with a kernel, a recurrent kernel and biases, and no other weights.
        word: the module's gates, from `TORCH`.

    Returns:
        `[weight_ih, weight_hh, bias_ih, bias_hh]`, of shapes `(gates * units, features)`,
        `(gates * units, units)` and `(gates * units,)` twice; without biases the first two.
    """
    matrices = [
        ops.transpose(reorder(cell.gates, ops.convert_to_tensor(matrix), word))
        for matrix in (cell.kernel, cell.recurrent_kernel)
    ]
    if not cell.use_bias:
        return matrices
    input_bias = reorder(cell.gates, ops.convert_to_tensor(cell.input_bias), word)
    # torch has two biases; most of our cells have only the first.
    recurrent_bias = cell.recurrent_bias
    recurrent_bias = ops.zeros_like(input_bias) if recurrent_bias is None else recurrent_bias
    return [*matrices, input_bias, reorder(cell.gates, recurrent_bias, word)]


def from_torch(gates: Gates, word: str, weights: dict) -> list:
    """Return the weights of a layer of `torch.nn` as a cell has them, NumPy arrays.

    Args:
        gates: those of the cell.
        word: the module's gates, from `TORCH`.
        weights: one direction of one layer: arrays by `weight_ih`, `weight_hh`, and where there
            are any `bias_ih`, `bias_hh` and `weight_hr`.

    Returns:
        `[kernel, recurrent_kernel, biases, projection_kernel]`, without those that the module
        does not have; `biases` holds both of them, `(2, gates * units)`.
    """
    order = [word.index(letter) for letter in gates]

    def ours(array):
        blocks = np.split(array, len(word), axis=0)
        return np.concatenate([blocks[index] for index in order], axis=0)

    converted = [ours(weights[name]).T for name in ("weight_ih", "weight_hh")]
    if "bias_ih" in weights:
        converted.append(np.stack([ours(weights[name]) for name in ("bias_ih", "bias_hh")]))
    if "weight_hr" in weights:
        converted.append(weights["weight_hr"].T)
    return converted
