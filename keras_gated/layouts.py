"""Conversion of weights to other libraries: gate orders and shapes.

A word lists a library's gates, by our letters, in the order of its blocks. Our own order is the
cell's `Gates`. cuDNN's order is that of PyTorch.
"""

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
