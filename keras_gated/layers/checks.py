"""Checks of the inputs and initial states of a recurrent layer."""

import keras
from keras import ops, tree


def one_of(name: str, value, choices):
    """Return an argument's value if it is one of the choices, else raise a ValueError."""
    if not any(
        value is choice or (isinstance(value, str) and value == choice) for choice in choices
    ):
        raise ValueError(
            f"Argument `{name}` must be one of {', '.join(map(repr, choices))}; received "
            f"{name}={value!r}."
        )
    return value


def check_inputs(layer, sequences):
    """Check the inputs of a layer.

    Raises:
        ValueError: for a rank other than 3, a number of features that the layer was not built
            for, a ragged or sparse tensor, and an unknown number of timesteps with `unroll`.
    """
    refuse_other_tensors(layer, sequences)
    name, shape = type(layer).__name__, tuple(sequences.shape)
    if len(shape) != 3:
        raise ValueError(
            f"{name} needs sequences of shape (batch, time, features); received shape {shape}. "
            "For one timestep, call its `cell`."
        )
    kernel = getattr(layer.cell, "kernel", None)
    if layer.built and kernel is not None and shape[-1] not in (None, kernel.shape[0]):
        raise ValueError(
            f"{name} was built for {kernel.shape[0]} features; received shape {shape}. Pass "
            f"(batch, time, {kernel.shape[0]}), or make a new layer."
        )
    if layer.unroll and shape[1] is None:
        raise ValueError(
            f"unroll=True needs a known number of steps; inputs have shape {shape}. Set it, as "
            "in `keras.Input((20, features))`, or pass unroll=False."
        )


def refuse_other_tensors(layer, sequences):
    """Raise an error for a ragged or sparse tensor of TensorFlow, with what to pass instead."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if isinstance(sequences, tf.SparseTensor):
        raise ValueError(
            f"{type(layer).__name__} needs a dense tensor; received a sparse one. Pass "
            "`tf.sparse.to_dense(x)`."
        )
    if any(isinstance(tensor, tf.RaggedTensor) for tensor in tree.flatten(sequences)):
        raise ValueError(
            f"{type(layer).__name__} needs padded sequences with a mask; received a ragged "
            "tensor. Pass `x.to_tensor()` and `mask=tf.sequence_mask(x.row_lengths())`; masked "
            "timesteps are not computed."
        )


def state_of(layer, batch: int | None, states):
    """Return initial states as the cell's `State`, after checking their shapes.

    Raises:
        ValueError: for another number of tensors, or a tensor of another shape.
    """
    cell, name = layer.cell, type(layer).__name__
    if isinstance(states, dict):
        states = _by_letter(name, cell.states, states)
    tensors = tree.flatten(states)
    sizes = tree.flatten(layer.state_size)
    if len(tensors) != len(cell.states):
        raise ValueError(
            f"{name} has {len(cell.states)} state(s), {', '.join(cell.states)}; received "
            f"initial_state with {len(tensors)} tensor(s). Pass one of shape (batch, {sizes[0]}) "
            "for each."
        )
    for letter, state, size in zip(cell.states, tensors, sizes, strict=True):
        if state is None:
            raise ValueError(
                f"initial_state {letter} of {name} is None; pass a tensor of shape "
                f"({'batch' if batch is None else batch}, {size})."
            )
        shape = tuple(state.shape)
        rows_differ = None not in (batch, *shape[:1]) and shape[:1] != (batch,)
        if len(shape) != 2 or shape[1] != size or rows_differ:
            raise ValueError(
                f"initial_state {letter} of {name} has shape {shape}; pass a tensor of shape "
                f"({'batch' if batch is None else batch}, {size})."
            )
    return cell.State(*(ops.cast(ops.convert_to_tensor(s), cell.state_dtype) for s in tensors))


def _by_letter(name: str, letters, states: dict) -> list:
    """Return the initial states of a dict in the cell's order, not in that of its keys."""
    if set(states) != set(letters):
        raise ValueError(
            f"initial_state has the keys {', '.join(map(str, states))}; the states of {name} are "
            f"{', '.join(letters)}. Pass a tensor for each of these, or a list in their order."
        )
    return [states[letter] for letter in letters]
