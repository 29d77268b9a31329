"""The minimal gated recurrent unit."""

from keras import ops

from keras_gated.bases import MinimalCell
from keras_gated.gates import Gates


class MinGRUCell(MinimalCell):
    """One step of the minGRU: a GRU whose gates do not see the past.

        z = sigmoid(W_z x_t + b_z)                       update gate: what is new in h
        n = activation(W_n x_t + b_n)                    candidate
        h_t = (1 - z) * h_{t-1} + z * n

    Feng et al., "Were RNNs all we needed?", 2024, https://arxiv.org/abs/2410.01201. With
    `activation="linear"` this is the paper's section 3.1, with the default that of its
    appendix B, whose candidate is positive. There it is computed as a scan of logarithms; here
    the scan multiplies numbers from 0 to 1 and divides by none, which needs no logarithm.

    Note that z is the share of what is new, as in the paper; in `GRUCell` it is that of the past.

    Args:
        units: positive integer, the size of h.
        activation: activation function of the candidate; None is the identity.

    The remaining arguments are those of `LinearCell`.

    >>> cell = MinGRUCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(z="update", n="candidate")
    candidate_dropout = True

    def coefficients(self, wx):
        z = ops.sigmoid(wx.z)
        n = self.activation(wx.n)
        # 1 - z, exact even where z is nearly 1.
        return ops.sigmoid(-wx.z), z * wx.drop(n), dict(z=z, n=n)

    def kept(self, gates):
        return dict(h=1 - gates["z"])
