"""`fused`: every row takes every timestep, with a backward pass of the engine's own."""

import keras

from keras_gated.engine import lanes, programs
from keras_gated.engine.layout import Dense
from keras_gated.engine.recurrence import run_over
from keras_gated.engine.request import Implementation, Request, no_primitives
from keras_gated.engine.vendor import gpu
from keras_gated.regularization import SILENCE, Noise

# Measured on two cores (benchmarks/LOG.md): gates that cost little, computed from more than the sum
# wx + uh. To compute them again in the backward pass gains nothing.
FASTER_IN_A_LOOP = ("GRUCell", "MGUCell")


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


def refusal(request: Request) -> str | None:
    """Return why the request cannot be served or should not be, or None."""
    if reason := no_primitives(request):
        return reason
    if request.engine != "auto" or not (request.in_xla or request.asks_xla) or gpu():
        return None
    if not request.differentiable:
        return "without a gradient the loop is faster as XLA compiles it for a CPU"
    name, jax = type(request.cell).__name__, keras.backend.backend() == "jax"
    if jax and name in FASTER_IN_A_LOOP and not request.remat:
        return f"JAX's own gradient of the loop of a {name} is faster on a CPU"
    return None


FUSED = Implementation("fused", refusal, run)
