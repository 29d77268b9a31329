"""A cell over tokens, with a backward pass of its own: what `fused` and `packed` share.

A dense batch lies as it comes, `(rows, time, ...)`: to lay it out by steps would cost two copies of
all that goes in and out. In a packed one the tokens lie step after step, `(tokens, ...)`: the rows
are sorted by length, longest first, and a step holds only those that still go on, rounded up to one
of a few widths, since XLA wants to know its sizes. Either way a token's place is where its step
begins on the axis of time or of tokens; a dense step is one place wide.

The backward pass is not left to the backend, which would store every value inside a step and
multiply out the weights' gradients step by step. The loop back differentiates the cell's `step`
alone; the gradients of the projections, which it leaves, are gathered over a segment of steps
and multiplied with the segment's inputs and states at once. From the way forward it needs the
states and projections of every token or, with `memory="low"`, the states at the segments'
borders, from which the rest is computed again (Chen et al., "Training deep nets with sublinear
memory cost", 2016, https://arxiv.org/abs/1604.06174).
"""

import functools
from typing import Any, NamedTuple

from keras import ops

from keras_gated import noise as noises
from keras_gated.gates import Columns
from keras_gated.paths import xla
from keras_gated.paths.loop import loop

# A segment: as many steps as make a matrix product of this many tokens, and never fewer than
# this many steps. Its gradients stay in the cache, and the product is as fast as a larger one.
SEGMENT_TOKENS = 512
SEGMENT_STEPS = 16
# Widths of a packed step: so many that little is computed for nothing, so few that XLA compiles
# them quickly. Each takes it a twentieth of a second, so it has to save as much: rows of a small
# cell are multiplied sooner than told apart, and one row takes about as long as four.
MOST_WIDTHS = 8
ROWS_OF_A_WIDTH = 4
NUMBERS_OF_A_WIDTH = 2**18


class Tokens:
    """The forward and backward programs of a cell, for one arrangement of its arguments.

    The programs are functions of tensors alone: the inputs, the past states, the weights, the
    dropout masks and, if packed, the rows' lengths. They outlive the cell for which they were
    made, and serve any other of its kind: `cell` is whose turn it is, while they are traced.

    Args:
        packed: whether the inputs are packed tokens `(tokens, features)` with `lengths`
            `(rows,)` that fall; else they are `(rows, time, features)`.
        sequence: whether the first state is wanted at every token.
        low: whether to keep the states at segments' borders only.
        noise: the `Noise` whose kind of masks will be given.
        widths: how many widths a packed step may have: as many as in the `plan` by which the
            tokens were laid out.
    """

    def __init__(
        self, packed: bool, sequence: bool, low: bool, noise: noises.Noise, widths: int = 1
    ):
        self.packed, self.sequence, self.low, self.widths = packed, sequence, low, widths
        self.masks = noises.each(noise, lambda mask: True)
        self.cell: Any = None

    def primal(self, *tensors):
        """Return the states after the last step and, if wanted, the first state at every token."""
        return self._forward(tensors, save=False)[0]

    def forward(self, *tensors):
        """Return what `primal` does, and what `backward` needs of it."""
        return self._forward(tensors, save=True)

    def _forward(self, tensors, save: bool):
        with _Batch(self, tensors) as batch:
            state, buffers, kept = batch.past, [], []
            if save and self.low:
                state, sequence, kept = batch.run_by_segments(state, self.sequence)
            else:
                wanted = len(state) if save else int(self.sequence)
                buffers = [batch.room(batch.size, s) for s in state[:wanted]]
                if save:
                    buffers += [batch.room(batch.size, b) for b in batch.blocks]
                _, _, state, buffers = batch.run(0, 0, state, buffers)
                sequence = buffers[: int(self.sequence)]
                # What is an output already need not be kept a second time.
                kept = buffers[len(sequence) :]
            return [*state, *sequence], kept

    def plain(self, *tensors):
        """Return what `primal` does by the plain loop, whose gradient has a gradient again."""
        given = self.parts(tensors)
        mask, inputs, zones = None, given.inputs, given.noise.zones
        if self.packed:
            rows, size = _size(given.past[0]), _size(inputs)
            layout = plan(given.lengths, self.widths)
            # Where XLA wants to know its sizes there is room for as many steps as could come.
            steps = layout.ends[-1]
            if xla.inside():
                steps = size // ops.maximum(rows, 1) - 1
                if isinstance(size, int) and isinstance(rows, int):
                    steps = size // max(rows, 1) - 1
            t = ops.arange(steps, dtype="int32")
            mask = t < given.lengths[:, None]
            places = layout.at(t)[1] + ops.arange(rows, dtype="int32")[:, None]
            read = ops.where(mask, places, 0)
            inputs = ops.take(inputs, read, axis=0)
            zones = noises.each(
                noises.Noise(zones=zones), lambda zone: ops.take(zone, read, axis=0)
            ).zones
        noise = given.noise._replace(zones=zones)
        with xla.weights_as(self.cell.weights, given.weights):
            shown, state = loop(
                self.cell,
                inputs,
                self.cell.State(*given.past),
                mask,
                noise=noise,
                sequence=self.sequence,
            )
        if not self.sequence:
            return [*state]
        if self.packed:
            # One place more takes the masked steps, and is cut off.
            written = ops.reshape(ops.where(mask, places, size), (-1, 1))
            values = ops.reshape(shown, (-1, shown.shape[-1]))
            shown = ops.scatter(written, values, (size + 1, shown.shape[-1]))[:-1]
        return [*state, shown]

    def parts(self, tensors) -> "_Given":
        """Return the arguments of a program by what they are."""
        states, weights = len(self.cell.states), len(self.cell.weights)
        tensors = list(tensors)
        rest = iter(tensors[1 + states + weights :])
        return _Given(
            inputs=tensors[0],
            past=tensors[1 : 1 + states],
            weights=tensors[1 + states : 1 + states + weights],
            noise=noises.each(self.masks, lambda _: next(rest)),
            lengths=next(rest, None),
        )

    def backward(self, tensors, outputs, residuals, cotangents):
        """Return the gradient of each tensor, None for masks and lengths."""
        with _Batch(self, tensors) as batch:
            count = len(batch.past)
            given, shown = list(cotangents), [] if self.low else list(outputs)[count:]
            of_x, of_past, of_weights = batch.back(
                given[:count], given[count:], [*shown, *residuals]
            )
            nothing = [None] * (len(tensors) - 1 - len(of_past) - len(of_weights))
            return [of_x, *of_past, *of_weights, *nothing]


class _Given(NamedTuple):
    """The arguments of a program."""

    inputs: Any
    past: list
    weights: list
    noise: Any
    lengths: Any
    """Of the rows of a packed batch; None else."""


class _Batch:
    """One batch while its program is being traced."""

    def __init__(self, tokens: Tokens, tensors):
        self.cell, self.packed, self.low = tokens.cell, tokens.packed, tokens.low
        self.widths = tokens.widths
        given = tokens.parts(tensors)
        self.x, self.past, self.weights = given.inputs, given.past, given.weights
        self.noise = given.noise._replace(zones=None)
        self.zones = noises.Noise(zones=given.noise.zones)
        self.rows = _size(self.past[0])
        self.axis = 0 if self.packed else 1
        self.size = _size(self.x, self.axis)
        # The places of a step that is read and written at its full width.
        self.full = self.rows if self.packed else 1
        self.steps = self.size
        if self.packed:
            self.lengths = given.lengths
            self.plan = plan(self.lengths, self.widths)
            self.steps = self.plan.ends[-1]
        self._scope = xla.weights_as(self.cell.weights, self.weights)

    def __enter__(self):
        self._scope.__enter__()
        self.cut = [
            self._cut("kernel", self.noise.inputs),
            self._cut("recurrent_kernel", self.noise.state),
        ]
        self._probe()
        return self

    def __exit__(self, *raised):
        self._scope.__exit__(*raised)

    def _cut(self, name, mask):
        """Return a kernel's blocks by gate where each gate has a mask of its own, else None."""
        kernel = getattr(self.cell, name, None)
        if not isinstance(mask, list) or kernel is None or len(kernel.shape) != 2:
            return None
        return ops.split(ops.cast(kernel, self.cell.compute_dtype), len(mask), axis=-1)

    def _probe(self):
        """Compute one step for its shapes, and see what the step reads."""
        self.joined = False
        width = self.rows
        x = ops.zeros((width, self.x.shape[-1]), self.x.dtype)
        probed = self._project(x, self.past[0][:width], width)
        if len(probed) == 2:
            seen: list[str] = []
            columns = [_Watched(c._block, c._order, seen) for c in self._columns(probed)]
            self.cell.step(columns[0], columns[1], self.cell.State(*self.past))
            self.joined = not seen
        self.blocks = [probed[0]] if self.joined else probed

    # Where the tokens of a step lie

    def at(self, t):
        """Return the phase of step t and the place of its first token."""
        return self.plan.at(t) if self.packed else (None, t)

    def width_at(self, t):
        """Return the phase of step t and its number of places."""
        return self.plan.width_at(t) if self.packed else (None, 1)

    def alive(self, t):
        """Return which rows have a token at step t, `(rows, 1)`; None for all."""
        return (t < self.lengths)[:, None] if self.packed else None

    def room(self, count, like):
        """Return zeros at `count` places for values like those of one step, `(rows, ...)`."""
        shape = (count,) if self.packed else (self.rows, count)
        return ops.zeros((*shape, *ops.shape(like)[1:]), like.dtype)

    def read(self, buffer, place):
        """Return the values of the step at a place, `(rows, ...)`."""
        found = xla.part(buffer, place, self.full, self.axis)
        return found if self.packed else ops.squeeze(found, axis=1)

    def put(self, buffer, values, place, filled=None):
        """Return the buffer with the values of a step at a place."""
        values = values if self.packed else ops.expand_dims(values, 1)
        return xla.put(buffer, values, place, filled, self.axis)

    def flat(self, values):
        """Return the values of several steps as `(tokens, ...)`."""
        return values if self.packed else ops.reshape(values, (-1, *values.shape[2:]))

    # One step

    def _at_width(self, phase, function):
        """Return `function(width)`, its tensors filled up to all rows, at the phase's width."""
        widths = _widths(self.rows, self.widths) if self.packed else [self.rows]
        if len(widths) == 1:
            return function(self.rows)

        def at(width):
            return lambda: [_fill(value, self.rows) for value in function(width)]

        return xla.select(phase, [at(width) for width in widths])

    def _project(self, x, h, width):
        """Return the blocks of projections of one step: `[W x, U h]`, `[sum]` or `[W x]`."""
        noise = noises.each(self.noise, lambda mask: mask[:width])
        noise = noise._replace(kernel_blocks=self.cut[0], recurrent_blocks=self.cut[1])
        wx = self.cell.project(x, noise)
        self.letters = [wx._order]
        if not self.cell.factored:
            return [wx._block]
        uh = self.cell.recur(h, noise)
        self.letters.append(uh._order)
        return [(wx + uh)._block] if self.joined else [wx._block, uh._block]

    def _columns(self, blocks):
        """Return the projections as the step reads them, from blocks or from lists of gates."""
        columns = [
            (_ByGate if isinstance(block, list) else Columns)(block, letters, self.noise.candidate)
            for block, letters in zip(blocks, self.letters, strict=False)
        ]
        return [*columns, NOTHING] if len(columns) == 1 else columns

    def _join(self, blocks, past, place=None):
        """Return the states after a step, from its projections and the states before it.

        Args:
            place: that of the step's first token, where its zones are read.
        """
        past = self.cell.State(*past)
        if self.cell.factored:
            new = self.cell.finish(self.cell.step(*self._columns(blocks), past)[0])
        else:
            new = self.cell.advance(self._columns(blocks)[0], past, self.noise)[0]
        zones = None
        if place is not None:
            zones = noises.each(self.zones, lambda zone: self.read(zone, place)).zones
        return list(noises.settle(self.cell, new, past, zones))

    # Forward

    @property
    def window(self):
        """The most places of a segment."""
        steps = ops.maximum(SEGMENT_STEPS, SEGMENT_TOKENS // ops.maximum(self.rows, 1))
        if isinstance(self.rows, int):
            steps = max(SEGMENT_STEPS, SEGMENT_TOKENS // max(self.rows, 1))
        return _least(steps * self.full, self.size)

    def run(self, t, place, state, buffers, base=0, room=None):
        """Carry the state from step t on, whose first token is at `place`, to the end.

        Args:
            buffers: where to keep what comes: nothing, the first state, or all states and then
                the projections.
            base: the place that is first in the buffers.
            room: the number of tokens after which to stop; None for all.

        Returns:
            `(t, place, state, buffers)`: where it stopped, and what came.
        """
        count = len(self.past)
        end = self.size if room is None else place + room

        def goes_on(t, place, *_):
            fits = place + self.full <= end
            return t < self.steps if room is None else ops.logical_and(t < self.steps, fits)

        # The place is carried along: computed from t, it would be in every kernel of the step.
        def body(t, place, *carried):
            state, states, blocks = _parts(carried, [count, min(count, len(buffers)), -1])
            phase, width = self.width_at(t)
            x, h = self.read(self.x, place), state[0]
            new = self._at_width(phase, lambda w: self._project(x[:w], h[:w], w))
            state = _choose(self.alive(t), self._join(new, state, place), state)
            at = place - base
            states = [self.put(b, s, at) for b, s in zip(states, state, strict=False)]
            blocks = [self.put(b, n, at) for b, n in zip(blocks, new, strict=False)]
            return t + 1, place + width, *state, *states, *blocks

        t, place, *done = xla.repeat(goes_on, body, [t, place, *state, *buffers])
        return t, place, done[:count], done[count:]

    def run_by_segments(self, state, sequence: bool):
        """Carry the state over all steps; keep the states and the step before each segment.

        Returns:
            `(state, first state after every token, kept)`.
        """
        count, window = len(self.past), self.window
        # A segment ends where its next step would not fit: packed ones may leave almost a step.
        least = window - self.full + 1
        segments = self.size // ops.maximum(least, 1) + 1
        if isinstance(window, int) and isinstance(self.size, int):
            segments = self.size // max(least, 1) + 1
        kept = [ops.zeros((segments,), "int32"), *(_empty(segments, s[None]) for s in state)]
        shown = [self.room(self.size, state[0])] if sequence else []

        def body(segment, t, place, *carried):
            state, kept, shown = _parts(carried, [count, 1 + count, -1])
            kept = [
                xla.put(k, ops.expand_dims(v, 0), segment)
                for k, v in zip(kept, [t, *state], strict=True)
            ]
            t, place, state, shown = self.run(t, place, state, shown, room=window)
            return segment + 1, t, place, *state, *kept, *shown

        segment, _, _, *done = xla.repeat(
            lambda segment, t, *_: t < self.steps, body, [0, 0, 0, *state, *kept, *shown]
        )
        state, kept, shown = _parts(done, [count, 1 + count, -1])
        return state, shown, [segment, *kept]

    # Backward

    def back(self, of_state, by_token, residuals):
        """Return the gradients of the inputs' tokens, of the past states and of the weights."""
        count, window = len(self.past), self.window
        # A packed step is written at full width, so there is room for one behind the window.
        room = window + self.rows if self.packed else window
        gathered = [self.room(room, b) for b in self.blocks]
        if self.cell.factored:
            gathered.append(self.room(room, self.past[0]))
        if self.packed and noises.flat(self.noise):
            gathered.append(self.room(room, ops.zeros((1,), "int32")))
        segment, again = 0, []
        if self.low:
            segments, starts, *borders = residuals
            segment = segments - 1
            again = [self.room(window, s) for s in [*self.past, *self.blocks]]
        else:
            kept = _Kept(residuals[:count], residuals[count:], self.past, 0, 0)
        self.turned = [ops.transpose(w) if len(w.shape) == 2 else None for w in self.weights]
        self.turned_cut = self.cut[1] and [ops.transpose(w) for w in self.cut[1]]
        groups = [count, 1, len(self.weights), len(gathered), len(again)]

        def body(segment, t, last, *carried):
            of_state, of_x, of_weights, gathered, again = _parts(carried, groups)
            # Dense: the short segment is the first on the way back, and meets nothing but zeros.
            lowest = ops.maximum(last - window, 0) if self.packed else (last - 1) // window * window
            if self.low:
                start = xla.part(starts, segment, 1)[0]
                lowest = self.at(start)[1]
                base = ops.minimum(lowest, self.size - window)
                before = [xla.part(b, segment, 1)[0] for b in borders]
                *_, again = self.run(start, lowest, before, again, base, room=window)
                kept_here = _Kept(again[:count], again[count:], before, start, base)
            else:
                base, kept_here = ops.minimum(lowest, self.size - window), kept
            t, of_state, gathered, of_weights = self._back_over_steps(
                t, lowest, base, kept_here, of_state, by_token, gathered, of_weights
            )
            first = self.at(t + 1)[1]
            of_x, of_weights = self._multiply_out(base, first, last, gathered, of_x[0], of_weights)
            return segment - 1, t, first, *of_state, of_x, *of_weights, *gathered, *again

        last = self.steps - 1
        places = self.at(last)[1] + self.width_at(last)[1]
        _, _, _, *done = xla.repeat(
            lambda segment, t, *_: t >= 0,
            body,
            [
                segment,
                last,
                places,
                *of_state,
                ops.zeros_like(self.x),
                *(ops.zeros_like(w) for w in self.weights),
                *gathered,
                *again,
            ],
        )
        of_state, of_x, of_weights, *_ = _parts(done, groups)
        return of_x[0], of_state, of_weights

    def _back_over_steps(self, t, lowest, base, kept, of_state, by_token, gathered, of_weights):
        """Go back from step t to where the tokens lie before `lowest`.

        What the projections' gradients are at each token, and the states before it, is gathered.

        Returns:
            `(t, of_state, gathered, of_weights)`: the first step left out, and what was found.
        """
        count, read = len(self.past), self._weights_in_step()
        sizes = [len(letters) for letters in self.letters[: len(self.blocks)]]
        groups = [count, len(gathered), len(read)]

        def join(place, *inputs):
            *gates, past, weights = _parts(inputs, [*sizes, count, len(read)])
            with xla.weights_as([self.cell.weights[i] for i in read], weights):
                return self._join(gates, past, place)

        def body(t, place, *carried):
            of_state, gathered, of_read = _parts(carried, groups)
            phase, width = self.width_at(t)
            alive = self.alive(t)
            earlier = place - self.width_at(t - 1)[1]
            before = ops.maximum(earlier - kept.base, 0)
            past = [
                ops.where(t > kept.start, self.read(states, before), first)
                for states, first in zip(kept.states, kept.before, strict=True)
            ]
            # By gate: the gradient of a slice is a slice in zeros, and their sum is slow.
            gates = [
                gate
                for block, n in zip(kept.blocks, sizes, strict=True)
                for gate in ops.split(self.read(block, place - kept.base), n, axis=-1)
            ]
            coming = list(of_state)
            for of_token in by_token:
                coming[0] = coming[0] + _where(alive, self.read(of_token, place))
            inputs = [*gates, *past, *(self.weights[i] for i in read)]
            found = xla.pullback(
                lambda *values: join(place, *values), inputs, [_where(alive, c) for c in coming]
            )
            found = [
                ops.zeros_like(i) if f is None else f for i, f in zip(inputs, found, strict=True)
            ]
            *of_gates, of_past, more = _parts(found, [*sizes, count, len(read)])
            of_blocks = [ops.concatenate(g, axis=-1) for g in of_gates]
            of_read = [a + b for a, b in zip(of_read, more, strict=True)]
            if self.cell.factored:
                of_past[0] = of_past[0] + self._back_through_recur(phase, past[0], of_blocks[-1])
            if alive is not None:
                over = [ops.where(alive, ops.zeros((), c.dtype), c) for c in coming]
                of_past = [p + o for p, o in zip(of_past, over, strict=True)]
            row = ops.arange(self.rows, dtype="int32")
            parts = [*of_blocks, *([past[0]] if self.cell.factored else []), row]
            filled = row < width if self.packed else None
            gathered = [
                self.put(g, p, place - base, filled) for g, p in zip(gathered, parts, strict=False)
            ]
            return t - 1, earlier, *of_past, *gathered, *of_read

        t, _, *done = xla.repeat(
            lambda t, place, *_: ops.logical_and(t >= 0, place >= lowest),
            body,
            [t, self.at(t)[1], *of_state, *gathered, *(of_weights[i] for i in read)],
        )
        of_state, gathered, of_read = _parts(done, groups)
        of_weights = list(of_weights)
        for i, found in zip(read, of_read, strict=True):
            of_weights[i] = found
        return t, of_state, gathered, of_weights

    def _weights_in_step(self) -> list[int]:
        """Return which weights the step itself reads, by index; not those of the projections."""

        # In a graph of its own, where the masks of this one cannot be read.
        noise, masks = self.noise, noises.flat(self.noise)

        def join(weights, others):
            blocks, past, rest = _parts(others, [len(self.blocks), len(self.past), -1])
            given = iter(rest)
            self.noise = noises.each(noise, lambda _: next(given))
            with xla.weights_as(self.cell.weights, weights):
                return self._join(blocks, past)

        found = xla.reads(join, self.weights, [*self.blocks, *self.past, *masks])
        self.noise = noise
        return [i for i, used in enumerate(found) if used]

    def _back_through_recur(self, phase, h, of_block):
        """Return the gradient that reaches h through its projection."""

        # A product with a transposed matrix is faster when it lies transposed in memory; but for
        # one row XLA would turn it around once more at every step. It is turned back where it is
        # multiplied: given to a branch turned back, it would be copied so at every step.
        def at(width, turned):
            weights, cut = self.weights, self.cut[1]
            if turned:
                weights = [
                    w if t is None else ops.transpose(t)
                    for w, t in zip(weights, self.turned, strict=True)
                ]
                cut = cut and [ops.transpose(t) for t in self.turned_cut]
            noise = noises.each(self.noise, lambda mask: mask[:width])
            noise = noise._replace(recurrent_blocks=cut)
            with xla.weights_as(self.cell.weights, weights):
                return xla.pullback(
                    lambda h: [self.cell.recur(h, noise)._block], [h[:width]], [of_block[:width]]
                )

        by_row = functools.partial(self._at_width, phase, lambda width: at(width, turned=True))
        if isinstance(self.rows, int):
            return (at(1, turned=False) if self.rows == 1 else by_row())[0]
        one = ops.cast(ops.equal(self.rows, 1), "int32")
        return xla.select(one, [by_row, lambda: at(self.rows, turned=False)])[0]

    def _multiply_out(self, base, first, last, gathered, of_x, of_weights):
        """Take what a segment has gathered, of the places from `first` to `last`, to the weights.

        Returns:
            `(of_x, of_weights)`: the inputs' gradients, these tokens' filled in, and the sums.
        """
        size, blocks = self.window, len(self.blocks)
        noise, filled = noises.Noise(), None
        if self.packed:
            gathered = [g[:size] for g in gathered]
        of_blocks, rest = gathered[:blocks], gathered[blocks:]
        if self.packed:
            # The window may hold what an earlier segment has left. A dense one cannot: the first
            # segment is filled into zeros, and if it is short, so are the zeros' products.
            place = base + ops.arange(size, dtype="int32")
            filled = ops.logical_and(place >= first, place < last)
            of_blocks = [_where(filled[:, None], g) for g in of_blocks]
        of_blocks, rest = [self.flat(g) for g in of_blocks], [self.flat(g) for g in rest]
        if noises.flat(self.noise):
            # Of each token's row; in a dense batch the tokens of a row lie side by side.
            noise = noises.each(
                self.noise,
                lambda mask: (
                    ops.take(mask, rest[-1], axis=0)
                    if self.packed
                    else ops.repeat(mask, size, axis=0)
                ),
            )
        x = xla.part(self.x, base, size, self.axis)
        of_tokens, *found = xla.pullback(
            self._with_weights(lambda x: self.cell.project(x, noise)._block),
            [self.flat(x), *self.weights],
            of_blocks[:1],
        )
        of_weights = _added(of_weights, found)
        if self.cell.factored:
            _, *found = xla.pullback(
                self._with_weights(lambda h: self.cell.recur(h, noise)._block),
                [rest[0], *self.weights],
                of_blocks[-1:],
            )
            of_weights = _added(of_weights, found)
        of_tokens = ops.reshape(of_tokens, ops.shape(x))
        return xla.put(of_x, of_tokens, base, filled, self.axis), of_weights

    def _with_weights(self, function):
        def of(value, *weights):
            with xla.weights_as(self.cell.weights, weights):
                return [function(value)]

        return of


class _Kept(NamedTuple):
    """What the way back reads of the way forward."""

    states: list
    """Each state after every token, at its place."""
    blocks: list
    """The projections at every token."""
    before: list
    """The states before the step `start`, `(rows, units)`."""
    start: Any
    """The first step whose states are kept."""
    base: Any
    """The place that lies first in `states` and `blocks`."""


class Plan(NamedTuple):
    """Where the tokens of a packed batch lie. A phase is the steps of one width."""

    widths: Any
    """Rows of a step in each phase, falling; `(phases,)`, integers."""
    starts: Any
    """The first step of each phase."""
    ends: Any
    """The step after the last of each phase."""
    bases: Any
    """The number of tokens before each phase."""
    total: Any
    """The number of tokens, those included that fill a step up to its width."""

    def width_at(self, t):
        """Return the phase of step t (or of several) and its width."""
        t = ops.convert_to_tensor(t, "int32")
        phase = ops.sum(ops.cast(self.ends <= t[..., None], "int32"), axis=-1)
        phase = ops.minimum(phase, self.widths.shape[0] - 1)
        return phase, ops.take(self.widths, phase)

    def at(self, t):
        """Return the phase of step t (or of several) and the place of its first token."""
        phase, width = self.width_at(t)
        return phase, ops.take(self.bases, phase) + (t - ops.take(self.starts, phase)) * width


def plan(lengths, count: int) -> Plan:
    """Return the plan of rows whose lengths `(rows,)` fall, with a number of widths."""
    # The width after all others is none: the steps of the last phase end with the longest row.
    widths = _widths(_size(lengths), count)
    padded = ops.concatenate([lengths, ops.zeros((1,), "int32")])
    ends = ops.stack([padded[w] for w in [*widths[1:], 0]])
    starts = ops.concatenate([ops.zeros((1,), "int32"), ends[:-1]])
    widths = ops.stack([ops.convert_to_tensor(w, "int32") for w in widths])
    after = ops.cumsum(widths * (ends - starts))
    bases = ops.concatenate([ops.zeros((1,), "int32"), after[:-1]])
    return Plan(widths, starts, ends, bases, after[-1])


def widths_for(rows: int | None, numbers: int) -> int:
    """Return how many widths the steps of a packed batch may have.

    Asked once, where the tokens are laid out, and told to the program: what is traced for any
    number of rows may be run where that number is known, and would answer otherwise.

    Args:
        rows: of the batch; None while that is unknown.
        numbers: of the weights that a row is multiplied with in a step.
    """
    if rows is None:
        return MOST_WIDTHS
    worth = min(rows // ROWS_OF_A_WIDTH, rows * numbers // NUMBERS_OF_A_WIDTH)
    return max(1, min(MOST_WIDTHS, worth))


def _widths(rows, count: int) -> list:
    """Return the rows of a step in each phase: all at first, then an equal part fewer each time."""
    return [-(-rows * (count - phase) // count) for phase in range(count)]


class _Nothing:
    """A recurrent projection that is part of the input's already: `wx + NOTHING` is wx."""

    def __add__(self, wx):
        return wx

    __radd__ = __add__


NOTHING = _Nothing()


class _ByGate(Columns):
    """Columns whose gates are tensors of their own."""

    __slots__ = ()

    def __getattr__(self, letter):
        index = self._order.find(letter)
        return (
            self._block[index] if index >= 0 and len(letter) == 1 else super().__getattr__(letter)
        )

    def __add__(self, other):
        if not isinstance(other, _ByGate):
            return super().__add__(other)
        sums = [a + b for a, b in zip(self._block, other._block, strict=True)]
        return _ByGate(sums, self._order, self._dropped)

    def apply(self, function):
        block = function(ops.concatenate(self._block, axis=-1))
        gates = ops.split(block, len(self._order), axis=-1)
        return _ByGate(gates, self._order, self._dropped)


class _Watched(Columns):
    """Columns that notice when they are read by themselves and not as the sum of both."""

    __slots__ = ("_seen",)

    def __init__(self, block, order, seen):
        super().__init__(block, order)
        self._seen = seen

    def __getattr__(self, letter):
        self._seen.append(letter)
        return super().__getattr__(letter)

    def __add__(self, other):
        return Columns(self._block + other._block, self._order)

    def apply(self, function):
        self._seen.append(self._order)
        return super().apply(function)


def _size(tensor, axis: int = 0):
    return ops.shape(tensor)[axis]


def _least(a, b):
    return min(a, b) if isinstance(a, int) and isinstance(b, int) else ops.minimum(a, b)


def _empty(count, like):
    return ops.zeros((count, *ops.shape(like)[1:]), like.dtype)


def _fill(values, count):
    missing = count - _size(values)
    return ops.concatenate(
        [values, ops.zeros((missing, *ops.shape(values)[1:]), values.dtype)], axis=0
    )


def _choose(alive, new, old):
    if alive is None:
        return list(new)
    return [ops.where(alive, n, o) for n, o in zip(new, old, strict=True)]


def _where(alive, values):
    return values if alive is None else ops.where(alive, values, ops.zeros((), values.dtype))


def _added(sums, found):
    return [s if f is None else s + ops.cast(f, s.dtype) for s, f in zip(sums, found, strict=True)]


def _parts(values, counts) -> list[list]:
    """Return the values in groups of the given sizes; -1 is what is left."""
    values, parts = list(values), []
    for count in counts:
        count = len(values) if count < 0 else count
        parts.append(values[:count])
        values = values[count:]
    return parts
