"""The Mogrifier LSTM."""

from keras import ops

from keras_gated.bases import ForgettingCell
from keras_gated.gates import Columns, Gates
from keras_gated.regularization import SILENCE


class MogrifierLSTMCell(ForgettingCell):
    """One step of the Mogrifier LSTM: the input and the past gate each other before the LSTM does.

    For k = 1, 2, ... `rounds`, with x and h at first x_t and h_{t-1}:

        x = 2 sigmoid(Q_k h) * x                      in odd rounds
        h = 2 sigmoid(R_k x) * h                      in even rounds

    and then a step of the LSTM, with these x and h in the place of x_t and h_{t-1}:

        i = sigmoid(W_i x + b_i + U_i h)              input gate
        f = sigmoid(W_f x + b_f + U_f h)              forget gate
        g = tanh(W_g x + b_g + U_g h)                 candidate
        o = sigmoid(W_o x + b_o + U_o h)              output gate
        c_t = f * c_{t-1} + i * g
        h_t = o * tanh(c_t)

    Melis, Kočiský and Blunsom, "Mogrifier LSTM", 2020, https://arxiv.org/abs/1909.01792, with
    full matrices: their product of two low-rank ones is not part of this cell.

    No part of it is free of the past, so `project` only hands x on, and each step multiplies all
    matrices. `mogrifier_1`, `mogrifier_2` ... are Q_1 `(units, features)`, R_2
    `(features, units)` and so on, with the initializer, regularizer and constraint of `kernel`.

    Args:
        units: positive integer, the size of h and of c.
        rounds: how often the two gate each other; about 5 in the paper; 0 is the LSTM.

    The remaining arguments are those of `ForgettingCell`. Dropout is of what the LSTM sees of x
    and h, after the rounds.

    Raises:
        ValueError: for `rounds` that is not an integer from 0 on.

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
                "Argument `rounds` must be an integer from 0 on; received "
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
        """Return the inputs themselves, as the column x."""
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
