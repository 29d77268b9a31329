"""The plain loop: each step as the cell has it, one after the other. The definition.

Where each op runs at once, a product of few rows takes as long as one of many: there the input
projections of all timesteps are computed before the loop. In a program that a backend compiles, the
two products of a timestep run side by side.
"""

import math
from typing import NamedTuple

from keras import ops

from keras_gated import masks
from keras_gated import regularization as noises
from keras_gated.engine import over_time, programs
from keras_gated.engine.layout import Dense
from keras_gated.engine.projections import projects_by_row
from keras_gated.engine.request import Implementation, Request, exported_now
from keras_gated.gates import Columns
from keras_gated.regularization import SILENCE, Noise

# Largest size, in bytes, of the inputs and input projections of all timesteps.
AHEAD = 2**23


def run(
    request: Request,
    inputs,
    past,
    mask=None,
    *,
    noise: Noise = SILENCE,
    reset=None,
    sequence: bool = True,
):
    """Run the request's cell over the timesteps of `inputs`.

    Masked timesteps are skipped; the state is carried through unchanged.

    Args:
        inputs: tensor of shape `(batch, time, features)`.
        past: the cell's `State` before the first timestep, tensors of shape `(batch, units)`.
        mask: boolean tensor of shape `(batch, time)`, or None.
        noise: what is dropped of this batch of sequences.
        reset: the `Reset` that says where rows start anew, masked timesteps included; or None.
        sequence: whether the first state is wanted at every timestep.

    Returns:
        `(sequence, state)`: the first state at every timestep, `(batch, time, units)`, or None
        if it was not wanted, and the `State` after the last timestep.
    """

    def run_cell(cell, inputs, past, mask, noise, reset):
        through, sequences = _steps(cell, inputs, mask, noise, reset)

        def step(past, now):
            past, new, _, active = through(past, iter(now))
            if active is None:
                return new
            return [
                ops.where(active, after, before) for after, before in zip(new, past, strict=True)
            ]

        keep = (0,) if sequence else ()
        how = {"unroll": request.unroll, "exported": request.exported}
        state, outputs = over_time.carry(step, past, sequences, keep=keep, **how)
        return ops.swapaxes(outputs[0], 0, 1) if sequence else None, cell.State(*state)

    if request.asks_xla and compiles(request) and not request.in_xla:
        run_cell = programs.jit(request, run_cell, ("loop", sequence, request.unroll))
    return run_cell(request.cell, inputs, past, mask, noise, reset)


def compiles(request: Request) -> bool:
    """Whether the loop can be an XLA program of its own: what it keeps for a gradient cannot."""
    return request.unroll or not request.differentiable


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
    reset=None,
    nudges=None,
    unroll: bool = False,
):
    """Carry `cell` over the steps of `inputs` as `run` does, and keep all that it computes.

    Args:
        cell, inputs, past, mask, noise, reset, unroll: as in `run`.
        nudges: None, or for each state a tensor `(batch, time, units)` that is added to it after
            each step that is not masked. The loss's gradient by it, at zero, is that by the state.

    Returns:
        `(inside, state)`: `Inside`, and the `State` after the last step.
    """
    count = len(past)
    through, sequences = _steps(cell, inputs, mask, noise, reset)
    sequences += [ops.swapaxes(nudge, 0, 1) for nudge in nudges or ()]

    def step(before, now):
        now = iter(now)
        past, new, gates, seen = through(before[:count], now)
        if nudges:
            new = [state + nudge for state, nudge in zip(new, now, strict=True)]
        missing = [letter for letter in cell.gates if letter not in gates]
        if missing:
            raise ValueError(
                f"{type(cell).__name__} declares the gates {', '.join(cell.gates)}, but its step "
                f"gives no {', '.join(missing)}; return it in the dictionary behind the state."
            )
        gates = [ops.cast(gates[letter], cell.state_dtype) for letter in cell.gates]
        if seen is None:
            return [*new, *gates]
        states = [ops.where(seen, n, p) for n, p in zip(new, past, strict=True)]
        return [*states, *(ops.where(seen, g, ops.zeros_like(g)) for g in gates)]

    shut = ops.zeros((ops.shape(past[0])[0], cell.units), cell.state_dtype)
    last, outputs = over_time.carry(
        step,
        [*past, *(shut for _ in cell.gates)],
        sequences,
        keep=range(count + len(cell.gates)),
        unroll=unroll,
    )
    outputs = [ops.swapaxes(sequence, 0, 1) for sequence in outputs]
    states = dict(zip(cell.states, outputs, strict=False))
    gates = dict(zip(cell.gates, outputs[count:], strict=True))
    return Inside(states, gates), cell.State(*last[:count])


def _steps(cell, inputs, mask, noise, reset):
    """Return the function of one step, and the sequences that it reads, time first.

    The function is of the past states and of an iterator over what the sequences hold at its
    step, and gives `(past, new, gates, seen)`: the past states with rows started anew, the states
    after the step, the gates by letter, and where the mask is True (None without a mask).
    """

    before, projected = _projected(cell, inputs, noise)

    def through(past, now):
        past, wx = cell.State(*past), projected(next(now))
        seen = None if mask is None else next(now)
        if reset is not None:
            anew = next(now)
            started = zip(reset.states, past, strict=True)
            past = cell.State(*(ops.where(anew, new, old) for new, old in started))
        new, gates = cell.advance(wx, past, noise)
        return past, noises.settle(cell, new, past, noises.zones_of(noise, now)), gates, seen

    sequences = [before]
    if mask is not None:
        sequences.append(masks.time_major(mask))
    if reset is not None:
        sequences.append(masks.time_major(reset.steps))
    return through, sequences + [ops.swapaxes(zone, 0, 1) for zone in noises.of_steps(noise)]


def _projected(cell, inputs, noise):
    """Return what a timestep reads of the inputs, time first, and the function to its wx."""
    layout, dropped = Dense.of(inputs), Noise(noise.inputs)
    # The projections, and the inputs and their masks, which are copied for them.
    size = len(cell.gates) * cell.units + inputs.shape[-1] * (1 + len(noises.flat(dropped)))
    sizes = [layout.rows, layout.steps, size, 4]
    fits = all(isinstance(size, int) and size for size in sizes) and math.prod(sizes) <= AHEAD
    if not (fits and over_time.op_by_op() and projects_by_row(cell)) or exported_now():
        return ops.swapaxes(inputs, 0, 1), lambda x: cell.project(x, noise)
    wx = cell.project(layout.tokens(inputs), noises.each(dropped, layout.tokens_of_rows))
    return layout.by_step(wx._block), lambda x: Columns(x, wx._order, noise.candidate)


LOOP = Implementation("loop", lambda request: None, run)
