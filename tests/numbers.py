"""Comparing numbers: the one table of tolerances, and gradients on whichever backend runs."""

import keras
import numpy as np
from keras import ops

# Largest difference from float64, relative to the largest value of the array. float16 and
# bfloat16 round each product to 11 and 8 bits; over the handful of steps of a test such
# roundings add up to a few units of the last place.
TOLERANCE = {"float64": 1e-12, "float32": 5e-6, "float16": 1e-2, "bfloat16": 6e-2}


def distance(got, expected) -> float:
    """Return the largest difference, relative to the largest expected value (at least 1e-3)."""
    got = np.asarray(ops.convert_to_numpy(got), "float64")
    expected = np.asarray(ops.convert_to_numpy(expected), "float64")
    if got.shape != expected.shape:
        raise AssertionError(f"shapes differ: {got.shape} and {expected.shape}")
    if not got.size:
        return 0.0
    return float(np.abs(got - expected).max() / max(np.abs(expected).max(), 1e-3))


def close(got, expected, dtype: str = "float32") -> bool:
    """Return whether two (lists of) arrays agree to the dtype's tolerance."""
    if isinstance(expected, (list, tuple)):
        return len(got) == len(expected) and all(
            close(g, e, dtype) for g, e in zip(got, expected, strict=True)
        )
    return distance(got, expected) <= TOLERANCE[dtype]


def as_list(outputs) -> list:
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def score(outputs):
    """Return one number that depends on every output, each value weighted differently."""
    total = 0.0
    for index, output in enumerate(map(ops.convert_to_tensor, as_list(outputs))):
        size = int(np.prod(output.shape))
        weights = np.random.default_rng(index).normal(size=size).astype("float32")
        weights = ops.cast(ops.reshape(ops.convert_to_tensor(weights), output.shape), output.dtype)
        total = total + ops.sum(output * weights)
    return total


def gradients(layer, x, **call) -> list[np.ndarray]:
    """Return d score / d (inputs, each trainable weight) of a built layer, as NumPy arrays."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = score(layer(x, **call))
        sources = [x] + [v.value for v in layer.trainable_variables]
        found = tape.gradient(total, sources, unconnected_gradients="zero")
    elif backend == "jax":
        import jax

        fixed = [v.value for v in layer.non_trainable_variables]

        def total(x, weights):
            return score(layer.stateless_call(weights, fixed, x, **call)[0])

        weights = [v.value for v in layer.trainable_variables]
        of_x, of_weights = jax.grad(total, argnums=(0, 1))(ops.convert_to_tensor(x), weights)
        found = [of_x, *of_weights]
    else:
        import torch

        x = ops.convert_to_tensor(x).detach().clone().requires_grad_(True)
        sources = [x] + [v.value for v in layer.trainable_variables]
        found = torch.autograd.grad(score(layer(x, **call)), sources, allow_unused=True)
        found = [
            torch.zeros_like(s) if g is None else g for g, s in zip(found, sources, strict=True)
        ]
    return [ops.convert_to_numpy(g) for g in found]
