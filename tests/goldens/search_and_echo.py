"""Numbers of TensorFlow Addons' NASCell and ESNCell, kept in `search_and_echo.npz`, in our layout.

Made with tensorflow-cpu 2.15.1 and tensorflow-addons 0.23.0 (both of Python 3.11 at most, so in an
environment of their own):

    python tests/goldens/search_and_echo.py
"""

from pathlib import Path

import numpy as np

ROWS, TIME, FEATURES, UNITS = 3, 5, 2, 4
CELLS = {
    "nas": ("NASCell", {"use_bias": True}),
    "esn": ("ESNCell", {"leaky": 0.3}),
}


def ours(weights):
    """Return their weights in our order, or ours in theirs: there the recurrent kernel is first."""
    first, second, *rest = weights
    return [second, first, *rest]


def main():
    import tensorflow as tf
    import tensorflow_addons as tfa

    tf.keras.backend.set_floatx("float64")
    rng = np.random.default_rng(0)
    kept = {}
    for name, (cell, arguments) in CELLS.items():
        cell = getattr(tfa.rnn, cell)(UNITS, **arguments)
        layer = tf.keras.layers.RNN(cell, return_sequences=True, return_state=True)
        x = tf.constant(rng.normal(size=(ROWS, TIME, FEATURES)))
        layer.build(x.shape)
        layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
        # Theirs are (c, h), ours (h, c).
        states = [rng.normal(size=(ROWS, UNITS)) for _ in tf.nest.flatten(cell.state_size)]
        with tf.GradientTape() as tape:
            tape.watch(x)
            sequence, *last = layer(x, initial_state=[tf.constant(s) for s in states[::-1]])
            outputs = [sequence, *last[::-1]]
            # What `tests.numbers.score` gives.
            score = sum(
                tf.reduce_sum(
                    output * np.random.default_rng(k).normal(size=output.shape).astype("float32")
                )
                for k, output in enumerate(outputs)
            )
        trained = ours(layer.trainable_weights) if layer.trainable_weights else []
        groups = {
            "x": [x],
            "weights": ours(layer.get_weights()),
            "states": states,
            "outputs": outputs,
            "gradients": tape.gradient(score, [x, *trained]),
        }
        for group, arrays in groups.items():
            for k, array in enumerate(arrays):
                kept[f"{name}/{group}/{k}"] = np.asarray(array)
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **kept)


if __name__ == "__main__":
    main()
