"""Noise for any cell: what is dropped or kept, how often, by which seed; the papers' equations."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from keras_gated import regularization as noise
from tests import oracles
from tests.family import FAMILY, MASKS, Case
from tests.numbers import as_list, close, gradients

EVERYTHING = {"dropout": 0.3, "recurrent_dropout": 0.3, "weight_drop": 0.4, "zoneout": 0.2}


@pytest.fixture
def drawn(monkeypatch):
    """The noise of every call, as it was drawn."""
    found = []
    draw = noise.draw

    def draw_and_keep(*args):
        found.append(draw(*args))
        return found[-1]

    monkeypatch.setattr(noise, "draw", draw_and_keep)
    return found


def sequences(member, case, **arguments):
    return case.fill(member.make(return_sequences=True, return_state=True, **arguments))


@pytest.mark.parametrize("mask", ["none", "gaps"])
def test_semeniuta_drops_the_candidate_alone(drawn, mask):
    for name, oracle in (("lstm", oracles.lstm_dropped), ("gru", oracles.gru_dropped)):
        member = FAMILY[name]
        case = Case.draw(member)
        layer = sequences(
            member, case, recurrent_dropout=0.5, recurrent_dropout_form="semeniuta", seed=3
        )
        got = as_list(layer(case.x, training=True, mask=MASKS[mask]))
        dropped = ops.convert_to_numpy(drawn[-1].candidate)
        assert set(np.unique(dropped)) == {0.0, 2.0}
        weights = {**member.weights(case.weights), "dropped": dropped}
        past = [0 * s for s in case.states]
        outputs, states = oracles.run(oracle, case.x, past, weights, MASKS[mask])
        assert close(got, [outputs, *states])
        weights["dropped"] = dropped[::-1]
        outputs, states = oracles.run(oracle, case.x, past, weights, MASKS[mask])
        assert not close(got, [outputs, *states]), "other rows' units are not what was dropped"


def test_weight_drop_is_a_kernel_with_holes(drawn):
    for name in ("simple_rnn", "lstm", "gru", "gru_reset_before"):
        member = FAMILY[name]
        case = Case.draw(member)
        layer = sequences(member, case, weight_drop=0.5, seed=3)
        got = as_list(layer(case.x, training=True))
        mask = ops.convert_to_numpy(drawn[-1].kernel)
        assert 0.2 < np.mean(mask == 0) < 0.8
        kernel, recurrent, *bias = case.weights
        plain = sequences(member, case)
        plain.set_weights([kernel, recurrent * mask, *bias])
        assert close(got, as_list(plain(case.x)))
        of_recurrent = gradients(layer, case.x, training=True)[2]
        mask = ops.convert_to_numpy(drawn[-1].kernel)
        assert np.all(of_recurrent[mask == 0] == 0)
        assert np.any(of_recurrent[mask != 0] != 0)
        # No effect outside training.
        assert close(as_list(layer(case.x)), as_list(sequences(member, case)(case.x)))


def test_zoneout_of_a_linear_cell_is_its_expectation_on_average():
    """Of a recurrence that is linear and keeps each step by itself, the mean is the mean's."""
    rows = 4000
    case = Case.draw(FAMILY["min_gru"])
    layer = case.fill(kg.MinGRU(4, zoneout=0.4, seed=1, return_sequences=True))
    x = np.repeat(case.x[:1], rows, axis=0)
    noisy = ops.convert_to_numpy(layer(x, training=True))
    mean, error = noisy.mean(0), noisy.std(0) / np.sqrt(rows)
    expected = ops.convert_to_numpy(layer(x[:1]))[0]
    assert np.all(np.abs(mean - expected) < 5 * error + 1e-5)
    plain = ops.convert_to_numpy(case.fill(kg.MinGRU(4, return_sequences=True))(x[:1]))[0]
    assert np.any(np.abs(mean - plain) > 10 * error), "the control: not that of no zoneout"


def test_zoneout_is_drawn_for_each_state_at_its_rate(drawn):
    layer = kg.LSTM(50, zoneout={"c": 0.5}, seed=2)
    layer(np.ones((20, 30, 3), "float32"), training=True)
    of_h, of_c = drawn[-1].zones
    assert of_h is None
    kept = ops.convert_to_numpy(of_c)
    assert kept.shape == (20, 30, 50)
    # 30,000 draws of 1/2: the standard error of their mean is 0.0029.
    assert abs(kept.mean() - 0.5) < 0.015
    assert 0 < np.mean(kept[:, 0] == kept[:, 1]) < 1, "a step's draw is its own"


def test_seeds():
    case = Case.draw(FAMILY["lstm"])

    def layer(seed):
        return case.fill(kg.LSTM(4, seed=seed, **EVERYTHING))

    one, same, other = layer(1), layer(1), layer(2)
    first = one(case.x, training=True)
    assert close(same(case.x, training=True), first)
    assert not close(other(case.x, training=True), first)
    assert not close(one(case.x, training=True), first), "a new batch, new noise"
    before = ops.convert_to_numpy(one.cell.seed_generator.state.value)
    one(case.x)
    after = ops.convert_to_numpy(one.cell.seed_generator.state.value)
    assert np.array_equal(before, after), "outside training nothing is drawn"


def test_the_form_changes_only_what_is_dropped():
    """With dropout of the inputs alone, both forms draw what Keras draws."""
    case = Case.draw(FAMILY["lstm"])
    results = [
        case.fill(kg.LSTM(4, dropout=0.4, seed=1, recurrent_dropout_form=form))(
            case.x, training=True
        )
        for form in ("gal", "semeniuta")
    ]
    assert close(*results)
    results = [
        case.fill(kg.LSTM(4, recurrent_dropout=0.4, seed=1, recurrent_dropout_form=form))(
            case.x, training=True
        )
        for form in ("gal", "semeniuta")
    ]
    assert not close(*results)


@pytest.mark.parametrize("mask", ["none", "gaps"])
@pytest.mark.parametrize("make", [kg.LSTMCell, kg.GRUCell])
def test_in_keras_rnn(make, mask):
    """Keras's own layer uses the same dropout masks; zoneout's are those of its own loop."""
    arguments = dict(
        recurrent_dropout=0.3, recurrent_dropout_form="semeniuta", weight_drop=0.4, seed=3
    )
    case = Case.draw(FAMILY["lstm" if make is kg.LSTMCell else "gru"])
    layers = [
        case.fill(around(make(4, **arguments), return_sequences=True))
        for around in (keras.layers.RNN, kg.Recurrent)
    ]
    for _ in range(2):
        got, expected = (layer(case.x, mask=MASKS[mask], training=True) for layer in layers)
        assert close(got, expected)

    layer = case.fill(keras.layers.RNN(make(4, zoneout=0.5), return_sequences=True))
    if keras.backend.backend() == "jax":
        with pytest.raises(ValueError, match=r"write keras_gated.Recurrent\(cell\)"):
            layer(case.x, training=True)
    else:
        assert not close(layer(case.x, training=True), layer(case.x, training=True))
    ours = case.fill(kg.Recurrent(make(4, zoneout=0.5), return_sequences=True))
    assert close(layer(case.x), ours(case.x))


def test_a_function_drops_what_an_eager_call_drops():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("tf.function is TensorFlow's")
    import tensorflow as tf

    case = Case.draw(FAMILY["lstm"])
    for jit_compile in (None, False):
        eager, traced = (
            case.fill(kg.LSTM(4, seed=4, jit_compile=jit_compile, **EVERYTHING)) for _ in range(2)
        )
        call = tf.function(lambda x, layer=traced: layer(x, training=True))
        for _ in range(2):
            assert close(call(case.x), eager(case.x, training=True))


@pytest.mark.parametrize("name", ["weight_drop", "zoneout"])
@pytest.mark.parametrize("rate", [1.0, -0.1, "much"])
def test_rates_are_checked(name, rate):
    with pytest.raises(ValueError, match=rf"`{name}`.*in \[0, 1\); received {name}={rate!r}"):
        kg.LSTM(4, **{name: rate})


def test_what_a_cell_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"zoneout names state\(s\) 'k'; the states .* are h, c"):
        kg.LSTM(4, zoneout={"k": 0.1})
    with pytest.raises(ValueError, match=r"must be 'gal' .* or 'semeniuta'"):
        kg.LSTM(4, recurrent_dropout_form="moon")
    with pytest.raises(ValueError, match="SimpleRNNCell has no candidate"):
        kg.SimpleRNN(4, recurrent_dropout_form="semeniuta")
    with pytest.raises(TypeError, match="no recurrent kernel and takes no weight_drop"):
        kg.MinGRU(4, weight_drop=0.5)


def test_saved_only_where_it_is_not_the_default(tmp_path):
    own = {"weight_drop", "zoneout", "recurrent_dropout_form", "gate_bias_initializer"}
    assert not own & set(kg.LSTM(4).get_config())
    arguments = dict(weight_drop=0.5, zoneout={"h": 0.05, "c": 0.5})
    model = keras.Sequential(
        [keras.Input((None, 3)), kg.LSTM(4, recurrent_dropout_form="semeniuta", **arguments)]
    )
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.layers[0].get_config() == model.layers[0].get_config()
    assert tuple(loaded.layers[0].zoneout) == (0.05, 0.5)
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    assert close(loaded(x), model(x))
