"""Cells give the numbers of other people's code, recorded by the scripts in `tests/goldens`."""

from pathlib import Path

import keras
import numpy as np
import pytest

import keras_gated as kg
from tests.numbers import as_list, close, distance, gradients

GOLDENS = Path(__file__).parent / "goldens"
# Where the code was found, and the cell that must equal it.
CELLS = {
    "mgu": ("published", lambda **k: kg.MGU(4, reset_after=False, **k)),
    "janet": ("published", lambda **k: kg.JANET(4, **k)),
    "ind_rnn": ("published", lambda **k: kg.IndRNN(4, **k)),
    "fast_grnn": ("published", lambda **k: kg.FastGRNN(4, **k)),
    "s_lstm": ("published", lambda **k: kg.SLSTM(4, **k)),
    "rg_lru": ("published", lambda **k: kg.RGLRU(4, **k)),
    "mogrifier_lstm": ("published", lambda **k: kg.MogrifierLSTM(4, **k)),
    "min_gru": ("published", lambda **k: kg.MinGRU(4, use_bias=False, **k)),
    "nas": ("search_and_echo", lambda **k: kg.NAS(4, use_bias=True, **k)),
    "esn": ("search_and_echo", lambda **k: kg.ESN(4, leaky=0.3, **k)),
}


def recorded(name):
    """Return the arrays of a cell by group, each a list."""
    with np.load(GOLDENS / f"{CELLS[name][0]}.npz") as file:
        groups = {}
        for key in file:
            cell, group, _ = key.split("/")
            if cell == name:
                groups.setdefault(group, []).append(file[key].astype("float32"))
    return groups


def computed(name, golden):
    layer = CELLS[name][1](return_sequences=True, return_state=True)
    (x,) = golden["x"]
    layer.build(x.shape)
    layer.set_weights(golden["weights"])
    call = {"initial_state": golden["states"]}
    return as_list(layer(x, **call)), gradients(layer, x, **call)


@pytest.mark.parametrize("name", CELLS)
def test_published_numbers(name):
    golden = recorded(name)
    outputs, found = computed(name, golden)
    assert close(outputs, golden["outputs"])
    # Where a weight of ours has no counterpart there, the gradient of the inputs is recorded.
    assert len(golden["gradients"]) in (1, len(found))
    assert close(found[: len(golden["gradients"])], golden["gradients"])


@pytest.mark.parametrize("name", CELLS)
def test_other_weights_give_other_numbers(name):
    """The control: with each weight a little off, neither outputs nor gradients agree."""
    golden = recorded(name)
    off = {**golden, "weights": [1.01 * weight for weight in golden["weights"]]}
    outputs, found = computed(name, off)
    assert not close(outputs, golden["outputs"])
    assert distance(found[0], golden["gradients"][0]) > 1e-4


def test_every_number_is_used():
    for file in GOLDENS.glob("*.npz"):
        names = {name for name, (source, _) in CELLS.items() if source == file.stem}
        if names:
            assert {key.split("/")[0] for key in np.load(file)} == names
    assert keras.backend.backend()
