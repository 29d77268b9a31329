"""Vendors' ops behind the loop's signature: cuDNN on a GPU, and PyTorch's own on a CPU.

A vendor has one op for each of a few cells, with the equations built in; so this is the one path
that names cells. What serves whom:

| backend    | cells                | op                                          | where       |
|------------|----------------------|---------------------------------------------|-------------|
| torch      | LSTM, GRU, SimpleRNN | `torch.lstm`, `torch.gru`, `torch.rnn_tanh` | CPU, cuDNN  |
| tensorflow | LSTM, GRU            | `CudnnRNNV3`, as Keras calls it             | cuDNN alone |
| jax        | LSTM, if asked for   | `jax.experimental.rnn.lstm`                 | cuDNN alone |
| tensorflow | LSTM, GRU            | one node of the runtime: `portable.py`      | exports     |

These ops take sequences that are padded at their ends, and none without a step. Any other mask is
brought to that: a row's steps that count are moved to its front, and what is found for them back;
a row that is masked throughout is given one step of zeros, and its states are put back.

On a GPU each of these gave the loop's numbers (`python -m benchmarks.gpu`). The tests, which run
without one, put something of the same signature in cuDNN's place, which demands what it demands.
"""

from collections.abc import Callable

import keras
from keras import ops

from keras_gated import keras_private, layouts, masks
from keras_gated.cells.gru import GRUCell
from keras_gated.cells.lstm import LSTMCell
from keras_gated.cells.simple_rnn import SimpleRNNCell
from keras_gated.engine import portable
from keras_gated.engine.request import Implementation, Request, all_but_loop
from keras_gated.regularization import SILENCE, Noise


def run(
    request: Request, inputs, past, mask=None, *, noise: Noise = SILENCE, sequence: bool = True
):
    """Run the request's cell by a vendor's op; arguments and result as in `loop.run`.

    Of the noise, an op can follow what is dropped of the inputs for all gates.
    """
    cell = request.cell
    op = _ops(request.exported)[type(cell)]
    # Under half precision the op multiplies in float32, in which the states are kept: on a GPU the
    # loop, which multiplies in half precision, takes twenty times as long.
    inputs = ops.cast(inputs, cell.state_dtype)
    if noise.inputs is not None:
        inputs = inputs * ops.cast(ops.expand_dims(noise.inputs, 1), inputs.dtype)
    if mask is None:
        outputs, state = op(cell, inputs, past, None)
        return outputs if sequence else None, cell.State(*state)

    order, counted = masks.to_front(mask)
    lengths = ops.maximum(counted, 1)
    # What stands at a masked step may be anything, nan included: nothing is computed with it.
    steps = ops.arange(ops.shape(mask)[1], dtype="int32")
    real = ops.expand_dims(steps < ops.expand_dims(counted, 1), -1)
    inputs = ops.where(real, masks.steps_of(inputs, order), ops.zeros((), inputs.dtype))
    outputs, state = op(cell, inputs, past, lengths)
    moved = ops.expand_dims(counted > 0, 1)
    state = [ops.where(moved, new, old) for new, old in zip(state, past, strict=True)]
    outputs = masks.from_front(outputs, mask, past[0]) if sequence else None
    return outputs, cell.State(*state)


def refusal(request: Request) -> str | None:
    """Return why the request cannot be served, or None."""
    if request.cudnn is False:
        return "use_cudnn=False forbids it"
    if reason := all_but_loop(request):
        return reason
    reason = no_op(
        request.cell, request.training, cudnn=request.cudnn is True, exported=request.exported
    )
    torch = keras.backend.backend() == "torch"
    if torch and request.exported and request.masked:
        return "torch writes no op into ONNX for how it sorts rows by their length"
    if torch and request.masked and request.torch_exports:
        return "torch.export does not know how it sorts rows by their length"
    if torch and keras_private.torch_transforms():
        return "torch's op knows neither vmap nor forward-mode gradients"
    if reason is not None or torch:
        return reason
    if request.remat:
        return "remat=True asks to keep less than the op keeps"
    if keras.backend.backend() == "jax":
        slower = "XLA's program of the cell's own step is faster than cuDNN's"
        return slower if request.engine == "auto" else None
    if request.asks_xla:
        return "jit_compile=True asks for XLA, which has no such op"
    if request.in_xla:
        return "XLA compiles all around it, and has no such op; compile with jit_compile=False"
    return None


def no_op(cell, training: bool, cudnn: bool = False, exported: str | None = None) -> str | None:
    """Return why no vendor's op computes what the cell does, or None if one does.

    Args:
        training: whether dropout applies.
        cudnn: whether the op must be cuDNN's also where a CPU has one.
        exported: the format in which the graph is written out for another runtime, or None.
    """
    name, backend = type(cell).__name__, keras.backend.backend()
    if type(cell) not in _ops(exported):
        return f"no op for {name} is known on the {backend} backend"
    for argument, expected in (
        ("activation", (keras.activations.tanh, ops.tanh)),
        ("recurrent_activation", (keras.activations.sigmoid, ops.sigmoid)),
    ):
        function = getattr(cell, argument, expected[0])
        if function not in expected:
            serialized = keras.activations.serialize(function)
            return f"the op has {argument}={expected[0].__name__!r}; {name} has {serialized!r}"
    written = exported if backend == "tensorflow" else None
    if not getattr(cell, "reset_after", True) and written != "onnx":
        return "the op resets after the matrix product; reset_after=False does it before"
    if written and cell.compute_dtype != cell.state_dtype:
        return f"the op would keep states in {cell.compute_dtype}; ours are {cell.state_dtype}"
    if backend == "jax" and cell.state_dtype != "float32":
        return f"the op computes in float32; {name} does in {cell.state_dtype}"
    if any(cell.zoneout):
        return "the op knows no zoneout"
    if training and cell.recurrent_dropout:
        return "the op knows no recurrent_dropout"
    if training and cell.dropout and cell.dropout_mask_count is not None:
        return "implementation=1 drops inputs for each gate alone; the op has them once for all"
    if written == "onnx" and cell.compute_dtype != "float32":
        return f"onnxruntime's node computes in float32; {name} does in {cell.compute_dtype}"
    if written:
        return None
    if (cudnn or backend != "torch") and not gpu():
        return "the op is cuDNN's, and there is no GPU here"
    return None


def gpu() -> bool:
    """Whether there is a GPU on which the backend has cuDNN."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_logical_devices("GPU"))
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() == "gpu"
    if keras.backend.backend() == "torch":
        import torch

        return torch.backends.cudnn.is_available()
    return False


# The ops: each of `(cell, inputs, past, lengths)`, where lengths `(batch,)` are at least one, or
# None if all steps count. Each gives `(sequence, states)`; behind a row's length its sequence may
# hold anything.


def _torch(function: str, module: str) -> Callable:
    def op(cell, inputs, past, lengths):
        import torch

        weights = _one_chunk(_weights(cell, layouts.TORCH[module]))
        # cuDNN keeps what its backward pass needs only in training; nothing is dropped here.
        rest = (weights, cell.use_bias, 1, 0.0, torch.is_grad_enabled(), False)
        run = getattr(torch, function)
        if lengths is None:
            states = [state[None] for state in past]
            outputs, *states = run(inputs, states if len(states) > 1 else states[0], *rest, True)
            return outputs, [state[0] for state in states]
        over_lengths = _over_lengths
        if torch.compiler.is_compiling():  # it cannot look into a packed sequence
            over_lengths = torch.compiler.disable(_over_lengths)
        return over_lengths(run, inputs, past, lengths, rest)

    return op


def _weights(cell, word: str) -> list:
    """Return a cell's weights as torch has them, cast to the dtype of the states."""
    return [ops.cast(weight, cell.state_dtype) for weight in layouts.torch_weights(cell, word)]


def _over_lengths(run: Callable, inputs, past, lengths, rest: tuple):
    """Apply torch's op to rows of different lengths."""
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    # Lengths on the CPU: that is where torch wants them.
    packed = pack_padded_sequence(
        inputs, lengths.to("cpu", torch.int64), batch_first=True, enforce_sorted=False
    )
    states = [state[None, packed.sorted_indices] for state in past]
    states = states if len(states) > 1 else states[0]
    data, *states = run(packed.data, packed.batch_sizes, states, *rest)
    outputs, _ = pad_packed_sequence(
        packed._replace(data=data), batch_first=True, total_length=inputs.shape[1]
    )
    return outputs, [state[0, packed.unsorted_indices] for state in states]


def _one_chunk(weights: list) -> list:
    """Return weights one behind the other in one piece of memory, as cuDNN reads them."""
    import torch

    chunk = torch.cat([weight.reshape(-1) for weight in weights])
    parts = torch.split(chunk, [weight.numel() for weight in weights])
    return [part.view(weight.shape) for part, weight in zip(parts, weights, strict=True)]


def _tensorflow(function: str) -> Callable:
    def op(cell, inputs, past, lengths):
        # Keras takes a mask for what cuDNN wants as lengths, and knows cuDNN's order of gates.
        mask = None
        if lengths is not None:
            mask = ops.arange(ops.shape(inputs)[1], dtype="int32") < ops.expand_dims(lengths, 1)
        of_cell = (cell.kernel, cell.recurrent_kernel, cell.bias)
        kernel, recurrent, bias = (
            None if weight is None else ops.cast(weight, cell.state_dtype) for weight in of_cell
        )
        if bias is None:
            bias = ops.zeros(cell.bias_shape, kernel.dtype)
        weights = (kernel, recurrent, bias, cell.activation, cell.recurrent_activation)
        run = getattr(keras_private, function)
        try:
            _, outputs, states = run(inputs, *past, mask, *weights, return_sequences=True)
        except NotImplementedError as error:
            raise ValueError(
                "TensorFlow has a GPU but no cuDNN for this call, which may have been placed on "
                'the CPU; pass engine="loop" or use_cudnn=False.'
            ) from error
        return outputs, states

    return op


def _jax_lstm(cell, inputs, past, lengths):
    from jax import numpy as jnp
    from jax.experimental import rnn

    weights = _weights(cell, layouts.TORCH["LSTM"])
    if not cell.use_bias:
        weights += [jnp.zeros(weights[0].shape[0])] * 2
    if lengths is None:
        lengths = jnp.full(inputs.shape[0], inputs.shape[1], "int32")
    outputs, *states = rnn.lstm(
        inputs,
        *(state[None] for state in past),
        jnp.concatenate([weight.ravel() for weight in weights]),
        lengths,
        input_size=inputs.shape[-1],
        hidden_size=cell.units,
        num_layers=1,
        dropout=0.0,
        bidirectional=False,
    )
    return outputs, [state[0] for state in states]


# By type and not by base: a subclass has equations of its own.
_OPS: dict[str, dict[type, Callable]] = {
    "torch": {
        LSTMCell: _torch("lstm", "LSTM"),
        GRUCell: _torch("gru", "GRU"),
        SimpleRNNCell: _torch("rnn_tanh", "RNN"),
    },
    "tensorflow": {LSTMCell: _tensorflow("cudnn_lstm"), GRUCell: _tensorflow("cudnn_gru")},
    "jax": {LSTMCell: _jax_lstm},
}


def _ops(exported: str | None = None) -> dict:
    backend = keras.backend.backend()
    return portable.ops(exported) if exported and backend == "tensorflow" else _OPS.get(backend, {})


VENDOR = Implementation("vendor", refusal, run)
