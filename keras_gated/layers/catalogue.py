"""The layers, one for each cell of `keras_gated/cells`.

The docstring of a layer is assembled from those of its cell and of `Recurrent`.
"""

import keras

from keras_gated import config
from keras_gated.cells.coupled_lstm import CoupledLSTMCell
from keras_gated.cells.esn import ESNCell
from keras_gated.cells.fast_grnn import FastGRNNCell
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.ind_rnn import IndRNNCell
from keras_gated.cells.janet import JANETCell
from keras_gated.cells.layer_norm_gru import LayerNormGRUCell
from keras_gated.cells.layer_norm_lstm import LayerNormLSTMCell
from keras_gated.cells.layer_norm_simple_rnn import LayerNormSimpleRNNCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.mgu import MGUCell
from keras_gated.cells.min_gru import MinGRUCell
from keras_gated.cells.min_lstm import MinLSTMCell
from keras_gated.cells.mogrifier_lstm import MogrifierLSTMCell
from keras_gated.cells.nas import NASCell
from keras_gated.cells.peephole_lstm import PeepholeLSTMCell
from keras_gated.cells.projected_lstm import ProjectedLSTMCell
from keras_gated.cells.rg_lru import RGLRUCell
from keras_gated.cells.s_lstm import SLSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell
from keras_gated.layers.cell_layer import CellLayer


class _AsCudnn(CellLayer):
    """A layer with the argument `use_cudnn`, as its equivalent in Keras.

    Args:
        use_cudnn: "auto" uses the engine "vendor" where it supports the call. True requires it on
            a GPU, and raises an error with the reason otherwise. False forbids it. As in Keras,
            it is not in the config.

    Raises:
        ValueError: for any other `use_cudnn`, and for True together with another engine.
    """

    def __init__(self, units, *args, use_cudnn="auto", **kwargs):
        kwargs = config.by_name(type(self), args, kwargs)
        use_cudnn = kwargs.pop("use_cudnn", use_cudnn)
        if use_cudnn not in ("auto", True, False):
            raise ValueError(
                "Invalid value for argument `use_cudnn`: expected 'auto', True or False; "
                f"received use_cudnn={use_cudnn!r}."
            )
        engine = kwargs.get("engine", "auto")
        if use_cudnn is True and engine not in ("auto", "vendor"):
            raise ValueError(
                f"use_cudnn=True and engine={engine!r} ask for different things; leave one out."
            )
        # Set first: the base class reads it to decide whether XLA may compile the layer.
        self.use_cudnn = use_cudnn
        super().__init__(units, **kwargs)


# Drop-ins for Keras's layers, with its positional arguments.


class SimpleRNN(CellLayer):
    """The simple RNN over a sequence; drop-in for `keras.layers.SimpleRNN`.

    >>> layer = SimpleRNN(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 4)
    """

    Cell = SimpleRNNCell
    positional = config.positions_in(keras.layers.SimpleRNN)


class LSTM(_AsCudnn):
    """Long short-term memory over a sequence; drop-in for `keras.layers.LSTM`.

    >>> layer = LSTM(4, return_state=True)
    >>> output, h, c = layer(np.ones((2, 5, 3)))
    >>> tuple(c.shape)
    (2, 4)
    """

    Cell = LSTMCell
    positional = config.positions_in(keras.layers.LSTM)


class GRU(_AsCudnn):
    """The gated recurrent unit over a sequence; drop-in for `keras.layers.GRU`.

    >>> layer = GRU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = GRUCell
    positional = config.positions_in(keras.layers.GRU)


# All others.


class PeepholeLSTM(CellLayer):
    Cell = PeepholeLSTMCell


class CoupledLSTM(CellLayer):
    Cell = CoupledLSTMCell


class ProjectedLSTM(CellLayer):
    """The LSTM with a projected output (LSTMP) over a sequence: a large c and a small output h.

    >>> layer = ProjectedLSTM(4, projection=2, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 2)
    """

    Cell = ProjectedLSTMCell


class LayerNormLSTM(CellLayer):
    Cell = LayerNormLSTMCell


class LayerNormGRU(CellLayer):
    Cell = LayerNormGRUCell


class LayerNormSimpleRNN(CellLayer):
    Cell = LayerNormSimpleRNNCell


class MinGRU(CellLayer):
    Cell = MinGRUCell


class MinLSTM(CellLayer):
    Cell = MinLSTMCell


class MGU(CellLayer):
    Cell = MGUCell


class JANET(CellLayer):
    Cell = JANETCell


class IndRNN(CellLayer):
    Cell = IndRNNCell


class FastGRNN(CellLayer):
    Cell = FastGRNNCell


class SLSTM(CellLayer):
    Cell = SLSTMCell


class RGLRU(CellLayer):
    Cell = RGLRUCell


class NAS(CellLayer):
    Cell = NASCell


class MogrifierLSTM(CellLayer):
    Cell = MogrifierLSTMCell


class ESN(CellLayer):
    Cell = ESNCell
