"""The drop-ins for Keras's layers."""

from keras_gated.cell_layer import CellLayer
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell


class _AsCudnn(CellLayer):
    """A layer whose twin in Keras may run on cuDNN, and takes its argument about it.

    Args:
        use_cudnn: "auto" and False run the plain loop. True is refused when the layer is called:
            no path of this package runs on cuDNN yet. As in Keras, it is not in the config.
    """

    def __init__(self, units, *args, use_cudnn="auto", **kwargs):
        if use_cudnn not in ("auto", True, False):
            raise ValueError(
                "Invalid value for argument `use_cudnn`: expected 'auto', True or False; "
                f"received use_cudnn={use_cudnn!r}."
            )
        super().__init__(units, *args, **kwargs)
        self.use_cudnn = use_cudnn

    def call(self, sequences, initial_state=None, mask=None, training=False, reset=None):
        if self.use_cudnn is True:
            raise ValueError(
                "use_cudnn=True was specified, but cuDNN is not supported for this layer "
                'configuration with this backend. Pass use_cudnn="auto".'
            )
        return super().call(sequences, initial_state, mask, training, reset)


class SimpleRNN(CellLayer):
    """The vanilla recurrent network over a sequence; drop-in for `keras.layers.SimpleRNN`.

    Equations and arguments: `SimpleRNNCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = SimpleRNN(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 4)
    """

    Cell = SimpleRNNCell


class LSTM(_AsCudnn):
    """Long short-term memory over a sequence; drop-in for `keras.layers.LSTM`.

    Equations and arguments: `LSTMCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = LSTM(4, return_state=True)
    >>> output, h, c = layer(np.ones((2, 5, 3)))
    >>> tuple(c.shape)
    (2, 4)
    """

    Cell = LSTMCell


class GRU(_AsCudnn):
    """The gated recurrent unit over a sequence; drop-in for `keras.layers.GRU`.

    Equations and arguments: `GRUCell`; calls, masks and shapes: `Recurrent`.

    >>> layer = GRU(4, return_sequences=True)
    >>> tuple(layer(np.ones((2, 5, 3))).shape)
    (2, 5, 4)
    """

    Cell = GRUCell
