"""The fast gated recurrent network."""

import keras
from keras import ops

from keras_gated.cell import GatedCell
from keras_gated.gates import Gates


class FastGRNNCell(GatedCell):
    """One step of the FastGRNN: gate and candidate share their matrices, and differ in the bias.

        z = sigmoid(W x_t + U h_{t-1} + b_z)          update gate: what stays of h
        n = tanh(W x_t + U h_{t-1} + b_n)             candidate
        h_t = z * h_{t-1} + (sigmoid(zeta) * (1 - z) + sigmoid(nu)) * n

    zeta and nu are two numbers that are learnt: how much of the candidate enters where the gate
    lets the past go, and how much in any case. So a cell has about a third of a GRU's weights.

    Kusupati et al., "FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated recurrent
    neural network", 2018, https://arxiv.org/abs/1901.02358. zeta starts at 1 and nu at -4, as in
    the authors' EdgeML. Their low-rank, sparse and quantised matrices are not part of this cell.

    `kernel` has shape `(features, units)`, `recurrent_kernel` `(units, units)`, `bias`
    `(2 * units,)`, b_z before b_n; `zeta` and `nu` are scalars.

    Args:
        units: positive integer, the size of h.

    The remaining arguments are those of `GatedCell`. `recurrent_dropout` draws one mask, since
    there is one matrix.

    >>> cell = FastGRNNCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(z="update", n="candidate")
    candidate_dropout = True

    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        if self.dropout_mask_count:
            self.dropout_mask_count = 1

    def build(self, input_shape):
        self.kernel = self._weight("kernel", (input_shape[-1], self.units))
        self.recurrent_kernel = self._weight(
            "recurrent_kernel", (self.units, self.units), kind="recurrent"
        )
        self.bias = self._weight("bias", self.bias_shape) if self.use_bias else None
        self.zeta = self._number("zeta", 1.0)
        self.nu = self._number("nu", -4.0)
        self.built = True

    def _number(self, name, start):
        return self.add_weight(
            shape=(), name=name, initializer=keras.initializers.Constant(start), autocast=False
        )

    def _columns(self, values, kernel, bias, mask, letters=None):
        # One product serves both gates, and only the biases tell them apart.
        shared = super()._columns(values, kernel, None, mask, "z").z
        both = ops.concatenate([shared, shared], axis=-1)
        return self.gates.read(both if bias is None else both + ops.cast(bias, self.state_dtype))

    def step(self, wx, uh, past):
        a = wx + uh
        z, n = ops.sigmoid(a.z), ops.tanh(a.n)
        zeta, nu = (
            ops.sigmoid(ops.cast(number, self.state_dtype)) for number in (self.zeta, self.nu)
        )
        h = z * past.h + (zeta * (1 - z) + nu) * wx.drop(n)
        return self.State(h), dict(z=z, n=n)

    def kept(self, gates):
        return dict(h=gates["z"])
