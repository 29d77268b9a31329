"""Numbers of TensorFlow Addons' recurrent cells, kept in `addons.npz`.

Made with tensorflow-cpu 2.15.1 and tensorflow-addons 0.23.0 (both of Python 3.11 at most, so in an
environment of their own):

    python tests/goldens/addons.py
"""

from pathlib import Path

import numpy as np

ROWS, TIME, FEATURES, UNITS = 3, 5, 2, 4
CELLS = {
    "peephole_lstm": ("PeepholeLSTMCell", {}),
    "layer_norm_lstm": ("LayerNormLSTMCell", {"norm_epsilon": 1e-3}),
    "layer_norm_simple_rnn": ("LayerNormSimpleRNNCell", {"layernorm_epsilon": 1e-3}),
}


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
        states = [rng.normal(size=(ROWS, UNITS)) for _ in tf.nest.flatten(cell.state_size)]
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, initial_state=[tf.constant(state) for state in states])
            # What `tests.numbers.score` gives.
            score = sum(
                tf.reduce_sum(
                    output * np.random.default_rng(k).normal(size=output.shape).astype("float32")
                )
                for k, output in enumerate(outputs)
            )
        gradients = tape.gradient(score, [x, *layer.trainable_weights])
        groups = {
            "x": [x],
            "weights": layer.get_weights(),
            "states": states,
            "outputs": outputs,
            "gradients": gradients,
        }
        for group, arrays in groups.items():
            for k, array in enumerate(arrays):
                kept[f"{name}/{group}/{k}"] = np.asarray(array)
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **kept)


if __name__ == "__main__":
    main()
