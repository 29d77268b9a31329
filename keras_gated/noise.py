"""Dropout masks of one sequence: drawn once, before the first step, and the same at every step.

Variational dropout (Gal and Ghahramani, 2016, https://arxiv.org/abs/1512.05287): a unit that is
dropped is dropped for the whole sequence.
"""

from typing import NamedTuple

from keras import ops


class Noise(NamedTuple):
    """The masks of one sequence, for what goes into the two projections; None drops nothing.

    A mask holds 0 where a unit is dropped and 1 / (1 - rate) elsewhere. It is a tensor of shape
    `(batch, features)` that serves all gates, or a list of such tensors, one per gate.
    """

    inputs: object = None
    state: object = None


SILENCE = Noise()


def draw(cell, batch: int, features: int) -> Noise:
    """Draw the masks of one sequence from the cell's own seed generator.

    The draws are those of Keras's cells, in their order, so that a layer with Keras's seed drops
    what Keras's layer drops.
    """

    masks = Noise(
        cell.get_dropout_mask(ops.ones((batch, features), dtype=cell.compute_dtype)),
        cell.get_recurrent_dropout_mask(
            ops.ones((batch, cell.output_size), dtype=cell.compute_dtype)
        ),
    )
    # The cell keeps masks for a caller that goes step by step; ours are handed along instead.
    cell.reset_dropout_mask()
    cell.reset_recurrent_dropout_mask()
    return masks


def project(values, kernel, gates, mask):
    """Return `values @ kernel`, the values dropped by `mask` before.

    With one mask per gate, each gate's columns see their own dropped copy of the values.

    Args:
        values: tensor of shape `(..., batch, features)`.
        kernel: tensor of shape `(features, columns)`.
        gates: the letters whose columns the kernel holds.
        mask: None, a tensor of shape `(batch, features)`, or a list of such, one per letter.
    """
    if mask is None:
        return ops.matmul(values, kernel)
    if not isinstance(mask, list):
        return ops.matmul(values * mask, kernel)
    blocks = ops.split(kernel, len(gates), axis=-1)
    return ops.concatenate(
        [ops.matmul(values * m, block) for m, block in zip(mask, blocks, strict=True)], axis=-1
    )


def each(noise: Noise, function) -> Noise:
    """Return the noise with `function` applied to each of its masks."""

    def of(mask):
        if mask is None:
            return None
        return [function(m) for m in mask] if isinstance(mask, list) else function(mask)

    return Noise(of(noise.inputs), of(noise.state))


def flat(noise: Noise) -> list:
    """Return the masks of a noise one after the other, in the order in which `each` meets them."""
    found: list = []
    each(noise, found.append)
    return found
