"""The gated recurrent unit."""

import keras

from keras_gated import config
from keras_gated.bases import SquashedCell
from keras_gated.gates import Gates
from keras_gated.regularization import SILENCE


class GRUCell(SquashedCell):
    """One step of the GRU: two gates reset and update the hidden state h.

        z = sigmoid(W_z x_t + b_z + U_z h_{t-1})      update gate: how much of h to keep
        r = sigmoid(W_r x_t + b_r + U_r h_{t-1})      reset gate: how much of h the candidate reads
        n = tanh(W_n x_t + b_n + r * (U_n h_{t-1} + d_n))                         candidate
        h_t = z * h_{t-1} + (1 - z) * n

    This is `reset_after=True`, as in cuDNN and PyTorch. z and r have a recurrent bias d too, and
    the two rows of `bias` are b and d. With `reset_after=False`, as in the paper,

        n = tanh(W_n x_t + b_n + U_n (r * h_{t-1}))

    and `bias` is b only. Cho et al., "Learning phrase representations using RNN encoder-decoder",
    2014, https://arxiv.org/abs/1406.1078 (there z and 1 - z are swapped).
    Same arguments, weights and results as `keras.layers.GRUCell`.

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        reset_after: whether to apply the reset gate after the matrix product or before it.

    The remaining arguments are those of `SquashedCell`.

    >>> cell = GRUCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(z="update", r="reset", n="candidate")
    candidate_dropout = True
    positional = config.positions_in(keras.layers.GRUCell)

    def __init__(self, units, *args, reset_after=True, **kwargs):
        kwargs = config.by_name(GRUCell, args, kwargs)
        reset_after = kwargs.pop("reset_after", reset_after)
        super().__init__(units, **kwargs)
        self.reset_after = reset_after

    def step(self, wx, uh, past):
        sigmoid, tanh = self.recurrent_activation, self.activation
        z, r = sigmoid(wx.z + uh.z), sigmoid(wx.r + uh.r)
        n = tanh(wx.n + r * uh.n)
        h = z * past.h + (1 - z) * wx.drop(n)
        return self.State(h), dict(z=z, r=r, n=n)

    def advance(self, wx, past, noise=SILENCE):
        if self.reset_after:
            return super().advance(wx, past, noise)
        # U_n multiplies r * h, so r is needed before the projection; `step` gets it after.
        sigmoid, tanh = self.recurrent_activation, self.activation
        uh = self.recur(past.h, noise, "zr")
        z, r = sigmoid(wx.z + uh.z), sigmoid(wx.r + uh.r)
        n = tanh(wx.n + self.recur(r * past.h, noise, "n").n)
        h = z * past.h + (1 - z) * wx.drop(n)
        return self.State(h), dict(z=z, r=r, n=n)

    def kept(self, gates):
        return dict(h=gates["z"])

    @property
    def factored(self):
        return self.reset_after

    @property
    def bias_shape(self):
        columns = len(self.gates) * self.units
        return (2, columns) if self.reset_after else (columns,)

    @property
    def input_bias(self):
        return self.bias[0] if self.use_bias and self.reset_after else self.bias

    @property
    def recurrent_bias(self):
        return self.bias[1] if self.use_bias and self.reset_after else None
