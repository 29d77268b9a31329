"""A cell over the tokens of a layout, with a backward pass of its own: `fused` and `packed`.

Forward, at each timestep:

    uh = U h + d                           `cell.recur`
    state = step(wx, uh, past)             `cell.step`, then zoneout and the mask

where wx = W x + b was computed for all tokens at once; or at each timestep, in a program for a CPU,
where both products then run side by side. For the backward pass the past state of every token is
kept, wx and uh; or a = wx + uh, if the cell reads nothing but that sum. Backward, from the last
timestep to the first, `step` alone is differentiated at what was kept:

    of_wx, of_uh, of_past = vjp(step)
    of_past.h += U^T of_uh                 the vjp of `recur` by h

and of_wx and of_uh are kept. The gradients of W and U are then one matrix product each over all
tokens, where a backend that differentiates the loop multiplies, adds and stores them at every
timestep.

A cell that is not `factored` writes `advance` instead of `step`: it is differentiated whole, and
the gradients of its weights are summed timestep by timestep.
"""

from typing import Any, NamedTuple

from keras import ops

from keras_gated import regularization as noises
from keras_gated.engine.primitives import primitives, weights_as
from keras_gated.engine.projections import NOTHING, Kernel, Reads, projects_by_row
from keras_gated.gates import Columns
from keras_gated.regularization import Noise


class Arguments(NamedTuple):
    """What the recurrence is a function of."""

    inputs: Any
    """The input projection wx of every token, `(tokens, columns)`; or its inputs, `(tokens,
    features)`, of which each timestep computes wx."""
    past: Any
    """The cell's `State` before the first timestep, `(rows, units)` each."""
    weights: list
    """The values of the cell's weights."""
    noise: Noise
    """The dropout masks of each row, without zoneout."""
    zones: Any
    """Zoneout: for each state booleans `(tokens, units)`, or None."""
    mask: Any
    """Booleans `(tokens, 1)` where rows skip timesteps, else None."""


class Timestep(NamedTuple):
    """The tokens of one timestep: what the forward loop reads of them, and the backward loop."""

    inputs: Any
    zones: Any
    mask: Any
    past: Any = None
    """The states before the timestep."""
    wx: Any = None
    projected: Any = None
    """uh, or a = wx + uh; None for a cell that is not factored."""
    of_output: Any = None
    """The gradient by the first state as an output; None without such an output."""


class Differentiated(NamedTuple):
    """What one timestep is differentiated by."""

    wx: Any
    """None if the cell reads nothing but a = wx + uh."""
    projected: Any
    past: list
    weights: list


def run_over(layout, cell, inputs, past, noise, mask, sequence: bool, differentiable: bool):
    """Run a cell over the tokens of a layout.

    Args:
        inputs: tensor of shape `(batch, time, features)`.
        past: the cell's `State` before the first timestep, `(rows, units)` each.
        noise: the masks of the layout's rows; zoneout of the batch, `(batch, time, units)`.
        mask: booleans `(batch, time)` where a row skips timesteps, else None.
        sequence: whether the first state is wanted at every token.
        differentiable: whether a gradient is likely to be asked for.

    Returns:
        `(first state of every token or None, final State)`.
    """
    each = primitives().each
    zones, noise = each(layout.tokens, noise.zones), noise._replace(zones=None)
    tokens = layout.tokens(ops.cast(inputs, cell.compute_dtype))
    weights = [ops.convert_to_tensor(weight.value) for weight in cell.weights]
    mask = None if mask is None else layout.tokens(ops.expand_dims(mask, -1))
    side_by_side = primitives().inside_xla() and primitives().on_cpu() and projects_by_row(cell)
    letters = ""
    if not side_by_side:
        wx = cell.project(tokens, each(layout.tokens_of_rows, noise))
        tokens, letters = wx._block, wx._order
    arguments = Arguments(tokens, past, weights, noise, zones, mask)
    recurrence = Recurrence(cell, layout, sequence, not side_by_side, letters)
    return recurrence(arguments, differentiable)


class Recurrence:
    """The forward and the backward pass of a cell over one layout.

    Args:
        cell: a `GatedCell`.
        layout: `Dense` or `Packed`.
        sequence: whether the first state is wanted at every token.
        ahead: whether wx is computed before the loop.
        letters: the gates of its columns, if so.
    """

    def __init__(self, cell, layout, sequence: bool, ahead: bool, letters: str):
        self.cell, self.layout, self.sequence, self.ahead = cell, layout, sequence, ahead
        # Of which gates the columns are, and whether a step reads nothing but their sum.
        self.letters = self.recurrent_letters = letters
        self.summed = False

    def __call__(self, arguments: Arguments, differentiable: bool) -> tuple:
        """Return `(first state of every token or None, final State)`."""
        function = primitives().custom_vjp(self.forward, self.backward)
        outputs = function(arguments, differentiable)
        final = self.cell.State(*outputs[: len(arguments.past)])
        return outputs[-1] if self.sequence else None, final

    def forward(self, arguments: Arguments, keep: bool) -> tuple:
        """Return the outputs, and what the backward pass reads if it is wanted."""
        cell = self.cell
        kernel = Kernel(cell, arguments.weights, arguments.noise)
        like = [_like(values) for values in self._kept(arguments)] if keep else []
        if self.sequence:
            like.append(_like(arguments.past[0]))

        def step(past, totals, now, noise):
            weights, noise = kernel.here(noise)
            with weights_as(cell.weights, weights):
                new, wx, uh = self._step(now, past, noise)
            in_place, apart = (wx, []) if self.ahead else ([], wx)
            kept = [*apart, *past, *uh] if keep else []
            outputs = new[:1] if self.sequence else []
            return new, totals, [*kept, *outputs], in_place if keep else []

        state, _, residuals, wx = primitives().scan(
            self.layout,
            step,
            list(arguments.past),
            [],
            Timestep(arguments.inputs, arguments.zones, arguments.mask),
            arguments.noise,
            like,
            overwritten=["inputs"] if keep and self.ahead else [],
            constants=[*arguments.weights, *kernel.tensors] if keep else None,
            differentiable=keep,
        )
        outputs = [*state, primitives().tokens(residuals.pop())] if self.sequence else list(state)
        residuals = [*wx, *residuals]
        if primitives().inside_xla():  # a loop's arrays cannot leave it
            residuals = [primitives().tokens(each) for each in residuals]
        return outputs, residuals if keep else None

    def backward(self, arguments: Arguments, residuals, cotangents, variables) -> tuple:
        """Return the gradients of the arguments, and of the variables that the cell reads."""
        cell, weights, states = self.cell, arguments.weights, len(arguments.past)
        wx, *residuals = residuals
        kept_states, projected = residuals[:states], residuals[states] if cell.factored else None
        # In whose memory the gradients are written.
        before = {"projected": wx} if self.summed else {"wx": wx, "projected": projected}
        before = {name: tokens for name, tokens in before.items() if tokens is not None}
        kernel = Kernel(cell, weights, arguments.noise, turned=True)

        def step(of_state, totals, now, noise):
            of_state = list(of_state)
            if now.of_output is not None:
                of_state[0] = of_state[0] + now.of_output
            at = Differentiated(now.wx, now.projected, list(now.past), weights)
            of, of_variables = primitives().vjp(
                lambda at: self._step_again(at, now, noise), at, of_state, variables
            )
            unread = [name for name in before if getattr(of, name) is None]
            of = of._replace(**{name: ops.zeros_like(getattr(at, name)) for name in unread})
            of_past = list(of.past)
            if cell.factored:
                turned, noise_here = kernel.here(noise)
                of_h, _ = primitives().vjp(
                    lambda h: [self._recur(turned, h, noise_here)], now.past[0], [of.projected]
                )
                if of_h is not None:
                    of_past[0] = of_h if of_past[0] is None else of_past[0] + of_h
            of_past = [
                ops.zeros_like(value) if gradient is None else gradient
                for gradient, value in zip(of_past, now.past, strict=True)
            ]
            totals = _added(totals, [*of.weights, *of_variables])
            return of_past, totals, [], [getattr(of, name) for name in before]

        of_state, totals, _, gradients = primitives().scan(
            self.layout,
            step,
            list(cotangents[:states]),
            [ops.zeros_like(value) for value in (*weights, *variables)],
            Timestep(
                zones=arguments.zones,
                mask=arguments.mask,
                past=kept_states,
                of_output=self.layout.of_tokens(cotangents[-1]) if self.sequence else None,
                inputs=None,
                **before,
            ),
            arguments.noise,
            [],
            overwritten=list(before),
            reverse=True,
        )
        of = dict(zip(before, gradients, strict=True))
        if cell.factored:
            h, of_uh = primitives().tokens(kept_states[0]), primitives().tokens(of["projected"])
            noise = primitives().each(self.layout.tokens_of_rows, arguments.noise)
            of_weights, of_variables = primitives().vjp(
                lambda weights: [self._recur(weights, h, noise)], weights, [of_uh], variables
            )
            totals = _added(totals, [*of_weights, *of_variables])
        of_inputs = of_uh if self.summed else primitives().tokens(of["wx"])
        if not self.ahead:
            noise = primitives().each(self.layout.tokens_of_rows, arguments.noise)
            (of_inputs, of_weights), of_variables = primitives().vjp(
                lambda at: [self._project_with(at[1], at[0], noise)],
                (arguments.inputs, weights),
                [of_inputs],
                variables,
            )
            totals = _added(totals, [*of_weights, *of_variables])
        gradients = Arguments(
            of_inputs,
            cell.State(*of_state),
            totals[: len(weights)],
            primitives().each(lambda _: None, arguments.noise),
            primitives().each(lambda _: None, arguments.zones),
            None,
        )
        return gradients, totals[len(weights) :]

    def _project_with(self, weights, inputs, noise: Noise):
        with weights_as(self.cell.weights, weights):
            return self._project(inputs, noise)

    def _project(self, inputs, noise: Noise):
        wx = self.cell.project(inputs, noise)
        self.letters = wx._order
        return wx._block

    def _recur(self, weights, h, noise: Noise):
        with weights_as(self.cell.weights, weights):
            return self.cell.recur(h, noise)._block

    def _kept(self, arguments: Arguments) -> list:
        """Return what the loop keeps of each token, of no rows, for the sizes."""
        weights, none = arguments.weights, primitives().each(lambda m: m[:0], arguments.noise)
        wx = [] if self.ahead else [self._project_with(weights, arguments.inputs[:0], none)]
        factored = self.cell.factored
        uh = [self._recur(weights, arguments.past[0][:0], none)] if factored else []
        return [*wx, *arguments.past, *uh]

    def _step(self, now: Timestep, past, noise: Noise) -> tuple:
        """Return the states after a timestep, and what is kept of wx and of uh, as lists.

        In the place of wx stands a, if nothing else is read; or None, if wx is kept already.
        """
        block = now.inputs if self.ahead else self._project(now.inputs, noise)
        wx, kept = self._wx(block, noise), None if self.ahead else block
        if not self.cell.factored:
            new, _ = self.cell.advance(wx, self.cell.State(*past), noise)
            return self._settle(new, past, now), [kept], []
        uh = self.cell.recur(past[0], noise)
        reads = Reads()
        new, _ = self.cell.step(reads.watch(wx), reads.watch(uh.split()), self.cell.State(*past))
        new = self._settle(self.cell.finish(new), past, now)
        self.recurrent_letters, self.summed = uh._order, reads.only_sum is not None
        return (new, [reads.only_sum], [None]) if self.summed else (new, [kept], [uh._block])

    def _step_again(self, at: Differentiated, now: Timestep, noise: Noise) -> list:
        """Return the states after a timestep from what was kept of it."""
        past = self.cell.State(*at.past)
        with weights_as(self.cell.weights, at.weights):
            if not self.cell.factored:
                wx = self._wx(at.wx, noise)
                new, _ = self.cell.advance(wx, past, noise)
            elif self.summed:
                a = self._wx(at.projected, noise)
                new = self.cell.finish(self.cell.step(a, NOTHING, past)[0])
            else:
                wx = self._wx(at.wx, noise)
                uh = Columns(at.projected, self.recurrent_letters).split()
                new = self.cell.finish(self.cell.step(wx, uh, past)[0])
            return self._settle(new, at.past, now)

    def _wx(self, block, noise: Noise) -> Columns:
        return Columns(block, self.letters, noise.candidate).split()

    def _settle(self, new, past, now: Timestep) -> list:
        """Return the states, of which zoneout and the mask keep a part as it was."""
        new = noises.settle(self.cell, new, self.cell.State(*past), now.zones)
        if now.mask is None:
            return list(new)
        return [ops.where(now.mask, n, p) for n, p in zip(new, past, strict=True)]


def _like(values) -> tuple:
    return values.shape[-1], values.dtype


def _added(totals, gradients) -> list:
    return [
        total if more is None else total + ops.cast(more, total.dtype)
        for total, more in zip(totals, gradients, strict=True)
    ]
