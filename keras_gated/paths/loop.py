"""The plain loop: each step as the cell has it, one after the other. The definition."""

from typing import NamedTuple

from keras import ops

from keras_gated import masks
from keras_gated.noise import SILENCE, Noise
from keras_gated.paths import steps


def loop(
    cell,
    inputs,
    past,
    mask=None,
    *,
    noise: Noise = SILENCE,
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
        noise: the dropout masks of this sequence.
        sequence: whether the first state is wanted at every step.
        unroll: write every step out; the number of steps must be known.

    Returns:
        `(sequence, state)`: the first state at every step, `(batch, time, units)`, or None where
        it was not wanted, and the `State` after the last step.
    """

    def step(past, now):
        past = cell.State(*past)
        new, _ = cell.advance(cell.project(now[0], noise), past, noise)
        if mask is None:
            return new
        return [ops.where(now[1], after, before) for after, before in zip(new, past, strict=True)]

    sequences = [ops.swapaxes(inputs, 0, 1)]
    if mask is not None:
        sequences.append(masks.time_major(mask))
    state, kept = steps.carry(step, past, sequences, keep=(0,) if sequence else (), unroll=unroll)
    return ops.swapaxes(kept[0], 0, 1) if sequence else None, cell.State(*state)


class Inside(NamedTuple):
    """Every state and every gate at every step, tensors of shape `(batch, time, units)`."""

    states: dict
    """By state letter. At a masked step a state is what it was before."""
    gates: dict
    """By gate letter. At a masked step no gate was computed: zeros."""


def everything(
    cell,
    inputs,
    past,
    mask=None,
    *,
    noise: Noise = SILENCE,
    nudges=None,
    unroll: bool = False,
):
    """Carry `cell` over the steps of `inputs` as `loop` does, and keep all that it computes.

    Args:
        cell, inputs, past, mask, noise, unroll: as in `loop`.
        nudges: None, or for each state a tensor `(batch, time, units)` that is added to it after
            each step that is not masked. The loss's gradient by it, at zero, is that by the state.

    Returns:
        `(inside, state)`: `Inside`, and the `State` after the last step.
    """
    sequences = [inputs, *(nudges or ())]
    if mask is not None:
        sequences.append(mask[..., None])
    count = len(past)

    def step(before, now):
        x, *rest = now
        new, gates = cell.advance(cell.project(x, noise), cell.State(*before[:count]), noise)
        if nudges:
            new = [state + nudge for state, nudge in zip(new, rest, strict=False)]
        gates = [gates[letter] for letter in cell.gates]
        if mask is None:
            return [*new, *gates]
        states = [ops.where(rest[-1], n, b) for n, b in zip(new, before, strict=False)]
        return [*states, *(ops.where(rest[-1], g, ops.zeros_like(g)) for g in gates)]

    shut = ops.zeros((ops.shape(past[0])[0], cell.units), cell.state_dtype)
    last, kept = steps.carry(
        step,
        [*past, *(shut for _ in cell.gates)],
        [ops.swapaxes(sequence, 0, 1) for sequence in sequences],
        keep=range(count + len(cell.gates)),
        unroll=unroll,
    )
    kept = [ops.swapaxes(sequence, 0, 1) for sequence in kept]
    states = dict(zip(cell.states, kept, strict=False))
    gates = dict(zip(cell.gates, kept[count:], strict=True))
    return Inside(states, gates), cell.State(*last[:count])
