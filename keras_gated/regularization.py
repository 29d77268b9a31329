"""What is dropped, and what stays as it was, in training: drawn before the first step.

A layer draws everything that one batch of sequences needs at once, from its cell's own seed
generator, and passes it to the implementation that runs the cell: all of them use the same masks.
Dropped units and weights are dropped for the whole sequence:

- `dropout`: of the inputs; `recurrent_dropout` in the form "gal": of h before its projection (Gal
  and Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks",
  2016, https://arxiv.org/abs/1512.05287).
- `recurrent_dropout` in the form "semeniuta": of the candidate alone, so that what a cell has
  stored is never dropped (Semeniuta, Severyn and Barth, "Recurrent dropout without memory loss",
  2016, https://arxiv.org/abs/1603.05118; the paper samples by step as well as by sequence).
- `weight_drop`: of the recurrent kernel's entries, one mask for the batch (DropConnect, as in
  Merity, Keskar and Socher, "Regularizing and optimizing LSTM language models", 2018,
  https://arxiv.org/abs/1708.02182).

Zoneout is drawn for every step, as its paper has it: a unit kept for a whole sequence would never
move. At a step each unit of a state keeps its past value with the state's rate; outside training
it is given the expectation, rate * past + (1 - rate) * new (Krueger et al., "Zoneout: regularizing
RNNs by randomly preserving hidden activations", 2017, https://arxiv.org/abs/1606.01305).
"""

import contextlib
from typing import Any, NamedTuple

import keras
from keras import ops


class Noise(NamedTuple):
    """What one batch of sequences drops; None drops nothing.

    A mask holds 0 where a unit is dropped and 1 / (1 - rate) elsewhere.
    """

    inputs: Any = None
    """Of x before its projection: a tensor of shape `(batch, features)` that serves all gates, or
    a list of such tensors, one per gate."""
    state: Any = None
    """Of h before its projection: `(batch, units)`, or a list of such, one per gate."""
    candidate: Any = None
    """Of the candidate, `(batch, units)`."""
    kernel: Any = None
    """Of the recurrent kernel, in its shape."""
    zones: Any = None
    """Which units keep their past value: for each state booleans `(batch, time, units)`, or None;
    within one step `(batch, units)`."""
    kernel_blocks: Any = None
    """No mask: the kernel's columns, one block per gate. Masks per gate multiply with blocks; a
    implementation may cut them once instead of at every timestep."""
    recurrent_blocks: Any = None
    """The same of the recurrent kernel."""


SILENCE = Noise()


def draw(cell, batch: int, time: int, features: int) -> Noise:
    """Draw the noise of one batch of sequences from the cell's own seed generator.

    The first draws are those of Keras's cells, in their order, so that a layer with Keras's seed
    drops what Keras's layer drops.
    """
    inputs = cell.get_dropout_mask(ops.ones((batch, features), dtype=cell.compute_dtype))
    h = ops.ones((batch, cell.output_size), dtype=cell.compute_dtype)
    drawn = _of_the_rest(cell, inputs, cell.get_recurrent_dropout_mask(h))
    # The cell keeps masks for a caller that goes step by step; ours are handed along instead.
    cell.reset_dropout_mask()
    cell.reset_recurrent_dropout_mask()
    return drawn._replace(zones=_draw_zones(cell, (batch, time)))


def draw_step(cell, inputs, h) -> Noise:
    """Return the noise of one step, for a caller that goes step by step, as Keras's layers do.

    What is dropped for a whole sequence is kept by the cell until its masks are reset.

    Raises:
        ValueError: for zoneout in a program of JAX's, where a draw per step has no seed.
    """
    drawn = _of_the_rest(cell, cell.get_dropout_mask(inputs), cell.get_recurrent_dropout_mask(h))
    if any(cell.zoneout) and keras.backend.backend() == "jax" and _traced(inputs):
        raise ValueError(
            f"{type(cell).__name__} with zoneout draws anew at every step, which "
            "keras.layers.RNN cannot do on JAX; write keras_gated.Recurrent(cell) instead."
        )
    return drawn._replace(zones=_draw_zones(cell, (ops.shape(h)[0],)))


def _of_the_rest(cell, inputs, recurrent) -> Noise:
    kernel = cell.get_kernel_mask()
    # Keras keeps a cell's masks in a list of its own kind, which JAX does not look into.
    inputs, recurrent = (list(m) if isinstance(m, list) else m for m in (inputs, recurrent))
    if cell.recurrent_dropout_form == "semeniuta":
        return Noise(inputs, candidate=recurrent, kernel=kernel)
    return Noise(inputs, recurrent, kernel=kernel)


def _draw_zones(cell, shape: tuple):
    if not any(cell.zoneout):
        return None
    sizes = cell.state_size if isinstance(cell.state_size, list) else [cell.state_size]
    return [
        keras.random.uniform((*shape, size), seed=cell.seed_generator) < rate if rate else None
        for size, rate in zip(sizes, cell.zoneout, strict=True)
    ]


def _traced(tensor) -> bool:
    import jax

    return isinstance(tensor, jax.core.Tracer)


def settle(cell, new, past, zones=None):
    """Return the states after a step, of which zoneout keeps a part as it was before.

    Args:
        new: the states after the cell's step.
        past: the states before it.
        zones: for each state which units keep their past value, `(batch, units)`, or None. Without
            any, outside training, each unit keeps its state's rate of it.
    """
    if not any(cell.zoneout):
        return new
    if zones is None:
        kept = [n if not r else r * p + (1 - r) * n for n, p, r in _each(new, past, cell.zoneout)]
    else:
        kept = [n if z is None else ops.where(z, p, n) for n, p, z in _each(new, past, zones)]
    return cell.State(*kept)


def of_steps(noise: Noise) -> list:
    """Return what of a noise differs from step to step, tensors of shape `(batch, time, units)`."""
    return [] if noise.zones is None else [zone for zone in noise.zones if zone is not None]


def zones_of(noise: Noise, now):
    """Return the zones of one step, from the tensors of `of_steps` at that step."""
    if noise.zones is None:
        return None
    now = iter(now)
    return [None if zone is None else next(now) for zone in noise.zones]


def _each(*lists):
    return zip(*lists, strict=True)


@contextlib.contextmanager
def kernel_dropped(cell, noise: Noise):
    """Let a cell compute with a recurrent kernel of which the noise has dropped entries.

    Gives the rest of the noise. The kernel is multiplied once, before any timestep.
    """
    if noise.kernel is None:
        yield noise
        return
    values = [ops.convert_to_tensor(weight) for weight in cell.weights]
    index = [weight is cell.recurrent_kernel for weight in cell.weights].index(True)
    values[index] = values[index] * ops.cast(noise.kernel, values[index].dtype)
    with keras.StatelessScope(state_mapping=list(zip(cell.weights, values, strict=True))):
        yield noise._replace(kernel=None)


def project(values, kernel, gates, mask):
    """Return `values @ kernel`, the values dropped by `mask` before.

    With one mask per gate, each gate's columns see their own dropped copy of the values.

    Args:
        values: tensor of shape `(..., batch, features)`.
        kernel: tensor of shape `(features, columns)`; with masks per gate also its blocks, a list.
        gates: the letters whose columns the kernel holds.
        mask: None, a tensor of shape `(batch, features)`, or a list of such, one per letter.
    """
    if mask is None:
        return ops.matmul(values, kernel)
    if not isinstance(mask, list):
        return ops.matmul(values * mask, kernel)
    blocks = kernel if isinstance(kernel, list) else ops.split(kernel, len(gates), axis=-1)
    return ops.concatenate(
        [ops.matmul(values * m, block) for m, block in zip(mask, blocks, strict=True)], axis=-1
    )


def each(noise: Noise, function) -> Noise:
    """Return the noise with `function` applied to each of its masks."""

    def of(mask):
        if mask is None:
            return None
        return [of(m) for m in mask] if isinstance(mask, list) else function(mask)

    return Noise(*(of(mask) for mask in noise))


def flat(noise: Noise) -> list:
    """Return the masks of a noise one after the other, in the order in which `each` meets them."""
    found: list = []
    each(noise, found.append)
    return found
