"""Streaming: running a layer or a model over a sequence that arrives in chunks.

The caller holds the state between chunks; layers store nothing.
"""

from typing import Any, NamedTuple

import keras
from keras import ops, tree

from keras_gated import engine, keras_private, masks
from keras_gated.layers.checks import check_inputs, state_of

__all__ = ["STEPWISE", "Carried", "stream"]


class Carried(NamedTuple):
    """The state of one layer between two chunks of a sequence."""

    state: Any
    """The cell's `State` after the last timestep, tensors of shape `(batch, units)`."""
    output: Any
    """The output after the last timestep, `(batch, units)`, which masked timesteps repeat."""


# Layers that process each timestep independently.
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
    """Return a model's outputs for the next chunk of a sequence, and the states to carry.

    Streaming is exact: any split of a sequence yields the same outputs, also with masks that
    layers compute (`Embedding(mask_zero=True)`). As in `predict`, dropout is not applied. The
    batch size may differ from that of training, even with `stateful` layers.

    >>> from keras_gated import LSTM
    >>> model = keras.Sequential([keras.layers.Embedding(9, 3), LSTM(4, return_sequences=True)])
    >>> text, carried = np.array([[1, 7, 3, 5]]), None
    >>> for letter in text[0]:
    ...     output, carried = stream(model, [[letter]], carried)
    >>> bool(np.allclose(output[:, -1], model(text)[:, -1], atol=1e-6))
    True

    Args:
        model: a `keras.Sequential`, or another model whose layers form one chain. Its recurrent
            layers must be of this package. Layers before and between them must process each
            timestep independently (`STEPWISE`); after a layer without `return_sequences`, any
            layer may follow.
        inputs: tensor of shape `(batch, time, ...)`.
        carried: the `carried` returned for the previous chunk; None for the first.

    Returns:
        `(output, carried)`: the model's output, and a tuple of one `Carried` for each recurrent
        layer. No gradient flows through `carried`. It can be pickled if the cell's class can.

    Raises:
        ValueError: for a model that cannot be streamed, with the layer and the reason.
    """
    layers = _chain(model)
    count = sum(hasattr(layer, "stream") for layer in layers)
    before = iter((None,) * count if carried is None else carried)
    if carried is not None and len(carried) != count:
        raise ValueError(
            f"{model.name} has {count} recurrent layers; received carried with {len(carried)} "
            "entries. Pass the one that the previous call returned, or None for the first chunk."
        )
    x, mask = keras.ops.convert_to_tensor(inputs), None
    after, in_time = [], True
    for layer in layers:
        if hasattr(layer, "stream"):
            if not in_time:
                raise ValueError(_refusal(layer, "a layer before it returns no sequence"))
            x, layer_carried = layer.stream(x, next(before), mask)
            after.append(layer_carried)
            in_time = layer.return_sequences
            mask = mask if in_time else None
        elif in_time and _over_time(layer, len(x.shape)):
            raise ValueError(_refusal(layer, f"its axis, {layer.axis}, is the time axis"))
        elif in_time and isinstance(layer, keras.layers.Bidirectional):
            raise ValueError(_refusal(layer, "it starts at the end of the sequence too"))
        elif in_time and isinstance(layer, keras.layers.RNN):
            reason = "it is a layer of Keras's. Convert the model: keras_gated.convert(model)"
            raise ValueError(_refusal(layer, reason))
        elif in_time and type(layer) not in STEPWISE:
            raise ValueError(
                _refusal(
                    layer,
                    "it may need earlier or later timesteps. If it processes each timestep "
                    "independently, wrap it: keras.layers.TimeDistributed(layer)",
                )
            )
        else:
            x, mask = layer(x), layer.compute_mask(x, mask)
    return x, tuple(after)


def stream_layer(layer, sequences, carried, mask) -> tuple:
    """Implement `Recurrent.stream`."""
    if layer.go_backwards:
        raise ValueError(
            "go_backwards=True starts at the end of the sequence, which a stream does not have "
            "yet; pass go_backwards=False, or call the layer on the whole sequence."
        )
    sequences = ops.cast(ops.convert_to_tensor(sequences), layer.compute_dtype)
    check_inputs(layer, sequences)
    if not layer.built:
        layer.build(sequences.shape)
    mask = masks.check(mask, sequences)
    batch = sequences.shape[0]
    if isinstance(carried, Carried):
        past, previous = state_of(layer, batch, carried.state), carried.output
    else:
        first = layer.get_initial_state(ops.shape(sequences)[0]) if carried is None else carried
        past = state_of(layer, batch, first)
        previous = ops.cast(past[0], layer.compute_dtype)
        previous = previous if mask is None else ops.zeros_like(previous)
    request = layer._request(sequences, mask, inside=False)
    output, state = engine.run(request, sequences, past, mask)
    output = ops.cast(output, layer.compute_dtype)
    if mask is not None:
        output = masks.outputs(output, mask, layer.zero_output_for_mask, before=previous)
    # A chunk without timesteps repeats the previous output.
    last = ops.concatenate([ops.expand_dims(previous, 1), output], axis=1)[:, -1]
    # Constants, or torch would keep the graph of all chunks so far.
    after = Carried(tree.map_structure(ops.stop_gradient, state), ops.stop_gradient(last))
    return output if layer.return_sequences else last, after


def _over_time(layer, rank: int) -> bool:
    """Return whether a layer works along the time axis of inputs of the given rank."""
    axes = getattr(layer, "axis", None)
    axes = axes if isinstance(axes, (list, tuple)) else [axes]
    return any(axis is not None and axis % rank == 1 for axis in axes)


def _chain(model) -> list:
    """Return the layers of a model in the order of their calls, including those of submodels."""
    if not isinstance(model, keras.Sequential):
        if not getattr(model, "inputs", None):
            raise ValueError(
                f"{model.name!r} ({type(model).__name__}) is no model with a chain of layers. "
                "Stream its recurrent layers one by one, each with `layer.stream`."
            )
        ends = len(model.inputs), len(model.outputs)
        if ends != (1, 1):
            raise ValueError(
                f"{model.name} is no chain of layers with one input and one output: it has "
                f"{ends[0]} inputs and {ends[1]} outputs. Stream its recurrent layers one by one, "
                "each with `layer.stream`."
            )
        calls = keras_private.calls(model)
        for layer, tensors in calls:
            if len(tensors) != 1:
                raise ValueError(
                    f"{model.name} is no chain: {layer.name!r} reads {len(tensors)} tensors. "
                    "Stream its recurrent layers one by one, each with `layer.stream`."
                )
        layers = [layer for layer, _ in reversed(calls)]
    else:
        layers = model.layers
    chains = (_chain(layer) if isinstance(layer, keras.Model) else [layer] for layer in layers)
    return [
        layer
        for chain in chains
        for layer in chain
        if not isinstance(layer, keras.layers.InputLayer)
    ]


def _refusal(layer, reason: str) -> str:
    return f"{layer.name!r} ({type(layer).__name__}) cannot be streamed: {reason}."
