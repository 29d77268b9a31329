"""Several timesteps in each turn of a loop, as on a GPU, give the numbers of one."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from keras_gated.engine.primitives import primitives
from tests.numbers import close

TIME = 19  # two turns of eight, and three timesteps


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="of JAX's loops")
@pytest.mark.parametrize("engine", ["fused", "loop", "scan"])
@pytest.mark.parametrize("masked", [False, True])
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
    assert close(step(), expected)
