"""How a cell runs over time.

`loop.py` is the definition: whatever else runs a cell must give the same numbers. The
implementations are tried in the order of `IMPLEMENTATIONS`, and the first that does not refuse a
request serves it.
"""

import contextvars

import keras
from keras import ops

from keras_gated import regularization as noises
from keras_gated.engine import loop, remat, vendor
from keras_gated.engine.fused import FUSED
from keras_gated.engine.loop import LOOP
from keras_gated.engine.loop import Inside as Inside
from keras_gated.engine.packed import PACKED
from keras_gated.engine.request import Explanation, Request
from keras_gated.engine.scan import SCAN
from keras_gated.engine.vendor import VENDOR
from keras_gated.regularization import SILENCE, Noise

IMPLEMENTATIONS = (SCAN, VENDOR, PACKED, FUSED, LOOP)
# Whoever watches what layers compute, as `trace` does: it runs the cell in the engine's place.
OBSERVER: contextvars.ContextVar = contextvars.ContextVar("observer", default=None)
NAMES = tuple(each.name for each in IMPLEMENTATIONS)


def explain(request: Request) -> Explanation:
    """Return the implementation that serves the request.

    Raises:
        ValueError: for one asked for by name that cannot serve it, with the reason.
    """
    reasons = {each.name: each.refusal(request) for each in IMPLEMENTATIONS}
    if request.inside:
        asked = "every state and gate is asked for, which the loop alone keeps"
        reasons = {name: None if name == "loop" else asked for name in NAMES}
    if request.engine == "auto":
        chosen = next(name for name in NAMES if reasons[name] is None)
    else:
        chosen = request.engine
        if reasons[chosen] is not None:
            asked = "use_cudnn=True" if request.cudnn is True else f"engine={chosen!r}"
            instead = 'use_cudnn="auto"' if request.cudnn is True else 'engine="auto"'
            raise ValueError(
                f"{asked} cannot serve this call: {reasons[chosen]}. "
                f'Pass {instead}, or engine="loop", which serves every call.'
            )
    first = (
        f"engine={chosen!r} was asked for" if request.engine == chosen else f"{chosen} is preferred"
    )
    against = {name: reasons[name] or first for name in NAMES if name != chosen}
    alone = request.asks_xla and not request.inside
    alone = alone and (chosen != "loop" or loop.compiles(request))
    compiled = chosen != "vendor" and (request.in_xla or alone)
    return Explanation(chosen, compiled, against)


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
    """Run the request's cell over the timesteps of `inputs`; arguments and result as in `loop.run`.

    If every state and gate is asked for, an `Inside` comes in the place of the sequence.
    """
    if observer := OBSERVER.get():
        return observer.run(request, inputs, past, mask, noise=noise, reset=reset)
    chosen = explain(request).engine
    if request.exported and keras.backend.backend() == "torch" and chosen != "vendor":
        _refuse_unknown_time(request)
    if request.inside:
        rest = {"reset": reset, "unroll": request.unroll}
        return inside(request.cell, inputs, past, mask, noise=noise, **rest)
    implementation = IMPLEMENTATIONS[NAMES.index(chosen)]
    rest = {"sequence": sequence} if reset is None else {"sequence": sequence, "reset": reset}
    if chosen in ("scan", "fused", "loop"):
        inputs = without_masked(inputs, mask)
    with noises.kernel_dropped(request.cell, noise) as noise:
        if request.remat and chosen in ("packed", "fused") and request.differentiable:
            return remat.run(implementation.run, request, inputs, past, mask, noise=noise, **rest)
        return implementation.run(request, inputs, past, mask, noise=noise, **rest)


def _refuse_unknown_time(request: Request):
    """Refuse to write out as many timesteps as torch has in its example, which is one."""
    if request.time is None:
        raise ValueError(
            f"the layer {request.name!r} is written into ONNX timestep by timestep on the torch "
            "backend, and the model does not say how many there are. Say it, as in "
            "keras.Input((20, 8)), or load the model with KERAS_BACKEND=tensorflow and call "
            "keras_gated.interop.export. On torch only LSTM, GRU and SimpleRNN without a mask "
            "are written for any number."
        )


def inside(cell, inputs, past, mask=None, *, noise: Noise = SILENCE, **rest):
    """Run a cell and keep every state and gate; arguments and result as in `loop.everything`."""
    inputs = without_masked(inputs, mask)
    with noises.kernel_dropped(cell, noise) as noise:
        return loop.everything(cell, inputs, past, mask, noise=noise, **rest)


def without_masked(inputs, mask):
    """Return the inputs with zeros at masked timesteps, where anything may stand, NaN included.

    The states there are thrown away, but not their gradients: zero times NaN is NaN.
    """
    if mask is None:
        return inputs
    return ops.where(ops.expand_dims(mask, -1), inputs, ops.zeros((), inputs.dtype))


def on_vendor(cell) -> bool:
    """Whether a vendor's op trains the cell here, which XLA does not have on TensorFlow."""
    return keras.backend.backend() == "tensorflow" and vendor.no_op(cell, True) is None
