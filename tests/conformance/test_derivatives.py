"""Second-order gradients, as in a gradient penalty, and several tapes at once."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from tests.conformance.test_implementations import (
    draw,
    two_lanes,  # noqa: F401, here too
)
from tests.family import FAMILY, mostly_slow
from tests.numbers import close, score

pytestmark = pytest.mark.skipif(
    keras.backend.backend() not in ("tensorflow", "jax"), reason="there is the loop alone"
)
tensorflow_only = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tapes are TensorFlow's"
)
WHERE = ("eager", "graph", "xla")


def both(member, masked, **arguments):
    """Return the inputs, other call arguments, a layer on the loop and one with engine="auto"."""
    case, mask = draw(member, masked)
    # Two lanes, and few steps: a loop's second gradient is a large graph.
    x, mask = case.x[:16, :5], None if mask is None else mask[:16, :5]
    layers = [
        case.fill(member.make(return_sequences=True, engine=path, **arguments))
        for path in ("loop", "auto")
    ]
    call = {} if mask is None else {"mask": ops.convert_to_tensor(mask)}
    return ops.convert_to_tensor(x), call, layers


def of_penalty(layer, x, **call):
    """Return the gradients of |d score / d inputs|^2 by the inputs and the weights."""
    weights = [variable.value for variable in layer.trainable_variables]
    if keras.backend.backend() == "jax":
        import jax

        fixed = [variable.value for variable in layer.non_trainable_variables]

        def total(x, weights):
            return score(layer.stateless_call(weights, fixed, x, **call)[0])

        def penalty(x, weights):
            return ops.sum(ops.square(jax.grad(total)(x, weights)))

        of_x, of_weights = jax.grad(penalty, argnums=(0, 1))(x, weights)
        return [of_x, *of_weights]
    import tensorflow as tf

    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            total = score(layer(x, **call))
        penalty = tf.reduce_sum(inner.gradient(total, x) ** 2)
    return outer.gradient(penalty, [x, *weights], unconnected_gradients="zero")


def graph(function, **options):
    """Return the function as TensorFlow's graph, where it computes."""
    if keras.backend.backend() == "jax":
        return function
    import tensorflow as tf

    return tf.function(function, autograph=False, **options)


@pytest.mark.sampled
@pytest.mark.parametrize("masked", mostly_slow([True, False], True))
def test_a_gradient_has_a_gradient(member, masked):
    x, call, (loop, layer) = both(member, masked)
    # The loop in an eager call: tracing its second gradient takes seconds.
    expected = of_penalty(loop, x, **call)
    got = graph(lambda x: of_penalty(layer, x, **call))(x)
    assert any(np.abs(each).max() > 0 for each in expected)
    assert close(list(got), list(expected))


@pytest.mark.parametrize("name", mostly_slow(["lstm", "gru", "min_gru"], "lstm"))
def test_with_noise_too(name):
    member = FAMILY[name]
    noisy = {"dropout": 0.3, "zoneout": 0.1, "seed": 3}
    if member.core:
        noisy["recurrent_dropout"] = 0.2
    x, call, (loop, layer) = both(member, True, **noisy)
    expected = of_penalty(loop, x, training=True, **call)
    got = graph(lambda x: of_penalty(layer, x, training=True, **call))(x)
    assert close(list(got), list(expected))


@tensorflow_only
@pytest.mark.few
@pytest.mark.parametrize(
    ("where", "rows", "masked"),
    mostly_slow(
        itertools.product(WHERE, (2, 16), (True, False)),
        ("eager", 16, True),
        ("graph", 2, False),
        ("xla", 2, True),
    ),
)
def test_wherever_the_tapes_are(member, where, rows, masked):
    """In two lanes in a graph: `test_a_gradient_has_a_gradient`."""
    x, call, layers = both(member, masked)
    x, call = x[:rows], {name: mask[:rows] for name, mask in call.items()}
    expected = of_penalty(layers[0], x, **call)
    if where == "eager":
        got = of_penalty(layers[1], x, **call)
    else:
        got = graph(lambda x: of_penalty(layers[1], x, **call), jit_compile=where == "xla")(x)
    assert close(list(got), list(expected))


@tensorflow_only
@pytest.mark.one
@pytest.mark.parametrize(
    ("where", "rows"),
    mostly_slow(itertools.product(WHERE, (2, 16)), ("eager", 2), ("graph", 16), ("xla", 2)),
)
def test_two_tapes_side_by_side(member, where, rows):
    """As in adversarial training of two networks."""
    import tensorflow as tf

    x, call, layers = both(member, True)
    x, call = x[:rows], {name: mask[:rows] for name, mask in call.items()}

    def gradients(layer):
        with tf.GradientTape() as first, tf.GradientTape() as second:
            total = score(layer(x, **call))
            square = total**2
        weights = [variable.value for variable in layer.trainable_variables]
        return [*first.gradient(total, weights), *second.gradient(square, weights)]

    expected = gradients(layers[0])
    got = gradients
    if where != "eager":
        got = graph(gradients, jit_compile=where == "xla")
    assert close(list(got(layers[1])), list(expected))


CONSTRUCTS = {
    "cond": lambda tf, x, call: tf.cond(tf.size(x) > 0, lambda: call(x), lambda: call(x[:, ::-1])),
    "switch_case": lambda tf, x, call: tf.switch_case(
        tf.constant(1), [lambda: call(x[:, ::-1]), lambda: call(x)]
    ),
    "while_loop": lambda tf, x, call: tf.while_loop(
        lambda k, y: k < 1, lambda k, y: (k + 1, y + call(x)), (0, tf.zeros_like(call(x)))
    )[1],
    "map_fn": lambda tf, x, call: tf.map_fn(lambda row: call(row[None])[0], x),
    "recompute_grad": lambda tf, x, call: tf.recompute_grad(call)(x),
    "a function": lambda tf, x, call: tf.function(call, autograph=False)(x),
}


@tensorflow_only
@pytest.mark.one
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_inside_a_construct_of_tensorflow_s(member, construct):
    """The gradient is taken outside the construct."""
    import tensorflow as tf

    x, _, layers = both(member, False)
    found = []
    for layer in layers:

        def run(x, layer=layer):
            with tf.GradientTape() as tape:
                tape.watch(x)
                total = score(CONSTRUCTS[construct](tf, x, lambda x: layer(x, training=True)))
            weights = [variable.value for variable in layer.trainable_variables]
            return tape.gradient(total, [x, *weights])

        found.append(graph(run)(x))
    assert close(found[1], found[0])


@pytest.mark.slow
@tensorflow_only
@pytest.mark.one
@pytest.mark.parametrize("masked", [True, False])
def test_a_persistent_tape_around_a_function(member, masked):
    import tensorflow as tf

    x, call, layers = both(member, masked)
    x, call = x[:4, :3], {name: mask[:4, :3] for name, mask in call.items()}
    found = []
    for layer in layers:
        run = tf.function(lambda x, layer=layer: layer(x, **call), autograph=False)
        weights = [variable.value for variable in layer.trainable_variables]
        with tf.GradientTape(persistent=True) as tape:
            total = score(run(x))
        found.append([*tape.gradient(total, weights), tape.gradient(total, weights[0])])
    assert close(found[1], found[0])


@tensorflow_only
@pytest.mark.one
def test_hessians(member):
    import tensorflow as tf

    x, _, layers = both(member, False)
    x = x[:2, :3]
    expected, got = (
        graph(lambda x, layer=layer: tf.hessians(score(layer(x)), x)[0])(x) for layer in layers
    )
    assert close(got, expected)


@tensorflow_only
@pytest.mark.few
@pytest.mark.parametrize("tapes", ["one", "persistent", "two", "nested"])
def test_eager_calls_that_xla_compiles(member, tapes):
    import tensorflow as tf

    case, _ = draw(member, False)
    x = tf.constant(case.x[:4, :5])

    def gradients(layer):
        weights = [variable.value for variable in layer.trainable_variables]
        with tf.GradientTape(persistent=tapes == "persistent") as outer:
            with tf.GradientTape() as inner:
                total = score(layer(x))
            if tapes == "nested":
                total = tf.reduce_sum(inner.gradient(total, weights[0]) ** 2)
        if tapes == "two":
            return [*inner.gradient(total, weights), *outer.gradient(total, weights)]
        return outer.gradient(total, weights, unconnected_gradients="zero")

    layers = [
        case.fill(member.make(return_sequences=True, **arguments))
        for arguments in ({"engine": "loop"}, {"jit_compile": True})
    ]
    expected, got = map(gradients, layers)
    assert close(got, expected)
