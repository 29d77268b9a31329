"""JANET: an LSTM with only a forget gate."""

from keras_gated.bases import ForgettingCell
from keras_gated.gates import Gates


class JANETCell(ForgettingCell):
    """One step of JANET ("just another network"): an LSTM with only a forget gate.

        s = W_f x_t + b_f + U_f h_{t-1}
        f = sigmoid(s)                                forget gate: how much of h to keep
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        h_t = f * h_{t-1} + (1 - sigmoid(s - beta)) * g

    van der Westhuizen and Lasenby, "The unreasonable effectiveness of the forget gate", 2018,
    https://arxiv.org/abs/1804.04849; there h is also called c. With beta above 0 slightly
    more is written than forgotten. The paper initializes b_f by the chrono rule,
    log(uniform(1, T - 1)) for dependencies of up to T timesteps (Tallec and Ollivier, 2018,
    https://arxiv.org/abs/1804.11188). b_f is the first `units` entries of `bias`.

    Args:
        units: positive integer, the size of h.
        beta: shift of the forget gate where it scales the candidate; 1 in the paper.

    The remaining arguments are those of `ForgettingCell`.

    >>> cell = JANETCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(f="forget", g="candidate")
    candidate_dropout = True

    def __init__(self, units, *args, beta=1.0, **kwargs):
        super().__init__(units, *args, **kwargs)
        self.beta = beta

    def step(self, wx, uh, past):
        sigmoid, tanh = self.recurrent_activation, self.activation
        a = wx + uh
        f, g = sigmoid(a.f), tanh(a.g)
        h = f * past.h + (1 - sigmoid(a.f - self.beta)) * wx.drop(g)
        return self.State(h), dict(f=f, g=g)

    def kept(self, gates):
        return dict(h=gates["f"])
