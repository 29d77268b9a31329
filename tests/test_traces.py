"""Traces of models: whatever wraps the layers, each call is found by name, and nothing changes."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from keras_gated.inspection.gradient_flow import gradients
from tests.numbers import close

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 6, 3)).astype("float32")


def test_a_trained_model_and_what_is_in_it(tmp_path):
    """A model in a model, both directions, words with a mask; after fit, saving and loading."""
    inner = keras.Sequential(
        [
            keras.Input((None, 5)),
            keras.layers.Bidirectional(kg.LSTM(4, return_sequences=True, name="lstm")),
            kg.GRU(3, reset_after=False, return_sequences=True, name="gru"),
        ],
        name="inner",
    )
    words = keras.Input((None,), dtype="int32")
    middle = inner(keras.layers.Embedding(20, 5, mask_zero=True)(words))
    last = kg.MinGRU(2, name="last")(middle)
    model = keras.Model(words, keras.layers.Dense(1, name="dense")(last))
    x = RNG.integers(1, 20, (4, 7))
    x[1, 4:] = 0
    model.compile("adam", "mse")
    model.fit(x, RNG.normal(size=(4, 1)), epochs=2, verbose=0)
    model.save(tmp_path / "m.keras")
    seen = kg.trace(keras.saving.load_model(tmp_path / "m.keras"), x)
    assert list(seen) == ["forward_lstm", "backward_lstm", "gru", "last"]
    assert close(seen.output, model(x))
    assert close(model.get_layer("dense")(seen["last"].states["h"][:, -1]), model(x))
    both = np.concatenate([seen[f"{way}_lstm"].states["h"] for way in ("forward", "backward")], -1)
    gru = model.get_layer("inner").layers[-1]
    computed = gru(both, mask=ops.convert_to_tensor(x != 0))
    assert close(seen["gru"].states["h"], computed)
    assert all(np.array_equal(record.mask, x != 0) for record in seen.values())
    assert "backward_lstm: LSTMCell, 7 steps of 4 units, from the last to the first" in str(seen)


def test_a_layer_that_is_called_twice():
    layer = kg.GRU(2, name="gru")
    one, two = keras.Input((None, 3)), keras.Input((None, 3))
    model = keras.Model([one, two], layer(one) + layer(two))
    seen = kg.trace(model, [X, -X])
    assert list(seen) == ["gru", "gru:2"]
    assert close(seen["gru:2"].states["h"][:, -1], layer(-X))
    with pytest.raises(ValueError, match="several layers; read one by its name: gru, gru:2"):
        _ = seen.only


def test_nothing_is_changed():
    layer = kg.LSTM(2, stateful=True, dropout=0.5, recurrent_dropout=0.5)
    layer(X)
    before = [ops.convert_to_numpy(v) for v in layer.states]
    seen = kg.trace(layer, X).only
    assert close([ops.convert_to_numpy(v) for v in layer.states], before)
    layer(X)
    assert close([v[:, -1] for v in seen.states.values()], [v.value for v in layer.states])


def test_a_path_that_is_asked_for_does_not_refuse():
    layer = kg.LSTM(2, engine="fused")
    seen = kg.trace(layer, X).only
    again = kg.LSTM(2, engine="loop")
    again.build(X.shape)
    again.set_weights(layer.get_weights())
    assert close(seen.states["h"][:, -1], again(X))


def test_half_precision_keeps_float32():
    seen = kg.trace(kg.GRU(2, dtype="mixed_bfloat16"), X).only
    assert {v.dtype for v in (*seen.states.values(), *seen.gates.values())} == {np.dtype("float32")}


def test_names():
    seen = kg.trace(kg.LSTM(2, name="lstm"), X)
    assert seen["lstm"].gates["forget"] is seen["lstm"].gates["f"]
    with pytest.raises(KeyError, match=r"'update' is not there; there are 'i' \(input\)"):
        seen["lstm"].gates["update"]
    with pytest.raises(KeyError, match="no layer 'gru' was called; called were lstm"):
        seen["gru"]


def test_no_layer_of_ours():
    model = keras.Sequential([keras.Input((6, 3)), keras.layers.LSTM(2)])
    with pytest.raises(ValueError, match="called no layer of keras_gated"):
        kg.trace(model, X)


def test_settings_are_saved_where_they_are_not_the_default():
    written = kg.LSTM(4, return_gates=True).get_config()
    assert written["return_gates"]
    assert "return_all_states" not in written
    assert kg.LSTM.from_config(written).return_gates


def test_explain_says_that_the_loop_serves():
    told = kg.LSTM(4, return_gates=True).explain(64, 200, training=True)
    assert told.engine == "loop"
    assert "every state and gate is asked for" in told.against["fused"]
    with pytest.raises(ValueError, match="engine='fused' cannot serve this call: every state"):
        kg.LSTM(4, return_gates=True, engine="fused")(X)


def test_half_life():
    """A gate that keeps a share s halves the state in log(1/2) / log(s) steps."""
    layer = kg.LSTM(3)
    layer.build(X.shape)
    bias = np.zeros((4, 3))
    bias[1] = 200, 0, -200  # open, half open, shut
    layer.set_weights([np.zeros((3, 12)), np.zeros((3, 12)), bias.ravel()])
    seen = kg.trace(layer, X, mask=RNG.random((4, 6)) < 0.7).only
    assert np.allclose(seen.half_life(), [np.inf, 1.0, 0.0])
    with pytest.raises(ValueError, match="SimpleRNNCell has no gate that keeps a state"):
        kg.trace(kg.SimpleRNN(2), X).only.half_life()


# What the gates do in a trained network: a bias so low or so high that the sigmoid is exactly 0 or
# 1, with the learnt weights.


@pytest.fixture(scope="module", params=[kg.LSTM, kg.GRU])
def trained(request):
    """A network trained to output the first of six numbers."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).choice([-1.0, 1.0], (128, 6, 1)).astype("float32")
    model = keras.Sequential([keras.Input((6, 1)), request.param(8), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.03), "mse")
    model.fit(x, x[:, 0], epochs=25, batch_size=32, verbose=0)
    assert model.evaluate(x, x[:, 0], verbose=0) < 0.2, "it remembers"
    return model.layers[0]


def influence(layer, biases, **states):
    """Return the gradient of a step by its input and by each past state, some gates driven."""
    cell = layer.cell
    bias = np.zeros(layer.get_weights()[-1].shape)
    for index, letter in enumerate(cell.gates):
        columns = slice(index * cell.units, (index + 1) * cell.units)
        bias[..., columns] += biases.get(letter, 0.0)
    learnt = layer.get_weights()
    layer.set_weights([*learnt[:-1], learnt[-1] + bias])
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3, 1)).astype("float32")
    past = [states.get(s, rng.normal(size=(3, cell.units)).astype("float32")) for s in cell.states]

    def total(values):
        _, new = cell(values[0], list(values[1:]))
        return ops.sum(ops.stack([ops.sum(s) for s in new]))

    found = gradients(total, [ops.convert_to_tensor(v) for v in (x, *past)])
    layer.set_weights(learnt)
    return dict(zip(("x", *cell.states), map(ops.convert_to_numpy, found), strict=True))


def test_gates_of_a_trained_net_shut_exactly(trained):
    free = influence(trained, {})
    assert all(np.abs(g).min() > 0 for g in free.values()), "ungated, all have influence"
    if isinstance(trained, kg.LSTM):
        assert not influence(trained, {"f": -1e4})["c"].any(), "f shut: nothing of the old c"
        # The gates f and o also look at x, but with no c they have nothing to let through.
        assert not influence(trained, {"i": -1e4}, c=np.zeros((3, 8), "float32"))["x"].any()
        held = influence(trained, {"i": -1e4, "f": 1e4, "o": 1e4})
        assert not held["x"].any(), "i shut, f and o open: nothing of x"
        assert not held["h"].any()
        assert held["c"].all(), "and all of the old c"
    else:
        kept = influence(trained, {"z": 1e4})
        assert not kept["x"].any(), "z open: nothing of x"
        assert (kept["h"] == 1).all(), "and h as it was"
        assert not influence(trained, {"z": -1e4, "r": -1e4})["h"].any(), "both shut: no old h"
        assert influence(trained, {"z": -1e4})["h"].any(), "r alone still shows h to the candidate"


def test_a_gate_that_the_step_forgets():
    class ForgetsCell(kg.GatedCell):
        gates = kg.Gates(f="forget", n="candidate")

        def step(self, wx, uh, past):
            return self.State(ops.tanh(wx.n + uh.n)), dict(n=wx.n)

    with pytest.raises(ValueError, match=r"step does not return the gate\(s\) f \(forget\)"):
        kg.trace(kg.Recurrent(ForgetsCell(3)), np.ones((2, 4, 3), "float32"))


def test_lists_of_numbers_are_inputs_too():
    layer, x = kg.GRU(3), np.random.default_rng(0).normal(size=(2, 4, 3))
    assert np.array_equal(kg.trace(layer, x.tolist()).output, kg.trace(layer, x).output)


def test_lists_in_a_dict_are_inputs_too():
    words, other = keras.Input((4,), name="words"), keras.Input((2,), name="other")
    read = kg.GRU(3)(keras.layers.Embedding(9, 2)(words))
    model = keras.Model({"words": words, "other": other}, keras.layers.Concatenate()([read, other]))
    x = {"words": [[1, 2, 3, 4]], "other": [[0.5, 1.0]]}
    arrays = {name: np.array(values) for name, values in x.items()}
    assert np.array_equal(kg.trace(model, x).output, kg.trace(model, arrays).output)


@pytest.mark.parametrize("backwards", [False, True])
def test_half_life_of_an_slstm(backwards):
    """Nothing is stored before its first timestep, of which it keeps nothing."""
    layer = kg.SLSTM(3, go_backwards=backwards)
    mask = np.array([[0, 1, 1, 1, 1, 0]] * len(X), bool)
    seen = kg.trace(layer, X, mask=mask).only
    kept = seen.kept["c"][:, 1:4] if backwards else seen.kept["c"][:, 2:5]
    assert np.allclose(seen.half_life("c"), np.log(0.5) / np.log(kept).mean((0, 1)))


def test_half_life_of_no_step_is_not_known():
    seen = kg.trace(kg.LSTM(3), np.ones((2, 4, 3), "float32"), mask=np.zeros((2, 4), bool))
    assert np.isnan(seen.only.half_life()).all()
