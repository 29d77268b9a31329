"""Mask arithmetic: which steps count, and what a layer gives where they do not.

A mask is True where a step counts. It has shape `(batch, time)` and any pattern: padding at the
end or at the front, gaps, rows that are False throughout.
"""

import keras
from keras import ops, tree


def check(mask, inputs):
    """Return the mask as booleans of shape `(batch, time)`, or None; refuse one that cannot fit.

    Numbers count as True where they are not zero. A trailing axis of size one is dropped, and of
    several masks (a layer called with several tensors) the first is the inputs'.

    Raises:
        ValueError: for a mask whose rank, number of steps or number of rows is not the inputs'.
    """
    if tree.is_nested(mask):
        mask = tree.flatten(mask)[0] if tree.flatten(mask) else None
    if mask is None:
        return None
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
    """Return a mask `(batch, time)` as `(time, batch, 1)`, to choose between states by step."""
    return ops.expand_dims(ops.swapaxes(mask, 0, 1), -1)


def outputs(sequence, mask, zero_output_for_mask: bool, before=None):
    """Return what a layer gives at every step, from its first state there.

    A masked step repeats the output before it, and gives zeros where there was none (though the
    state then holds the initial state): as Keras does it on TensorFlow. With
    `zero_output_for_mask` every masked step gives zeros.

    Args:
        sequence: the first state at every step, `(batch, time, units)`.
        mask: booleans of shape `(batch, time)`.
        before: the output before the first step, `(batch, units)`; None where there was none.
    """
    shown = mask if zero_output_for_mask else ops.cumsum(ops.cast(mask, "int32"), axis=1) > 0
    hidden = ops.zeros((), sequence.dtype)
    if before is not None and not zero_output_for_mask:
        hidden = ops.expand_dims(before, 1)
    return ops.where(ops.expand_dims(shown, -1), sequence, hidden)


def last_output(state, mask, zero_output_for_mask: bool):
    """Return what a layer gives at the last step, from its first state there, `(batch, units)`."""
    shown = ops.any(mask[:, -1:] if zero_output_for_mask else mask, axis=1)
    return ops.where(ops.expand_dims(shown, -1), state, ops.zeros((), state.dtype))


def to_front(mask):
    """Return where in a row its steps that count stand, and how many they are.

    Returns:
        `(order, lengths)`, integers: `order`, `(batch, time)`, the steps that count in their
        order, and behind them the others; `lengths`, `(batch,)`.
    """
    time = ops.shape(mask)[1]
    steps = ops.arange(time, dtype="int32")
    # No two are equal, so that it does not matter how a backend sorts equal ones.
    order = ops.argsort(ops.where(mask, steps, steps + time), axis=1)
    return ops.cast(order, "int32"), ops.sum(ops.cast(mask, "int32"), axis=1)


def from_front(sequence, mask, before):
    """Return at every step what `sequence` has for it, once its steps were moved to the front.

    A masked step shows the one before it, or else what there was before the first.

    Args:
        sequence: tensor of shape `(batch, time, units)`, in the order of `to_front`.
        mask: booleans of shape `(batch, time)`.
        before: tensor of shape `(batch, units)`.
    """
    # Behind what was before the first step, the step of rank k has the place k.
    ranks = ops.cumsum(ops.cast(mask, "int32"), axis=1)
    return steps_of(ops.concatenate([ops.expand_dims(before, 1), sequence], axis=1), ranks)


def steps_of(values, steps):
    """Return from each row of `values`, `(batch, time, units)`, the `steps`, `(batch, any)`."""
    batch, time = ops.shape(values)[:2]
    first = ops.expand_dims(ops.arange(batch, dtype="int32") * time, 1)
    return ops.take(ops.reshape(values, (-1, values.shape[-1])), steps + first, axis=0)
