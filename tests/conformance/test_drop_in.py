"""Changing the import from `keras.layers` changes nothing that a program can see."""

import inspect

import keras
import numpy as np
import pytest
from keras import ops

from tests.family import FAMILY, FEATURES, MASKS, TIME, TWINS, Case, mostly_slow
from tests.numbers import as_list, close, gradients

pytestmark = pytest.mark.twins

OPTIONS = {
    "default": {},
    "sequences": {"return_sequences": True},
    "state": {"return_sequences": True, "return_state": True},
    "backwards": {"go_backwards": True, "return_state": True},
    "zeros for masked": {"return_sequences": True, "zero_output_for_mask": True},
    "zeros for masked, last": {"zero_output_for_mask": True, "return_state": True},
    "unrolled": {"unroll": True, "return_state": True},
    "no bias": {"use_bias": False},
    "activation": {"activation": "softsign"},
    "linear": {"activation": None, "kernel_initializer": "zeros"},
}

# Where a sequence starts with masked steps, Keras gives zeros on TensorFlow and the initial state
# on JAX; ours gives zeros everywhere. Without an initial state the two are the same.
needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="Keras's masked outputs differ by backend"
)


def twins(member, **arguments):
    """Return Keras's layer and ours, built, with the same random weights."""
    rng = np.random.default_rng(3)
    theirs, ours = member.make_keras(**arguments), member.make(**arguments)
    for layer in (theirs, ours):
        layer.build((None, TIME, FEATURES))
    theirs.set_weights([rng.normal(size=w.shape) for w in theirs.get_weights()])
    ours.set_weights(theirs.get_weights())
    return theirs, ours


def test_the_same_seed_gives_the_same_initial_weights(member):
    """In this layer, and in one that is made after it."""
    drawn = []
    for make in (member.make_keras, member.make):
        keras.utils.set_random_seed(7)
        layers = make(), keras.layers.Dense(3)
        for layer in layers:
            layer.build((None, TIME, FEATURES))
        drawn.append([w for layer in layers for w in layer.get_weights()])
    for theirs, ours in zip(*drawn, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def of_options(options) -> list:
    """Return pairs of an option and a mask; with returned states, all masks."""
    pairs = [(option, mask) for option in options for mask in MASKS]
    return mostly_slow(pairs, *(p for p in pairs if p[0] == "state" or p[1] in ("none", "gaps")))


@pytest.mark.parametrize(("option", "mask"), of_options(OPTIONS))
def test_numbers(member, case, option, mask):
    theirs, ours = twins(member, **OPTIONS[option])
    expected = as_list(theirs(case.x, mask=MASKS[mask]))
    assert close(as_list(ours(case.x, mask=MASKS[mask])), expected)


@needs_tensorflow
@pytest.mark.parametrize(
    ("option", "mask"), of_options(["state", "backwards", "zeros for masked", "unrolled"])
)
def test_numbers_from_an_initial_state(member, case, option, mask):
    theirs, ours = twins(member, **OPTIONS[option])
    call = dict(mask=MASKS[mask], initial_state=case.states)
    assert close(as_list(ours(case.x, **call)), as_list(theirs(case.x, **call)))


@pytest.mark.parametrize(
    "arguments",
    [
        {"dropout": 0.4},
        {"recurrent_dropout": 0.4},
        {"dropout": 0.3, "recurrent_dropout": 0.2, "return_sequences": True},
        {"dropout": 0.4, "unroll": True},
    ],
    ids=str,
)
def test_the_same_seed_drops_the_same(member, case, arguments):
    theirs, ours = twins(member, **arguments, seed=5)
    first = None
    for _ in range(2):
        expected = theirs(case.x, training=True)
        got = ours(case.x, training=True)
        assert close(got, expected)
        assert first is None or not close(got, first), "a new batch draws new masks"
        first = got
    assert close(ours(case.x), ours(case.x)), "nothing is dropped outside training"


def test_implementation_draws_masks_by_gate(member, case):
    if member.keras is keras.layers.SimpleRNN:
        pytest.skip("Keras's SimpleRNN takes no `implementation`")
    # Keras fails on a mask per gate where it tries cuDNN first (3.15.1).
    theirs, ours = twins(member, dropout=0.4, seed=5, implementation=1, use_cudnn=False)
    assert close(ours(case.x, training=True), theirs(case.x, training=True))
    _, once = twins(member, dropout=0.4, seed=5, implementation=2)
    assert not close(once(case.x, training=True), ours(case.x, training=True))


def test_dropout_gradients(member, case):
    theirs, ours = twins(member, dropout=0.3, recurrent_dropout=0.3, seed=5)
    expected = gradients(theirs, case.x, training=True)
    if keras.backend.backend() == "jax":
        pytest.skip("the two stateless calls of this test draw from different seeds on JAX")
    assert close(gradients(ours, case.x, training=True), expected)


def test_one_mask_for_the_whole_sequence(member):
    """With U = 0 and the same input at every step, every step of a one-gate sum is the same."""
    layer = member.make(dropout=0.5, seed=1, return_sequences=True)
    x = np.ones((64, TIME, FEATURES), "float32")
    layer.build(x.shape)
    kernel, recurrent, bias = layer.get_weights()
    layer.set_weights([kernel, 0 * recurrent, 0 * bias])
    wx = ops.convert_to_numpy(layer(x, training=True))
    # States of several steps agree with a layer that sees the dropped input as it is.
    same = [np.allclose(wx[:, 0], wx[row, 0]) for row in range(1, 4)]
    assert not all(same), "rows draw masks of their own"
    if len(member.cell.states) == 1 and len(member.cell.gates) == 1:
        assert np.allclose(wx[:, :1], wx, atol=1e-6)


def test_initial_weights_follow_the_seeds(member):
    arguments = dict(
        kernel_initializer=keras.initializers.GlorotUniform(1),
        recurrent_initializer=keras.initializers.Orthogonal(2),
        bias_initializer=keras.initializers.RandomNormal(seed=3),
    )
    theirs, ours = member.make_keras(**arguments), member.make(**arguments)
    for layer in (theirs, ours):
        layer.build((None, TIME, FEATURES))
    for got, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.array_equal(got, expected)


def test_weights_have_keras_names_and_shapes(member):
    theirs, ours = twins(member, name="layer")
    assert [(w.path, w.shape) for w in ours.weights] == [(w.path, w.shape) for w in theirs.weights]


def test_constructor_takes_what_keras_takes(member):
    theirs = inspect.signature(member.keras.__init__).parameters
    layer = member.layer(4)
    for name, parameter in theirs.items():
        if name in ("self", "kwargs", "units"):
            continue
        given = getattr(member.layer(4, **{name: parameter.default}), name)
        assert _plain(getattr(layer, name)) == _plain(given), name


def _plain(value):
    """Return an argument's stored value in a form that compares by value."""
    known = hasattr(value, "get_config")
    return (type(value), value.get_config().keys()) if known else value


# For each argument a value other than its default, which shows up if stored in the wrong place.
OTHER = {
    "activation": "relu",
    "recurrent_activation": "hard_sigmoid",
    "use_bias": False,
    "kernel_initializer": "he_normal",
    "recurrent_initializer": "lecun_uniform",
    "bias_initializer": "random_uniform",
    "unit_forget_bias": False,
    "kernel_regularizer": keras.regularizers.L2(0.1),
    "recurrent_regularizer": keras.regularizers.L2(0.2),
    "bias_regularizer": keras.regularizers.L2(0.3),
    "activity_regularizer": keras.regularizers.L2(0.4),
    "kernel_constraint": keras.constraints.MaxNorm(1),
    "recurrent_constraint": keras.constraints.MaxNorm(2),
    "bias_constraint": keras.constraints.MaxNorm(3),
    "dropout": 0.1,
    "recurrent_dropout": 0.2,
    "reset_after": False,
    "seed": 7,
    "return_sequences": True,
    "return_state": True,
    "go_backwards": True,
    "stateful": True,
    "unroll": True,
    "use_cudnn": False,
}


def positions(cls) -> list[str]:
    parameters = inspect.signature(cls.__init__).parameters.values()
    return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD][2:]


def theirs_and_ours(member, kind):
    if kind == "layer":
        return member.keras, member.layer
    return getattr(keras.layers, f"{member.keras.__name__}Cell"), member.cell


@pytest.mark.parametrize("kind", ["layer", "cell"])
def test_arguments_by_position(member, kind):
    """Pass the first n arguments by position, in Keras's order, for every n."""
    theirs, ours = theirs_and_ours(member, kind)
    names = positions(theirs)
    for count in range(1, len(names) + 1):
        given = [OTHER[name] for name in names[:count]]
        expected, got = (cls(4, *given, name="n").get_config() for cls in (theirs, ours))
        if theirs is keras.layers.SimpleRNN and "activity_regularizer" in names[:count]:
            # Keras's own loses it (3.15.1); ours does not.
            assert expected.pop("activity_regularizer") is None
            assert got["activity_regularizer"]["config"] == {"l2": 0.4}
        assert {name: got[name] for name in expected} == expected, names[count - 1]
    if "use_cudnn" in names:
        assert ours(4, *given).use_cudnn is False
    if "seed" in names:
        assert ours(4, *given).seed == 7


@pytest.mark.parametrize("kind", ["layer", "cell"])
def test_positions_are_checked(member, kind):
    theirs, ours = theirs_and_ours(member, kind)
    given = [OTHER[name] for name in positions(theirs)]
    with pytest.raises(TypeError, match=r"arguments by position \(units, activation, .*by name"):
        ours(4, *given, None)
    with pytest.raises(TypeError, match="multiple values for argument 'activation'"):
        ours(4, "relu", activation="tanh")


def test_config_goes_both_ways(member):
    arguments = dict(
        dropout=0.2, return_sequences=True, go_backwards=True, kernel_regularizer="l2", seed=4
    )
    theirs, ours = (make(**arguments, name="n") for make in (member.make_keras, member.make))
    expected = theirs.get_config()
    got = ours.get_config()
    assert {name: got[name] for name in expected} == expected
    # Keras's SimpleRNN does not write its seed (3.15.1).
    assert set(got) - set(expected) <= {"seed"}
    again = member.layer.from_config(expected).get_config()
    assert {name: again[name] for name in expected} == expected
    assert member.keras.from_config(got).get_config() == expected


def test_symbolic_calls(member):
    inputs = keras.Input((None, FEATURES))
    sequence, *states = member.make(return_sequences=True, return_state=True)(inputs)
    assert sequence.shape == (None, None, 4)
    assert [s.shape for s in states] == [(None, 4)] * len(member.cell.states)
    encoded = member.make()(sequence, initial_state=states)
    model = keras.Model(inputs, encoded)
    for time in (2, 5):
        assert model(np.ones((3, time, FEATURES), "float32")).shape == (3, 4)


def test_mask_of_an_embedding_arrives(member):
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(10, FEATURES, mask_zero=True),
            member.make(return_sequences=True),
            member.make(),
        ]
    )
    short, long = np.array([[3, 4]]), np.array([[3, 4, 0, 0, 0]])
    assert close(model(short), model(long))
    assert not close(model(short), model(np.array([[3, 4, 1, 1, 1]])))


def test_stateful_continues_the_previous_batch(member, case):
    whole = case.fill(member.make(return_sequences=True))
    chunked = member.make(return_sequences=True, stateful=True)
    chunked.build(case.x.shape)
    chunked.set_weights(case.weights)
    expected = ops.convert_to_numpy(whole(case.x))
    chunks = [chunked(case.x[:, :3]), chunked(case.x[:, 3:4]), chunked(case.x[:, 4:])]
    assert close(np.concatenate([ops.convert_to_numpy(c) for c in chunks], 1), expected)
    chunked.reset_state()
    assert close(chunked(case.x), expected)
    assert len(chunked.get_weights()) == 3, "carried states are not weights"


def test_stateful_masks_as_keras(member, case):
    theirs, ours = (make(stateful=True) for make in (member.make_keras, member.make))
    for layer in (theirs, ours):
        layer.build(case.x.shape)
        layer.set_weights(case.weights)
        layer(case.x, mask=MASKS["gaps"])
    second = case.x[:, ::-1]
    expected = theirs(second, mask=MASKS["right"])
    assert close(ours(second, mask=MASKS["right"]), expected)


@pytest.mark.parametrize(
    # On JAX, which compiles both models as a whole, most of a minute per cell.
    "name",
    mostly_slow(TWINS, *(["gru"] if keras.backend.backend() != "jax" else [])),
)
def test_training_runs_as_keras(name):
    """Twenty steps of Adam on masked batches end at the same weights."""
    member = TWINS[name]
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 9, (32, 6))
    labels = rng.normal(size=(32, 1)).astype("float32")
    ends = []
    for make in (member.make_keras, member.make):
        model = keras.Sequential(
            [
                keras.layers.Embedding(9, FEATURES, mask_zero=True),
                make(),
                keras.layers.Dense(1),
            ]
        )
        model.build((None, 6))
        model.set_weights([np.random.default_rng(1).normal(size=w.shape) for w in model.weights])
        start = model.get_weights()
        model.compile("adam", "mse", jit_compile=False)
        model.fit(tokens, labels, batch_size=8, epochs=5, shuffle=False, verbose=0)
        ends.append(model.get_weights())
    for got, expected in zip(*ends, strict=True):
        # Adam divides by the root of the squared gradient, which amplifies rounding of tiny ones.
        assert np.abs(got - expected).max() < 1e-4
    assert all(np.abs(end - w).max() > 1e-3 for end, w in zip(ends[0], start, strict=True))


def test_case_is_not_trivial():
    """The control: wrong weights of the same shapes are noticed."""
    member = FAMILY["gru"]
    case = Case.draw(member)
    theirs, ours = twins(member)
    ours.set_weights([w[:, ::-1] for w in theirs.get_weights()])
    assert not close(ours(case.x), theirs(case.x))
