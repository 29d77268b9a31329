"""Recurrent cells for Keras 3 that people can read, look inside, extend, and run fast."""

from keras_gated._version import __version__
from keras_gated.cell import GatedCell
from keras_gated.cells.coupled_lstm import CoupledLSTMCell
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.layer_norm_gru import LayerNormGRUCell
from keras_gated.cells.layer_norm_lstm import LayerNormLSTMCell
from keras_gated.cells.layer_norm_simple_rnn import LayerNormSimpleRNNCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.min_gru import MinGRUCell
from keras_gated.cells.min_lstm import MinLSTMCell
from keras_gated.cells.peephole_lstm import PeepholeLSTMCell
from keras_gated.cells.projected_lstm import ProjectedLSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell
from keras_gated.forgetting import ForgettingCell
from keras_gated.gates import Columns, Gates
from keras_gated.layers import GRU, LSTM, Recurrent, SimpleRNN
from keras_gated.linear import LinearCell
from keras_gated.relatives import (
    CoupledLSTM,
    LayerNormGRU,
    LayerNormLSTM,
    LayerNormSimpleRNN,
    MinGRU,
    MinLSTM,
    PeepholeLSTM,
    ProjectedLSTM,
)

__all__ = [
    "GRU",
    "LSTM",
    "Columns",
    "CoupledLSTM",
    "CoupledLSTMCell",
    "ForgettingCell",
    "GRUCell",
    "GatedCell",
    "Gates",
    "LSTMCell",
    "LayerNormGRU",
    "LayerNormGRUCell",
    "LayerNormLSTM",
    "LayerNormLSTMCell",
    "LayerNormSimpleRNN",
    "LayerNormSimpleRNNCell",
    "LinearCell",
    "MinGRU",
    "MinGRUCell",
    "MinLSTM",
    "MinLSTMCell",
    "PeepholeLSTM",
    "PeepholeLSTMCell",
    "ProjectedLSTM",
    "ProjectedLSTMCell",
    "Recurrent",
    "SimpleRNN",
    "SimpleRNNCell",
    "__version__",
]
