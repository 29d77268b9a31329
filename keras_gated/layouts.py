"""Other libraries' weights: their gate orders as words of our letters, and their shapes.

A word names a library's gates in the order of its matrices' blocks; our own order is the cell's
`Gates`. PyTorch's is cuDNN's too.
"""

import numpy as np
from keras import ops

from keras_gated.gates import Gates

TORCH = {"LSTM": "ifgo", "GRU": "rzn", "RNN": "h"}
"""By module of `torch.nn`: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html"""


def reorder(gates: Gates, block, word: str):
    """Return a block of column blocks in the order of another library.

    Args:
        gates: the order in which `block` is.
        block: tensor of shape `(..., gates * units)`: a kernel, a bias.
        word: the letters of the gates, in the order wanted.

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
    """Return a cell's weights as a layer of `torch.nn` has them, in its order.

    Args:
        cell: a built cell with a kernel, a recurrent kernel and biases, and nothing else.
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
    of_input = reorder(cell.gates, ops.convert_to_tensor(cell.input_bias), word)
    # There are two biases; most of our cells have only the first.
    of_state = cell.recurrent_bias
    of_state = ops.zeros_like(of_input) if of_state is None else of_state
    return [*matrices, of_input, reorder(cell.gates, of_state, word)]


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

    found = [ours(weights[name]).T for name in ("weight_ih", "weight_hh")]
    if "bias_ih" in weights:
        found.append(np.stack([ours(weights[name]) for name in ("bias_ih", "bias_hh")]))
    if "weight_hr" in weights:
        found.append(weights["weight_hr"].T)
    return found
