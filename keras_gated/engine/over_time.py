"""Carrying a state over time, step by step, on each of Keras's backends."""

from collections.abc import Callable, Sequence

import keras
from keras import ops

from keras_gated.engine.primitives import primitives


def carry(
    step: Callable,
    state: Sequence,
    sequences: Sequence,
    keep: Sequence[int] = (),
    unroll: bool = False,
    exported: str | None = None,
) -> tuple[list, list]:
    """Apply `state = step(state, [sequence[t] ...])` for every t, and keep what is asked for.

    Args:
        step: function of `(state, inputs)`, two lists of tensors, that returns the next state, a
            list of tensors of the shapes and dtypes of `state`.
        state: the state before the first step.
        sequences: tensors of shape `(time, ...)`, all of one length, at least one.
        keep: indices into `state`; these are kept at every step.
        unroll: write every step out instead of a loop; the length must be known then.
        exported: the format in which the loop is written out for another runtime, or None.

    Returns:
        `(state, kept)`: the state after the last step, and for each index in `keep` a tensor of
        shape `(time, ...)`. Over no steps at all, the state comes back as it was given.
    """
    if unroll or op_by_op():
        return _written_out(step, state, sequences, keep)
    if keras.backend.backend() == "tensorflow":
        return _while_loop(step, state, sequences, keep, exported)
    return _scan(step, state, sequences, keep)


def op_by_op() -> bool:
    """Whether each op runs at once, so that a loop of the backend gains nothing over Python's."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.executing_eagerly()
    return keras.backend.backend() == "torch"


def _written_out(step, state, sequences, keep):
    state = list(state)
    steps = sequences[0].shape[0]
    outputs: list[list] = [[] for _ in keep]
    # Only the first may know the number of steps.
    unstacked = [ops.unstack(sequence, num=steps) for sequence in sequences] if steps else [[]]
    for now in zip(*unstacked, strict=True):
        state = list(step(state, list(now)))
        for seen, index in zip(outputs, keep, strict=True):
            seen.append(state[index])
    if not steps:
        return state, [ops.zeros((0, *state[index].shape), state[index].dtype) for index in keep]
    return state, [ops.stack(seen) for seen in outputs]


def _while_loop(step, state, sequences, keep, exported):
    import tensorflow as tf

    steps = sequences[0].shape[0]
    steps = tf.shape(sequences[0])[0] if steps is None else steps
    reads = [
        tf.TensorArray(s.dtype, steps, element_shape=s.shape[1:]).unstack(s) for s in sequences
    ]
    outputs = [empty(steps, state[k], exported) for k in keep]

    def body(t, state, outputs):
        after = list(step(state, [read.read(t) for read in reads]))
        for new, old in zip(after, state, strict=True):
            # A batch size known on one side only would make the loop's types disagree.
            new.set_shape(old.shape)
        outputs = [array.write(t, after[k]) for array, k in zip(outputs, keep, strict=True)]
        return t + 1, after, outputs

    # XLA differentiates a loop only when it knows a bound on its steps.
    _, state, outputs = tf.while_loop(
        lambda t, *_: t < steps, body, (0, list(state), outputs), maximum_iterations=steps
    )
    return state, [array.stack() for array in outputs]


def empty(steps, like, exported: str | None):
    """Return a `tf.TensorArray` for a tensor of the shape of `like` at every step."""
    import tensorflow as tf

    array = tf.TensorArray(like.dtype, steps, element_shape=like.shape)
    if exported != "litert":
        return array
    # Zeros have a shape, without which LiteRT needs TensorFlow's own ops (Flex). Elsewhere they
    # would take up to half as long again, and tf2onnx cannot read them.
    return array.unstack(tf.zeros(tf.concat([[steps], tf.shape(like)], axis=0), like.dtype))


def _scan(step, state, sequences, keep):
    import jax

    def body(state, inputs):
        after = list(step(state, inputs))
        return after, [after[index] for index in keep]

    turn = primitives().unroll()
    return jax.lax.scan(body, list(state), list(sequences), unroll=turn)
