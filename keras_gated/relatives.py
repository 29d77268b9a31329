"""The layers of the gated relatives: each its cell over a sequence, as `layers.py` has it."""

from keras_gated.cell_layer import CellLayer
from keras_gated.cells.coupled_lstm import CoupledLSTMCell
from keras_gated.cells.esn import ESNCell
from keras_gated.cells.fast_grnn import FastGRNNCell
from keras_gated.cells.ind_rnn import IndRNNCell
from keras_gated.cells.janet import JANETCell
from keras_gated.cells.layer_norm_gru import LayerNormGRUCell
from keras_gated.cells.layer_norm_lstm import LayerNormLSTMCell
from keras_gated.cells.layer_norm_simple_rnn import LayerNormSimpleRNNCell
from keras_gated.cells.mgu import MGUCell
from keras_gated.cells.min_gru import MinGRUCell
from keras_gated.cells.min_lstm import MinLSTMCell
from keras_gated.cells.mogrifier_lstm import MogrifierLSTMCell
from keras_gated.cells.nas import NASCell
from keras_gated.cells.peephole_lstm import PeepholeLSTMCell
from keras_gated.cells.projected_lstm import ProjectedLSTMCell
from keras_gated.cells.rg_lru import RGLRUCell
from keras_gated.cells.s_lstm import SLSTMCell


class PeepholeLSTM(CellLayer):
    """The LSTM whose gates see the cell state, over a sequence.

    Equations and arguments: `PeepholeLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = PeepholeLSTM(4, return_state=True)
    >>> output, h, c = layer(np.ones((2, 5, 3)))
    >>> tuple(c.shape)
    (2, 4)
    """

    Cell = PeepholeLSTMCell


class CoupledLSTM(CellLayer):
    """The LSTM that forgets as much as it takes in (CIFG), over a sequence.

    Equations and arguments: `CoupledLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = CoupledLSTM(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = CoupledLSTMCell


class ProjectedLSTM(CellLayer):
    """The LSTM with a projected output (LSTMP) over a sequence.

    Equations and arguments: `ProjectedLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = ProjectedLSTM(4, projection=2, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 2)
    """

    Cell = ProjectedLSTMCell


class LayerNormLSTM(CellLayer):
    """The layer-normalized LSTM over a sequence.

    Equations and arguments: `LayerNormLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = LayerNormLSTM(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = LayerNormLSTMCell


class LayerNormGRU(CellLayer):
    """The layer-normalized gated recurrent unit over a sequence.

    Equations and arguments: `LayerNormGRUCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = LayerNormGRU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = LayerNormGRUCell


class LayerNormSimpleRNN(CellLayer):
    """The layer-normalized vanilla recurrent network over a sequence.

    Equations and arguments: `LayerNormSimpleRNNCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = LayerNormSimpleRNN(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 4)
    """

    Cell = LayerNormSimpleRNNCell


class MinGRU(CellLayer):
    """The minimal gated recurrent unit over a sequence.

    Equations and arguments: `MinGRUCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = MinGRU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = MinGRUCell


class MinLSTM(CellLayer):
    """The minimal long short-term memory over a sequence.

    Equations and arguments: `MinLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = MinLSTM(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = MinLSTMCell


class MGU(CellLayer):
    """The minimal gated unit over a sequence.

    Equations and arguments: `MGUCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = MGU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = MGUCell


class JANET(CellLayer):
    """JANET, the LSTM of one gate, over a sequence.

    Equations and arguments: `JANETCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = JANET(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = JANETCell


class IndRNN(CellLayer):
    """The independently recurrent network over a sequence.

    Equations and arguments: `IndRNNCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = IndRNN(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = IndRNNCell


class FastGRNN(CellLayer):
    """The fast gated recurrent network over a sequence.

    Equations and arguments: `FastGRNNCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = FastGRNN(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = FastGRNNCell


class SLSTM(CellLayer):
    """The LSTM with exponential gates over a sequence.

    Equations and arguments: `SLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = SLSTM(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = SLSTMCell


class RGLRU(CellLayer):
    """The real-gated linear recurrent unit over a sequence.

    Equations and arguments: `RGLRUCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = RGLRU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = RGLRUCell


class NAS(CellLayer):
    """The cell of an architecture search over a sequence.

    Equations and arguments: `NASCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = NAS(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = NASCell


class MogrifierLSTM(CellLayer):
    """The Mogrifier LSTM over a sequence.

    Equations and arguments: `MogrifierLSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = MogrifierLSTM(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = MogrifierLSTMCell


class ESN(CellLayer):
    """The echo state network over a sequence: nothing in it is trained.

    Equations and arguments: `ESNCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = ESN(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = ESNCell
