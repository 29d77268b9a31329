"""How a cell is carried over time; no cell is named here but in `vendor.py`, whose ops have names.

`loop.py` is the definition: whatever else carries a cell over time must equal it. The paths are
tried in the order of `PATHS`, and the first that has no reason against itself is taken.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from keras_gated import noise as noises
from keras_gated import seams
from keras_gated.noise import SILENCE, Noise
from keras_gated.paths import lanes, programs, xla
from keras_gated.paths.fused import fused
from keras_gated.paths.loop import Inside as Inside
from keras_gated.paths.loop import everything, loop
from keras_gated.paths.packed import packed
from keras_gated.paths.scan import refusal, scan
from keras_gated.paths.vendor import refusal as vendor_refusal
from keras_gated.paths.vendor import vendor

PATHS = ("scan", "vendor", "packed", "fused", "loop")


class Request(NamedTuple):
    """What a layer asks of the paths."""

    cell: Any
    batch: int | None
    """Number of rows; None while it is unknown."""
    time: int | None
    masked: bool
    training: bool = False
    eager: bool = False
    """Whether the call is computed step by step as it comes, and not as part of a graph."""
    unroll: bool = False
    path: str = "auto"
    jit_compile: bool | None = None
    memory: str = "high"
    reset: bool = False
    """Whether rows start anew between steps."""
    cudnn: bool | str = "auto"
    """True asks for a vendor's op on a GPU, False forbids one."""
    inside: bool = False
    """Whether every state and gate is asked for, which only the loop has at hand."""
    twice: bool = False
    """Whether two of TensorFlow's tapes record the call."""

    @classmethod
    def now(cls, cell, inputs, **rest) -> "Request":
        """Return the request of a call with these inputs, made now."""
        batch, time = inputs.shape[:2]
        return cls(cell, batch, time, eager=_eager(inputs), twice=_twice(cell, inputs), **rest)


class Explanation(NamedTuple):
    """Which path serves a request, and why no other does.

    >>> print(Explanation("loop", False, {"packed": "there is no mask", "fused": "unroll=True"}))
    path: loop, not compiled by XLA
    packed: there is no mask
    fused: unroll=True
    """

    path: str
    compiled: bool
    """Whether XLA compiles the recurrence, by itself or as part of what it compiles anyway."""
    against: dict
    """For each path that is not taken, the reason."""

    def __str__(self):
        xla_too = "compiled by XLA" if self.compiled else "not compiled by XLA"
        reasons = [f"{path}: {reason}" for path, reason in self.against.items()]
        return "\n".join([f"path: {self.path}, {xla_too}", *reasons])


def explain(request: Request) -> Explanation:
    """Return the path that serves the request.

    Raises:
        ValueError: for a path asked for by name that cannot serve it, with the reason.
    """
    reasons = {path: _REASONS[path](request) for path in PATHS}
    if request.inside:
        asked = "every state and gate is asked for, which the loop alone keeps"
        reasons |= {path: asked for path in PATHS if path != "loop"}
    if request.path == "auto":
        taken = next(path for path in PATHS if reasons[path] is None)
    else:
        taken = request.path
        if reasons[taken] is not None:
            asked = "use_cudnn=True" if request.cudnn is True else f"path={taken!r}"
            instead = 'use_cudnn="auto"' if request.cudnn is True else 'path="auto"'
            raise ValueError(
                f"{asked} cannot serve this call: {reasons[taken]}. "
                f'Pass {instead}, or path="loop", which serves every call.'
            )
    against = {
        path: reason or (f"path={taken!r} was asked for" if request.path == taken else "not needed")
        for path, reason in reasons.items()
        if path != taken
    }
    if request.path == "auto":
        later = PATHS[PATHS.index(taken) + 1 :]
        against |= {p: f"{taken} comes first" for p in later if reasons[p] is None}
    return Explanation(taken, _compiles(request, taken), against)


def carry(
    request: Request,
    inputs,
    past,
    mask=None,
    *,
    noise: Noise = SILENCE,
    reset=None,
    sequence: bool = True,
):
    """Carry the request's cell over the steps of `inputs`; arguments and result as in `loop`.

    Where every state and gate is asked for, an `Inside` comes in the place of the sequence.
    """
    cell, chosen = request.cell, explain(request)
    alone = chosen.compiled and not xla.inside()
    path = _CARRY["inside" if request.inside else chosen.path]
    rest: dict = {} if request.inside else {"sequence": sequence}
    own_programs = chosen.path in ("packed", "fused")
    whole = alone and own_programs and _few(request)
    if own_programs:
        rest |= {"low": request.memory == "low", "alone": alone and not whole}
    elif chosen.path == "loop":
        rest |= {"unroll": request.unroll}
    if not alone or (own_programs and not whole and not request.eager):
        if reset is not None:
            rest |= {"reset": reset}
        return path(cell, inputs, past, mask, noise=noise, **rest)
    make = xla.graph if own_programs and not whole else xla.compiled
    run = programs.of_calls(cell, path, noise=noise, make=make, **rest)
    return run(inputs, past, mask, noises.flat(noise), reset)


def _few(request: Request) -> bool:
    """Whether so few rows come that all around the recurrence is worth compiling with it.

    Laying them out takes as long as carrying them; but a program of it all serves one size only,
    and for an eager gradient, or under two tapes, TensorFlow would differentiate the loops inside.
    """
    if request.eager or request.twice or request.batch is None or request.time is None:
        return False
    return request.batch < 2 * lanes.FEWEST_ROWS


def outside_xla(cell) -> bool:
    """Whether a vendor's op trains the cell here, which XLA does not have on TensorFlow."""
    return keras.backend.backend() == "tensorflow" and vendor_refusal(cell, True) is None


def _eager(inputs) -> bool:
    """Whether what is computed now has its values now, and is not part of a program."""
    if xla.on_jax():
        import jax

        return not isinstance(inputs, jax.core.Tracer)
    if keras.backend.backend() != "tensorflow":
        return True
    import tensorflow as tf

    return tf.executing_eagerly()


def _twice(cell, inputs) -> bool:
    """Whether two of TensorFlow's tapes record what is computed of the inputs or the weights."""
    if keras.backend.backend() != "tensorflow" or not seams.recording():
        return False
    return seams.differentiated_twice([inputs, *(w.value for w in cell.trainable_weights)])


# Why not: each answers with a reason, or with None if it can serve the request.


def _against_xla(request: Request) -> str | None:
    """Return why the recurrence is not compiled by XLA, or None if it is."""
    if keras.backend.backend() not in xla.BACKENDS:
        return f"the {keras.backend.backend()} backend has no XLA"
    if xla.on_jax():
        return None
    if request.jit_compile is False:
        return "jit_compile=False forbids XLA"
    if request.jit_compile or (not request.eager and xla.inside()):
        return None
    if request.path in ("packed", "fused"):
        return None  # asked for by name: with XLA, then
    asks = "; jit_compile=True asks for it"
    if request.eager:
        return f"one eager call is not worth XLA's compilation{asks}"
    if seams.exporting():
        return f"a model that is written out runs without XLA{asks}"
    if request.time is None and not request.training:
        return f"XLA would compile for every number of steps, which is not known{asks}"
    return None


def _against_all_but_loop(request: Request) -> str | None:
    if request.unroll:
        return "unroll=True asks for every step to be written out"
    if request.batch == 0 or request.time == 0:
        return "there is nothing to compute"
    if request.reset:
        return "rows start anew between steps, which loop serves"
    return None


def _against_tokens(request: Request) -> str | None:
    if reason := _against_all_but_loop(request) or _against_xla(request):
        return reason
    if request.twice and not request.eager and xla.inside():
        return "two tapes record within what XLA compiles, which differentiates the loop alone"
    return None


def _against_scan(request: Request) -> str | None:
    if request.unroll:
        return "unroll=True asks for every step to be written out"
    return refusal(request.cell)


def _against_vendor(request: Request) -> str | None:
    if request.cudnn is False:
        return "use_cudnn=False forbids it"
    if reason := _against_all_but_loop(request):
        return reason
    reason = vendor_refusal(request.cell, request.training, cudnn=request.cudnn is True)
    if reason is not None:
        return reason
    if keras.backend.backend() == "torch":
        return None
    if request.memory == "low":
        return "memory='low' asks to keep less than the op keeps"
    if xla.on_jax():
        return None
    if request.jit_compile:
        return "jit_compile=True asks for XLA, which has no such op"
    if not request.eager and xla.inside():
        return "XLA compiles all around it, and has no such op; compile with jit_compile=False"
    if seams.exporting():
        return "a model that is written out may run where there is no GPU"
    return None


def _against_packed(request: Request) -> str | None:
    if not request.masked:
        return "there is no mask"
    return _against_tokens(request)


def _against_fused(request: Request) -> str | None:
    if request.masked:
        return "there is a mask, which packed serves"
    return _against_tokens(request)


def _against_loop(request: Request) -> str | None:
    return None


def _with_dropped_kernel(path: Callable) -> Callable:
    """Return the path as it is called with noise that may drop weights, which no path knows of."""

    def carried(cell, inputs, past, mask=None, *, noise: Noise = SILENCE, **rest):
        with noises.kernel_dropped(cell, noise) as others:
            return path(cell, inputs, past, mask, noise=others, **rest)

    return carried


inside = _with_dropped_kernel(everything)

_CARRY: dict[str, Callable] = {
    "scan": _with_dropped_kernel(scan),
    "vendor": _with_dropped_kernel(vendor),
    "packed": _with_dropped_kernel(packed),
    "fused": _with_dropped_kernel(fused),
    "loop": _with_dropped_kernel(loop),
    "inside": inside,
}
_REASONS = {
    "scan": _against_scan,
    "vendor": _against_vendor,
    "packed": _against_packed,
    "fused": _against_fused,
    "loop": _against_loop,
}


def _compiles(request: Request, path: str) -> bool:
    if path in ("packed", "fused"):
        return True
    if path == "vendor":
        return False
    if xla.on_jax():
        return True
    if keras.backend.backend() not in xla.BACKENDS:
        return False
    if path == "scan":
        # What a loop of TensorFlow's keeps for its gradient does not leave an XLA program.
        return not request.twice and _against_xla(request) is None
    return bool(request.jit_compile) or (not request.eager and xla.inside())
