"""Checks of the cell, the inputs and the initial states of a recurrent layer."""

import keras
from keras import ops, tree

from keras_gated.cell import GatedCell


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


def check_is_cell(cell):
    """Check the cell of a `Recurrent`.

    Raises:
        ValueError: for anything but a `GatedCell`, one that is not initialized, and one with a
            `call` of its own.
    """
    if not isinstance(cell, GatedCell) or not hasattr(cell, "seed_generator"):
        raise ValueError(_not_a_cell(cell))
    if type(cell).call is not GatedCell.call:
        raise ValueError(
            f"Recurrent does not use {type(cell).__name__}.call, but `project`, `recur` and "
            "`step`. Write `step(self, wx, uh, past)`, or `advance(self, wx, past, noise)`; or "
            "use keras.layers.RNN(cell)."
        )


def refuse_arguments_of_cell(cell, arguments: dict):
    """Raise a ValueError if one of a layer's arguments is one of its cell."""
    if misplaced := {name: v for name, v in arguments.items() if name in cell.arguments()}:
        shown = ", ".join(f"{name}={value!r}" for name, value in misplaced.items())
        raise ValueError(
            f"{', '.join(misplaced)}: of the cell, not of the layer around it. Write "
            f"Recurrent({type(cell).__name__}(units, {shown}))."
        )


def _not_a_cell(cell) -> str:
    """Return the error message for a cell that is not a `GatedCell`, or not yet one."""
    name = type(cell).__name__
    if isinstance(cell, GatedCell):
        return (
            f"{name} is not initialized. Begin its __init__ with "
            "`super().__init__(units, **kwargs)`."
        )
    if isinstance(cell, keras.layers.RNN):
        return (
            f"Recurrent wraps a cell; received the layer {name}. Pass its cell, as in "
            "Recurrent(LSTMCell(64)), or use the layer as it is."
        )
    if isinstance(cell, (list, tuple, keras.layers.StackedRNNCells)):
        return (
            f"Recurrent wraps one GatedCell; received {name}. Write a layer for each cell, "
            "all but the last with return_sequences=True, or keras.layers.RNN(cells)."
        )
    if isinstance(cell, type) and issubclass(cell, GatedCell):
        return (
            f"Recurrent wraps a cell; received the class {cell.__name__}. Write "
            f"Recurrent({cell.__name__}(64))."
        )
    return (
        f"Recurrent wraps a keras_gated.GatedCell such as LSTMCell(64); received {cell!r}. "
        "keras.layers.RNN(cell) runs any other Keras cell."
    )


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
