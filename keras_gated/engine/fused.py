"""`fused`: every row takes every timestep, with a backward pass of the engine's own."""

from keras_gated.engine import lanes, programs
from keras_gated.engine.layout import Dense
from keras_gated.engine.recurrence import run_over
from keras_gated.engine.request import Implementation, Request, no_primitives
from keras_gated.regularization import SILENCE, Noise


def run(request: Request, inputs, past, mask=None, *, noise: Noise = SILENCE, sequence=True):
    """Run the request's cell over the timesteps of `inputs`; arguments as in `loop.run`."""
    differentiable = request.differentiable

    def run_lane(cell, inputs, past, mask, noise):
        layout = Dense.of(inputs)
        tokens, state = run_over(layout, cell, inputs, past, noise, mask, sequence, differentiable)
        return layout.sequence(tokens) if sequence else None, state

    if request.asks_xla and not request.in_xla:
        run_lane = programs.jit(request, run_lane, ("fused", sequence, differentiable))
    parts = lanes.split((inputs, past, mask, noise), request)
    return lanes.joined([run_lane(request.cell, *part) for part in parts])


FUSED = Implementation("fused", no_primitives, run)
