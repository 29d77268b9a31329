"""`packed`: only the tokens that the mask shows are computed, whatever its shape.

The rows of a batch are sorted by their number of tokens, and at each timestep exactly those rows
are computed that have not ended. TensorFlow alone: the number of rows changes from timestep to
timestep, which XLA cannot compile.
"""

import keras

from keras_gated import regularization as noises
from keras_gated.engine import lanes
from keras_gated.engine.layout import Packed
from keras_gated.engine.recurrence import run_over
from keras_gated.engine.request import Implementation, Request, no_primitives
from keras_gated.regularization import SILENCE, Noise


def run(request: Request, inputs, past, mask, *, noise: Noise = SILENCE, sequence=True):
    """Run the request's cell over the tokens that the mask shows; arguments as in `loop.run`."""
    import tensorflow as tf

    lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
    order = tf.argsort(lengths, direction="DESCENDING", stable=True)
    count = lanes.count(request)
    padded = not request.differentiable
    layouts = [Packed.of(mask, order[lane::count], padded) for lane in range(count)]
    sequences, states = [], []
    for layout in layouts:
        # The inputs and zoneout are read by token, all else by row.
        rows = noises.each(noise._replace(zones=None), layout.take_rows)._replace(zones=noise.zones)
        rows_past = request.cell.State(*(layout.take_rows(state) for state in past))
        tokens, state = run_over(
            layout, request.cell, inputs, rows_past, rows, None, sequence, request.differentiable
        )
        states.append(state)
        if sequence:
            sequences.append(layout.sequence(tokens, rows_past[0]))
    back = tf.argsort(tf.concat([layout.order for layout in layouts], axis=0))

    def joined(parts):
        return tf.gather(tf.concat(parts, axis=0), back)

    state = request.cell.State(*(joined(parts) for parts in zip(*states, strict=True)))
    return joined(sequences) if sequence else None, state


def refusal(request: Request) -> str | None:
    """Return why the request cannot be served, or None."""
    if not request.masked:
        return "there is no mask"
    if keras.backend.backend() == "jax":
        return "JAX compiles for one size, and packed has another at every timestep"
    if reason := no_primitives(request):
        return reason
    if request.in_xla or request.asks_xla:
        return "XLA compiles for one size, and packed has another at every timestep"
    return None


PACKED = Implementation("packed", refusal, run)
