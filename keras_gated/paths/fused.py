"""The loop with a backward pass of its own, for any cell: every row takes every step."""

from keras import ops

from keras_gated import noise as noises
from keras_gated.noise import SILENCE, Noise
from keras_gated.paths import lanes, programs


def fused(
    cell,
    inputs,
    past,
    mask=None,
    *,
    noise: Noise = SILENCE,
    sequence: bool = True,
    low: bool = False,
    alone: bool = True,
):
    """Carry `cell` over the steps of `inputs`, as `loop` does.

    Args:
        cell, inputs, past, noise, sequence: as in `loop`; there is no mask.
        low: whether to keep little for the backward pass and compute the rest again.
        alone: whether XLA is to compile the recurrence by itself, in lanes.

    Returns:
        `(sequence, state)`, as in `loop`.
    """
    count = lanes.count(inputs.shape[0]) if alone else 1
    run = programs.of(cell, packed=False, sequence=sequence, low=low, noise=noise, alone=alone)
    weights = [ops.convert_to_tensor(weight) for weight in cell.weights]
    by_row = [ops.cast(inputs, cell.compute_dtype), *past, *noises.flat(noise)]
    after_past = 1 + len(past)
    results = []
    for own in zip(*(lanes.split(values, count) for values in by_row), strict=True):
        results.append(run(*own[:after_past], *weights, *own[after_past:]))
    found = results[0]
    if count > 1:
        found = [ops.concatenate(parts, axis=0) for parts in zip(*results, strict=True)]
    return found[-1] if sequence else None, cell.State(*found[: len(past)])
