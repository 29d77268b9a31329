"""The sLSTM of the xLSTM."""

from keras import ops

from keras_gated.bases import ForgettingCell
from keras_gated.gates import Gates

# Stands for log(0): below any other logarithm, but finite.
_LOG_ZERO = -1e30

_LOG_FORGET = {"sigmoid": ops.log_sigmoid, "exp": lambda a: a}


class SLSTMCell(ForgettingCell):
    """One step of the sLSTM: an LSTM with an exponential input gate and a normalized cell state.

        i = exp(W_i x_t + b_i + U_i h_{t-1})          input gate
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate; or exp
        z = tanh(W_z x_t + b_z + U_z h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate
        c_t = f * c_{t-1} + i * z
        n_t = f * n_{t-1} + i                         normalizer: sum of the weights in c
        h_t = o * c_t / n_t

    Exponentials overflow, so c and n are stored divided by exp(m), which cancels in h:

        m_t = max(log f + m_{t-1}, log i)             stabilizer
        i = exp(log i - m_t),  f = exp(log f + m_{t-1} - m_t)

    The gates i and f are returned in this form: both between 0 and 1, one of them equal to 1.
    Where n is 0, as before the first timestep, nothing is stored, and m_{t-1} is ignored.

    Beck et al., "xLSTM: extended long short-term memory", 2024, https://arxiv.org/abs/2405.04517,
    with one head: `recurrent_kernel` is dense. The block around it (convolution, norms,
    projections) is not part of the cell.

    The states c, n and m have a meaning only together. Pass `zoneout={"h": 0.1}`, not a number, and
    initial states other than zeros only as a cell has computed them: of a learned one only h is
    trained, and noise in n or m changes the scale of h.

    Args:
        units: positive integer, the size of each of the states h, c, n and m.
        forget_gate: "sigmoid" or "exp".

    The remaining arguments are those of `ForgettingCell`. `recurrent_activation` is the
    activation of o. Exponentials are computed in float32 under a half-precision policy, as are all
    gates and states.

    Raises:
        ValueError: for another `forget_gate`.

    >>> cell = SLSTMCell(4)
    >>> h, (h, c, n, m) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(n.shape)
    (2, 4)
    """

    gates = Gates(i="input", f="forget", z="candidate", o="output")
    states = ("h", "c", "n", "m")
    candidate_dropout = True

    def __init__(self, units, *args, forget_gate="sigmoid", **kwargs):
        if forget_gate not in _LOG_FORGET:
            raise ValueError(
                'Argument `forget_gate` must be "sigmoid" or "exp"; received '
                f"forget_gate={forget_gate!r}."
            )
        super().__init__(units, *args, **kwargs)
        self.forget_gate = forget_gate

    def step(self, wx, uh, past):
        a = wx + uh
        log_past = _LOG_FORGET[self.forget_gate](a.f) + past.m
        log_past = ops.where(ops.equal(past.n, 0), _LOG_ZERO, log_past)
        m = ops.maximum(log_past, a.i)
        i, f = ops.exp(a.i - m), ops.exp(log_past - m)
        z, o = self.activation(a.z), self.recurrent_activation(a.o)
        c = f * past.c + i * wx.drop(z)
        n = f * past.n + i
        h = o * c / n
        return self.State(h, c, n, m), dict(i=i, f=f, z=z, o=o)

    def kept(self, gates):
        return dict(c=gates["f"], n=gates["f"])
