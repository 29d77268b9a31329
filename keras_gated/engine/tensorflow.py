"""The engine's primitives on TensorFlow: a scan over time, and functions with their own gradient.

All of them are ordinary ops: they run with any number of rows and timesteps, inside every
construct of TensorFlow, and where a graph is written out. XLA is asked for by `jit` alone.
`keras_gated/engine/jax.py` has the same functions for JAX.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from keras import tree

from keras_gated import keras_private

inside_xla = keras_private.in_xla_context


def on_cpu() -> bool:
    """Whether there is no other device."""
    return all(device.device_type == "CPU" for device in tf.config.list_logical_devices())


def each(function: Callable, nest):
    """Return the nest with `function` applied to each of its tensors; None stays None."""
    return tree.map_structure(lambda leaf: None if leaf is None else function(leaf), nest)


@dataclasses.dataclass
class Kept:
    """What a scan kept at every timestep. It is copied together only when `tokens` asks for it:
    the backward loop reads it timestep by timestep."""

    array: tf.TensorArray
    rows: Any
    """Number of rows of every timestep, or None where it differs."""


def tokens(outputs):
    """Return what a scan kept as one tensor, `(tokens, size)`."""
    if not isinstance(outputs, Kept):
        return outputs
    if outputs.rows is None:
        return outputs.array.concat()
    # Not concat, which ONNX does not have.
    shape = outputs.array.element_shape
    if tf.executing_eagerly() or shape.is_fully_defined():
        values = outputs.array.stack()
    else:  # `stack` knows no number of rows, and fails where there are no timesteps
        values = tf.raw_ops.TensorListStack(
            input_handle=outputs.array.flow,
            element_shape=tf.stack([outputs.rows, shape[-1]]),
            element_dtype=outputs.array.dtype,
        )
    return tf.reshape(values, (-1, shape[-1]))


def scan(
    layout,
    step: Callable,
    state,
    totals,
    sequences,
    per_row,
    like,
    *,
    overwritten: Sequence[str] = (),
    constants=None,
    differentiable: bool = True,
    reverse: bool = False,
):
    """Apply a cell's `step` at every timestep of a layout.

    Args:
        layout: `Dense` or `Packed`, which says which rows have a token at a timestep.
        step: function of `(state, totals, now, per_row)` that returns
            `(state, totals, kept, written)`: `state` and `per_row` hold the rows of the timestep,
            `now` its tokens of `sequences`. Entries of `kept` and `written` may be None.
        state: list of tensors of shape `(rows, units)`: before the first timestep. Rows without
            a token keep their state.
        totals: list of tensors of any shape.
        sequences: named tuple of tensors of shape `(tokens, ...)`, of `Kept`, or nests of them.
        per_row: nest of tensors of shape `(rows, ...)`.
        like: for each entry of `kept` its size along the last axis and its dtype. Of a layout
            that is `padded`, and not differentiated, the first states are kept, of every row.
        overwritten: names of the sequences in whose memory `written` is kept, in its order.
        constants: the tensors that the step may read besides these; None for any.
        differentiable: whether the scan may be differentiated.
        reverse: begin with the last timestep.

    Returns:
        `(state, totals, kept, written)` after the last timestep, the last two as `Kept`: None
        where the step gave None in `kept`, the sequence itself where it gave None in `written`.
    """
    sources = {name: _array(layout, getattr(sequences, name)) for name in overwritten}
    sequences = sequences._replace(**dict.fromkeys(sources))
    # XLA finds the memory itself, and has no gradient of a list that is read and written.
    apart = inside_xla()
    lists = sources
    if apart:
        lists = {n: _empty(layout, a.dtype, a.element_shape[1:]) for n, a in sources.items()}
    read = each(lambda tokens: _reader(layout, tokens, differentiable), sequences)
    arrays = [_empty(layout, dtype, (size,)) for size, dtype in like]
    padded = layout.padded and not differentiable
    used: list[bool] = []

    def body(t, state, totals, arrays, lists):
        here = layout.rows_at(t)
        now = each(lambda r: r(t), read)
        now = now._replace(**{n: a.read(t) for n, a in (sources if apart else lists).items()})
        after, totals, outputs, written = step(each(here, state), totals, now, each(here, per_row))
        used[:] = [value is not None for value in (*outputs, *written)]
        if constants is not None:
            _refuse_others([*constants, *tree.flatten((sequences, per_row))])
            _refuse_changes()
        lists = {
            name: _write(lists[name], t, value)
            for name, value in zip(overwritten, written, strict=True)
        }
        after = [layout.with_ended(new, old, t) for new, old in zip(after, state, strict=True)]
        outputs = after[: len(arrays)] if padded else outputs
        arrays = [_write(array, t, value) for array, value in zip(arrays, outputs, strict=True)]
        for new, old in zip([*after, *totals], [*state, *given_totals], strict=True):
            new.set_shape(old.shape)
        return t + (-1 if reverse else 1), after, list(totals), arrays, lists

    given_totals = list(totals)
    steps, rows = layout.steps, layout.rows if padded or layout.active is None else None
    _, state, totals, arrays, lists = tf.while_loop(
        (lambda t, *_: t >= 0) if reverse else (lambda t, *_: t < steps),
        body,
        (steps - 1 if reverse else 0, state, given_totals, arrays, lists),
        shape_invariants=(
            tf.TensorShape(()),
            [values.shape for values in state],
            [values.shape for values in given_totals],
            [tf.TensorShape(None)] * len(arrays),
            dict.fromkeys(lists, tf.TensorShape(None)),
        ),
        # XLA differentiates a loop only if it knows a bound.
        maximum_iterations=steps if inside_xla() else None,
    )
    return (
        state,
        totals,
        [
            Kept(array, rows) if use else None
            for array, use in zip(arrays, used[: len(arrays)], strict=True)
        ],
        [
            Kept(lists[name] if use else sources[name], rows)
            for name, use in zip(overwritten, used[len(arrays) :], strict=True)
        ],
    )


def _write(array, t, value):
    return array if value is None else array.write(t, value)


def _refuse_others(known):
    """Refuse a step that reads another tensor of the graph, for which there is no gradient."""
    graph = tf.compat.v1.get_default_graph()
    known = {id(tensor) for tensor in known}
    for tensor, _ in getattr(graph, "captures", ()):
        symbolic = not isinstance(tensor, tf.__internal__.EagerTensor)
        if symbolic and tensor.dtype.is_floating and id(tensor) not in known:
            raise ValueError(
                f"the cell's step reads the tensor {tensor.name!r} of the graph around it, which "
                "would have no gradient. Read a variable instead, pass the tensor as an input, or "
                'pass engine="loop" to the layer.'
            )


def _refuse_changes():
    """Refuse a step that draws random numbers or assigns: the backward pass runs it again."""
    if tf.executing_eagerly():
        return
    changing = ("Random", "Truncated", "Multinomial", "StatefulUniform", "StatefulRandom", "Assign")
    for op in tf.compat.v1.get_default_graph().get_operations():
        if op.type.startswith(changing):
            raise ValueError(
                f"the cell's step draws random numbers or assigns to a variable ({op.type}), and "
                'its backward pass would run that again. Pass engine="loop" to the layer.'
            )


def _reader(layout, tokens, differentiable: bool):
    """Return the function of a timestep that gives its tokens."""
    if differentiable or isinstance(tokens, Kept):
        # Not by slices: the gradient of each would be as large as all tokens.
        return _array(layout, tokens).read
    if layout.active is None:
        by_step = layout.by_step(tokens)
        return lambda t: by_step[t]
    return lambda t: tokens[layout.starts[t] : layout.starts[t] + layout.active[t]]


def _empty(layout, dtype, shape) -> tf.TensorArray:
    """Return an array over the timesteps, for tokens of this dtype and shape."""
    return tf.TensorArray(
        dtype,
        layout.steps,
        element_shape=(layout.rows_if_known, *shape),
        clear_after_read=False,
        infer_shape=False,
    )


def _array(layout, tokens) -> tf.TensorArray:
    """Return the tokens as an array over the timesteps."""
    if isinstance(tokens, Kept):
        return tokens.array
    array = _empty(layout, tokens.dtype, tokens.shape[1:])
    if layout.active is None:
        return array.unstack(layout.by_step(tokens))
    return array.split(tokens, layout.active)


def vjp(function: Callable, nest, cotangents, variables=()) -> tuple:
    """Return d sum(cotangent * output) by each tensor of a nest, and by each variable.

    Args:
        function: of the nest, that returns a list of tensors.
        cotangents: a tensor for each of these.
        variables: `tf.Variable`s that the function reads by itself.

    Returns:
        `(nest, list)` of gradients, None where the function does not depend on something.
    """
    tensors, pack = _packed(nest)
    # A tape does not know a tensor that the graph captured from outside before the tape began.
    tensors = [tf.identity(tensor) for tensor in tensors]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([*tensors, *variables])
        outputs = list(function(pack(tensors)))
    gradients = tape.gradient(outputs, [*tensors, *variables], output_gradients=list(cotangents))
    gradients = [None if each is None else tf.convert_to_tensor(each) for each in gradients]
    return pack(gradients[: len(tensors)]), gradients[len(tensors) :]


def _packed(nest) -> tuple:
    """Return the tensors of a nest, and the function that packs as many into such a nest."""
    leaves = tree.flatten(nest)
    present = [index for index, leaf in enumerate(leaves) if leaf is not None]

    def pack(tensors):
        filled = [None] * len(leaves)
        for index, tensor in zip(present, tensors, strict=True):
            filled[index] = tensor
        return tree.pack_sequence_as(nest, filled)

    return [leaves[index] for index in present], pack


def custom_vjp(forward: Callable, backward: Callable) -> Callable:
    """Return a function of a nest of tensors whose gradient is `backward`.

    Since `backward` is made of ordinary ops of what `forward` kept, the gradient has gradients
    itself, of every order.

    Args:
        forward: from the nest to `(outputs, kept)`, a list of tensors and anything; its argument
            `keep` says whether `kept` is wanted.
        backward: from `(nest, kept, cotangents, variables)` to `(gradients, of_variables)`: a
            nest of gradients, None for a tensor without one, and a list of those of the
            variables that `forward` read by itself.

    Returns:
        Function of the nest, and of whether a gradient will be asked for.
    """

    def function(nest, keep: bool):
        tensors, pack = _packed(nest)

        @tf.custom_gradient
        def differentiable(*tensors):
            nest = pack(tensors)
            outputs, residuals = forward(nest, keep=keep or keras_private.recording())

            def gradient(*cotangents, variables=None):
                if variables and keras_private.in_gradient_of_control_flow():
                    raise ValueError(
                        f"the cell's step reads the variable {variables[0].name!r}, which is no "
                        "weight of the cell. TensorFlow has no gradient of that within remat=True, "
                        'tf.map_fn, tf.while_loop and tf.cond. Pass engine="loop" to the layer, or '
                        "store a keras.Variable in an attribute of the cell."
                    )
                # What the backward pass needs is computed now, where the gradient is asked for
                # after all; and in a SavedModel, which cannot hold the arrays of a loop.
                again = residuals is None or keras_private.saving_gradient()
                gradients, of_variables = backward(
                    nest,
                    forward(nest, keep=True)[1] if again else residuals,
                    [tf.convert_to_tensor(each) for each in cotangents],
                    variables or [],
                )
                gradients = [
                    of
                    for of, leaf in zip(tree.flatten(gradients), tree.flatten(nest), strict=True)
                    if leaf is not None
                ]
                return gradients if variables is None else (gradients, of_variables)

            return outputs, gradient

        # A SavedModel passes no IndexedSlices to `gradient`; that of a reshape is dense.
        return [tf.reshape(output, tf.shape(output)) for output in differentiable(*tensors)]

    return function


def jit(function: Callable) -> Callable:
    """Return the function of tensors as an XLA program of its own."""
    return tf.function(function, jit_compile=True, autograph=False)


def is_concrete(tensor) -> bool:
    """Whether what is computed now has its values now, and is not part of a graph."""
    return tf.executing_eagerly()
