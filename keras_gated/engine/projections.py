"""The two projections as a timestep reads them: the recurrent kernel, and which columns are read.

A step that reads nothing of wx and uh but their sum needs only the sum for its backward pass.
`Reads` notices that while the step runs.
"""

from keras import ops

from keras_gated import config
from keras_gated.gates import Columns
from keras_gated.regularization import Noise


def projects_by_row(cell) -> bool:
    """Whether `project` is the package's own, which gives for each row what it gives for it alone.

    That of a user may read what it likes of the rows of a timestep; it is called once, for all.
    """
    return config.is_ours(next(c for c in type(cell).__mro__ if "project" in vars(c)))


class Kernel:
    """The recurrent kernel as the loops multiply with it: cast once, and not at every timestep.

    Where each gate has a dropout mask of its own, its columns are cut once as well. For the
    backward pass it is transposed once: a product with a transposed matrix takes a quarter
    longer, and a graph computes `x @ transpose(transpose(U))^T` as a product with what lies there.
    """

    def __init__(self, cell, weights: list, noise: Noise, turned: bool = False):
        self.weights, self._turned = list(weights), turned
        self._lying: list = []
        self._cut = isinstance(noise.state, list)
        kernel = getattr(cell, "recurrent_kernel", None)
        if kernel is None or len(kernel.shape) != 2:
            self._cut = False
            return
        self._index = [weight is kernel for weight in cell.weights].index(True)
        kernel = self.weights[self._index] = ops.cast(weights[self._index], cell.compute_dtype)
        blocks = ops.split(kernel, len(noise.state), axis=-1) if self._cut else [kernel]
        self._lying = [ops.transpose(block) for block in blocks] if turned else blocks

    @property
    def tensors(self) -> list:
        """The tensors that a timestep may read of it."""
        return [*self.weights, *self._lying]

    def here(self, noise: Noise) -> tuple:
        """Return the weights and the noise with which a timestep is computed."""
        blocks = [ops.transpose(block) for block in self._lying] if self._turned else self._lying
        if self._cut:
            return self.weights, noise._replace(recurrent_blocks=blocks)
        weights = list(self.weights)
        if blocks:
            weights[self._index] = blocks[0]
        return weights, noise


class _Nothing:
    """A recurrent projection that is part of the input's already: `wx + NOTHING` is wx."""

    def split(self):
        return self

    def __add__(self, wx):
        return wx

    __radd__ = __add__

    def drop(self, candidate):
        return candidate


NOTHING = _Nothing()


class Reads:
    """Whether a step reads nothing of wx and uh but their sum."""

    def __init__(self):
        self.sums, self.alone = [], False

    def watch(self, columns: Columns) -> "Watched":
        return Watched(columns, self)

    @property
    def only_sum(self):
        """The sum, if the step reads nothing else; or None."""
        return self.sums[0]._block if self.sums and not self.alone else None


class Watched(Columns):
    """Columns that notice when they are read by themselves and not as the sum of both."""

    __slots__ = ("_reads",)

    def __init__(self, columns: Columns, reads: Reads):
        super().__init__(columns._block, columns._order, columns._dropped)
        self._gates, self._reads = columns._gates, reads

    def split(self) -> Columns:
        return self

    def __getattr__(self, letter):
        self._reads.alone = True
        return super().__getattr__(letter)

    def __add__(self, other):
        total = super().__add__(other)
        if isinstance(other, Watched) and other is not self:
            self._reads.sums.append(total)
        else:
            self._reads.alone = True
        return total

    def __radd__(self, other):  # of a sum and this: Python asks the subclass first
        self._reads.alone = True
        return other.__add__(self)

    def apply(self, function):
        self._reads.alone = True
        return super().apply(function)
