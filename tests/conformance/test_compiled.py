"""XLA changes only the speed, in `fit`, `predict` and `tf.function`, for any number of steps."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests.family import FEATURES, MASKS, mostly_slow
from tests.numbers import as_list, close, score

tensorflow_only = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="tf.function is TensorFlow's"
)


@pytest.mark.sampled
@tensorflow_only
@pytest.mark.parametrize("mask", mostly_slow(["none", "gaps", "one row masked"], "gaps"))
def test_function_with_dynamic_time(member, case, mask):
    import tensorflow as tf

    layer = case.fill(member.make(return_sequences=True, return_state=True))

    def run(x, mask=None):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, mask=mask)
            total = sum(tf.reduce_sum(output**2) for output in outputs)
        sources = [x, *(v.value for v in layer.trainable_variables)]
        return [*outputs, *tape.gradient(total, sources)]

    signature = [tf.TensorSpec((None, None, FEATURES))]
    given = MASKS[mask]
    if given is not None:
        signature.append(tf.TensorSpec((None, None), tf.bool))
    compiled = tf.function(run, input_signature=signature, jit_compile=True)
    for rows, time in ((5, 7), (2, 3), (5, 1)):
        arguments = [tf.constant(case.x[:rows, :time])]
        if given is not None:
            arguments.append(tf.constant(given[:rows, :time]))
        assert close(compiled(*arguments), run(*arguments))


@pytest.mark.one
@pytest.mark.parametrize(
    "compiled",
    [
        True,
        # Of torch, which has no XLA; on JAX that is op by op, 20 s a cell.
        pytest.param(False, marks=() if keras.backend.backend() == "torch" else pytest.mark.slow),
    ],
)
def test_fit_and_predict(member, compiled):
    """Masked batches of several lengths: training gives the same weights with and without XLA."""
    if keras.backend.backend() == "torch" and compiled:
        pytest.skip(
            "on torch, jit_compile hands the model to torch.compile, which needs a compiler"
        )
    rng = np.random.default_rng(0)
    batches = [
        (rng.integers(0, 9, (4, time)), rng.normal(size=(4, 1)).astype("float32"))
        for time in (3, 5, 3, 2)
    ]

    def trained(jit_compile):
        model = keras.Sequential(
            [
                keras.layers.Embedding(9, FEATURES, mask_zero=True),
                member.make(return_sequences=True),
                member.make(),
                keras.layers.Dense(1),
            ]
        )
        model.build((None, None))
        model.set_weights([np.random.default_rng(1).normal(size=w.shape) for w in model.weights])
        model.compile("sgd", "mse", jit_compile=jit_compile)
        start = {weight.path: np.array(weight) for weight in model.trainable_weights}
        for x, y in batches:
            model.fit(x, y, batch_size=4, epochs=1, verbose=0)
        assert all(np.any(np.array(w) != start[w.path]) for w in model.trainable_weights)
        return model

    model, plain = trained(compiled), trained(False)
    for got, expected in zip(model.get_weights(), plain.get_weights(), strict=True):
        assert np.abs(got - expected).max() < 1e-5
    for x, _ in batches:
        assert close(model.predict(x, verbose=0), plain(x), "float32")


@pytest.mark.few
@tensorflow_only
@pytest.mark.parametrize("mask", ["none", "gaps"])
@pytest.mark.parametrize("training", [True, False])
def test_unknown_features(member, case, mask, training):
    """As those of a `tf.py_function`; the layer knows their number since it was built."""
    import tensorflow as tf

    layer = case.fill(member.make())
    call = {"mask": MASKS[mask], "training": training}
    traced = tf.function(
        lambda x: layer(x, **call), input_signature=[tf.TensorSpec((None, None, None))]
    )
    assert close(traced(case.x), layer(case.x, **call))


@pytest.mark.costly
@tensorflow_only
def test_unknown_batch_and_known_batch(member, case):
    """A state of unknown batch size with inputs of a known one, and the other way round."""
    import tensorflow as tf

    layer = case.fill(member.make(return_sequences=True))
    expected = layer(case.x, initial_state=case.states)
    for x_rows, state_rows in ((None, 5), (5, None), (None, None)):
        states = [tf.TensorSpec((state_rows, size)) for size in member.sizes]

        @tf.function(input_signature=[tf.TensorSpec((x_rows, None, FEATURES)), states])
        def run(x, states):
            return layer(x, initial_state=states)

        assert close(run(case.x, [tf.constant(s) for s in case.states]), expected)


@pytest.mark.sampled
def test_traced_on_jax(member, case):
    if keras.backend.backend() != "jax":
        pytest.skip("jax.jit is JAX's")
    import jax

    layer = case.fill(member.make(return_sequences=True, return_state=True))
    weights = [v.value for v in layer.trainable_variables]
    fixed = [v.value for v in layer.non_trainable_variables]

    def total(weights, x):
        outputs, _ = layer.stateless_call(weights, fixed, x, mask=MASKS["gaps"])
        return score(as_list(outputs))

    compiled, plain = (jax.value_and_grad(f) for f in (jax.jit(total), total))
    got, expected = (f(weights, ops.convert_to_tensor(case.x)) for f in (compiled, plain))
    assert close([got[0], *got[1]], [expected[0], *expected[1]])


class Unbuilt(keras.Model):
    """A subclassed model whose layers are built on the first call."""

    def __init__(self, layer):
        super().__init__()
        self.layer, self.last = layer, keras.layers.Dense(1)

    def call(self, x):
        return self.last(self.layer(x))


@pytest.mark.few
@pytest.mark.parametrize("rows", mostly_slow([4, 16], 16))
def test_a_model_built_by_fit_trains_and_predicts(member, rows):
    """Keras first traces such a model with placeholder weights."""
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(1).normal(size=(32, 5, 2)).astype("float32")
    model = Unbuilt(member.make())
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(x, x[:, 0, :1], batch_size=rows, verbose=0)
    before = model.layer.get_weights()
    model.fit(x, x[:, 0, :1], batch_size=rows, verbose=0)
    trained = [weight.trainable for weight in model.layer.weights]
    moved = [bool((a != b).any()) for a, b in zip(before, model.layer.get_weights(), strict=True)]
    assert moved == trained
    predicted = model.predict(x, batch_size=rows, verbose=0)
    assert close(predicted, model(x))


@pytest.mark.few
@pytest.mark.skipif(keras.backend.backend() == "torch", reason="no XLA")
def test_weights_given_with_the_call_are_those_of_this_call(member, case):
    layers = [member.make(engine="loop", jit_compile=False), member.make(jit_compile=True)]
    for layer in layers:
        case.fill(layer)
    for shift in (0.0, 0.3):
        weights = [keras.ops.convert_to_tensor(w + np.float32(shift)) for w in case.weights]
        found = [
            layer.stateless_call(weights, [v.value for v in layer.non_trainable_variables], case.x)
            for layer in layers
        ]
        assert close(found[1][0], found[0][0])


@pytest.mark.few
@tensorflow_only
@pytest.mark.parametrize("compiled", [None, True])
def test_zero_steps_of_unknown_number(member, case, compiled):
    import tensorflow as tf

    layer = case.fill(member.make(return_state=True, jit_compile=compiled))
    if layer.explain(None, None, training=True).engine == "fused":
        pytest.skip("known gap: XLA refuses to compile a loop that would slice what has no step")

    def of(x, *states):
        with tf.GradientTape() as tape:
            tape.watch(states)
            outputs = layer(x, initial_state=list(states))
            total = sum(tf.reduce_sum(state) for state in outputs[1:])
        return [*outputs[1:], *tape.gradient(total, states)]

    states = [tf.constant(state, "float32") for state in case.states]
    signature = [
        tf.TensorSpec((None, None, FEATURES)),
        *(tf.TensorSpec((None, s.shape[1])) for s in states),
    ]
    found = tf.function(of, signature, autograph=False)(tf.constant(case.x[:, :0]), *states)
    assert close(found, [*states, *(tf.ones_like(state) for state in states)])


def test_zero_steps_give_zeros_as_masked_steps_do():
    layer = kg.LSTM(4, zero_output_for_mask=True)
    output = layer(np.zeros((2, 0, 3), "float32"), mask=np.zeros((2, 0), bool))
    assert close(output, np.zeros((2, 4)))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="JAX has programs of its own")
def test_an_eager_program_is_not_older_than_its_cell():
    layer = kg.LSTM(3, jit_compile=True)
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    before = ops.convert_to_numpy(layer(x))
    layer.cell.activation = keras.activations.relu
    after = ops.convert_to_numpy(layer(x))
    assert not np.allclose(after, before)
    layer.jit_compile = False
    assert np.allclose(layer(x), after, atol=1e-6)
