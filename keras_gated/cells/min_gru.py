"""The minimal gated recurrent unit."""

from keras import ops

from keras_gated.bases import MinimalCell
from keras_gated.gates import Gates


class MinGRUCell(MinimalCell):
    """One step of the minGRU: a GRU whose gate and candidate read only the input.

        z = sigmoid(W_z x_t + b_z)                       update gate: how much of h to replace
        n = activation(W_n x_t + b_n)                    candidate
        h_t = (1 - z) * h_{t-1} + z * n

    Feng et al., "Were RNNs all we needed?", 2024, https://arxiv.org/abs/2410.01201. With
    `activation="linear"` this is the paper's section 3.1; with the default it is appendix B, whose
    candidate is positive. The paper scans logarithms. Here the scan multiplies numbers between 0
    and 1 and does not divide, so it needs no logarithms.

    As in the paper, z is the fraction of h that is replaced; in `GRUCell` it is the fraction kept.

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
        # 1 - z, accurate also for z near 1.
        return ops.sigmoid(-wx.z), z * wx.drop(n), dict(z=z, n=n)

    def kept(self, gates):
        return dict(h=1 - gates["z"])
