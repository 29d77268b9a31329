"""Loops that are written out, or take several timesteps in a turn, give the numbers of one."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from keras_gated.engine.primitives import primitives
from tests.family import mostly_slow
from tests.numbers import close

TIME = 19  # two turns of eight, and three timesteps


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="of JAX's loops")
@pytest.mark.parametrize(
    ("engine", "masked"),
    mostly_slow(
        itertools.product(("fused", "loop", "scan"), (False, True)),
        ("fused", True), ("loop", False), ("scan", True),
    ),
)  # fmt: skip
def test_turns_of_eight(monkeypatch, engine, masked):
    import jax

    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, TIME, 4)).astype("float32")
    mask = ops.convert_to_tensor(rng.random((3, TIME)) < 0.7) if masked else None
    make = kg.MinGRU if engine == "scan" else kg.LSTM
    layer = make(5, return_sequences=True, engine=engine)
    layer.build(x.shape)
    fixed = [variable.value for variable in layer.non_trainable_variables]

    def step():
        def loss(weights):
            outputs, _ = layer.stateless_call(weights, fixed, x, mask=mask, training=True)
            return (outputs**2).sum(), outputs

        weights = [variable.value for variable in layer.trainable_variables]
        (_, outputs), gradients = jax.value_and_grad(loss, has_aux=True)(weights)
        return [keras.ops.convert_to_numpy(value) for value in (outputs, *gradients)]

    assert primitives().unroll() == 1
    expected = step()
    monkeypatch.setattr(primitives(), "unroll", lambda: 8)
    monkeypatch.setattr(primitives(), "on_cpu", lambda: False)
    assert close(step(), expected)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="of TensorFlow's graphs")
def test_written_out_with_a_mask_of_unknown_length():
    import tensorflow as tf

    x, mask = tf.ones((2, 5, 3)), tf.constant([[True] * 5, [True, False, True, True, False]])
    layer = kg.LSTM(4, unroll=True, return_sequences=True)
    expected = layer(x, mask=mask)
    shapes = [tf.TensorSpec((None, 5, 3)), tf.TensorSpec((None, None), tf.bool)]
    call = tf.function(lambda x, mask: layer(x, mask=mask), input_signature=shapes)
    assert close(call(x, mask), expected)
