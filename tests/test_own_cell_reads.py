"""A user-defined cell may read attributes and variables: values and gradients are the loop's."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests.numbers import close

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="of tf.Variable")

X = np.random.default_rng(0).normal(size=(6, 5, 3)).astype("float32")
MASK = np.random.default_rng(1).random((6, 5)) < 0.7


class SlopeCell(kg.GatedCell):
    """h = tanh(slope * (W x + U h + b))"""

    gates = kg.Gates(h="hidden")
    lacks = dict(kept="no gate", candidate_dropout="no candidate")
    slope = 1.0

    def step(self, wx, uh, past):
        h = ops.tanh((wx + uh).h * self.slope)
        return self.State(h), dict(h=h)


def layers(slope):
    """Return layers of equal weights: in Keras's RNN, with the loop, and with engine="auto"."""
    cells = [SlopeCell(4) for _ in range(3)]
    for cell in cells:
        cell.slope = slope
    loop, auto = kg.Recurrent(cells[1], engine="loop"), kg.Recurrent(cells[2])
    made = [keras.layers.RNN(cells[0]), loop, auto]
    for layer in made:
        layer.build(X.shape)
        layer.cell.kernel.assign(0.1 * np.arange(12.0).reshape(3, 4) - 0.5)
        layer.cell.recurrent_kernel.assign(0.1 * np.arange(16.0).reshape(4, 4) - 0.8)
    return made


def gradient(layer, slope, mask):
    @tf.function(autograph=False)
    def run(x):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(x, mask=mask, training=True) ** 2)
        return [total, tape.gradient(total, slope)]

    return run(tf.constant(X))


@pytest.mark.parametrize("make", [tf.Variable, keras.Variable])
@pytest.mark.parametrize("mask", [None, MASK])
def test_a_variable_is_differentiated(make, mask):
    slope = make(0.7)
    of = slope.value if isinstance(slope, keras.Variable) else slope
    expected, *got = [gradient(layer, of, mask) for layer in layers(slope)]
    assert float(expected[1]) != 0
    assert all(close(each, expected) for each in got)


def test_a_variable_has_its_new_value():
    slope = tf.Variable(1.0, trainable=False)
    *_, layer = layers(slope)
    run = tf.function(lambda x: layer(x))
    before = run(X)
    slope.assign(3.0)
    assert close(run(X), layer(X))
    assert not close(before, layer(X))


@pytest.mark.parametrize("jit_compile", ["auto", True])
def test_an_attribute_has_its_new_value_in_a_new_trace(jit_compile):
    cell = SlopeCell(4)
    layer = kg.Recurrent(cell, jit_compile=jit_compile)
    before = ops.convert_to_numpy(layer(X))
    traced = ops.convert_to_numpy(tf.function(lambda x: layer(x))(X))
    assert close(traced, before)
    cell.slope = 3.0
    after = ops.convert_to_numpy(layer(X))
    assert not close(after, before)
    assert close(tf.function(lambda x: layer(x))(X), after)


def test_a_tensor_of_the_graph_is_refused():
    *_, layer = layers(1.0)

    @tf.function(autograph=False)
    def run(x, slope):
        layer.cell.slope = 2.0 * slope
        return layer(x, training=True)

    with pytest.raises(ValueError, match=r"reads the tensor .*Read a variable instead"):
        run(tf.constant(X), tf.constant(0.7))


CONTROL_FLOW = {
    "map": lambda run, x: tf.map_fn(run, tf.stack([x, 2 * x])),
    "cond": lambda run, x: tf.cond(tf.reduce_sum(x) < 1e9, lambda: run(x), lambda: run(2 * x)),
    "while": lambda run, x: tf.while_loop(
        lambda t, y: t < 2, lambda t, y: (t + 1, y + run(x)), (0, tf.zeros((6, 4)))
    )[1],
}


def gradient_through(control_flow, layer, slope):
    @tf.function(autograph=False)
    def run(x):
        with tf.GradientTape() as tape:
            y = CONTROL_FLOW[control_flow](lambda x: layer(x, training=True), x)
        return tape.gradient(y, slope)

    return run(tf.constant(X))


@pytest.mark.parametrize("control_flow", CONTROL_FLOW)
def test_a_variable_within_control_flow(control_flow):
    """A variable that is no weight of the cell needs the loop; one that is has its gradient."""
    slope = tf.Variable(0.7)
    theirs, loop, layer = layers(slope)
    expected = gradient_through(control_flow, theirs, slope)
    assert close(gradient_through(control_flow, loop, slope), expected)
    with pytest.raises(ValueError, match=r'is no weight of the cell.*engine="loop"'):
        gradient_through(control_flow, layer, slope)
    weight = keras.Variable(0.7)
    assert close(gradient_through(control_flow, layers(weight)[2], weight.value), expected)


def test_a_variable_with_remat():
    slope = tf.Variable(0.7)
    layer = layers(slope)[2]
    layer.remat = True
    with pytest.raises(ValueError, match=r"is no weight of the cell.*remat=True"):
        gradient(layer, slope, None)
    expected = gradient(layers(slope)[0], slope, None)
    weight = keras.Variable(0.7)
    layer = layers(weight)[2]
    layer.remat = True
    assert close(gradient(layer, weight.value, None), expected)
