"""The `.h5` file of a Keras 2 model, whose layers have arguments that Keras 3 refuses."""

import json

import h5py
import keras
import numpy as np
import pytest

import keras_gated as kg
from tests.numbers import close

OURS = {"LSTM": kg.LSTM, "GRU": kg.GRU, "SimpleRNN": kg.SimpleRNN}
X = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")


def saved(path, kind, time_major):
    """Save a model, and write Keras 2's arguments into its config."""
    layer = getattr(keras.layers, kind)(4)
    model = keras.Sequential([keras.Input((6, 3)), layer, keras.layers.Dense(2)])
    model.save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            if layer["class_name"] == kind:
                layer["config"] = {
                    **layer["config"],
                    "time_major": time_major,
                    "implementation": 2,
                }
        file.attrs["model_config"] = json.dumps(config).encode()
    return model


@pytest.mark.parametrize("kind", OURS)
def test_it_loads_with_our_layers(tmp_path, kind):
    path = tmp_path / "old.h5"
    model = saved(path, kind, time_major=False)
    with pytest.raises((TypeError, ValueError), match=r"time_major|Unrecognized"):
        keras.models.load_model(path)
    loaded = keras.models.load_model(path, custom_objects=OURS)
    assert isinstance(loaded.layers[0], OURS[kind])
    assert close(loaded(X), model(X))


def test_time_first_is_refused_with_what_to_do(tmp_path):
    saved(tmp_path / "old.h5", "LSTM", time_major=True)
    with pytest.raises(ValueError, match=r"time_major=True; here inputs are \(batch, time"):
        keras.models.load_model(tmp_path / "old.h5", custom_objects=OURS)
