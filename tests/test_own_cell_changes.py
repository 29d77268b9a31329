"""A step that draws random numbers or changes a variable runs in the loop, or is refused."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="on TensorFlow")

X = np.random.default_rng(0).normal(size=(6, 5, 3)).astype("float32")
MASK = np.random.default_rng(1).random((6, 5)) < 0.7


class ChangingCell(kg.GatedCell):
    gates = kg.Gates(h="hidden")
    lacks = dict(kept="no gate", candidate_dropout="no candidate")

    def __init__(self, units, change=None, **kwargs):
        super().__init__(units, **kwargs)
        self.change = change
        self.count = keras.Variable(0.0, trainable=False, name="count")
        self.raw_count = tf.Variable(0.0, trainable=False)
        self.drop = keras.layers.Dropout(0.5, seed=1)

    def step(self, wx, uh, past):
        h = CHANGES[self.change](self, ops.tanh((wx + uh).h))
        return self.State(h), dict(h=h)


def counted(cell, h):
    cell.count.assign_add(1.0)
    return h


def counted_raw(cell, h):
    cell.raw_count.assign_add(1.0)
    return h


CHANGES = {
    "a seed": lambda cell, h: h + keras.random.normal(ops.shape(h), seed=cell.seed_generator),
    "a layer": lambda cell, h: cell.drop(h, training=True),
    "noise of TensorFlow": lambda cell, h: h + tf.random.normal(tf.shape(h)),
    "a variable": counted,
    "a variable of TensorFlow": counted_raw,
}


def trained(layer, mask=None):
    @tf.function(autograph=False)
    def run(x):
        with tf.GradientTape() as tape:
            y = layer(x, mask=mask, training=True)
        return y, tape.gradient(y, layer.cell.kernel.value)

    return run(tf.constant(X))[0]


@pytest.mark.parametrize("how", [{}, {"engine": "fused"}, {"remat": True}, {"jit_compile": True}])
@pytest.mark.parametrize("change", CHANGES)
def test_other_engines_refuse_it(change, how):
    layer = kg.Recurrent(ChangingCell(4, change), **how)
    with pytest.raises(ValueError, match=r'random numbers.*engine="loop"'):
        trained(layer, None if how.get("engine") else MASK)


@pytest.mark.parametrize("change", CHANGES)
def test_the_loop_runs_each_step_once(change):
    layer = kg.Recurrent(ChangingCell(4, change), engine="loop", return_sequences=True)
    layer.build(X.shape)
    for weight, value in zip(layer.cell.weights[:3], (0.0, 0.0, 1.0), strict=True):
        weight.assign(value * ops.ones(weight.shape))
    y = ops.convert_to_numpy(trained(layer))
    if "variable" in change:
        assert float(layer.cell.count) + float(layer.cell.raw_count) == X.shape[1]
    else:
        assert not np.allclose(y[:, 0], y[:, 1]), "timesteps draw numbers of their own"
