"""The layers of the gated relatives: each its cell over a sequence, as `layers.py` has it."""

from keras_gated.cells.min_gru import MinGRUCell
from keras_gated.cells.min_lstm import MinLSTMCell
from keras_gated.layers import _OwnCell


class MinGRU(_OwnCell):
    """The minimal gated recurrent unit over a sequence.

    Equations and arguments: `MinGRUCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = MinGRU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = MinGRUCell


class MinLSTM(_OwnCell):
    """The minimal long short-term memory over a sequence.

    Equations and arguments: `MinLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = MinLSTM(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = MinLSTMCell
