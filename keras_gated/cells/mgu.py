"""The minimal gated unit."""

from keras import ops

from keras_gated.cell import GatedCell
from keras_gated.gates import Gates
from keras_gated.regularization import SILENCE


class MGUCell(GatedCell):
    """One step of the MGU: a GRU with a single gate, which both resets and updates h.

        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate: how much of h to replace
        n = tanh(W_n x_t + b_n + f * (U_n h_{t-1}))   candidate
        h_t = (1 - f) * h_{t-1} + f * n

    This is `reset_after=True`, the default as in `GRUCell`: the recurrent projection is one matrix
    product. With `reset_after=False`, as in the paper, the gate is applied before the product:

        n = tanh(W_n x_t + b_n + U_n (f * h_{t-1}))

    Zhou et al., "Minimal gated unit for recurrent neural networks", 2016,
    https://arxiv.org/abs/1603.09420. As there, f is the fraction of h that is replaced.

    Args:
        units: positive integer, the size of h.
        reset_after: whether to apply the gate after the matrix product or before it.

    The remaining arguments are those of `GatedCell`.

    >>> cell = MGUCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(f="forget", n="candidate")
    candidate_dropout = True

    def __init__(self, units, *, reset_after=True, **kwargs):
        super().__init__(units, **kwargs)
        self.reset_after = reset_after

    def step(self, wx, uh, past):
        f = ops.sigmoid(wx.f + uh.f)
        n = ops.tanh(wx.n + f * uh.n)
        h = (1 - f) * past.h + f * wx.drop(n)
        return self.State(h), dict(f=f, n=n)

    def advance(self, wx, past, noise=SILENCE):
        if self.reset_after:
            return super().advance(wx, past, noise)
        # U_n multiplies f * h, so f is needed before the projection; `step` gets it after.
        f = ops.sigmoid(wx.f + self.recur(past.h, noise, "f").f)
        n = ops.tanh(wx.n + self.recur(f * past.h, noise, "n").n)
        h = (1 - f) * past.h + f * wx.drop(n)
        return self.State(h), dict(f=f, n=n)

    def kept(self, gates):
        return dict(h=1 - gates["f"])

    @property
    def factored(self):
        return self.reset_after
