"""LSTM and GRU as one node of another runtime: the graph from which converters make one.

ONNX has an op for the whole recurrence, and tf2onnx puts it where it finds a loop of exactly this
form: both products are within the loop, the bias is added to their sum, one split gives the gates,
and h is written to one list. While a model is written out (`keras_gated.interop.exporting`), such a
loop takes the place of `fused`. It is not what trains or predicts: a projection of all timesteps at
once, before the loop, is faster where there are rows enough for two lanes.

The ops have the signature of those in `vendor.py`.
"""

import functools

from keras_gated.cells.gru import GRUCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.engine import over_time
from keras_gated.engine.projections import NOTHING
from keras_gated.gates import Columns


def lstm(cell, inputs, past, lengths, exported):
    """Return `(sequence, states)` of an LSTM."""
    import tensorflow as tf

    kernel, recurrent, bias = _weights(cell)

    def step(x, past):
        a = tf.matmul(x, kernel) + tf.matmul(past.h, recurrent)
        if bias is not None:
            a = tf.nn.bias_add(a, bias)
        return cell.step(Columns(a, "".join(cell.gates)).split(), NOTHING, past)[0]

    return _run(cell, step, inputs, past, lengths, exported)


def gru(cell, inputs, past, lengths, exported):
    """Return `(sequence, states)` of a GRU."""
    import tensorflow as tf

    if not cell.reset_after:
        return _gru_reset_before(cell, inputs, past, lengths, exported)
    kernel, recurrent, bias = _weights(cell)
    if bias is None:
        bias = tf.zeros(cell.bias_shape, kernel.dtype)
    of_input, of_state = tf.unstack(bias)
    order = "".join(cell.gates)

    def step(x, past):
        wx = tf.nn.bias_add(tf.matmul(x, kernel), of_input)
        uh = tf.nn.bias_add(tf.matmul(past.h, recurrent), of_state)
        return cell.step(Columns(wx, order).split(), Columns(uh, order).split(), past)[0]

    return _run(cell, step, inputs, past, lengths, exported)


def _gru_reset_before(cell, inputs, past, lengths, exported):
    """Return those of a GRU with `reset_after=False`, whose equations are those of `GRUCell`.

    tf2onnx knows them as TensorFlow 1's cell wrote them: one product for both gates, one for the
    candidate, r before z.
    """
    import tensorflow as tf

    kernel, recurrent, bias = _weights(cell)
    if bias is None:
        bias = tf.zeros(cell.bias_shape, kernel.dtype)
    z, r, n = tf.split(tf.concat([kernel, recurrent], axis=0), 3, axis=1)
    of_z, of_r, of_n = tf.split(bias, 3)
    gates, bias_of_gates = tf.concat([r, z], axis=1), tf.concat([of_r, of_z], axis=0)
    candidate = n

    def affine(values, matrix, bias):
        # tf2onnx matches these identities. TensorFlow's optimizer, which it calls before, removes
        # an identity unless it waits for something and is placed where its consumer is not.
        with tf.control_dependencies(values), tf.device("/CPU:0"):
            matrix, bias = tf.identity(matrix), tf.identity(bias)
        product = tf.matmul(tf.concat(values, axis=1), matrix)
        return tf.nn.bias_add(product, bias)

    def step(x, past):
        r, z = tf.split(tf.sigmoid(affine([x, past.h], gates, bias_of_gates)), 2, axis=1)
        n = tf.tanh(affine([x, r * past.h], candidate, of_n))
        return cell.State(z * past.h + (1 - z) * n)

    return _run(cell, step, inputs, past, lengths, exported)


def _weights(cell) -> tuple:
    import tensorflow as tf

    bias = tf.convert_to_tensor(cell.bias.value) if cell.use_bias else None
    matrices = (cell.kernel, cell.recurrent_kernel)
    return (*(tf.convert_to_tensor(matrix.value) for matrix in matrices), bias)


def _run(cell, step, inputs, past, lengths, exported):
    import tensorflow as tf

    inputs = tf.transpose(inputs, (1, 0, 2))
    steps = tf.shape(inputs)[0]
    read = tf.TensorArray(inputs.dtype, steps, element_shape=inputs.shape[1:]).unstack(inputs)
    written = over_time.empty(steps, past[0], exported)

    def body(t, past, written):
        past = cell.State(*past)
        new = step(read.read(t), past)
        output = new[0]
        if lengths is not None:
            # The op of this name, not the newer SelectV2, is what the converter looks for.
            ended = t >= lengths
            output = tf.compat.v1.where(ended, tf.zeros_like(output), output)
            new = [tf.compat.v1.where(ended, old, n) for n, old in zip(new, past, strict=True)]
        for after, before in zip(new, past, strict=True):
            after.set_shape(before.shape)
        return t + 1, list(new), written.write(t, output)

    _, state, written = tf.while_loop(lambda t, *_: t < steps, body, (0, list(past), written))
    return tf.transpose(written.stack(), (1, 0, 2)), state


def ops(exported: str) -> dict:
    """Return the ops by type of cell, for the format in which they are written out."""
    by_cell = {LSTMCell: lstm, GRUCell: gru}
    return {cell: functools.partial(op, exported=exported) for cell, op in by_cell.items()}
