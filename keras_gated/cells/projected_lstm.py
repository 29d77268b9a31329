"""The LSTM with a recurrent projection layer."""

import keras
from keras import ops

from keras_gated.bases import ForgettingCell
from keras_gated.config import positive_integer
from keras_gated.gates import Gates


class ProjectedLSTMCell(ForgettingCell):
    """One step of the LSTM with a projected output (LSTMP): a large cell state c, a small output h.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1})      input gate
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1})      forget gate
        g = tanh(W_g x_t + b_g + U_g h_{t-1})         candidate
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1})      output gate
        c_t = f * c_{t-1} + i * g
        h_t = P (o * tanh(c_t))

    P is `projection_kernel`, of shape `(units, projection)`; `finish` multiplies by it.
    Sak, Senior and Beaufays, "Long short-term memory based recurrent neural network architectures
    for large vocabulary speech recognition", 2014, https://arxiv.org/abs/1402.1128,
    there with peepholes. Same results as `torch.nn.LSTM(proj_size=projection)`.

    Args:
        units: positive integer, the size of c.
        projection: positive integer, the size of h; by default half of `units`, rounded up.
        projection_initializer: initializer of `projection_kernel`.
        projection_regularizer, projection_constraint: its regularizer and constraint, or None.

    The remaining arguments are those of `ForgettingCell`.

    >>> cell = ProjectedLSTMCell(4, projection=2)
    >>> h, (h, c) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape), tuple(c.shape)
    ((2, 2), (2, 4))
    """

    gates = Gates(i="input", f="forget", g="candidate", o="output")
    states = ("h", "c")
    candidate_dropout = True

    def __init__(
        self,
        units,
        *args,
        projection=None,
        projection_initializer="glorot_uniform",
        projection_regularizer=None,
        projection_constraint=None,
        **kwargs,
    ):
        super().__init__(units, *args, **kwargs)
        half = (self.units + 1) // 2
        self.projection = half if projection is None else positive_integer("projection", projection)
        self.projection_initializer = keras.initializers.get(projection_initializer)
        self.projection_regularizer = keras.regularizers.get(projection_regularizer)
        self.projection_constraint = keras.constraints.get(projection_constraint)

    @property
    def state_size(self):
        return [self.projection, self.units]

    def build(self, input_shape):
        super().build(input_shape)
        self.projection_kernel = self._weight(
            "projection_kernel", (self.units, self.projection), kind="projection"
        )

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

    def finish(self, state):
        wide, kernel = (ops.cast(m, self.compute_dtype) for m in (state.h, self.projection_kernel))
        return state._replace(h=ops.cast(ops.matmul(wide, kernel), self.state_dtype))
