"""The fast gated recurrent network."""

import keras
from keras import ops

from keras_gated.cell import GatedCell
from keras_gated.gates import Gates


class FastGRNNCell(GatedCell):
    """One step of the FastGRNN: a gated cell whose gate and candidate share their matrices.

        z = sigmoid(W x_t + U h_{t-1} + b_z)          update gate: how much of h to keep
        n = tanh(W x_t + U h_{t-1} + b_n)             candidate
        h_t = z * h_{t-1} + (sigmoid(zeta) * (1 - z) + sigmoid(nu)) * n

    zeta and nu are learned scalars: the candidate is weighted by sigmoid(zeta) where the gate
    forgets h, and by sigmoid(nu) everywhere. A cell has about a third of a GRU's weights.

    Kusupati et al., "FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated recurrent
    neural network", 2018, https://arxiv.org/abs/1901.02358. zeta is initialized to 1 and nu to
    -4, as in the authors' EdgeML. Their low-rank, sparse and quantized matrices are not
    implemented.

    `kernel` has shape `(features, units)`, `recurrent_kernel` `(units, units)`, `bias`
    `(2 * units,)`, b_z before b_n; `zeta` and `nu` are scalars.

    Args:
        units: positive integer, the size of h.

    The remaining arguments are those of `GatedCell`. `recurrent_dropout` uses one mask, since
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
        self.zeta = self._scalar("zeta", 1.0)
        self.nu = self._scalar("nu", -4.0)
        self.built = True

    def _scalar(self, name, value):
        return self.add_weight(
            shape=(), name=name, initializer=keras.initializers.Constant(value), autocast=False
        )

    def _columns(self, values, kernel, bias, mask, letters=None):
        # Gate and candidate use the same matrix product; only their biases differ.
        shared = super()._columns(values, kernel, None, mask, "z").z
        both = ops.concatenate([shared, shared], axis=-1)
        return self.gates.read(both if bias is None else both + ops.cast(bias, self.state_dtype))

    def step(self, wx, uh, past):
        a = wx + uh
        z, n = ops.sigmoid(a.z), ops.tanh(a.n)
        zeta, nu = (
            ops.sigmoid(ops.cast(scalar, self.state_dtype)) for scalar in (self.zeta, self.nu)
        )
        h = z * past.h + (zeta * (1 - z) + nu) * wx.drop(n)
        return self.State(h), dict(z=z, n=n)

    def kept(self, gates):
        return dict(h=gates["z"])
