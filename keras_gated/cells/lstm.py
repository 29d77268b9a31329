"""Long short-term memory."""

import keras
from keras import ops

from keras_gated.cell import GatedCell
from keras_gated.gates import Gates


class LSTMCell(GatedCell):
    """One step of the LSTM: a cell state c that gates write, keep and read.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1})      input gate: what enters c
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: what stays in c
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate: what of c is shown
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    Hochreiter and Schmidhuber, "Long short-term memory", 1997,
    https://doi.org/10.1162/neco.1997.9.8.1735, with the forget gate of Gers, Schmidhuber and
    Cummins, "Learning to forget", 2000, https://doi.org/10.1162/089976600300015015.
    Equal to `keras.layers.LSTMCell` in arguments, weights and numbers.

    Args:
        units: positive integer, the size of h and of c.
        activation: what is written tanh above; None is the identity.
        recurrent_activation: what is written sigmoid above; None is the identity.
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).

    The remaining arguments are those of `GatedCell`.

    >>> cell = LSTMCell(4)
    >>> h, (h, c) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(c.shape)
    (2, 4)
    """

    gates = Gates(i="input", f="forget", g="candidate", o="output")
    states = ("h", "c")

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        *,
        unit_forget_bias=True,
        **kwargs,
    ):
        super().__init__(units, use_bias=use_bias, **kwargs)
        self.activation = keras.activations.get(activation)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias

    def step(self, wx, uh, past):
        sigmoid, tanh = self.recurrent_activation, self.activation
        a = wx + uh
        i, f, o = sigmoid(a.i), sigmoid(a.f), sigmoid(a.o)
        g = tanh(a.g)
        c = f * past.c + i * g
        h = o * tanh(c)
        return self.State(h, c), dict(i=i, f=f, g=g, o=o)

    def kept(self, gates):
        return dict(c=gates["f"])

    def initial_bias(self, shape, dtype=None):
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype=dtype)
        ones = ops.ones((self.units,), dtype=dtype)
        # Keras draws b_i, then b_g and b_o together: a seeded initializer must give its numbers.
        b_i = self.bias_initializer((self.units,), dtype=dtype)
        return ops.concatenate([b_i, ones, self.bias_initializer((2 * self.units,), dtype=dtype)])
