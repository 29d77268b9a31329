"""Fast, readable recurrent cells and layers for Keras 3, with tools to inspect and extend them."""

from keras_gated._version import __version__
from keras_gated.bases import ForgettingCell, LinearCell
from keras_gated.cell import GatedCell
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
from keras_gated.full_check import check_cell
from keras_gated.gates import Columns, Gates
from keras_gated.initial_state import InitialState, LearnedInitialState, NoisyInitialState
from keras_gated.initializers import BlockOrthogonal, Chrono
from keras_gated.inspection.gradient_flow import Flow, gradient_flow
from keras_gated.inspection.trace import Record, Trace, trace
from keras_gated.interop.convert import convert
from keras_gated.layers import (
    ESN,
    GRU,
    JANET,
    LSTM,
    MGU,
    NAS,
    RGLRU,
    SLSTM,
    CellLayer,
    CoupledLSTM,
    FastGRNN,
    IndRNN,
    LayerNormGRU,
    LayerNormLSTM,
    LayerNormSimpleRNN,
    MinGRU,
    MinLSTM,
    MogrifierLSTM,
    PeepholeLSTM,
    ProjectedLSTM,
    SimpleRNN,
)
from keras_gated.layers.lookup import get
from keras_gated.layers.recurrent import Recurrent
from keras_gated.layers.streaming import stream

__all__ = [
    "ESN",
    "GRU",
    "JANET",
    "LSTM",
    "MGU",
    "NAS",
    "RGLRU",
    "SLSTM",
    "BlockOrthogonal",
    "CellLayer",
    "Chrono",
    "Columns",
    "CoupledLSTM",
    "CoupledLSTMCell",
    "ESNCell",
    "FastGRNN",
    "FastGRNNCell",
    "Flow",
    "ForgettingCell",
    "GRUCell",
    "GatedCell",
    "Gates",
    "IndRNN",
    "IndRNNCell",
    "InitialState",
    "JANETCell",
    "LSTMCell",
    "LayerNormGRU",
    "LayerNormGRUCell",
    "LayerNormLSTM",
    "LayerNormLSTMCell",
    "LayerNormSimpleRNN",
    "LayerNormSimpleRNNCell",
    "LearnedInitialState",
    "LinearCell",
    "MGUCell",
    "MinGRU",
    "MinGRUCell",
    "MinLSTM",
    "MinLSTMCell",
    "MogrifierLSTM",
    "MogrifierLSTMCell",
    "NASCell",
    "NoisyInitialState",
    "PeepholeLSTM",
    "PeepholeLSTMCell",
    "ProjectedLSTM",
    "ProjectedLSTMCell",
    "RGLRUCell",
    "Record",
    "Recurrent",
    "SLSTMCell",
    "SimpleRNN",
    "SimpleRNNCell",
    "Trace",
    "__version__",
    "check_cell",
    "convert",
    "get",
    "gradient_flow",
    "stream",
    "trace",
]
