"""The cell found by neural architecture search."""

from keras import ops

from keras_gated.cell import GatedCell
from keras_gated.gates import Gates


class NASCell(GatedCell):
    """One step of the NAS cell: eight projections, combined as found by architecture search.

    With k(x, h) for the projection W_k x_t + U_k h_{t-1} + b_k of branch k:

        a = sigmoid(a(x, h))      b = relu(b(x, h))
        d = sigmoid(d(x, h))      e = relu(W_e x_t * (U_e h_{t-1} + b_e))
        p = tanh(p(x, h))         q = sigmoid(q(x, h))
        r = tanh(r(x, h))         s = sigmoid(s(x, h))
        c_t = tanh(c_{t-1} + tanh(a * b)) * tanh(d + e)
        h_t = tanh(c_t * tanh(tanh(p * q) + sigmoid(r + s)))

    Zoph and Le, "Neural architecture search with reinforcement learning", 2017,
    https://arxiv.org/abs/1611.01578, figure 8. Same weights as TensorFlow Addons' `NASCell`, where
    the recurrent kernel comes first: the bias is added to U h, which matters for e, and there is
    none by default. The states are (h, c) here and (c, h) there. Its `projection` is not
    implemented.

    Args:
        units: positive integer, the size of h and of c.

    The remaining arguments are those of `GatedCell`.

    >>> cell = NASCell(4)
    >>> h, (h, c) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(c.shape)
    (2, 4)
    """

    gates = Gates(
        a="write gate",
        b="write",
        d="scale gate",
        e="scale",
        p="show",
        q="show gate",
        r="level",
        s="level gate",
    )
    states = ("h", "c")
    candidate_dropout = True
    lacks = {"kept": "c_{t-1} is added within a tanh, and no gate multiplies it by itself"}

    def __init__(self, units, *, use_bias=False, recurrent_initializer="glorot_uniform", **kwargs):
        super().__init__(
            units, use_bias=use_bias, recurrent_initializer=recurrent_initializer, **kwargs
        )

    @property
    def input_bias(self):
        return None

    @property
    def recurrent_bias(self):
        return self.bias

    def step(self, wx, uh, past):
        sigmoid, tanh, relu = ops.sigmoid, ops.tanh, ops.relu
        a, b = sigmoid(wx.a + uh.a), relu(wx.b + uh.b)
        d, e = sigmoid(wx.d + uh.d), relu(wx.e * uh.e)
        p, q = tanh(wx.p + uh.p), sigmoid(wx.q + uh.q)
        r, s = tanh(wx.r + uh.r), sigmoid(wx.s + uh.s)
        c = tanh(past.c + wx.drop(tanh(a * b))) * tanh(d + e)
        h = tanh(c * tanh(tanh(p * q) + sigmoid(r + s)))
        return self.State(h, c), dict(a=a, b=b, d=d, e=e, p=p, q=q, r=r, s=s)
