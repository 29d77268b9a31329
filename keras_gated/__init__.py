"""Recurrent cells for Keras 3 that people can read, look inside, extend, and run fast."""

from keras_gated._version import __version__
from keras_gated.cell import GatedCell
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.min_gru import MinGRUCell
from keras_gated.cells.min_lstm import MinLSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell
from keras_gated.gates import Columns, Gates
from keras_gated.layers import GRU, LSTM, MinGRU, MinLSTM, Recurrent, SimpleRNN
from keras_gated.linear import LinearCell
from keras_gated.streams import stream

__all__ = [
    "GRU",
    "LSTM",
    "Columns",
    "GRUCell",
    "GatedCell",
    "Gates",
    "LSTMCell",
    "LinearCell",
    "MinGRU",
    "MinGRUCell",
    "MinLSTM",
    "MinLSTMCell",
    "Recurrent",
    "SimpleRNN",
    "SimpleRNNCell",
    "__version__",
    "stream",
]
