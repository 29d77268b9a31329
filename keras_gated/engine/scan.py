"""Many steps at once, for cells that are linear in their state.

h_t = a_t * h_{t-1} + b_t is associative: a stretch of steps is again such a step. Time is cut into
blocks as long as there are blocks; all blocks go through their steps side by side, then the blocks'
ends are joined one after the other, and each block's first state is carried into it. That is two
loops of about sqrt(time) steps each over large tensors, where a scan by halves (Blelloch, 1990,
"Prefix sums and their applications") would pass log2(time) times over all of them. Nothing is
divided by, so gates may be shut. The gradient is the same recurrence from the end:
g_{t-1} = a_t * g_t + d_{t-1}, with d a_t = g_t * h_{t-1} and d b_t = g_t.
"""

import math

import keras
from keras import ops

from keras_gated import config
from keras_gated import regularization as noises
from keras_gated.bases import LinearCell
from keras_gated.engine import over_time, programs
from keras_gated.engine.primitives import BACKENDS, primitives
from keras_gated.engine.request import Implementation, Request, no_primitives
from keras_gated.regularization import SILENCE, Noise

# Steps of a block where the number of all steps is not known: right for some thousands.
STEPS_OF_UNKNOWN = 64

# Measured on two cores (benchmarks/LOG.md): with more values of a state in a timestep than this, or
# inside XLA in the sequence, a loop is faster, which passes over them once.
VALUES_OF_A_TIMESTEP = 2**12
VALUES_IN_XLA = 2**20
ROWS_OF_UNKNOWN = 32


def refusal(request: Request) -> str | None:
    """Return why the request cannot be served, or None."""
    if request.unroll:
        return "unroll=True asks for every timestep to be written out"
    if request.exported and keras.backend.backend() == "torch":
        return "torch writes the sizes of its blocks into ONNX in two types, of which one is wrong"
    if not isinstance(request.cell, LinearCell):
        return f"{type(request.cell).__name__} is not linear in its state"
    if request.engine != "auto" or no_primitives(request) or not primitives().on_cpu():
        return None
    if not config.is_ours(type(request.cell)):
        return None  # its `coefficients` may draw random numbers, which a loop refuses
    rows = request.batch if isinstance(request.batch, int) else ROWS_OF_UNKNOWN
    steps = request.time if isinstance(request.time, int) else STEPS_OF_UNKNOWN
    values = rows * request.cell.units
    in_xla = values * steps if request.in_xla else 0
    if values > VALUES_OF_A_TIMESTEP or in_xla > VALUES_IN_XLA:
        return "with so many values a loop is faster on a CPU"
    return None


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
    """Run the request's cell over the timesteps of `inputs`; arguments as in `loop.run`."""

    def run_cell(cell, inputs, past, mask, noise, reset):
        # The masks of a sequence are the same at every timestep: (batch, features) beside time.
        drawn = noises.each(noise._replace(zones=None), lambda mask: mask[:, None])
        a, b, _ = cell.coefficients(cell.project(inputs, drawn))
        # What zoneout keeps is kept: h = settle(a * h + b, h) is linear in h as well.
        (b,) = noises.settle(cell, [b], [ops.zeros_like(b)], noise.zones)
        (a,) = noises.settle(cell, [a], [ops.ones_like(a)], noise.zones)
        if mask is not None:
            # Not mask[..., None]: LiteRT does not cut booleans.
            seen = ops.expand_dims(mask, -1)
            a = ops.where(seen, a, ops.ones((), a.dtype))
            b = ops.where(seen, b, ops.zeros((), b.dtype))
        if reset is not None:
            # Where a row starts anew, the past is a constant.
            anew = reset.steps[..., None]
            b = ops.where(anew, a * reset.states[0][:, None] + b, b)
            a = ops.where(anew, ops.zeros((), a.dtype), a)
        if inputs.shape[1] == 0:
            return (b if sequence else None), cell.State(past[0])
        h = recurrence(a, b, past[0], request.differentiable, request.exported)
        # There may be no timestep at all where their number is not known.
        ends = h if inputs.shape[1] else ops.concatenate([past[0][:, None], h], axis=1)
        return h if sequence else None, cell.State(ends[:, -1])

    if request.asks_xla and not request.in_xla:
        run_cell = programs.jit(request, run_cell, ("scan", sequence, request.differentiable))
    return run_cell(request.cell, inputs, past, mask, noise, reset)


def recurrence(a, b, first, differentiable: bool = True, exported: str | None = None):
    """Return h_t = a_t * h_{t-1} + b_t at every timestep.

    Args:
        a, b: tensors of shape `(batch, time, units)`.
        first: h before the first timestep, `(batch, units)`.
        differentiable: whether a gradient is likely to be asked for.
        exported: the format in which the graph is written out for another runtime, or None.
    """
    if keras.backend.backend() not in BACKENDS:
        return _by_blocks(a, b, first)

    def forward(arguments, keep):
        h = _by_blocks(*arguments, exported)
        return [h], [h]

    def backward(arguments, residuals, cotangents, variables):
        (a, _, first), (h,), (of_h,) = arguments, residuals, cotangents
        before = ops.concatenate([first[:, None], h[:, :-1]], axis=1)
        # From the end: the factor at t is the a of the timestep after it; none follows the last.
        after = ops.concatenate([a[:, 1:], ops.zeros_like(a[:, :1])], axis=1)
        g = ops.flip(
            _by_blocks(ops.flip(after, axis=1), ops.flip(of_h, axis=1), ops.zeros_like(first)),
            axis=1,
        )
        return (g * before, g, ops.sum(a[:, :1] * g[:, :1], axis=1)), []

    return primitives().custom_vjp(forward, backward)((a, b, first), differentiable)[0]


def _by_blocks(a, b, first, exported: str | None = None):
    batch, units = ops.shape(a)[0], a.shape[-1]
    time = ops.shape(a)[1]
    length = _root(a.shape[1])
    blocks = -(-time // length)
    if not isinstance(blocks, int):
        blocks = ops.maximum(blocks, 1)  # for the same reason as below
    missing = blocks * length - time

    def cut(values):
        """Return `(batch, time, units)` as `(length, batch, blocks, units)`."""
        filled = ops.concatenate([values, ops.zeros((batch, missing, units), values.dtype)], axis=1)
        by_block = ops.reshape(filled, (batch, blocks, length, units))
        return ops.transpose(by_block, (2, 0, 1, 3))

    def step(state, now):
        a, b = now
        product, h = state
        return [a * product, a * h + b]

    a, b = cut(a), cut(b)
    # Within each block from its second step on, as if it began with nothing.
    products, inner = a, b
    if length > 1:  # TensorFlow cannot stack what a loop of no steps has kept
        (_, _), (products, inner) = over_time.carry(
            step, [a[0], b[0]], [a[1:], b[1:]], keep=(0, 1), exported=exported
        )
        products = ops.concatenate([a[:1], products], axis=0)
        inner = ops.concatenate([b[:1], inner], axis=0)

    def join(state, now):
        product, end = now
        return [product * state[0] + end]

    ends = [ops.transpose(values[-1], (1, 0, 2)) for values in (products, inner)]
    _, (after,) = over_time.carry(join, [first], ends, keep=(0,), exported=exported)
    before = ops.concatenate([first[None], after[:-1]], axis=0)
    h = inner + products * ops.transpose(before, (1, 0, 2))[None]
    return ops.reshape(ops.transpose(h, (1, 2, 0, 3)), (batch, blocks * length, units))[:, :time]


def _root(time):
    """Return the number of steps of a block: the root of `time`, or a middling one if unknown."""
    # A block of one step would leave a loop over none, which XLA does not compile.
    return max(2, math.isqrt(time)) if isinstance(time, int) else STEPS_OF_UNKNOWN


SCAN = Implementation("scan", refusal, run)
