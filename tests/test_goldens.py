"""Cells that exist in other libraries give their numbers: outputs, states and gradients.

The numbers are in `tests/goldens/`, each file beside the script that made it.
"""

from pathlib import Path

import keras
import numpy as np
import pytest

import keras_gated as kg
from tests.numbers import as_list, close, gradients

FOLDER = Path(__file__).parent / "goldens"
LAYERS = {
    "addons/peephole_lstm": (kg.PeepholeLSTM, {}),
    "addons/layer_norm_lstm": (kg.LayerNormLSTM, {"carry_normalized": True}),
    "addons/layer_norm_simple_rnn": (kg.LayerNormSimpleRNN, {}),
    "contrib/coupled_lstm": (kg.CoupledLSTM, {}),
    "torch_lstm/projected_lstm": (kg.ProjectedLSTM, {"projection": 3}),
    "search_and_echo/nas": (kg.NAS, {"use_bias": True}),
    "search_and_echo/esn": (kg.ESN, {"leaky": 0.3}),
    "published/mgu": (kg.MGU, {"reset_after": False}),
    "published/janet": (kg.JANET, {}),
    "published/ind_rnn": (kg.IndRNN, {}),
    "published/fast_grnn": (kg.FastGRNN, {}),
    "published/s_lstm": (kg.SLSTM, {}),
    "published/rg_lru": (kg.RGLRU, {}),
    "published/mogrifier_lstm": (kg.MogrifierLSTM, {}),
    "published/min_gru": (kg.MinGRU, {"use_bias": False}),
}
# Recorded from code that sums in single precision.
SINGLE = ("published/rg_lru",)


class Golden:
    """The arrays of one cell, by group."""

    def __init__(self, name: str):
        file, self._name = name.split("/")
        with np.load(FOLDER / f"{file}.npz") as arrays:
            self._arrays = dict(arrays)

    def __getattr__(self, group: str) -> list:
        found = [a for key, a in self._arrays.items() if key.startswith(f"{self._name}/{group}/")]
        return [array.astype(dtype()) for array in found]


def dtype() -> str:
    """Double precision where the backend has it."""
    return "float64" if keras.backend.backend() == "tensorflow" else "float32"


def layer_of(name, golden, **changed):
    layer, arguments = LAYERS[name]
    units = golden.states[-1].shape[-1]
    arguments = {"return_sequences": True, "return_state": True, **arguments, **changed}
    layer = layer(units, dtype=dtype(), **arguments)
    layer.build(golden.x[0].shape)
    layer.set_weights(golden.weights)
    return layer


@pytest.mark.parametrize("name", LAYERS)
def test_numbers_of_others(name):
    golden = Golden(name)
    layer, x = layer_of(name, golden), golden.x[0]
    precision = "float32" if name in SINGLE else dtype()
    assert close(as_list(layer(x, initial_state=golden.states)), golden.outputs, precision)
    found = gradients(layer, x, initial_state=golden.states)
    # Where a weight of ours has no counterpart there, the gradient of the inputs is recorded.
    assert len(golden.gradients) in (1, len(found))
    assert close(found[: len(golden.gradients)], golden.gradients, precision)


@pytest.mark.parametrize("name", LAYERS)
def test_a_swap_is_noticed(name):
    """The control: two columns of the kernel's first block change places."""
    golden = Golden(name)
    layer = layer_of(name, golden)
    weights = layer.get_weights()
    weights[0][:, [0, 1]] = weights[0][:, [1, 0]]
    layer.set_weights(weights)
    got = as_list(layer(golden.x[0], initial_state=golden.states))
    assert not close(got, golden.outputs)


def test_addons_carries_the_normalized_c():
    """By default c is carried as in the paper, and TensorFlow Addons' numbers differ."""
    name = "addons/layer_norm_lstm"
    golden = Golden(name)
    layer = layer_of(name, golden, carry_normalized=False)
    got = as_list(layer(golden.x[0], initial_state=golden.states))
    first = [keras.ops.convert_to_numpy(sequence)[:, 0] for sequence in (got[0], golden.outputs[0])]
    assert close(*first, dtype()), "the first step does not see what is carried"
    assert not close(got, golden.outputs, dtype())
