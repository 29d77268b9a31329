"""How results and layers are displayed in a terminal and in a notebook."""

import sys

import keras
import numpy as np
import pytest

import keras_gated as kg


@pytest.fixture(scope="module")
def model():
    layers = [keras.layers.Embedding(9, 3, mask_zero=True), kg.LSTM(4, name="reader")]
    return keras.Sequential([*layers, keras.layers.Dense(1)])


def test_a_trace_shows_its_layers_in_words(model):
    traced = kg.trace(model, np.array([[1, 2, 0]]))
    assert repr(traced) == repr(traced["reader"])
    assert repr(traced).startswith("reader: LSTMCell, 3 steps of 4 units; gates i input")


def test_a_notebook_shows_a_heat_map_under_them(model):
    shown = kg.trace(model, np.array([[1, 2, 3]]))._repr_html_()
    assert shown.startswith("<pre>reader: LSTMCell")
    assert "<svg" in shown


def test_a_row_without_any_timestep_has_no_picture(model):
    assert "<svg" not in kg.trace(model, np.array([[0, 0, 0]]))._repr_html_()


def test_without_matplotlib_the_words_are_shown(model, monkeypatch):
    traced = kg.trace(model, np.array([[1, 2, 3]]))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert traced._repr_html_() == f"<pre>{traced}</pre>"


def test_a_flow_says_how_far_the_gradient_reaches(model):
    flows = kg.gradient_flow(model, np.array([[1, 2, 3]]), np.ones((1, 1)), loss="mse")
    horizon = flows["reader"].horizon("c")
    said = "stays above 1%" if horizon is None else f"falls below 1% after {horizon} timesteps"
    assert f"the gradient of c {said}" in repr(flows["reader"])
    assert "<svg" in flows["reader"]._repr_html_()


def test_an_explanation_reads_as_lines_in_a_notebook_too():
    explanation = kg.LSTM(4, engine="loop").explain(8, 5)
    assert repr(explanation) == str(explanation)
    assert repr(explanation).startswith("engine: loop")


def test_a_layer_around_a_cell_is_named_after_it():
    keras.backend.clear_session()
    first, second = kg.Recurrent(kg.LayerNormLSTMCell(4)), kg.Recurrent(kg.LayerNormLSTMCell(4))
    assert (first.name, second.name) == ("layer_norm_lstm", "layer_norm_lstm_1")
    assert repr(first) == "<Recurrent of LayerNormLSTMCell, name=layer_norm_lstm>"
    assert kg.Recurrent(kg.MGUCell(4), name="mine").name == "mine"
