"""The Mogrifier LSTM."""

from keras import ops

from keras_gated.bases import ForgettingCell
from keras_gated.gates import Columns, Gates
from keras_gated.regularization import SILENCE


class MogrifierLSTMCell(ForgettingCell):
    """One step of the Mogrifier LSTM: input and hidden state gate each other before an LSTM step.

    For k = 1, 2, ... `rounds`, starting with x_t and h_{t-1} as x and h:

        x = 2 sigmoid(Q_k h) * x                      in odd rounds
        h = 2 sigmoid(R_k x) * h                      in even rounds

    followed by an LSTM step with these x and h:

        i = sigmoid(W_i x + b_i + U_i h)              input gate
        f = sigmoid(W_f x + b_f + U_f h)              forget gate
        g = tanh(W_g x + b_g + U_g h)                 candidate
        o = sigmoid(W_o x + b_o + U_o h)              output gate
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    Melis, Kočiský and Blunsom, "Mogrifier LSTM", 2020, https://arxiv.org/abs/1909.01792, with
    full matrices; the paper's low-rank factorization is not implemented.

    Every projection depends on h_{t-1}, so `project` returns x itself, and all matrix products are
    made in each step. The weights `mogrifier_1`, `mogrifier_2` ... are Q_1 `(units, features)`,
    R_2 `(features, units)` and so on, with the initializer, regularizer and constraint of
    `kernel`.

    Args:
        units: positive integer, the size of h and of c.
        rounds: number of gating rounds, about 5 in the paper. 0 gives the LSTM.

    The remaining arguments are those of `ForgettingCell`. Dropout is applied to x and h after the
    rounds.

    Raises:
        ValueError: for `rounds` that is not an integer of 0 or more.

    >>> cell = MogrifierLSTMCell(4)
    >>> h, (h, c) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(c.shape)
    (2, 4)
    """

    gates = Gates(i="input", f="forget", g="candidate", o="output")
    states = ("h", "c")
    candidate_dropout = True

    def __init__(self, units, *args, rounds=5, **kwargs):
        if isinstance(rounds, bool) or not hasattr(rounds, "__index__") or rounds < 0:
            raise ValueError(
                "Argument `rounds` must be an integer of 0 or more; received "
                f"rounds={rounds!r}. Write for example rounds=5."
            )
        super().__init__(units, *args, **kwargs)
        self.rounds = int(rounds)

    def build(self, input_shape):
        super().build(input_shape)
        features = input_shape[-1]
        shapes = [(self.units, features), (features, self.units)] * self.rounds
        self.mogrifiers = [
            self._weight(f"mogrifier_{k}", shape, kind="kernel")
            for k, shape in enumerate(shapes[: self.rounds], start=1)
        ]

    def project(self, inputs, noise=SILENCE):
        """Return the inputs unchanged, as the column x."""
        return Columns(ops.cast(inputs, self.state_dtype), "x")

    def advance(self, wx, past, noise=SILENCE):
        sigmoid = self.recurrent_activation
        x, h = wx.x, past.h
        for k, matrix in enumerate(self.mogrifiers, start=1):
            if k % 2:
                x = 2 * sigmoid(self._product(h, matrix)) * x
            else:
                h = 2 * sigmoid(self._product(x, matrix)) * h
        return self.step(super().project(x, noise), self.recur(h, noise), past)

    def _product(self, values, matrix):
        values, matrix = (ops.cast(v, self.compute_dtype) for v in (values, matrix))
        return ops.cast(ops.matmul(values, matrix), self.state_dtype)

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
