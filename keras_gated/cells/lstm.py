"""Long short-term memory."""

import keras

from keras_gated import config
from keras_gated.bases import ForgettingCell
from keras_gated.gates import Gates


class LSTMCell(ForgettingCell):
    """One step of the LSTM: gates write to, keep and read a cell state c.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1})      input gate: how much to write to c
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: how much of c to keep
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate: how much of c to output
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    Hochreiter and Schmidhuber, "Long short-term memory", 1997,
    https://doi.org/10.1162/neco.1997.9.8.1735, with the forget gate of Gers, Schmidhuber and
    Cummins, "Learning to forget", 2000, https://doi.org/10.1162/089976600300015015.
    Same arguments, weights and results as `keras.layers.LSTMCell`.

    Arguments: `ForgettingCell`.

    >>> cell = LSTMCell(4)
    >>> h, (h, c) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(c.shape)
    (2, 4)
    """

    gates = Gates(i="input", f="forget", g="candidate", o="output")
    states = ("h", "c")
    candidate_dropout = True
    positional = config.positions_in(keras.layers.LSTMCell)

    def __init__(self, units, *args, **kwargs):
        super().__init__(units, **config.by_name(LSTMCell, args, kwargs))

    def step(self, wx, uh, past):
        sigmoid, tanh = self.recurrent_activation, self.activation
        a = wx + uh
        i, f, o = sigmoid(a.i), sigmoid(a.f), sigmoid(a.o)
        g = tanh(a.g)
        c = f * past.c + i * wx.drop(g)
        h = o * tanh(c)
        return self.State(h, c), dict(i=i, f=f, g=g, o=o)

    def kept(self, gates):
        return dict(c=gates["f"])
