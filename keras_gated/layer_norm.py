"""Layer normalization: (a - mean) / sqrt(variance + epsilon) over the last axis.

Ba, Kiros and Hinton, "Layer normalization", 2016, https://arxiv.org/abs/1607.06450.
"""

from keras import ops


def standardize(values, epsilon: float):
    """Return `(a - mean(a)) / sqrt(variance(a) + epsilon)`, taken over the last axis.

    Args:
        values: tensor of shape `(..., size)`.
        epsilon: positive number.

    >>> standard = standardize(np.array([[1.0, 3.0], [7.0, 7.0]]), epsilon=1e-9)
    >>> np.asarray(standard).round(3).tolist()
    [[-1.0, 1.0], [0.0, 0.0]]
    """
    axis = (-1,)  # and not -1, of which OpenVINO makes an op that it refuses
    centred = values - ops.mean(values, axis=axis, keepdims=True)
    variance = ops.mean(ops.square(centred), axis=axis, keepdims=True)
    return centred / ops.sqrt(variance + epsilon)


class Norm:
    """Layer normalization inside a cell, with its own gain and shift.

        norm(a) = gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + beta

    Its weights are weights of the cell, named `NAME_gamma` and `NAME_beta`.

    Args:
        cell: the cell that is being built, with `gamma_initializer`, `beta_initializer` and
            `epsilon`.
        name: prefix of the weights' names.
        size: number of columns.
        together: groups of gate letters whose columns share a mean and a variance, as in
            `("zr", "n")`; by default one group of all columns.
        bias: a weight of the cell to add after normalizing, or None.
    """

    def __init__(self, cell, name: str, size: int, *, together: tuple[str, ...] = (), bias=None):
        self.gamma = cell.add_weight(
            shape=(size,), name=f"{name}_gamma", initializer=cell.gamma_initializer, autocast=False
        )
        self.beta = cell.add_weight(
            shape=(size,), name=f"{name}_beta", initializer=cell.beta_initializer, autocast=False
        )
        self.shifts = [weight for weight in (self.beta, bias) if weight is not None]
        self.gates, self.together, self.epsilon = cell.gates, together, cell.epsilon

    def __call__(self, values):
        parts = [self.gates.take(values, letters) for letters in self.together] or [values]
        standard = ops.concatenate([standardize(part, self.epsilon) for part in parts], axis=-1)
        gamma, *shifts = (ops.cast(w, values.dtype) for w in (self.gamma, *self.shifts))
        return sum(shifts, start=gamma * standard)
