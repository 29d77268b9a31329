"""Variable lengths without wasted steps: only tokens that the mask shows are computed.

The rows of a batch are sorted by length and their tokens laid side by side, step after step, each
step as wide as there are rows that still go on. Where in a row the tokens stand does not matter:
padding at either end and gaps are left out, and a row that is masked throughout takes no part.
"""

import math
from typing import Any, NamedTuple

from keras import ops

from keras_gated import noise as noises
from keras_gated.noise import SILENCE, Noise
from keras_gated.paths import lanes, programs, xla
from keras_gated.paths.tokens import plan, widths_for


def packed(
    cell,
    inputs,
    past,
    mask,
    *,
    noise: Noise = SILENCE,
    sequence: bool = True,
    low: bool = False,
    alone: bool = True,
):
    """Carry `cell` over the steps of `inputs` that the mask shows, as `loop` does.

    Args:
        cell, inputs, past, mask, noise, sequence: as in `loop`.
        low, alone: as in `fused`.

    Returns:
        `(sequence, state)`, as in `loop`.
    """
    rows = inputs.shape[0]
    count = lanes.count(rows) if alone else 1
    numbers = sum(math.prod(weight.shape) for weight in cell.weights)
    widths = widths_for(None if rows is None else rows // count, numbers)
    run = programs.of(
        cell, packed=True, sequence=sequence, low=low, noise=noise, alone=alone, widths=widths
    )
    weights = [ops.convert_to_tensor(weight) for weight in cell.weights]
    # Of the noise, what is of a row goes with the rows, what is of a step with the tokens.
    by_step = noises.of_steps(noise)
    by_row = [*past, *noises.flat(noise._replace(zones=None))]
    exact = not alone or xla.on_jax()
    more_rows = rows is None and not exact
    if more_rows:
        mask = with_rows_added(mask)
    layouts = arrange(mask, count, widths, exact)
    back = ops.argsort(ops.concatenate([layout.rows for layout in layouts], axis=0))
    taken = [layout.rows for layout in layouts]
    if more_rows:
        # The rows that were added come last, and are copies of the last one but for their tokens.
        batch = ops.shape(inputs)[0]
        back, taken = back[:batch], [ops.minimum(each, batch - 1) for each in taken]
    results = []
    tokens = _gather(ops.cast(inputs, cell.compute_dtype), layouts, back)
    for layout, from_rows, x in zip(layouts, taken, tokens, strict=True):
        own = [ops.take(values, from_rows, axis=0) for values in by_row]
        own[len(past) : len(past)] = weights
        own += [_tokens(values, layout.sources) for values in by_step]
        results.append(run(x, *own, layout.lengths))
    state = [
        ops.take(ops.concatenate(parts, axis=0), back, axis=0)
        for parts in list(zip(*results, strict=True))[: len(past)]
    ]
    if not sequence:
        return None, cell.State(*state)
    # A masked step shows the token before it, or else what was there at first.
    shown, table, start = [], [past[0]], ops.shape(past[0])[0]
    for layout, result in zip(layouts, results, strict=True):
        rows = ops.broadcast_to(layout.rows[:, None], ops.shape(layout.places))
        shown.append(ops.where(layout.places < 0, rows, start + layout.places))
        table.append(result[-1])
        start = start + ops.shape(result[-1])[0]
    shown = ops.take(ops.concatenate(shown, axis=0), back, axis=0)
    return ops.take(ops.concatenate(table, axis=0), shown, axis=0), cell.State(*state)


class Layout(NamedTuple):
    """Where the tokens of one lane come from and lie."""

    rows: Any
    """The mask's rows in this lane, longest first, `(rows,)`."""
    lengths: Any
    """Their numbers of tokens."""
    mask: Any
    """Which of their steps hold a token, `(rows, time)`."""
    places: Any
    """At each step, where its token lies, or the token before it, or -1; `(rows, time)`."""
    sources: Any
    """For each place, the token's index in the batch of `(batch * time)` steps."""


def arrange(mask, count: int, widths: int, exact: bool) -> list[Layout]:
    """Return the layouts of a batch in `count` lanes.

    Args:
        mask: booleans of shape `(batch, time)`.
        count: number of lanes; each takes every count-th row, so that they take equally long.
        widths: number of widths that a step may have.
        exact: whether the number of places must follow from the shapes alone. Else it follows
            the number of tokens, coarsely, so that XLA compiles for few sizes.
    """
    batch, time = ops.shape(mask)
    lengths = ops.sum(ops.cast(mask, "int32"), axis=1)
    order = ops.argsort(-lengths)
    lengths = ops.take(lengths, order)
    lane_rows = [order[lane::count] for lane in range(count)]
    lane_lengths = [lengths[lane::count] for lane in range(count)]
    plans = [plan(each, widths) for each in lane_lengths]
    most = ops.shape(lane_rows[0])[0]
    if exact:
        room = most * (time + 1)
    else:
        # A step is read at full width, so the last one needs as much behind it.
        room = _coarse(ops.max(ops.stack([p.total for p in plans])) + most)
        # Of no row there is no token that could stand at a place.
        room = ops.where(ops.equal(batch, 0), 0, room)
    layouts = []
    for rows, own, where in zip(lane_rows, lane_lengths, plans, strict=True):
        seen = ops.take(mask, rows, axis=0)
        rank = ops.cumsum(ops.cast(seen, "int32"), axis=1) - 1
        _, first = where.at(ops.arange(time, dtype="int32"))
        position = ops.arange(ops.shape(rows)[0], dtype="int32")[:, None]
        places = ops.where(rank < 0, -1, ops.take(first, ops.maximum(rank, 0)) + position)
        tokens = ops.cast(rows, "int32")[:, None] * time + ops.arange(time, dtype="int32")
        layouts.append(Layout(rows, own, seen, places, _sources(seen, places, tokens, room)))
    return layouts


def _sources(seen, places, tokens, room):
    """Return for each place the token that lies there; the first of all where none does.

    What lies at a place without a token is computed with and thrown away; a real token is sure
    to be a number, and what a user has at a masked step is not.
    """
    first = ops.where(ops.logical_and(seen, places == 0), tokens, 0)
    first = ops.maximum(ops.max(first, initial=0), 0)
    # One place more takes the masked steps, and is cut off.
    places = ops.where(seen, places, room)
    shape = (room + 1,)
    found = ops.scatter(ops.reshape(places, (-1, 1)), ops.reshape(tokens - first, (-1,)), shape)
    return found[:-1] + first


def with_rows_added(mask):
    """Return a mask `(batch, time)` with rows without a token behind it, up to one of few sizes.

    For a batch of a number that is not known while tracing: one to evaluate on and one to test on,
    of about as many rows, are then one program.
    """
    batch, time = ops.shape(mask)
    return ops.concatenate([mask, ops.zeros((_rounded(batch) - batch, time), "bool")], axis=0)


def _rounded(rows):
    """Return the next number of rows of which there are 16 between a power of two and the next."""
    exponent = ops.floor(ops.log2(ops.maximum(ops.cast(rows, "float32"), 1.0)))
    step = ops.cast(2.0 ** ops.maximum(exponent - 4.0, 0.0), "int32")
    return (rows + step - 1) // step * step


def _coarse(number):
    """Return the next power of two, so that the batches of one data set have one or two sizes."""
    # A little less, for the logarithm of a power of two may come out as a little more.
    exponent = ops.ceil(ops.log2(ops.maximum(ops.cast(number, "float32"), 4.0)) - 1e-4)
    # It is below a number that is larger by less than that.
    return ops.maximum(ops.cast(2.0**exponent, "int32"), number)


def _tokens(values, sources):
    """Return the tokens of values `(batch, time, ...)` at their places."""
    flat = ops.reshape(values, (-1, values.shape[-1]))
    if values.shape[1] is None:
        # There may be no step at all, and then no token to show at a place without one.
        flat = ops.concatenate([flat, ops.zeros((1, values.shape[-1]), flat.dtype)], axis=0)
    return ops.take(flat, sources, axis=0)


def _gather(inputs, layouts: list[Layout], back) -> list:
    """Return the tokens of each lane at their places; the gradient is gathered as well.

    Args:
        inputs: tensor of shape `(batch, time, features)`.
        back: where in the lanes, one after the other, each row of the batch is.
    """
    count = len(layouts)

    def there(inputs, *indices):
        return [_tokens(inputs, sources) for sources in indices[:count]]

    def here(tensors, _outputs, _residuals, cotangents):
        places, seen = tensors[1 + count : 1 + 2 * count], tensors[1 + 2 * count : -1]
        found = [
            ops.where(s[..., None], ops.take(c, ops.maximum(p, 0), axis=0), ops.zeros((), c.dtype))
            for c, p, s in zip(cotangents, places, seen, strict=True)
        ]
        found = ops.take(ops.concatenate(found, axis=0), tensors[-1], axis=0)
        return [found] + [None] * (len(tensors) - 1)

    indices = [
        *(layout.sources for layout in layouts),
        *(layout.places for layout in layouts),
        *(layout.mask for layout in layouts),
        back,
    ]
    return xla.differentiable(there, lambda *t: (there(*t), []), here)(inputs, *indices)
