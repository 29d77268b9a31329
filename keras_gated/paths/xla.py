"""What the fast paths ask of XLA, through TensorFlow or JAX: loops, rows of buffers, pullbacks.

Sizes may be unknown while TensorFlow traces; XLA compiles for the sizes that come, so a size read
from a tensor is as good as a number wherever a shape is wanted.
"""

import contextlib
from collections.abc import Callable, Sequence

import keras
from keras import ops

from keras_gated import seams

BACKENDS = ("tensorflow", "jax")


def on_jax() -> bool:
    """Whether Keras runs on JAX; what is written here for it is JAX's, else TensorFlow's."""
    return keras.backend.backend() == "jax"


def inside() -> bool:
    """Whether what runs now is being compiled by XLA as part of something larger."""
    if on_jax():
        return True  # a JAX function is compiled with whatever calls it
    return seams.in_xla_context()


def repeat(condition: Callable, body: Callable, state: Sequence) -> list:
    """Apply `state = body(*state)` while `condition(*state)`; the shapes stay as they are."""
    if on_jax():
        import jax

        return list(
            jax.lax.while_loop(lambda s: condition(*s), lambda s: list(body(*s)), list(state))
        )
    import tensorflow as tf

    state = [tf.convert_to_tensor(s) for s in state]

    def same_shapes(*before):
        after = [tf.convert_to_tensor(s) for s in body(*before)]
        for new, old in zip(after, before, strict=True):
            new.set_shape(old.shape)
        return after

    return list(tf.while_loop(condition, same_shapes, state))


def part(buffer, start, count, axis: int = 0):
    """Return `count` places of a buffer's axis, from `start` on."""
    if on_jax():
        import jax

        return jax.lax.dynamic_slice_in_dim(buffer, start, count, axis=axis)
    import tensorflow as tf

    # Not `tf.slice`: XLA would compile anew for each value of its start.
    shape = tf.shape(buffer)
    size = tf.concat([shape[:axis], [count], shape[axis + 1 :]], 0)
    found = seams.dynamic_slice(buffer, tf.stack(_begin(buffer, start, axis)), size)
    shape = list(buffer.shape)
    shape[axis] = count if isinstance(count, int) else None
    found.set_shape(shape)
    return found


def put(buffer, values, start, where=None, axis: int = 0):
    """Return the buffer with `values` at the places of an axis from `start` on.

    Args:
        where: which of the places of axis 0 are filled; None for all.
    """
    if where is not None:
        where = ops.reshape(where, (-1,) + (1,) * (len(buffer.shape) - 1))
        values = ops.where(where, values, part(buffer, start, ops.shape(values)[axis], axis))
    values = ops.cast(values, buffer.dtype)
    return ops.slice_update(buffer, _begin(buffer, start, axis), values)


def _begin(buffer, start, axis: int) -> list:
    begin = [0] * len(buffer.shape)
    begin[axis] = start
    return begin


def select(index, branches: Sequence[Callable]):
    """Return what the branch at `index` gives: a list of tensors, the same shapes for each."""
    if len(branches) == 1:
        return branches[0]()
    if on_jax():
        import jax

        return jax.lax.switch(index, branches)
    import tensorflow as tf

    return tf.switch_case(index, list(branches))


def pullback(function: Callable, inputs: Sequence, cotangents: Sequence) -> list:
    """Return d sum(cotangent * output) / d input for each input; None where nothing flows.

    On JAX nothing is None: what does not flow is zeros.
    """
    if on_jax():
        import jax

        _, pull = jax.vjp(lambda *values: list(function(*values)), *inputs)
        return list(pull(list(cotangents)))
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(list(inputs))
        outputs = list(function(*inputs))
    return list(tape.gradient(outputs, list(inputs), output_gradients=list(cotangents)))


def reads(function: Callable, inputs: Sequence, others: Sequence) -> list[bool]:
    """Say of each of `inputs` whether `function(inputs, others)` depends on it."""
    if on_jax():
        import jax

        traced = jax.make_jaxpr(lambda i: list(function(i, list(others))))(list(inputs)).jaxpr
        used = {id(v) for eqn in traced.eqns for v in eqn.invars} | {id(v) for v in traced.outvars}
        return [id(v) in used for v in traced.invars]
    import tensorflow as tf

    with tf.Graph().as_default():
        inputs, others = (
            [tf.compat.v1.placeholder(v.dtype, v.shape) for v in group]
            for group in (inputs, others)
        )
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = list(function(inputs, others))
        return [g is not None for g in tape.gradient(outputs, inputs)]


def differentiable(
    primal: Callable, forward: Callable, backward: Callable, plain: Callable | None = None
) -> Callable:
    """Return a function of tensors with a gradient of its own, which has one, too.

    Args:
        primal: from tensors to a list of outputs; what runs where no gradient is asked for.
        forward: from the same tensors to `(outputs, residuals)`.
        backward: from `(tensors, outputs, residuals, cotangents)` to a gradient for each tensor,
            None for one that has none (integers).
        plain: does what `primal` does, however slowly, so that the backend can differentiate it
            twice; asked for where the gradient's gradient is. None if it can differentiate
            `backward`.
    """
    if on_jax():
        return _differentiable_on_jax(primal, forward, backward, plain)
    import tensorflow as tf

    @tf.custom_gradient
    def function(*tensors):
        if seams.recording():
            # Where two tapes record, TensorFlow would differentiate the loops inside at once.
            with seams.unrecorded():
                outputs, residuals = forward(*tensors)
        else:
            outputs, residuals = primal(*tensors), None

        def gradient(*cotangents):
            # Asked for after all: what the backward pass needs is computed now.
            kept = (outputs, residuals) if residuals is not None else forward(*tensors)
            if plain is None:
                return backward(tensors, *kept, cotangents)
            cotangents = [tf.convert_to_tensor(each) for each in cotangents]
            count = len(tensors)
            has_one: list[bool] = []

            @tf.custom_gradient
            def first(*given):
                found = backward(given[:count], *kept, given[count:])
                has_one[:] = [each is not None for each in found]

                def second(*by_first):
                    by_first = [tf.convert_to_tensor(each) for each in by_first]
                    with tf.GradientTape() as outer:
                        outer.watch(given)
                        with tf.GradientTape() as inner:
                            inner.watch(given[:count])
                            shown = plain(*given[:count])
                        sources = [t for t, one in zip(given, has_one, strict=False) if one]
                        again = inner.gradient(
                            shown, sources, given[count:], tf.UnconnectedGradients.ZERO
                        )
                        again = [tf.convert_to_tensor(each) for each in again]
                    return outer.gradient(again, given, by_first)

                return [each for each in found if each is not None], second

            found = iter(first(*tensors, *cotangents))
            return [next(found) if one else None for one in has_one]

        return outputs, gradient

    return lambda *tensors: list(function(*tensors))


def _differentiable_on_jax(primal, forward, backward, plain):
    import jax

    def first(tensors, outputs, residuals, cotangents):
        found = backward(tensors, outputs, residuals, cotangents)
        return tuple(
            g if g is not None else _no_gradient(t) for g, t in zip(found, tensors, strict=True)
        )

    def second_rule(kept, by_first):
        tensors, outputs, residuals, cotangents = kept

        def again(tensors, cotangents):
            return jax.vjp(lambda *values: list(plain(*values)), *tensors)[1](cotangents)

        of_tensors, of_cotangents = jax.vjp(again, tensors, cotangents)[1](by_first)
        nothing = jax.tree.map(_no_gradient, (outputs, residuals))
        return of_tensors, *nothing, of_cotangents

    gradient = first
    if plain is not None:
        gradient = jax.custom_vjp(first)
        gradient.defvjp(lambda *kept: (first(*kept), kept), second_rule)

    def ahead(*tensors):
        outputs, residuals = forward(*tensors)
        return list(outputs), list(residuals)

    def ahead_rule(*tensors):
        made = ahead(*tensors)
        return made, (tensors, *made)

    # Where a gradient's gradient is asked for, JAX differentiates the rule below as well.
    made = jax.custom_vjp(ahead)
    made.defvjp(ahead_rule, lambda kept, cotangents: gradient(*kept, list(cotangents[0])))
    function = jax.custom_vjp(lambda *tensors: list(primal(*tensors)))

    def forward_rule(*tensors):
        outputs, residuals = made(*tensors)
        return outputs, (tensors, outputs, residuals)

    function.defvjp(forward_rule, lambda kept, cotangents: gradient(*kept, list(cotangents)))
    return function


def _no_gradient(tensor):
    import jax
    import numpy as np

    if jax.numpy.issubdtype(tensor.dtype, jax.numpy.floating):
        return jax.numpy.zeros_like(tensor)
    return np.zeros(tensor.shape, dtype=jax.dtypes.float0)


def compiled(function: Callable) -> Callable:
    """Return the function of tensors as an XLA program of its own."""
    if on_jax():
        import jax

        return jax.jit(function)
    import tensorflow as tf

    return tf.function(function, jit_compile=True, autograph=False)


def graph(function: Callable) -> Callable:
    """Return the function as a TensorFlow graph, where a gradient of one's own is possible.

    Called eagerly, TensorFlow would look for the cell's variables inside the programs.
    """
    import tensorflow as tf

    return tf.function(function, autograph=False)


@contextlib.contextmanager
def weights_as(variables: Sequence, values: Sequence):
    """Let a layer compute with these values of its variables, as a function of them."""
    with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
        yield
