"""The plain loop: each step as the cell has it, one after the other. The definition."""

from keras import ops

from keras_gated import masks
from keras_gated import noise as noises
from keras_gated.noise import SILENCE, Noise
from keras_gated.paths import steps


def loop(
    cell,
    inputs,
    past,
    mask=None,
    *,
    noise: Noise = SILENCE,
    reset=None,
    sequence: bool = True,
    unroll: bool = False,
):
    """Carry `cell` over the steps of `inputs`.

    Where the mask is False the states stay as they were: a step that is masked did not happen.

    Args:
        cell: a `GatedCell`.
        inputs: tensor of shape `(batch, time, features)`.
        past: the cell's `State` before the first step, tensors of shape `(batch, units)`.
        mask: boolean tensor of shape `(batch, time)`, or None.
        noise: the noise of this batch of sequences.
        reset: the `Reset` that says where rows start anew, masked steps included; or None.
        sequence: whether the first state is wanted at every step.
        unroll: write every step out; the number of steps must be known.

    Returns:
        `(sequence, state)`: the first state at every step, `(batch, time, units)`, or None where
        it was not wanted, and the `State` after the last step.
    """

    by_step = noises.of_steps(noise)

    def step(past, now):
        past, now = cell.State(*past), list(now)
        x, seen = now.pop(0), None if mask is None else now.pop(0)
        if reset is not None:
            anew = now.pop(0)
            started = zip(reset.states, past, strict=True)
            past = cell.State(*(ops.where(anew, new, old) for new, old in started))
        new, _ = cell.advance(cell.project(x, noise), past, noise)
        new = noises.settle(cell, new, past, noises.zones_of(noise, now))
        if seen is None:
            return new
        return [ops.where(seen, after, before) for after, before in zip(new, past, strict=True)]

    sequences = [ops.swapaxes(inputs, 0, 1)]
    if mask is not None:
        sequences.append(masks.time_major(mask))
    if reset is not None:
        sequences.append(masks.time_major(reset.steps))
    sequences += [ops.swapaxes(values, 0, 1) for values in by_step]
    state, kept = steps.carry(step, past, sequences, keep=(0,) if sequence else (), unroll=unroll)
    return ops.swapaxes(kept[0], 0, 1) if sequence else None, cell.State(*state)
