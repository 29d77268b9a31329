"""The layer-normalized LSTM."""

import keras

from keras_gated.bases import ForgettingCell
from keras_gated.gates import Gates
from keras_gated.layer_norm import Norm


class LayerNormLSTMCell(ForgettingCell):
    """One step of the LSTM with layer normalization: projections and cell state are normalized.

        a = norm(W x_t) + norm(U h_{t-1}) + b         each over the columns of all four gates
        i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
        g = tanh(a_g)
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(norm(c_t))

        norm(a) = gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + beta

    Each norm has its own gain gamma and shift beta: `kernel_gamma`, `kernel_beta`,
    `recurrent_gamma`, `recurrent_beta`, `state_gamma`, `state_beta`. Ba, Kiros and Hinton, "Layer
    normalization", 2016, https://arxiv.org/abs/1607.06450, equations 20 to 22.

    As in the paper, c itself is carried and normalized only to compute h. TensorFlow Addons'
    `LayerNormLSTMCell` carries norm(c_t) instead; `carry_normalized=True` does the same, with the
    same weights in the same order.

    Args:
        units: positive integer, the size of h and of c.
        carry_normalized: whether to carry norm(c_t) to the next timestep instead of c_t.
        gamma_initializer, beta_initializer: initializers of the gains and of the shifts.
        epsilon: small positive number, added to the variance to avoid division by zero.

    The remaining arguments are those of `ForgettingCell`.

    >>> cell = LayerNormLSTMCell(4)
    >>> h, (h, c) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(c.shape)
    (2, 4)
    """

    gates = Gates(i="input", f="forget", g="candidate", o="output")
    states = ("h", "c")
    candidate_dropout = True

    def __init__(
        self,
        units,
        *args,
        carry_normalized=False,
        gamma_initializer="ones",
        beta_initializer="zeros",
        epsilon=1e-3,
        **kwargs,
    ):
        super().__init__(units, *args, **kwargs)
        self.carry_normalized = carry_normalized
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.beta_initializer = keras.initializers.get(beta_initializer)
        self.epsilon = epsilon

    def build(self, input_shape):
        super().build(input_shape)
        self.kernel_norm = Norm(self, "kernel", 4 * self.units, bias=self.bias)
        self.recurrent_norm = Norm(self, "recurrent", 4 * self.units)
        self.state_norm = Norm(self, "state", self.units)

    @property
    def input_bias(self):
        return None  # `kernel_norm` adds the bias after normalizing

    def step(self, wx, uh, past):
        sigmoid, tanh = self.recurrent_activation, self.activation
        a = wx.apply(self.kernel_norm) + uh.apply(self.recurrent_norm)
        i, f, o = sigmoid(a.i), sigmoid(a.f), sigmoid(a.o)
        g = tanh(a.g)
        c = f * past.c + i * wx.drop(g)
        normalized = self.state_norm(c)
        h = o * tanh(normalized)
        return self.State(h, normalized if self.carry_normalized else c), dict(i=i, f=f, g=g, o=o)

    def kept(self, gates):
        # With carry_normalized, norm(f * c + i * g) is carried: no gate multiplies c alone.
        return {} if self.carry_normalized else dict(c=gates["f"])
