"""Saved models load unchanged, in another process and without `custom_objects`."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests.family import FAMILY, FEATURES, MASKS, TIME
from tests.numbers import close, score

LOAD = """
import sys, json, numpy as np, keras, keras_gated
folder = sys.argv[1]
x = np.load(f"{folder}/x.npy")
for name in json.loads(sys.argv[2]):
    model = keras.saving.load_model(f"{folder}/{name}.keras")
    np.save(f"{folder}/{name}.npy", keras.ops.convert_to_numpy(model(x)))
"""


def model_of(member):
    inputs = keras.Input((None, FEATURES))
    penalty = {"kernel_regularizer": "l2"} if member.trained else {}
    first = member.make(return_sequences=True, dropout=0.1, seed=3, **penalty)(inputs)
    both = keras.layers.Bidirectional(member.make(return_sequences=True))(first)
    stacked = keras.layers.RNN([member.make_cell(), member.make_cell()])(both)
    return keras.Model(inputs, [kg.Recurrent(member.make_cell())(both) + stacked])


def test_loads_in_a_fresh_process(tmp_path):
    x = np.random.default_rng(0).normal(size=(3, TIME, FEATURES)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    expected = {}
    # JAX compiles each again, which takes minutes.
    jax = keras.backend.backend() == "jax"
    members = {name: m for name, m in FAMILY.items() if m.core or not jax}
    for name, member in members.items():
        model = model_of(member)
        model.save(tmp_path / f"{name}.keras")
        expected[name] = ops.convert_to_numpy(model(x))
    names = json.dumps(list(members))
    # The model was saved by this class, so the fresh process imports only the package.
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path), names],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": keras.backend.backend()},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for name in members:
        assert close(np.load(tmp_path / f"{name}.npy"), expected[name])


def test_loading_keeps_the_settings(member, tmp_path):
    model = keras.Sequential(
        [keras.Input((None, FEATURES)), member.make(dropout=0.2, activity_regularizer="l2", seed=9)]
    )
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras").layers[0]
    assert type(loaded) is member.layer
    assert loaded.get_config() == model.layers[0].get_config()


def test_somebody_s_own_classes(tmp_path):
    """A cell with its own argument, and a layer with the name of one of ours, load correctly."""

    class LeakyCell(kg.GatedCell):
        gates = kg.Gates(h="hidden")

        def __init__(self, units, leak=0.5, activation="tanh", **kwargs):
            super().__init__(units, **kwargs)
            self.leak = leak
            self.activation = keras.activations.get(activation)

        def step(self, wx, uh, past):
            h = self.leak * past.h + (1 - self.leak) * self.activation(wx.h + uh.h)
            return self.State(h), dict(h=h)

    class LSTM(kg.LSTM):
        pass

    model = keras.Sequential(
        [
            keras.Input((None, FEATURES)),
            kg.Recurrent(LeakyCell(3, leak=0.25, activation="relu"), return_sequences=True),
            LSTM(3, return_sequences=True),
            kg.LSTM(3),
        ]
    )
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.layers[0].cell.leak == 0.25
    assert loaded.layers[0].cell.activation is keras.activations.relu
    assert [type(layer) for layer in loaded.layers[1:]] == [LSTM, kg.LSTM]
    x = np.random.default_rng(0).normal(size=(2, TIME, FEATURES)).astype("float32")
    assert close(loaded(x), model(x))


@pytest.mark.twins
def test_weights_of_keras_load(member, case, tmp_path):
    """A weights file saved by a model of Keras's layers loads into the same model of ours."""
    models = [
        keras.Sequential([keras.Input((None, FEATURES)), make(name="rnn")])
        for make in (member.make_keras, member.make)
    ]
    models[0].set_weights(case.weights)
    models[0].save_weights(tmp_path / "m.weights.h5")
    models[1].load_weights(tmp_path / "m.weights.h5")
    assert close(models[1](case.x), models[0](case.x))


@pytest.mark.costly
def test_export_to_a_saved_model(member, case, tmp_path):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("SavedModels are TensorFlow's")
    import tensorflow as tf

    model = keras.Sequential([keras.Input((None, FEATURES)), member.make(dropout=0.2)])
    model.set_weights(case.weights)
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    for x in (case.x, case.x[:2, :3]):
        assert close(served.serve(x), model(x))


@pytest.mark.few
@pytest.mark.parametrize("mask", ["none", "gaps"])
def test_a_saved_model_in_training_mode_has_its_gradients(member, case, mask, tmp_path):
    """It is saved, gives the same outputs, and is differentiated after it is loaded."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("SavedModels are TensorFlow's")
    import tensorflow as tf

    layer = case.fill(member.make(return_sequences=True))
    mask = MASKS[mask]
    saved = tf.Module()
    saved.weights = [weight.value for weight in layer.trainable_variables]
    saved.call = tf.function(
        lambda x: layer(x, mask=mask, training=True),
        input_signature=[tf.TensorSpec((None, None, FEATURES))],
    )
    tf.saved_model.save(saved, tmp_path / "saved")

    def outputs_and_gradients(module):
        with tf.GradientTape() as tape:
            outputs = module.call(case.x)
            total = score([outputs, outputs[:, -1]])
        return [outputs, *tape.gradient(total, list(module.weights))]

    expected = outputs_and_gradients(saved)
    assert close(outputs_and_gradients(tf.saved_model.load(tmp_path / "saved")), expected)
