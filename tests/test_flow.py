"""Gradient flow, in cases that can be worked out by hand."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg

RNG = np.random.default_rng(0)
TIME, UNITS = 30, 4
X = RNG.normal(size=(3, TIME, 2)).astype("float32")
Y = RNG.normal(size=(3, UNITS)).astype("float32")


def linear(rho, **arguments):
    """Return a linear RNN whose recurrent kernel is rho times an orthogonal matrix."""
    layer = kg.SimpleRNN(UNITS, activation=None, name="rnn", **arguments)
    layer.build(X.shape)
    turn, _ = np.linalg.qr(RNG.normal(size=(UNITS, UNITS)))
    kernel, _, bias = layer.get_weights()
    layer.set_weights([kernel, rho * turn, bias])
    return layer


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("rho", [0.5, 1.0])
def test_a_linear_net_forgets_by_powers(rho, backwards):
    flow = kg.gradient_flow(linear(rho, go_backwards=backwards), X, Y, loss="mse")["rnn"]
    expected = rho ** np.arange(TIME)
    assert np.allclose(flow.back(), expected, rtol=1e-4)
    taken = flow.norms["h"][:, :: 1 if backwards else -1]
    assert np.allclose(taken / taken[:, :1], expected, rtol=1e-4)
    assert flow.horizon(share=0.01) == (7 if rho == 0.5 else None)
    assert flow.horizon(share=0.3) == (2 if rho == 0.5 else None)


def test_masked_steps_are_passed_over():
    mask = RNG.random((3, TIME)) < 0.6
    mask[2] = False
    x = np.where(mask[..., None], X, 0.0)
    layer = linear(0.5)
    model = keras.Sequential([keras.Input((TIME, 2)), keras.layers.Masking(), layer])
    model.compile(loss="mse")
    flow = kg.gradient_flow(model, x, Y)["rnn"]
    longest = mask.sum(axis=1).max()
    assert np.allclose(flow.back(), 0.5 ** np.arange(longest), rtol=1e-4)
    assert not flow.norms["h"][~mask].any()


def test_every_way_counts():
    """With all outputs in the loss, a state reaches it at its own step and at all later ones."""
    layer = linear(1.0, return_sequences=True)
    flow = kg.gradient_flow(layer, X, None, loss=lambda _, outputs: outputs)["rnn"]
    turn = layer.get_weights()[1]
    share = np.full(UNITS, 1 / (3 * TIME * UNITS))
    expected, of_h = [], np.zeros(UNITS)
    for _ in range(TIME):
        of_h = share + turn @ of_h
        expected.append(np.linalg.norm(of_h))
    assert np.allclose(flow.norms["h"][0], expected[::-1], rtol=1e-4)


def test_layers_of_a_model_and_their_names():
    model = keras.Sequential(
        [
            keras.Input((TIME, 2)),
            keras.layers.Bidirectional(kg.LSTM(3, return_sequences=True, name="lstm")),
            kg.GRU(UNITS, name="gru"),
        ]
    )
    flows = kg.gradient_flow(model, X, Y, loss=keras.losses.MeanSquaredError())
    assert list(flows) == ["forward_lstm", "backward_lstm", "gru"]
    assert set(flows["forward_lstm"].norms) == {"h", "c"}
    assert flows["backward_lstm"].backwards
    with pytest.raises(ValueError, match="gru has no state 'c'; it has h"):
        flows["gru"].back("c")


def test_refused():
    model = keras.Sequential([keras.Input((TIME, 2)), kg.GRU(UNITS)])
    with pytest.raises(ValueError, match="has no single loss of its own"):
        kg.gradient_flow(model, X, Y)
    with pytest.raises(ValueError, match="called no layer of keras_gated"):
        kg.gradient_flow(keras.Sequential([keras.Input((TIME, 2)), keras.layers.GRU(UNITS)]),
                         X, Y, loss="mse")  # fmt: skip


def test_losses_as_fit_takes_them():
    model = keras.Sequential([kg.GRU(4, name="gru"), keras.layers.Dense(1)])
    x, y = np.random.default_rng(0).normal(size=(3, 5, 2)), np.array([0.0, 1.0, 0.0])
    norms = []
    for loss in ("mse", ["mse"], lambda t, o: ops.mean((t - o) ** 2, -1)):
        for dtype in ("float64", "int64"):
            model.compile("sgd", loss)
            norms.append(kg.gradient_flow(model, x, y[:, None].astype(dtype))["gru"].norms["h"])
    assert norms[0].any()
    assert all(np.allclose(norm, norms[0]) for norm in norms)


def test_a_mask_leaves_steps_out_of_the_loss():
    model = keras.Sequential(
        [
            keras.layers.Embedding(9, 3, mask_zero=True),
            kg.GRU(4, return_sequences=True, name="gru"),
            keras.layers.Dense(1),
        ]
    )
    words, y = np.array([[1, 2, 3, 0, 0, 0]] * 2), np.ones((2, 6, 1))
    norms = []
    for loss in ("mse", keras.losses.MeanSquaredError(), lambda t, o: ops.mean((t - o) ** 2, -1)):
        model.compile("sgd", loss)
        norms.append(kg.gradient_flow(model, words, y)["gru"].norms["h"])
    norms.append(kg.gradient_flow(model, words, y, loss="mse")["gru"].norms["h"])
    assert norms[0].any()
    assert all(np.allclose(norm, norms[0]) for norm in norms)
    all_steps = kg.gradient_flow(model, words, y, loss=lambda t, o: ops.mean((t - o) ** 2))
    assert not np.allclose(all_steps["gru"].norms["h"], norms[0])


def test_two_outputs_need_a_function():
    x = keras.Input((TIME, 2))
    h = kg.GRU(UNITS)(x)
    model = keras.Model(x, [keras.layers.Dense(1)(h), keras.layers.Dense(2)(h)])
    model.compile("sgd", "mse")
    targets = [np.zeros((len(X), 1)), np.zeros((len(X), 2))]
    with pytest.raises(ValueError, match="has 2 outputs; pass loss=, a function"):
        kg.gradient_flow(model, X, targets)
    assert kg.gradient_flow(model, X, targets, loss=lambda t, o: ops.sum(o[0]) + ops.sum(o[1]))


def test_targets_as_fit_takes_them():
    """One number a row fits outputs of one unit, for a model compiled by name."""
    model = keras.Sequential([kg.GRU(4, name="gru"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    x, y = np.random.default_rng(0).normal(size=(3, 5, 2)), np.array([0.0, 1.0, 0.0])
    flat, rows = (kg.gradient_flow(model, x, t)["gru"].norms["h"] for t in (y, y[:, None]))
    assert np.array_equal(flat, rows)
    assert flat.any()
