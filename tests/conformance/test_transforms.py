"""What JAX and torch do with a function, they do with a layer: batches, derivatives, programs."""

import keras
import numpy as np
import pytest

import keras_gated
from keras_gated import keras_private

BACKEND = keras.backend.backend()
on_torch = pytest.mark.skipif(BACKEND != "torch", reason="of torch")
on_jax = pytest.mark.skipif(BACKEND != "jax", reason="of JAX")
LAYERS = (keras_gated.LSTM, keras_gated.GRU, keras_gated.SimpleRNN, keras_gated.MGU)
X = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
WORDS = np.array([[1, 2, 0, 0], [3, 0, 4, 5], [0, 0, 0, 0]])


def made(layer, **options):
    """Return a layer with weights, and the same with the loop."""
    one, other = layer(3, **options), layer(3, **options | {"engine": "loop"})
    for each in (one, other):
        each.build(X.shape)
    other.set_weights(one.get_weights())
    return one, other


def tagger(layer):
    return keras.Sequential([
        keras.Input((4,), dtype="int32"),
        keras.layers.Embedding(6, 2, mask_zero=True),
        layer(3, return_sequences=True),
        keras.layers.Dense(1),
    ])  # fmt: skip


@on_torch
@pytest.mark.parametrize("layer", LAYERS)
def test_torch_func(layer):
    import torch

    one, loop = made(layer)
    x, mask = torch.tensor(X), torch.tensor(WORDS != 0)
    assert not keras_private.torch_transforms()

    def each(x, mask):
        return one(x[None], mask=mask[None])[0]

    with torch.no_grad():
        together = torch.func.vmap(each)(x, mask)
        torch.testing.assert_close(together, one(x, mask=mask), atol=1e-6, rtol=1e-5)
        moved, expected = (torch.func.jvp(f, (x,), (x,))[1] for f in (one, loop))
        torch.testing.assert_close(moved, expected)
    of_each = torch.func.vmap(torch.func.grad(lambda x: one(x[None]).sum()))(x)
    leaf = x.clone().requires_grad_()
    one(leaf).sum().backward()
    torch.testing.assert_close(of_each, leaf.grad, atol=1e-6, rtol=1e-5)
    torch.func.grad(lambda x: one(x).sum())(x)
    chosen = one.explain(3, 4).engine
    assert chosen == ("loop" if layer is keras_gated.MGU else "vendor"), "outside nothing changes"


@on_torch
@pytest.mark.parametrize("layer", [keras_gated.GRU, keras_gated.MGU])
def test_torch_compile(layer):
    import torch

    model = tagger(layer)
    expected = model(WORDS)
    torch._dynamo.reset()
    got = torch.compile(model, backend="eager")(torch.tensor(WORDS))
    torch.testing.assert_close(got, expected)


@on_torch
@pytest.mark.parametrize("layer", LAYERS[:2])
def test_torch_export_with_a_mask(layer):
    import torch

    model, words = tagger(layer), torch.tensor(WORDS)
    program = torch.export.export(model, (words,), strict=False)
    torch.testing.assert_close(program.module()(words), model(words))


@on_jax
@pytest.mark.parametrize("layer", [keras_gated.LSTM, keras_gated.MinGRU])
def test_jax(layer):
    import jax

    one, loop = made(layer)
    weights = [[v.value for v in each] for each in (
        one.trainable_variables, one.non_trainable_variables)]  # fmt: skip

    def run(layer, x):
        return layer.stateless_call(*weights, x)[0]

    of_each = jax.vmap(jax.grad(lambda x: run(one, x[None]).sum()))(X)
    np.testing.assert_allclose(
        of_each, jax.grad(lambda x: run(one, x).sum())(X), atol=1e-6, rtol=1e-5
    )
    moved = jax.jvp(lambda x: run(loop, x), (X,), (X,))[1]
    step = (run(one, X * 1.01) - run(one, X * 0.99)) / 0.02
    np.testing.assert_allclose(moved, step, atol=2e-3)
    with pytest.raises(TypeError, match="forward-mode") as caught:
        jax.jvp(lambda x: run(one, x), (X,), (X,))
    assert any('pass engine="loop"' in note for note in caught.value.__notes__)
