"""The installed wheel with one backend alone, in an empty environment: `make test-release` runs it.

It trains, saves, loads and reads the gates of some cells, and compares one with Keras's.
"""

import sys
import tempfile
from pathlib import Path

import keras
import numpy as np

import keras_gated as kg

CELLS = ("simple_rnn", "lstm", "gru", "layer_norm_lstm", "min_gru", "rg_lru")


def main() -> None:
    backend = keras.backend.backend()
    others = {"tensorflow", "jax", "torch"} - {backend}
    assert not others & sys.modules.keys(), "another backend was imported"
    assert "site-packages" in kg.__file__, kg.__file__
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 12, 4)).astype("float32"), np.arange(8) % 2
    for name in CELLS:
        model = keras.Sequential([
            keras.Input((None, 4)),
            kg.get(name)(8, return_sequences=True),
            keras.layers.Bidirectional(kg.GRU(4)),
            keras.layers.Dense(2),
        ])  # fmt: skip
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss)
        model.fit(x, y, epochs=1, verbose=0)
        before = model.predict(x, verbose=0)
        with tempfile.TemporaryDirectory() as folder:
            model.save(Path(folder) / "model.keras")
            after = keras.saving.load_model(Path(folder) / "model.keras").predict(x, verbose=0)
        assert np.allclose(before, after, atol=1e-5), name
        assert kg.get(name).Cell.__name__ in repr(kg.trace(model, x)), name
        kg.check_cell(kg.get(name).Cell(4))
    ours, theirs = kg.LSTM(6), keras.layers.LSTM(6)
    for layer in (ours, theirs):
        layer.build((None, None, 4))
    theirs.set_weights(ours.get_weights())
    pair = (keras.ops.convert_to_numpy(layer(x)) for layer in (ours, theirs))
    assert np.allclose(*pair, atol=1e-5)
    print(f"{kg.__name__} {kg.__version__}, Keras {keras.__version__}, {backend}: fine")


if __name__ == "__main__":
    main()
