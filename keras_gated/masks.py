"""Mask arithmetic: which timesteps count, and a layer's outputs at those that do not.

A mask is True where a timestep counts. It has shape `(batch, time)` and any pattern: padding at
either end, gaps, rows that are False throughout.
"""

import keras
import numpy as np
from keras import ops, tree


def check(mask, inputs):
    """Return the mask as booleans of shape `(batch, time)`, or None.

    Numbers other than zero are True. A trailing axis of size one is dropped. Of several masks (of
    a layer called with several tensors) the first is that of the inputs.

    Raises:
        ValueError: for a mask whose rank, time or batch size does not fit the inputs.
    """
    if tree.is_nested(mask):
        tensors = tree.flatten(mask)
        # Lists of Python booleans or numbers are one mask.
        plain = all(isinstance(value, (bool, int, float)) for value in tensors)
        mask = None if not tensors else np.array(mask) if plain else tensors[0]
    if mask is None:
        return None
    if hasattr(mask, "row_lengths"):
        raise ValueError("mask is a ragged tensor; pass `mask.to_tensor()`.")
    mask = ops.convert_to_tensor(mask)
    if len(mask.shape) == 3 and mask.shape[-1] == 1:
        mask = ops.squeeze(mask, axis=-1)
    batch, time = inputs.shape[:2]
    fits = len(mask.shape) == 2 and all(
        have is None or want is None or have == want
        for have, want in zip(mask.shape, (batch, time), strict=True)
    )
    if not fits:
        raise ValueError(
            f"mask has shape {tuple(mask.shape)} but inputs have {batch} rows of {time} steps; "
            f"pass a mask of shape ({batch}, {time})."
        )
    if keras.backend.standardize_dtype(mask.dtype) != "bool":
        mask = ops.not_equal(mask, ops.zeros((), mask.dtype))
    return mask


def time_major(mask):
    """Return a mask `(batch, time)` as `(time, batch, 1)`, to select states at each timestep."""
    return ops.expand_dims(ops.swapaxes(mask, 0, 1), -1)


def outputs(sequence, mask, zero_output_for_mask: bool, before=None):
    """Return a layer's outputs at every timestep, from its first state.

    As in Keras on TensorFlow, a masked timestep repeats the output before it. If there is none, it
    gives zeros (while the state holds the initial state). With `zero_output_for_mask` every masked
    timestep gives zeros.

    Args:
        sequence: the first state at every timestep, `(batch, time, units)`.
        mask: booleans of shape `(batch, time)`.
        before: the output before the first timestep, `(batch, units)`, or None.
    """
    valid = mask if zero_output_for_mask else ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0
    default = ops.zeros((), sequence.dtype)
    if before is not None and not zero_output_for_mask:
        default = ops.expand_dims(before, 1)
    return ops.where(ops.expand_dims(valid, -1), sequence, default)


def last_output(state, mask, zero_output_for_mask: bool):
    """Return a layer's output at the last timestep, from its first state, `(batch, units)`."""
    valid = ops.any(mask[:, -1:] if zero_output_for_mask else mask, axis=1)
    return ops.where(ops.expand_dims(valid, -1), state, ops.zeros((), state.dtype))


def to_front(mask):
    """Return the order that moves each row's unmasked timesteps to the front, and their number.

    Returns:
        `(order, lengths)`, integers: `order` has shape `(batch, time)` and lists the unmasked
        timesteps of a row, then the masked ones; `lengths` has shape `(batch,)`.
    """
    time = ops.shape(mask)[1]
    steps = ops.arange(time, dtype="int32")
    # The keys are distinct, so the sort need not be stable.
    order = ops.argsort(ops.where(mask, steps, steps + time), axis=1)
    return ops.cast(order, "int32"), ops.sum(ops.cast(mask, "int32"), axis=1)


def from_front(sequence, mask, before):
    """Return a sequence in the original order: the inverse of `to_front`.

    A masked timestep repeats the one before it; at the start of a row it gives `before`.

    Args:
        sequence: tensor of shape `(batch, time, units)`, in the order of `to_front`.
        mask: booleans of shape `(batch, time)`.
        before: tensor of shape `(batch, units)`.
    """
    # `before` has index 0, so the timestep of rank k has index k.
    ranks = ops.cumsum(ops.cast(mask, "int32"), axis=1)
    return steps_of(ops.concatenate([ops.expand_dims(before, 1), sequence], axis=1), ranks)


def steps_of(values, steps):
    """Return the given `steps`, `(batch, any)`, of each row of `values`, `(batch, time, units)`."""
    batch, time = ops.shape(values)[:2]
    first = ops.expand_dims(ops.arange(batch, dtype="int32") * time, 1)
    return ops.take(ops.reshape(values, (-1, values.shape[-1])), steps + first, axis=0)
