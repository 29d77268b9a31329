"""Recurrent cells for Keras 3 that people can read, look inside, extend, and run fast."""

from keras_gated._version import __version__
from keras_gated.cell import GatedCell
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell
from keras_gated.gates import Columns, Gates
from keras_gated.layers import GRU, LSTM, Recurrent, SimpleRNN

__all__ = [
    "GRU",
    "LSTM",
    "Columns",
    "GRUCell",
    "GatedCell",
    "Gates",
    "LSTMCell",
    "Recurrent",
    "SimpleRNN",
    "SimpleRNNCell",
    "__version__",
]
