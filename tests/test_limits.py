"""Relatives with a gate forced open or shut, robustness to extreme weights, and initial weights."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests import oracles
from tests.numbers import as_list, close, gradients

ROWS, TIME, FEATURES, UNITS = 3, 6, 2, 4
X = np.random.default_rng(0).normal(size=(ROWS, TIME, FEATURES)).astype("float32")


def drawn(layer, seed=1):
    """Return a built layer with random weights."""
    layer.build(X.shape)
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def filled(layer, weights):
    layer.build(X.shape)
    layer.set_weights(weights)
    return layer


def blocks(weights):
    """Return kernel, recurrent kernel and bias split by gate: `[W, U, b]`, each a list."""
    return [np.split(w, w.shape[-1] // UNITS, axis=-1) for w in weights[:3]]


def joined(*parts):
    return [np.concatenate(part, axis=-1) for part in parts]


# A gate forced open or shut makes one relative another.


def test_mgu_is_a_gru_of_one_gate():
    mgu = drawn(kg.MGU(UNITS, reset_after=False, return_sequences=True))
    gru = kg.GRU(UNITS, reset_after=False, return_sequences=True)
    weights = [[-f, f, n] for f, n in blocks(mgu.get_weights())]
    assert close(filled(gru, joined(*weights))(X), mgu(X))
    assert not close(filled(gru, joined(*[[f, f, n] for _, f, n in weights]))(X), mgu(X))


def gru_that_never_resets(update, candidate, bias_of_update=0.0):
    """Return a GRU with the update gate and candidate given, and its reset gate open."""
    (w_z, u_z, b_z), (w_n, u_n, b_n) = update, candidate
    weights = [w_z, 0 * w_z, w_n], [u_z, 0 * u_z, u_n], [b_z, 0 * b_z + 100, b_n]
    gru = kg.GRU(UNITS, reset_after=False, return_sequences=True)
    return filled(gru, joined(*weights))


def test_janet_without_beta_is_a_gru_that_never_resets():
    janet = drawn(kg.JANET(UNITS, beta=0.0, return_sequences=True))
    update, candidate = zip(*blocks(janet.get_weights()), strict=True)
    gru = gru_that_never_resets(update, candidate)
    assert close(gru(X), janet(X))
    other = filled(kg.JANET(UNITS, return_sequences=True), janet.get_weights())
    assert not close(gru(X), other(X))


def test_fast_grnn_whose_candidate_only_fills_is_a_gru_that_never_resets():
    grnn = drawn(kg.FastGRNN(UNITS, return_sequences=True))
    kernel, recurrent, bias, *_ = grnn.get_weights()
    grnn.set_weights([kernel, recurrent, bias, np.array(100.0), np.array(-100.0)])
    b_z, b_n = np.split(bias, 2)
    gru = gru_that_never_resets((kernel, recurrent, b_z), (kernel, recurrent, b_n))
    assert close(gru(X), grnn(X))
    grnn.set_weights([kernel, recurrent, bias, np.array(1.0), np.array(-4.0)])
    assert not close(gru(X), grnn(X))


def test_ind_rnn_is_a_simple_rnn_with_a_diagonal():
    ind = drawn(kg.IndRNN(UNITS, return_sequences=True))
    kernel, recurrent, bias = ind.get_weights()
    plain = kg.SimpleRNN(UNITS, activation="relu", return_sequences=True)
    assert close(filled(plain, [kernel, np.diag(recurrent), bias])(X), ind(X))


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_mogrifier_without_rounds_is_the_lstm(rounds):
    mogrifier = drawn(kg.MogrifierLSTM(UNITS, rounds=rounds, return_sequences=True))
    assert len(mogrifier.weights) == 3 + rounds
    lstm = filled(kg.LSTM(UNITS, return_sequences=True), mogrifier.get_weights()[:3])
    assert close(lstm(X), mogrifier(X)) == (rounds == 0)
    # 2 sigmoid(0) = 1: rounds with zeros in them change nothing.
    zeros = [0 * w for w in mogrifier.get_weights()[3:]]
    mogrifier.set_weights(mogrifier.get_weights()[:3] + zeros)
    assert close(lstm(X), mogrifier(X))


def test_mogrifier_starts_like_the_lstm():
    layers = [make(UNITS, bias_initializer="ones") for make in (kg.LSTM, kg.MogrifierLSTM)]
    biases = [filled(layer, _weights(layer)).cell.bias for layer in layers]
    assert np.array_equal(*map(ops.convert_to_numpy, biases))


def _weights(layer):
    layer.build(X.shape)
    return layer.get_weights()


# Which implementation is used.


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda **k: kg.RGLRU(4, **k), "scan"),
        (lambda **k: kg.MogrifierLSTM(4, **k), "fused"),
        (lambda **k: kg.MGU(4, reset_after=False, **k), "fused"),
        (lambda **k: kg.IndRNN(4, **k), "fused"),
        (lambda **k: kg.ESN(4, **k), "fused"),
    ],
)
def test_paths(make, path):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("the other backends have other paths")
    explained = make().explain(8, 50, training=True)
    assert explained.engine == path
    if path != "scan":
        assert "not linear in its state" in explained.against["scan"]
        assert make().explain(8, 50, mask=True, training=True).engine == "packed"
    alone = make(engine="loop").explain(8, 50)
    assert (alone.engine, "loop" in alone.against) == ("loop", False)


def test_mogrifier_drops_after_its_rounds():
    """Dropout applies to what the LSTM sees; the rounds see all."""
    layer = drawn(kg.MogrifierLSTM(UNITS, dropout=0.999, return_sequences=True, seed=0))
    kept = layer.get_weights()
    layer.set_weights([kept[0], 0 * kept[1], *kept[2:]])
    # All of x is dropped with these odds, and U is zero: the bias is left.
    dropped = ops.convert_to_numpy(layer(X, training=True))
    layer.set_weights([0 * kept[0], 0 * kept[1], *kept[2:]])
    assert close(dropped, layer(X))


# Extreme weights.


@pytest.mark.parametrize("forget_gate", ["sigmoid", "exp"])
@pytest.mark.parametrize("size", [1e2, 1e4])
def test_s_lstm_is_safe_for_large_gates(forget_gate, size):
    layer = drawn(kg.SLSTM(UNITS, forget_gate=forget_gate, return_sequences=True))
    kernel, recurrent, bias = layer.get_weights()
    layer.set_weights([size * kernel, recurrent, size * bias])
    outputs = ops.convert_to_numpy(layer(X))
    assert np.isfinite(outputs).all()
    assert np.abs(outputs).max() <= 1
    assert all(np.isfinite(g).all() for g in gradients(layer, X))


def test_s_lstm_remembers_its_largest_input_gate():
    """Relative to exp(50) the other steps have no weight: h stays o * z of that step."""
    layer = kg.SLSTM(1, return_sequences=True)
    layer.build((1, 4, 2))
    # i reads the first feature, z the second; f is open and o, too.
    kernel = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0]])
    layer.set_weights([kernel, np.zeros((1, 4)), np.array([0, 100.0, 0, 100.0])])
    x = np.array([[[-300.0, 0.3], [50.0, 0.7], [0.0, -0.5], [-80.0, 0.1]]], "float32")
    expected = np.tanh([0.3, 0.7, 0.7, 0.7])
    assert close(ops.convert_to_numpy(layer(x))[0, :, 0], expected)


def test_s_lstm_states_are_weights_divided_by_the_largest():
    layer = drawn(kg.SLSTM(UNITS, return_state=True, return_sequences=True))
    _, _, _, n, m = as_list(layer(X))
    assert float(ops.min(n)) >= 1
    shifted = filled(kg.SLSTM(UNITS, return_state=True, return_sequences=True), _shifted(layer))
    outputs, _, _, n_shifted, m_shifted = as_list(shifted(X))
    # All input gates times exp(16): only m notices.
    assert close(outputs, layer(X)[0])
    assert close(n_shifted, n)
    assert close(m_shifted, m + 16)


def _shifted(layer):
    kernel, recurrent, bias = layer.get_weights()
    return [kernel, recurrent, bias + np.repeat([16.0, 0, 0, 0], UNITS)]


@pytest.mark.parametrize("b_r", [-1e3, -90.0, -30.0, 0.0, 30.0, 1e3])
@pytest.mark.parametrize("decay", [-1e2, 0.0, 10.0, 1e2])
def test_rg_lru_is_exact_however_near_a_is_to_one(b_r, decay):
    layer = kg.RGLRU(UNITS, return_sequences=True)
    layer.build(X.shape)
    kernel, bias, _ = layer.get_weights()
    bias[:UNITS] = b_r
    kernel[:, :UNITS] = 0
    layer.set_weights([kernel, bias, np.full(UNITS, decay)])
    fall = 16 * np.exp(-np.logaddexp(0, -b_r) + np.log(np.logaddexp(0, -decay)))
    a, share = np.exp(-fall / 2), np.sqrt(-np.expm1(-fall))
    i, v = (
        X.astype("float64") @ kernel[:, k * UNITS : (k + 1) * UNITS].astype("float64")
        for k in (1, 2)
    )
    h, expected = 0.0, []
    for new in np.swapaxes(share * oracles.sigmoid(i) * v, 0, 1):
        h = a * h + new
        expected.append(h)
    if share < 1e-14:
        assert np.abs(ops.convert_to_numpy(layer(X))).max() < 1e-13
    else:
        assert close(layer(X), np.stack(expected, axis=1))
    found = gradients(layer, X, initial_state=[np.ones((ROWS, UNITS), "float32")])
    assert all(np.isfinite(g).all() for g in found)


# Initial weights and constraints.


def test_rg_lru_decays_start_in_the_range_of_the_paper():
    cell = kg.RGLRUCell(500)
    cell.build((None, 2))
    decay = ops.convert_to_numpy(cell.decay).astype("float64")
    of_open_gate = oracles.sigmoid(decay) ** 8
    assert 0.899 < of_open_gate.min() < 0.91
    assert 0.99 < of_open_gate.max() < 0.9995
    again = kg.RGLRUCell.from_config(cell.get_config())
    assert again.decay_initializer.get_config() == cell.decay_initializer.get_config()


@pytest.mark.parametrize(("steps", "limit"), [(None, 1.0), (1, 2.0), (10, 2**0.1)])
def test_ind_rnn_keeps_its_recurrent_weights_in_the_range_of_the_paper(steps, limit):
    cell = kg.IndRNNCell(500, steps=steps)
    cell.build((None, 2))
    start = ops.convert_to_numpy(cell.recurrent_kernel)
    assert 0 <= start.min() < 0.1 * limit
    assert 0.9 * limit < start.max() <= limit
    held = ops.convert_to_numpy(cell.recurrent_kernel.constraint(np.array([-3.0, 0.5, 3.0])))
    np.testing.assert_allclose(held, [-limit, 0.5, limit], rtol=1e-6)
    again = kg.IndRNNCell.from_config(cell.get_config())
    assert again.get_config() == cell.get_config()
    assert kg.IndRNNCell(4, recurrent_constraint=None).recurrent_constraint is None


def test_ind_rnn_is_clipped_in_training():
    model = keras.Sequential([keras.Input((TIME, FEATURES)), kg.IndRNN(UNITS, steps=TIME)])
    model.compile(keras.optimizers.SGD(10.0), "mse", run_eagerly=False)
    model.fit(X, 100 * np.ones((ROWS, UNITS), "float32"), epochs=2, verbose=0)
    recurrent = model.get_weights()[1]
    assert np.abs(recurrent).max() == pytest.approx(2 ** (1 / TIME), rel=1e-6)


def test_fast_grnn_starts_as_its_authors_have_it():
    assert _weights(kg.FastGRNN(UNITS))[-2:] == [1.0, -4.0]


def test_fast_grnn_draws_one_mask_for_its_one_matrix():
    layer = drawn(kg.FastGRNN(UNITS, recurrent_dropout=0.5, dropout=0.5, seed=3))
    assert not close(layer(X, training=True), layer(X))
    assert len(layer.cell.get_recurrent_dropout_mask(np.ones((ROWS, UNITS), "float32"))) == 1


@pytest.mark.parametrize("use_norm2", [False, True])
def test_echo_state_network_fades_as_asked(use_norm2):
    cell = kg.ESNCell(60, connectivity=0.2, spectral_radius=0.7, use_norm2=use_norm2, seed=1)
    cell.build((None, 2))
    u = ops.convert_to_numpy(cell.recurrent_kernel).astype("float64")
    assert 0.15 < np.mean(u != 0) < 0.25
    size = np.linalg.norm(u) if use_norm2 else np.abs(np.linalg.eigvals(u)).max()
    assert size == pytest.approx(0.7, rel=1e-5)
    assert np.abs(np.linalg.eigvals(u)).max() <= 0.7 + 1e-5


def test_echo_state_network_is_never_trained():
    reader = [keras.Input((TIME, FEATURES)), kg.ESN(8, connectivity=0.5), keras.layers.Dense(1)]
    model = keras.Sequential(reader)
    model.trainable = True
    assert len(model.trainable_weights) == 2
    before = model.get_weights()
    model.compile("sgd", "mse")
    model.fit(X, np.ones((ROWS, 1), "float32"), verbose=0)
    same = [np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert same == [True] * 3 + [False] * 2


def test_echo_state_network_is_built_within_a_graph():
    """A model that does not know its inputs builds its layers while it is traced."""
    model = keras.Sequential([kg.ESN(8, connectivity=0.5, seed=1), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, np.ones((ROWS, 1), "float32"), verbose=0)
    u = ops.convert_to_numpy(model.layers[0].cell.recurrent_kernel)
    assert np.abs(np.linalg.eigvals(u)).max() == pytest.approx(0.9, rel=1e-4)


def test_echo_state_network_without_a_circle_is_zeros():
    cell = kg.ESNCell(2, connectivity=1e-9)
    cell.build((None, 2))
    assert np.array_equal(ops.convert_to_numpy(cell.recurrent_kernel), np.zeros((2, 2)))


def test_seeds_of_the_connections():
    def connections(seed):
        cell = kg.ESNCell(20, seed=seed)
        cell.build((None, 2))
        return ops.convert_to_numpy(cell.recurrent_kernel) != 0

    assert np.array_equal(connections(1), connections(1))
    assert not np.array_equal(connections(1), connections(2))


# Errors.


@pytest.mark.parametrize(
    ("make", "argument", "message"),
    [
        (kg.IndRNN, {"steps": 0}, "`steps` must be a positive number of timesteps"),
        (kg.SLSTM, {"forget_gate": "tanh"}, '`forget_gate` must be "sigmoid" or "exp"'),
        (kg.MogrifierLSTM, {"rounds": -1}, "`rounds` must be an integer of 0 or more"),
        (kg.MogrifierLSTM, {"rounds": 2.5}, "`rounds` must be an integer of 0 or more"),
        (kg.ESN, {"connectivity": 0.0}, r"`connectivity` must be a number in \(0, 1\]"),
        (kg.ESN, {"leaky": 1.5}, r"`leaky` must be a number in \(0, 1\]"),
        (kg.ESN, {"spectral_radius": -0.1}, "`spectral_radius` must not be negative"),
    ],
)
def test_what_cannot_be_right_is_refused(make, argument, message):
    with pytest.raises(ValueError, match=message):
        make(UNITS, **argument)
    with pytest.raises(ValueError, match=message):
        make.Cell(UNITS, **argument)


@pytest.mark.parametrize("name", ["kernel_regularizer", "recurrent_constraint"])
@pytest.mark.parametrize("make", [kg.ESN, kg.ESNCell])
def test_arguments_of_training_are_refused(make, name):
    with pytest.raises(TypeError, match=f"trains no weight and takes no {name}"):
        make(UNITS, **{name: None})
    assert name not in kg.ESN(UNITS).get_config()


@pytest.mark.parametrize("name", ["recurrent_initializer", "weight_drop"])
def test_rg_lru_has_no_recurrent_kernel(name):
    with pytest.raises(TypeError, match=f"RGLRUCell has no recurrent kernel and takes no {name}"):
        kg.RGLRU(UNITS, **{name: None})
