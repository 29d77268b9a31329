"""The minimal long short-term memory."""

from keras import ops

from keras_gated.bases import MinimalCell
from keras_gated.gates import Gates


class MinLSTMCell(MinimalCell):
    """One step of the minLSTM: an LSTM whose gates read only the input and are scaled to sum to 1.

        i = sigmoid(W_i x_t + b_i)                       input gate
        f = sigmoid(W_f x_t + b_f)                       forget gate
        n = activation(W_n x_t + b_n)                    candidate
        h_t = f / (f + i) * h_{t-1} + i / (f + i) * n

    Feng et al., "Were RNNs all we needed?", 2024, https://arxiv.org/abs/2410.01201: section 3.2
    with `activation="linear"`, appendix B with the default. The two fractions are computed from
    the logarithms of the gates, which is accurate even if both gates are near 0.

    Args:
        units: positive integer, the size of h.
        activation: activation function of the candidate; None is the identity.

    The remaining arguments are those of `LinearCell`.

    >>> cell = MinLSTMCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(i="input", f="forget", n="candidate")
    candidate_dropout = True

    def coefficients(self, wx):
        i, f = ops.sigmoid(wx.i), ops.sigmoid(wx.f)
        n = self.activation(wx.n)
        # f / (f + i) = 1 / (1 + i / f)
        ratio = ops.log_sigmoid(wx.f) - ops.log_sigmoid(wx.i)
        return ops.sigmoid(ratio), ops.sigmoid(-ratio) * wx.drop(n), dict(i=i, f=f, n=n)

    def kept(self, gates):
        i, f = gates["i"], gates["f"]
        return dict(h=f / (f + i))
