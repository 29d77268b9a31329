"""Numbers of `tf.contrib.rnn.CoupledInputForgetGateLSTMCell`, kept in `contrib.npz`, in our layout.

Made with tensorflow 1.15.5 (of Python 3.7 at most, so in an environment of its own):

    python tests/goldens/contrib.py
"""

import os

import numpy as np

ROWS, TIME, FEATURES, UNITS = 3, 5, 2, 4


def main():
    import tensorflow as tf

    rng = np.random.RandomState(0)
    x = tf.constant(rng.normal(size=(ROWS, TIME, FEATURES)))
    states = [rng.normal(size=(ROWS, UNITS)) for _ in "hc"]
    cell = tf.contrib.rnn.CoupledInputForgetGateLSTMCell(UNITS, forget_bias=0.0)
    h, c = map(tf.constant, states)
    sequence, (c, h) = tf.nn.dynamic_rnn(cell, x, initial_state=tf.contrib.rnn.LSTMStateTuple(c, h))
    outputs = [sequence, h, c]
    # What `tests.numbers.score` gives.
    score = sum(
        tf.reduce_sum(output * np.random.default_rng(k).normal(size=output.shape).astype("float32"))
        for k, output in enumerate(outputs)
    )
    matrix, bias = tf.trainable_variables()
    gradients = tf.gradients(score, [x, matrix, bias])
    feed = {matrix: rng.normal(size=matrix.shape), bias: rng.normal(size=bias.shape)}
    with tf.Session() as session:
        x, outputs, (of_x, of_matrix, of_bias) = session.run([x, outputs, gradients], feed)

    def ours(array):
        """Return the columns of j, f and o as those of f, g and o."""
        j, f, o = np.split(array, 3, axis=-1)
        return np.concatenate([f, j, o], axis=-1)

    def parts(matrix, bias):
        kernel, recurrent = np.split(ours(matrix), [FEATURES])
        return [kernel, recurrent, ours(bias)]

    groups = {
        "x": [x],
        "weights": parts(feed[matrix], feed[bias]),
        "states": states,
        "outputs": outputs,
        "gradients": [of_x, *parts(of_matrix, of_bias)],
    }
    kept = {
        f"coupled_lstm/{group}/{k}": array
        for group, arrays in groups.items()
        for k, array in enumerate(arrays)
    }
    np.savez_compressed(os.path.splitext(__file__)[0] + ".npz", **kept)


if __name__ == "__main__":
    main()
