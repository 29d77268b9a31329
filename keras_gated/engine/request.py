"""What a layer asks of the engine, and the description of an implementation."""

import contextvars
from collections.abc import Callable
from typing import Any, NamedTuple

import keras

from keras_gated import keras_private
from keras_gated.engine.primitives import BACKENDS, primitives

# The format in which what is traced now is written out for another runtime, such as "onnx".
EXPORTED: contextvars.ContextVar = contextvars.ContextVar("exported", default=None)
# The dtypes in which their runtimes do not multiply.
LACKING = {
    "onnx": ("bfloat16",),
    "litert": ("bfloat16", "float16", "float64"),
    "openvino": ("bfloat16",),
}


def check_dtype(format: str, dtype: str, name: str):
    """Raise a ValueError if a layer of this name computes in a dtype that a format lacks."""
    if dtype in LACKING.get(format, ()):
        raise ValueError(
            f"the layer {name!r} computes in {dtype}, in which {format} does not multiply. Make "
            'the model with keras.config.set_dtype_policy("float32") and copy the weights: '
            "new.set_weights(old.get_weights())."
        )


def exported_now() -> str | None:
    """Return the format in which what is traced now is written out for another runtime."""
    if EXPORTED.get() or keras.backend.backend() != "torch":
        return EXPORTED.get()
    import torch

    return "onnx" if torch.onnx.is_in_onnx_export() else None


class Request(NamedTuple):
    """One call of a layer, as far as it decides which implementation runs it."""

    cell: Any
    batch: int | None
    """Number of rows; None while it is unknown."""
    time: int | None
    masked: bool
    training: bool = False
    eager: bool = False
    """Whether the call is computed op by op, and not as part of a graph."""
    unroll: bool = False
    engine: str = "auto"
    jit_compile: bool | str = "auto"
    remat: bool = False
    reset: bool = False
    """Whether rows start anew between timesteps."""
    cudnn: bool | str = "auto"
    """True asks for a vendor's op on a GPU, False forbids one."""
    inside: bool = False
    """Whether every state and gate is asked for, which the loop alone keeps."""
    twice: bool = False
    """Whether gradients of gradients may be asked for, which TensorFlow cannot take of a loop that
    is an XLA program of its own."""
    name: str = ""
    """Of the layer, for whoever observes its calls."""
    go_backwards: bool = False
    """Whether the inputs were turned around."""
    exported: str | None = None
    """The format in which the graph is written out for another runtime, or None."""

    @classmethod
    def now(cls, cell, inputs, **rest) -> "Request":
        """Return the request of a call with these inputs, made now."""
        batch, time = inputs.shape[:2]
        eager = keras.backend.backend() not in BACKENDS or primitives().is_concrete(inputs)
        request = cls(cell, batch, time, eager=eager, exported=exported_now(), **rest)
        if request.exported:
            check_dtype(request.exported, cell.compute_dtype, request.name)
        if not (request.asks_xla and keras_private.recording()):
            return request
        weights = [weight.value for weight in cell.trainable_weights]
        return request._replace(twice=keras_private.differentiated_twice([inputs, *weights]))

    @property
    def in_xla(self) -> bool:
        """Whether XLA compiles what is traced now, as part of something larger."""
        backend = keras.backend.backend()
        return backend == "jax" or (backend == "tensorflow" and keras_private.in_xla_context())

    @property
    def torch_exports(self) -> bool:
        """Whether `torch.export` traces the call."""
        if keras.backend.backend() != "torch":
            return False
        import torch

        return torch.compiler.is_exporting()

    @property
    def asks_xla(self) -> bool:
        """Whether the recurrence is to be an XLA program of its own."""
        tensorflow = keras.backend.backend() == "tensorflow"
        return self.jit_compile is True and tensorflow and not self.twice

    @property
    def differentiable(self) -> bool:
        """Whether a gradient is likely to be asked for."""
        return self.training or (
            keras.backend.backend() == "tensorflow" and keras_private.recording()
        )


class Implementation(NamedTuple):
    """One way to run a cell over time; each is described in the file that has it."""

    name: str
    refusal: Callable[[Request], str | None]
    """Why a request cannot be served or should not be, or None."""
    run: Callable
    """As `loop.run`; all of them give the same numbers."""


class Explanation(NamedTuple):
    """Which implementation serves a request, and why no other does.

    >>> print(Explanation("loop", False, {"packed": "there is no mask", "fused": "unroll=True"}))
    engine: loop, not compiled by XLA
    packed: there is no mask
    fused: unroll=True
    """

    engine: str
    compiled: bool
    """Whether XLA compiles the recurrence, by itself or as part of what it compiles anyway."""
    against: dict
    """For each implementation that is not chosen, the reason."""

    def __str__(self):
        xla = "compiled by XLA" if self.compiled else "not compiled by XLA"
        reasons = [f"{name}: {reason}" for name, reason in self.against.items()]
        return "\n".join([f"engine: {self.engine}, {xla}", *reasons])

    def __repr__(self):
        return str(self)


def all_but_loop(request: Request) -> str | None:
    """Return why nothing but the loop can serve a request, or None."""
    if request.unroll:
        return "unroll=True asks for every timestep to be written out"
    if request.batch == 0 or request.time == 0:
        return "there is nothing to compute"
    if request.reset:
        return "rows start anew between timesteps, which loop serves"
    return None


def no_primitives(request: Request) -> str | None:
    """Return why the recurrence cannot have a backward pass of its own, or None."""
    backend = keras.backend.backend()
    if reason := all_but_loop(request):
        return reason
    if backend not in BACKENDS:
        return f"it is written for TensorFlow and JAX, not for {backend}"
    if request.engine == "auto" and request.exported:
        return "the graph is written out for another runtime, and the loop has the plainest ops"
    if request.engine == "auto" and request.eager and not request.asks_xla and backend != "jax":
        return "an eager call is computed op by op, which the loop does as fast"
    return None
