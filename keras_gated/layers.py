"""The drop-ins for Keras's layers."""

from keras_gated.cell_layer import CellLayer
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell


class _AsCudnn(CellLayer):
    """A layer whose twin in Keras may run on cuDNN, and takes its argument about it.

    Args:
        use_cudnn: "auto" takes the engine "vendor" where it serves; True asks for it on a GPU, and is
            refused with the reason where it cannot serve; False forbids it. As in Keras, it is
            not in the config.

    Raises:
        ValueError: for any other `use_cudnn`, and for True beside another engine.
    """

    def __init__(self, units, *args, use_cudnn="auto", **kwargs):
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
        # Before the rest: whether XLA may compile the layer depends on it.
        self.use_cudnn = use_cudnn
        super().__init__(units, *args, **kwargs)


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
