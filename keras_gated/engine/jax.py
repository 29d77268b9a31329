"""The engine's primitives on JAX: a scan over time, and functions with their own gradient.

`keras_gated/engine/tensorflow.py` has the same functions for TensorFlow, and describes them.
"""

from collections.abc import Callable, Sequence

import jax
import numpy as np
from jax import numpy as jnp

# Timesteps of one turn of a loop on a GPU, where a turn costs as much as a timestep computes: with
# several timesteps a turn, a training step of an LSTM of 512 units takes two thirds of the time.
TIMESTEPS_OF_A_TURN = 8


def unroll() -> int:
    """Return how many timesteps one turn of a loop takes."""
    return TIMESTEPS_OF_A_TURN if jax.default_backend() == "gpu" else 1


def on_cpu() -> bool:
    """Whether there is no other device."""
    return jax.default_backend() == "cpu"


def inside_xla() -> bool:
    """Whether what is traced now is compiled as part of something larger."""
    return True  # a JAX function is compiled with whatever calls it


def is_concrete(tensor) -> bool:
    """Whether what is computed now has its values now, and is not part of a program."""
    return not isinstance(tensor, jax.core.Tracer)


def each(function: Callable, nest):
    """Return the nest with `function` applied to each of its tensors; None stays None."""
    return jax.tree.map(function, nest)


def tokens(outputs):
    """Return what a scan kept as one tensor, `(tokens, size)`."""
    return outputs


def scan(
    layout,
    step: Callable,
    state,
    totals,
    sequences,
    per_row,
    like,
    *,
    overwritten: Sequence[str] = (),
    constants=None,
    differentiable: bool = True,
    reverse: bool = False,
):
    """Apply a cell's `step` at every timestep of a layout."""

    def body(carried, now):
        after, totals, outputs, written = step(*carried, now, per_row)
        return (list(after), list(totals)), (list(outputs), list(written))

    (state, totals), (outputs, written) = jax.lax.scan(
        body,
        (list(state), list(totals)),
        each(layout.by_step, sequences),
        length=layout.steps,
        reverse=reverse,
        unroll=unroll(),
    )
    outputs, written = ([each(_flat, tokens) for tokens in values] for values in (outputs, written))
    written = [
        getattr(sequences, name) if tokens is None else tokens
        for name, tokens in zip(overwritten, written, strict=True)
    ]
    return state, totals, outputs, written


def _flat(values):
    """Return values `(time, batch, size)` as tokens."""
    return values.reshape(-1, values.shape[-1])


def vjp(function: Callable, nest, cotangents, variables=()) -> tuple:
    """Return d sum(cotangent * output) by each tensor of a nest; and nothing by variables."""
    _, pull = jax.vjp(lambda nest: list(function(nest)), nest)
    return pull(list(cotangents))[0], []


def custom_vjp(forward: Callable, backward: Callable) -> Callable:
    """Return a function of a nest of tensors whose gradient is `backward`."""

    @jax.custom_vjp
    def differentiable(nest):
        return list(forward(nest, keep=False)[0])

    def ahead(nest):
        outputs, residuals = forward(nest, keep=True)
        return list(outputs), (nest, list(residuals))

    def back(residuals, cotangents):
        nest, residuals = residuals
        gradients, _ = backward(nest, residuals, list(cotangents), [])
        leaves, structure = jax.tree.flatten(nest)
        gradients = jax.tree.leaves(gradients, is_leaf=lambda leaf: leaf is None)
        # Of the nest's own None there is no leaf, of a gradient's there is one.
        arguments = jax.tree.leaves(nest, is_leaf=lambda leaf: leaf is None)
        gradients = [f for f, w in zip(gradients, arguments, strict=True) if w is not None]
        filled = [_zero(w) if f is None else f for f, w in zip(gradients, leaves, strict=True)]
        return (jax.tree.unflatten(structure, filled),)

    differentiable.defvjp(ahead, back)

    def called(nest, keep: bool):
        try:
            return differentiable(nest)
        except TypeError as error:
            if "forward-mode" in str(error):
                error.add_note(
                    'For forward mode (jax.jvp, jacfwd, linearize) pass engine="loop" to the layer.'
                )
            raise

    return called


def _zero(tensor):
    """Return the gradient of a tensor that has none."""
    if jnp.issubdtype(tensor.dtype, jnp.floating):
        return jnp.zeros_like(tensor)
    return np.zeros(tensor.shape, dtype=jax.dtypes.float0)


def jit(function: Callable) -> Callable:
    """Return the function of tensors as an XLA program of its own."""
    return jax.jit(function)
