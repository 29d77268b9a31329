"""Cells that are linear in their state, and the implementation that scans over many timesteps."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests.family import MASKS
from tests.numbers import as_list, close, gradients

X = np.random.default_rng(0).normal(size=(3, 50, 2)).astype("float32")


class LeakyCell(kg.LinearCell):
    gates = kg.Gates(n="candidate")

    def coefficients(self, wx):
        return 0.9 + 0 * wx.n, 0.1 * wx.n, dict(n=wx.n)


@pytest.mark.parametrize("time", [1, 2, 3, 4, 15, 16, 17, 50])
@pytest.mark.parametrize("make", [lambda **k: kg.MinLSTM(4, **k), lambda **k: leaky(**k)])
def test_scan_equals_the_loop_for_any_number_of_steps(time, make):
    x = X[:, :time]
    mask = np.random.default_rng(1).random(x.shape[:2]) < 0.6
    arguments = dict(return_sequences=True, return_state=True)
    scan, loop = (make(engine=path, **arguments) for path in ("scan", "loop"))
    for layer in (scan, loop):
        layer.build(x.shape)
    loop.set_weights(scan.get_weights())
    call = {"initial_state": [np.ones((3, 4), "float32")]}
    for given in ({}, {"mask": mask}):
        assert close(as_list(scan(x, **call, **given)), as_list(loop(x, **call, **given)))
        assert close(gradients(scan, x, **call, **given), gradients(loop, x, **call, **given))


def leaky(**arguments):
    return kg.Recurrent(LeakyCell(4), **arguments)


def test_scan_is_chosen_and_says_why_not():
    assert kg.MinGRU(4).explain(8, 4096).engine == "scan"
    assert leaky().explain().engine == "scan"
    wide = kg.MinGRU(256).explain(64, 200, training=True)
    assert wide.engine == "fused"
    assert "so many values" in wide.against["scan"]
    assert kg.MinGRU(256).explain(64, 200, mask=True).engine == "packed"
    assert kg.MinGRU(256).explain(64, 200, eager=True).engine == "scan"
    assert kg.MinGRU(256).explain(64, 200, reset=True).engine == "scan"
    assert "not linear" in kg.GRU(4).explain(8, 100).against["scan"]
    with pytest.raises(ValueError, match=r"engine='scan' cannot serve.*LSTMCell is not linear"):
        kg.LSTM(4, engine="scan")(X)


@pytest.mark.parametrize(
    "name", ["recurrent_initializer", "recurrent_regularizer", "recurrent_dropout"]
)
@pytest.mark.parametrize("make", [kg.MinGRU, kg.MinLSTMCell])
def test_recurrent_arguments_are_refused(make, name):
    with pytest.raises(TypeError, match=f"has no recurrent kernel and takes no {name}"):
        make(4, **{name: 0.3})


def test_a_linear_cell_without_coefficients():
    forgotten = type("NoCoefficients", (kg.LinearCell,), {"gates": kg.Gates(h="hidden")})
    with pytest.raises(NotImplementedError, match="has no coefficients"):
        kg.Recurrent(forgotten(3))(X)


def test_shut_gates_lose_nothing():
    """Gates that are exactly 0, where a quotient of products would be 0 / 0."""
    layer = kg.MinGRU(4, return_sequences=True)
    layer.build(X.shape)
    kernel, _ = layer.get_weights()
    layer.set_weights([0 * kernel, np.repeat([200.0, -3.0], 4)])
    fresh = ops.convert_to_numpy(layer(X))
    np.testing.assert_allclose(fresh, keras.ops.sigmoid(-3.0), rtol=1e-6)
    layer.set_weights([0 * kernel, np.repeat([-200.0, -3.0], 4)])
    kept = ops.convert_to_numpy(layer(X, initial_state=[np.full((3, 4), 7.0, "float32")]))
    np.testing.assert_array_equal(kept, 7.0)
    assert all(np.isfinite(g).all() for g in gradients(layer, X))


def test_the_linear_candidate_of_the_paper():
    """Section 3.1 of the paper: without the activation, the candidate may be negative."""
    layer = kg.MinGRU(4, activation="linear", return_sequences=True)
    assert (ops.convert_to_numpy(layer(X)) < 0).any()
    assert (ops.convert_to_numpy(kg.MinGRU(4, return_sequences=True)(X)) >= 0).all()
    again = kg.MinGRU.from_config(layer.get_config())
    assert again.activation is keras.activations.linear
    plain = kg.MinGRU.from_config(kg.MinGRU(4).get_config())
    assert plain.activation is kg.MinGRU(4).activation


def test_masks_of_the_family_cover_what_scan_meets():
    assert {"gaps", "all masked", "one row masked"} <= set(MASKS)
