"""Layers by the name of their cell."""

import keras
import numpy as np
import pytest

import keras_gated as kg
from keras_gated.layers import CellLayer
from tests import own_cell

LAYERS = [
    layer
    for layer in (getattr(kg, name) for name in kg.__all__)
    if isinstance(layer, type) and issubclass(layer, CellLayer) and hasattr(layer, "Cell")
]


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_by_every_spelling(layer):
    file = layer.Cell.__module__.rsplit(".", 1)[1]
    for name in (layer.__name__, layer.__name__.lower(), layer.Cell.__name__, file):
        assert kg.get(name) is layer
    assert kg.get(file.replace("_", "-")) is layer


def test_an_unknown_name():
    with pytest.raises(ValueError, match=r"Unknown cell 'grru'; known are .*Did you mean 'gru'"):
        kg.get("grru")


def test_a_class_of_ones_own():
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    name = next(n for n, c in vars(own_cell).items() if isinstance(c, type)
                and issubclass(c, kg.GatedCell) and c is not kg.GatedCell)  # fmt: skip
    layer = kg.get(f"tests.own_cell:{name}")(4, return_sequences=True, name="mine")
    assert isinstance(layer, kg.Recurrent)
    assert isinstance(layer.cell, getattr(own_cell, name))
    assert layer(x).shape == (2, 5, 4)
    assert layer.name == "mine"
    assert kg.get("keras.layers:LSTM") is keras.layers.LSTM
    of_keras = kg.get("keras.layers:LSTMCell")(4)
    assert type(of_keras) is keras.layers.RNN
    assert of_keras(x).shape == (2, 4)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module:Cell", "cannot be imported: No module named"),
        ("keras.layers:Lstm", "cannot be imported: .*no attribute 'Lstm'"),
        (":Cell", "cannot be imported"),
        ("keras.ops:tanh", "expected the class of a GatedCell"),
        ("pathlib:Path", "expected the class of a GatedCell"),
    ],
)
def test_what_is_no_cell(name, message):
    with pytest.raises(ValueError, match=message):
        kg.get(name)
