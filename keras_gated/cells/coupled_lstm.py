"""The LSTM with coupled input and forget gates (CIFG)."""

from keras_gated.bases import ForgettingCell
from keras_gated.gates import Gates


class CoupledLSTMCell(ForgettingCell):
    """One step of the coupled LSTM (CIFG): one gate both keeps and writes the cell state c.

        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: how much of c to keep
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate: how much of c to output
        c_t = f * c_{t-1} + (1 - f) * g
        h_t = o * tanh(c_t)

    This is an LSTM with i = 1 - f. It has a quarter fewer weights, and c stays between -1 and 1.
    Greff et al., "LSTM: a search space odyssey", 2017, https://arxiv.org/abs/1503.04069, variant
    CIFG, there with peepholes. The paper writes f = 1 - i and learns i, which is the same with
    W_f, U_f and b_f negated.

    Arguments: `ForgettingCell`.

    >>> cell = CoupledLSTMCell(4)
    >>> h, (h, c) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(c.shape)
    (2, 4)
    """

    gates = Gates(f="forget", g="candidate", o="output")
    states = ("h", "c")
    candidate_dropout = True

    def step(self, wx, uh, past):
        sigmoid, tanh = self.recurrent_activation, self.activation
        a = wx + uh
        f, o = sigmoid(a.f), sigmoid(a.o)
        g = tanh(a.g)
        c = f * past.c + (1 - f) * wx.drop(g)
        h = o * tanh(c)
        return self.State(h, c), dict(f=f, g=g, o=o)

    def kept(self, gates):
        return dict(c=gates["f"])
