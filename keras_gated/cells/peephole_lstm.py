"""The LSTM with peephole connections."""

import keras
from keras import ops

from keras_gated.bases import ForgettingCell
from keras_gated.gates import Gates


class PeepholeLSTMCell(ForgettingCell):
    """One step of the LSTM with peepholes: each gate also reads its own unit of the cell state c.

        i = sigmoid(W_i x_t + b_i + U_i h_{t-1} + p_i * c_{t-1})      input gate
        f = sigmoid(W_f x_t + b_f + U_f h_{t-1} + p_f * c_{t-1})      forget gate
        g = tanh(W_g x_t + b_g + U_g h_{t-1})                         candidate
        c_t = f * c_{t-1} + i * g
        o = sigmoid(W_o x_t + b_o + U_o h_{t-1} + p_o * c_t)          output gate: reads the new c
        h_t = o * tanh(c_t)

    Gers and Schmidhuber, "Recurrent nets that time and count", 2000,
    https://doi.org/10.1109/IJCNN.2000.861302. Same weights and results as TensorFlow Addons'
    `PeepholeLSTMCell`, which also names p_i, p_f and p_o `input_gate_peephole_weights`,
    `forget_gate_...` and `output_gate_...`, of shape `(units,)`.

    Args:
        units: positive integer, the size of h and of c.
        peephole_initializer: initializer of the peepholes.

    The remaining arguments are those of `ForgettingCell`.

    >>> cell = PeepholeLSTMCell(4)
    >>> h, (h, c) = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(c.shape)
    (2, 4)
    """

    gates = Gates(i="input", f="forget", g="candidate", o="output")
    states = ("h", "c")
    candidate_dropout = True

    def __init__(self, units, *args, peephole_initializer="glorot_uniform", **kwargs):
        super().__init__(units, *args, **kwargs)
        self.peephole_initializer = keras.initializers.get(peephole_initializer)

    def build(self, input_shape):
        super().build(input_shape)
        self.peepholes = {
            letter: self._weight(
                f"{self.gates.word(letter)}_gate_peephole_weights", (self.units,), kind="peephole"
            )
            for letter in "ifo"
        }

    def step(self, wx, uh, past):
        sigmoid, tanh = self.recurrent_activation, self.activation
        p_i, p_f, p_o = (ops.cast(self.peepholes[k], self.state_dtype) for k in "ifo")
        a = wx + uh
        i, f = sigmoid(a.i + p_i * past.c), sigmoid(a.f + p_f * past.c)
        g = tanh(a.g)
        c = f * past.c + i * wx.drop(g)
        o = sigmoid(a.o + p_o * c)
        h = o * tanh(c)
        return self.State(h, c), dict(i=i, f=f, g=g, o=o)

    def kept(self, gates):
        return dict(c=gates["f"])
