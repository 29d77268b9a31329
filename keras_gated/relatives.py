"""The layers of the gated relatives: each its cell over a sequence, as `layers.py` has it."""

from keras_gated.cells.coupled_lstm import CoupledLSTMCell
from keras_gated.cells.layer_norm_gru import LayerNormGRUCell
from keras_gated.cells.layer_norm_lstm import LayerNormLSTMCell
from keras_gated.cells.layer_norm_simple_rnn import LayerNormSimpleRNNCell
from keras_gated.cells.min_gru import MinGRUCell
from keras_gated.cells.min_lstm import MinLSTMCell
from keras_gated.cells.peephole_lstm import PeepholeLSTMCell
from keras_gated.cells.projected_lstm import ProjectedLSTMCell
from keras_gated.layers import _OwnCell


class PeepholeLSTM(_OwnCell):
    """The LSTM whose gates see the cell state, over a sequence.

    Equations and arguments: `PeepholeLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = PeepholeLSTM(4, return_state=True)
    >>> output, h, c = layer(np.ones((2, 5, 3)))
    >>> tuple(c.shape)
    (2, 4)
    """

    Cell = PeepholeLSTMCell


class CoupledLSTM(_OwnCell):
    """The LSTM that forgets as much as it takes in (CIFG), over a sequence.

    Equations and arguments: `CoupledLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = CoupledLSTM(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = CoupledLSTMCell


class ProjectedLSTM(_OwnCell):
    """The LSTM with a projected output (LSTMP) over a sequence.

    Equations and arguments: `ProjectedLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = ProjectedLSTM(4, projection=2, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 2)
    """

    Cell = ProjectedLSTMCell


class LayerNormLSTM(_OwnCell):
    """The layer-normalized LSTM over a sequence.

    Equations and arguments: `LayerNormLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = LayerNormLSTM(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = LayerNormLSTMCell


class LayerNormGRU(_OwnCell):
    """The layer-normalized gated recurrent unit over a sequence.

    Equations and arguments: `LayerNormGRUCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = LayerNormGRU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = LayerNormGRUCell


class LayerNormSimpleRNN(_OwnCell):
    """The layer-normalized vanilla recurrent network over a sequence.

    Equations and arguments: `LayerNormSimpleRNNCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = LayerNormSimpleRNN(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 4)
    """

    Cell = LayerNormSimpleRNNCell


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
