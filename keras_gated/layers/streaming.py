"""Streaming: a sequence that comes in pieces, through one layer or a whole model.

What is carried from piece to piece is in the caller's hands alone.
"""

from typing import Any, NamedTuple

import keras
from keras import ops

from keras_gated import engine, masks
from keras_gated.layers.checks import check_inputs, state_of

__all__ = ["STEPWISE", "Carried", "stream"]


class Carried(NamedTuple):
    """What one piece of a sequence leaves to the next, of one layer."""

    state: Any
    """The cell's `State` after the last timestep, tensors of shape `(batch, units)`."""
    output: Any
    """The output after the last timestep, `(batch, units)`: a masked timestep repeats it."""


# What treats each step by itself, so that a piece gives what the whole gives.
STEPWISE = (
    keras.layers.Activation,
    keras.layers.BatchNormalization,
    keras.layers.Dense,
    keras.layers.Dropout,
    keras.layers.Embedding,
    keras.layers.GaussianNoise,
    keras.layers.LayerNormalization,
    keras.layers.LeakyReLU,
    keras.layers.Masking,
    keras.layers.ReLU,
    keras.layers.Rescaling,
    keras.layers.Softmax,
    keras.layers.SpatialDropout1D,
    keras.layers.TimeDistributed,
)


def stream(model, inputs, carried=None) -> tuple:
    """Return what a model gives for the next piece of a sequence, and what to carry on.

    Whichever way a sequence is cut, its pieces give what the model gives for the whole; masks that
    layers make (`Embedding(mask_zero=True)`) included. As in `predict` there is no dropout. The
    batch may have another size than the one that the model was trained with, `stateful` or not.

    >>> from keras_gated import LSTM
    >>> model = keras.Sequential([keras.layers.Embedding(9, 3), LSTM(4, return_sequences=True)])
    >>> text, carried = np.array([[1, 7, 3, 5]]), None
    >>> for letter in text[0]:
    ...     output, carried = stream(model, [[letter]], carried)
    >>> bool(np.allclose(output[:, -1], model(text)[:, -1], atol=1e-6))
    True

    Args:
        model: a `keras.Sequential`, or another model whose layers are one chain. Its recurrent
            layers are this package's; before and between them stand layers that treat each step
            by itself (`STEPWISE`), after the last one without `return_sequences` any.
        inputs: tensor of shape `(batch, steps, ...)`.
        carried: what the piece before returned; None for the first.

    Returns:
        `(output, carried)`: what the model gives, and a tuple of one `Carried` for each recurrent
        layer.

    Raises:
        ValueError: for a model that cannot be streamed, with the layer and the reason.
    """
    layers = _chain(model)
    count = sum(hasattr(layer, "stream") for layer in layers)
    before = iter((None,) * count if carried is None else carried)
    if carried is not None and len(carried) != count:
        raise ValueError(
            f"{model.name} has {count} recurrent layers; received carried with {len(carried)} "
            "entries. Pass what the call before returned, or None to begin."
        )
    x, mask = keras.ops.convert_to_tensor(inputs), None
    after, in_time = [], True
    for layer in layers:
        if hasattr(layer, "stream"):
            if not in_time:
                raise ValueError(_refusal(layer, "a layer before it gives no sequence"))
            x, left = layer.stream(x, next(before), mask)
            after.append(left)
            in_time = layer.return_sequences
            mask = mask if in_time else None
        elif in_time and _over_time(layer, len(x.shape)):
            raise ValueError(_refusal(layer, f"its axis, {layer.axis}, is that of the steps"))
        elif in_time and type(layer) not in STEPWISE:
            raise ValueError(
                _refusal(
                    layer,
                    "it may need steps that are yet to come, or are past. If it treats each step "
                    "by itself, wrap it: keras.layers.TimeDistributed(layer)",
                )
            )
        else:
            x, mask = layer(x), layer.compute_mask(x, mask)
    return x, tuple(after)


def stream_layer(layer, sequences, carried, mask) -> tuple:
    """Do what `Recurrent.stream` describes."""
    if layer.go_backwards:
        raise ValueError(
            "go_backwards=True begins with the end of a sequence, which a stream does not "
            "know before it is over; pass go_backwards=False, or call the layer on the whole."
        )
    sequences = ops.cast(ops.convert_to_tensor(sequences), layer.compute_dtype)
    check_inputs(layer, sequences)
    if not layer.built:
        layer.build(sequences.shape)
    mask = masks.check(mask, sequences)
    batch = sequences.shape[0]
    if isinstance(carried, Carried):
        past, shown = state_of(layer, batch, carried.state), carried.output
    else:
        first = layer.get_initial_state(ops.shape(sequences)[0]) if carried is None else carried
        past = state_of(layer, batch, first)
        shown = ops.cast(past[0], layer.compute_dtype)
        shown = shown if mask is None else ops.zeros_like(shown)
    request = layer._request(sequences, mask, inside=False)
    output, state = engine.run(request, sequences, past, mask)
    output = ops.cast(output, layer.compute_dtype)
    if mask is not None:
        output = masks.outputs(output, mask, layer.zero_output_for_mask, before=shown)
    # Of no timesteps at all, the last is the one before.
    last = ops.concatenate([ops.expand_dims(shown, 1), output], axis=1)[:, -1]
    return output if layer.return_sequences else last, Carried(state, last)


def _over_time(layer, rank: int) -> bool:
    """Whether the axis that a layer works along, of so many, is that of the steps."""
    axes = getattr(layer, "axis", None)
    axes = axes if isinstance(axes, (list, tuple)) else [axes]
    return any(axis is not None and axis % rank == 1 for axis in axes)


def _chain(model) -> list:
    """Return the layers of a model in the order in which they are called, those of parts inside."""
    if not isinstance(model, keras.Sequential):
        ends = len(model.inputs), len(model.outputs)
        if ends != (1, 1) or model.outputs[0] is not model.layers[-1].output:
            raise ValueError(
                f"{model.name} is no chain from one input to the output of its last layer: it has "
                f"{ends[0]} inputs and {ends[1]} outputs. Stream its recurrent layers one by one, "
                "each with `layer.stream`."
            )
        for layer, after in zip(model.layers, model.layers[1:], strict=False):
            if after.input is not layer.output:
                raise ValueError(
                    f"{model.name} is no chain: {after.name!r} reads something else than what "
                    f"{layer.name!r} gives. Stream its recurrent layers one by one, each with "
                    "`layer.stream`."
                )
    parts = (_chain(one) if isinstance(one, keras.Model) else [one] for one in model.layers)
    return [
        layer for part in parts for layer in part if not isinstance(layer, keras.layers.InputLayer)
    ]


def _refusal(layer, reason: str) -> str:
    return f"{layer.name!r} ({type(layer).__name__}) cannot be streamed: {reason}."
