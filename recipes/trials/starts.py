"""Where a cell's weights start: as Keras has it, or otherwise."""

import numpy as np
from scipy.stats import ortho_group

from recipes.trials import model as models

DEFAULT, ORTHOGONAL, CHRONO, GLOROT = "default", "orthogonal", "chrono", "glorot"
STARTS = (DEFAULT, ORTHOGONAL, CHRONO, GLOROT)

# Of the gates that keep the past and let in what is new: which way their bias goes.
_KEEPS = {
    "lstm": {"f": 1, "i": -1},
    "gru": {"z": 1},
    "min_gru": {"z": -1},  # here z is the share of what is new
    "min_lstm": {"f": 1, "i": -1},
}


def known(name: str, start: str) -> bool:
    """Tell whether a cell has this start, and has it apart from its default."""
    gates = models.cell(name).Cell.gates
    recurrent = name not in ("min_gru", "min_lstm")
    return {
        DEFAULT: True,
        ORTHOGONAL: recurrent and len(gates) > 1,  # one block is orthogonal by default
        CHRONO: name in _KEEPS,
        GLOROT: recurrent,
    }[start]


def begin(name: str, cell, start: str, longest: int, seed: int) -> None:
    """Give a built cell its start.

    orthogonal: the recurrent matrix of each gate is orthogonal. Keras's default makes the rows of
    all gates' matrices together orthonormal; each by itself then shrinks the state.

    chrono: the bias of the gate that keeps the past is log u, u ~ U(1, longest - 1), that of the
    gate that writes is its negative, so that memories fade over 1 to `longest` steps. Tallec and
    Ollivier, "Can recurrent neural networks warp time?", 2018, https://arxiv.org/abs/1804.11188

    glorot: the recurrent matrix is drawn as any other, uniformly, as was the custom. In a vanilla
    RNN, whose default is orthogonal, gradients then fade from the first step on. Glorot and
    Bengio, 2010, https://proceedings.mlr.press/v9/glorot10a.html

    Args:
        name: the cell's name.
        cell: the cell, with its weights.
        start: one of `STARTS`.
        longest: number of steps to be remembered.
        seed: of what is drawn.
    """
    rng = np.random.default_rng(seed)
    units, letters = cell.units, "".join(cell.gates)
    if start == ORTHOGONAL:
        blocks = [ortho_group.rvs(units, random_state=rng) for _ in letters]
        cell.recurrent_kernel.assign(np.concatenate(blocks, axis=1))
    elif start == GLOROT:
        reach = (6 / (units + units)) ** 0.5  # of the square matrix of each gate
        shape = tuple(cell.recurrent_kernel.shape)
        cell.recurrent_kernel.assign(rng.uniform(-reach, reach, shape).astype("float32"))
    elif start == CHRONO:
        bias = np.array(cell.bias)
        one = bias if bias.ndim == 1 else bias[0]  # the GRU's second is inside the recurrence
        opens = np.log(rng.uniform(1, max(longest - 1, 2), units))
        for letter, sign in _KEEPS[name].items():
            place = letters.index(letter)
            one[place * units : (place + 1) * units] = sign * opens
        cell.bias.assign(bias)
