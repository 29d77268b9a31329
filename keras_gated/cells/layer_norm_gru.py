"""The layer-normalized gated recurrent unit."""

import keras

from keras_gated.bases import SquashedCell
from keras_gated.gates import Gates
from keras_gated.layer_norm import Norm


class LayerNormGRUCell(SquashedCell):
    """One step of the GRU with layer normalization: both projections are normalized.

        wx = norm(W x_t) + b
        uh = norm(U h_{t-1})
        z = sigmoid(wx_z + uh_z)                      update gate: how much of h to keep
        r = sigmoid(wx_r + uh_r)                      reset gate: how much of h the candidate reads
        n = tanh(wx_n + r * uh_n)                     candidate
        h_t = z * h_{t-1} + (1 - z) * n

        norm(a) = gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + beta

    The columns of z and r share a mean and a variance; those of n have their own. The gains and
    shifts are `kernel_gamma`, `kernel_beta`, `recurrent_gamma` and `recurrent_beta`. Ba, Kiros and
    Hinton, "Layer normalization", 2016, https://arxiv.org/abs/1607.06450, equations 27 to 29
    (there z and 1 - z are swapped, and b is part of the betas).

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        gamma_initializer, beta_initializer: initializers of the gains and of the shifts.
        epsilon: small positive number, added to the variance to avoid division by zero.

    The remaining arguments are those of `SquashedCell`.

    >>> cell = LayerNormGRUCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(z="update", r="reset", n="candidate")
    candidate_dropout = True

    def __init__(
        self,
        units,
        *args,
        gamma_initializer="ones",
        beta_initializer="zeros",
        epsilon=1e-3,
        **kwargs,
    ):
        super().__init__(units, *args, **kwargs)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.beta_initializer = keras.initializers.get(beta_initializer)
        self.epsilon = epsilon

    def build(self, input_shape):
        super().build(input_shape)
        groups = ("zr", "n")
        self.kernel_norm = Norm(self, "kernel", 3 * self.units, together=groups, bias=self.bias)
        self.recurrent_norm = Norm(self, "recurrent", 3 * self.units, together=groups)

    @property
    def input_bias(self):
        return None  # `kernel_norm` adds the bias after normalizing

    def step(self, wx, uh, past):
        sigmoid, tanh = self.recurrent_activation, self.activation
        wx, uh = wx.apply(self.kernel_norm), uh.apply(self.recurrent_norm)
        z, r = sigmoid(wx.z + uh.z), sigmoid(wx.r + uh.r)
        n = tanh(wx.n + r * uh.n)
        h = z * past.h + (1 - z) * wx.drop(n)
        return self.State(h), dict(z=z, r=r, n=n)

    def kept(self, gates):
        return dict(h=gates["z"])
