"""`remat=True`: gradient checkpointing, a long sequence in much less memory.

Time is cut into about sqrt(time) pieces. Forward, nothing is kept but the states between pieces;
backward, each piece is run again before it is differentiated (Chen et al., "Training deep nets
with sublinear memory cost", 2016, https://arxiv.org/abs/1604.06174).
"""

import math
from collections.abc import Callable

from keras import ops

from keras_gated import regularization as noises
from keras_gated.engine import over_time
from keras_gated.engine.primitives import primitives, weights_as
from keras_gated.engine.request import Request
from keras_gated.engine.scan import STEPS_OF_UNKNOWN
from keras_gated.regularization import Noise


def run(implementation: Callable, request: Request, inputs, past, mask, *, noise: Noise, sequence):
    """Run an implementation over one piece of time after the other; arguments as in `loop.run`."""
    cell, time = request.cell, ops.shape(inputs)[1]
    length = piece_length(time)
    pieces = -(-time // length)
    missing = pieces * length - time
    if not (isinstance(missing, int) and missing == 0):
        mask = ops.ones(ops.shape(inputs)[:2], "bool") if mask is None else mask
    piece_request = request._replace(
        remat=False, engine="auto", masked=mask is not None, time=inputs.shape[1] and length
    )

    def cut(values):
        """Return `(batch, time, ...)` as `(pieces, batch, length, ...)`, filled up with zeros."""
        rows, tail = ops.shape(values)[0], values.shape[2:]
        values = ops.concatenate([values, ops.zeros((rows, missing, *tail), values.dtype)], axis=1)
        values = ops.reshape(values, (rows, pieces, length, *tail))
        return ops.moveaxis(values, 1, 0)

    def run_piece(nest) -> list:
        weights, rows, inputs, past, mask, zones = nest
        with weights_as(cell.weights, weights):
            outputs, state = implementation(
                piece_request._replace(training=True),
                inputs,
                cell.State(*past),
                mask,
                noise=rows._replace(zones=zones),
                sequence=sequence,
            )
        return [*state, *([outputs] if sequence else [])]

    def recomputed(nest, residuals, cotangents, variables):
        return primitives().vjp(run_piece, nest, cotangents, variables)

    piece = primitives().custom_vjp(lambda nest, keep: (run_piece(nest), []), recomputed)
    weights = [ops.convert_to_tensor(weight.value) for weight in cell.weights]
    rows, zones = noise._replace(zones=None), noises.of_steps(noise)
    states = len(past)

    def step(state, now):
        inputs, *now = now
        seen = now.pop(0) if mask is not None else None
        drawn = noises.zones_of(noise, now)
        return piece((weights, rows, inputs, list(state[:states]), seen, drawn), True)

    shown = [ops.zeros((ops.shape(inputs)[0], length, past[0].shape[-1]), past[0].dtype)]
    state, kept = over_time.carry(
        step,
        [*past, *(shown if sequence else [])],
        [cut(values) for values in (inputs, *([] if mask is None else [mask]), *zones)],
        keep=(states,) if sequence else (),
    )
    if not sequence:
        return None, cell.State(*state)
    whole = ops.moveaxis(kept[0], 0, 1)
    whole = ops.reshape(whole, (ops.shape(inputs)[0], pieces * length, whole.shape[-1]))
    return whole[:, :time], cell.State(*state[:states])


def piece_length(time) -> int:
    """Return the number of timesteps of a piece: near the root, and a divisor if one is near."""
    if not isinstance(time, int):
        return STEPS_OF_UNKNOWN
    root = max(1, math.isqrt(time))
    divisors = [k for k in range(max(1, root // 2), 2 * root + 1) if time % k == 0]
    return min(divisors, key=lambda k: abs(k - root), default=root)
