"""Dropout, zoneout and DropConnect masks, sampled once per batch before the first timestep.

A layer samples all masks of a batch at once, from its cell's seed generator, and passes them to
the implementation that runs the cell. So every implementation uses the same masks. Units and
weights are dropped for the whole sequence:

- `dropout` masks the inputs, and `recurrent_dropout` of the form "gal" masks h before its
  projection (Gal and Ghahramani, "A theoretically grounded application of dropout in recurrent
  neural networks", 2016, https://arxiv.org/abs/1512.05287).
- `recurrent_dropout` of the form "semeniuta" masks the candidate only, so that the stored memory
  is never dropped (Semeniuta, Severyn and Barth, "Recurrent dropout without memory loss", 2016,
  https://arxiv.org/abs/1603.05118; the paper samples per timestep as well as per sequence).
- `weight_drop` masks the entries of the recurrent kernel, with one mask for the batch
  (DropConnect, as in Merity, Keskar and Socher, "Regularizing and optimizing LSTM language
  models", 2018, https://arxiv.org/abs/1708.02182).

Zoneout samples a mask for every timestep, as in its paper: a unit that keeps its value for a whole
sequence would never change. In training, each unit of a state keeps its past value with the rate
of the state. Outside training it takes the expectation, rate * past + (1 - rate) * new (Krueger et
al., "Zoneout: regularizing RNNs by randomly preserving hidden activations", 2017,
https://arxiv.org/abs/1606.01305).
"""

import contextlib
from typing import Any, NamedTuple

import keras
from keras import ops


class Noise(NamedTuple):
    """The masks of one batch of sequences; None for no mask.

    A mask holds 0 where a unit is dropped and 1 / (1 - rate) elsewhere.
    """

    inputs: Any = None
    """Mask of x before its projection: a tensor of shape `(batch, features)` for all gates, or a
    list of such tensors, one per gate."""
    state: Any = None
    """Mask of h before its projection: `(batch, units)`, or a list of such, one per gate."""
    candidate: Any = None
    """Mask of the candidate, `(batch, units)`."""
    kernel: Any = None
    """Mask of the recurrent kernel, in its shape."""
    zones: Any = None
    """Zoneout masks, True where a unit keeps its past value: for each state booleans of shape
    `(batch, time, units)`, or None; of one timestep `(batch, units)`."""
    recurrent_blocks: Any = None
    """Not a mask: the recurrent kernel's columns, one block per gate. With masks per gate, blocks
    are multiplied; an implementation may split the kernel once instead of at every timestep."""


SILENCE = Noise()


def draw(cell, batch: int, time: int, features: int) -> Noise:
    """Sample the masks of one batch of sequences from the cell's seed generator.

    The dropout masks are sampled first and in Keras's order, so that a layer with the same seed
    uses the same masks as Keras's layer.
    """
    inputs = cell.get_dropout_mask(ops.ones((batch, features), dtype=cell.compute_dtype))
    h = ops.ones((batch, cell.output_size), dtype=cell.compute_dtype)
    noise = _noise(cell, inputs, cell.get_recurrent_dropout_mask(h))
    # The cell caches masks for callers that run it step by step; here they are passed along.
    cell.reset_dropout_mask()
    cell.reset_recurrent_dropout_mask()
    return noise._replace(zones=_draw_zones(cell, (batch, time)))


def draw_step(cell, inputs, h) -> Noise:
    """Return the masks of one timestep, for callers that run a cell step by step, as Keras's do.

    The cell caches the masks of the whole sequence until they are reset.

    Raises:
        ValueError: for zoneout inside a traced JAX function, where `keras.layers.RNN` has no seed
            for each timestep.
    """
    noise = _noise(cell, cell.get_dropout_mask(inputs), cell.get_recurrent_dropout_mask(h))
    if any(cell.zoneout) and keras.backend.backend() == "jax" and _traced(inputs):
        raise ValueError(
            f"{type(cell).__name__} with zoneout samples a mask at every timestep, which "
            "keras.layers.RNN cannot do on JAX; write keras_gated.Recurrent(cell) instead."
        )
    return noise._replace(zones=_draw_zones(cell, (ops.shape(h)[0],)))


def _noise(cell, inputs, recurrent) -> Noise:
    kernel = cell.get_kernel_mask()
    # Keras stores the masks in a tracked list, which JAX does not recognize as a list.
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
    """Return the states after a step, in the dtype of the past ones, with zoneout.

    Args:
        new: the states after the cell's step.
        past: the states before it.
        zones: the zoneout mask of each state, `(batch, units)`, or None. Outside training there
            are no masks, and the expectation is used.
    """
    new = [n if n.dtype == p.dtype else ops.cast(n, p.dtype) for n, p in _each(new, past)]
    if not any(cell.zoneout):
        return new
    if zones is None:
        states = [n if not r else r * p + (1 - r) * n for n, p, r in _each(new, past, cell.zoneout)]
    else:
        states = [n if z is None else ops.where(z, p, n) for n, p, z in _each(new, past, zones)]
    return cell.State(*states)


def of_steps(noise: Noise) -> list:
    """Return the masks that differ between timesteps, tensors of shape `(batch, time, units)`."""
    return [] if noise.zones is None else [zone for zone in noise.zones if zone is not None]


def zones_of(noise: Noise, masks):
    """Return the zoneout masks of one timestep, from the tensors of `of_steps` at that timestep."""
    if noise.zones is None:
        return None
    masks = iter(masks)
    return [None if zone is None else next(masks) for zone in noise.zones]


def _each(*lists):
    return zip(*lists, strict=True)


@contextlib.contextmanager
def kernel_dropped(cell, noise: Noise):
    """Apply the mask of `weight_drop` to the recurrent kernel within the context.

    Yields the noise without that mask. The kernel is masked once, before the first timestep.
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
    """Return `(values * mask) @ kernel`.

    With one mask per gate, each gate's columns are multiplied by their own masked values.

    Args:
        values: tensor of shape `(..., batch, features)`.
        kernel: tensor of shape `(features, columns)`; with masks per gate also a list of blocks.
        gates: the letters of the gates in the kernel.
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
    """Return the noise with `function` applied to each mask."""

    def of(mask):
        if mask is None:
            return None
        return [of(m) for m in mask] if isinstance(mask, list) else function(mask)

    return Noise(*(of(mask) for mask in noise))


def flat(noise: Noise) -> list:
    """Return the masks of a noise as a list, in the order of `each`."""
    masks: list = []
    each(noise, masks.append)
    return masks
