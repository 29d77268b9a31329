"""Every implementation equals the loop: outputs, states and gradients, for every cell and mask."""

import itertools

import keras
import numpy as np
import pytest

import keras_gated as kg
from keras_gated import engine
from keras_gated.engine import lanes, remat
from tests.family import FAMILY, MASKS, UNITS, Case, mostly_slow
from tests.numbers import as_list, close, distance, gradients

BACKEND = keras.backend.backend()
pytestmark = pytest.mark.skipif(
    BACKEND not in ("tensorflow", "jax"), reason="there is the loop alone"
)
tensorflow_only = pytest.mark.skipif(BACKEND != "tensorflow", reason="of TensorFlow's graphs")

TIME, FEATURES = 23, 3


@pytest.fixture(autouse=True)
def two_lanes(monkeypatch):
    """Use two lanes even on one core, and time chunks that do not divide the sequence."""
    monkeypatch.setattr(lanes, "cores", lambda: 2)
    monkeypatch.setattr(lanes, "FEWEST_WEIGHTS", 0)
    monkeypatch.setattr(remat, "piece_length", lambda time: 5)


def draw(member, masked: bool):
    rng = np.random.default_rng(3)
    layer = member.make()
    rows = 17  # lanes of 8 and of 9
    layer.build((rows, TIME, FEATURES))
    weights = [rng.normal(size=w.shape).astype("float32") * 0.5 for w in layer.weights]
    states = [state.astype("float32") for state in member.states(rng, rows)]
    mask = rng.random((rows, TIME)) < 0.5
    mask[1], mask[2] = False, True
    mask[3] = np.arange(TIME) < 5
    x = rng.normal(size=(rows, TIME, FEATURES)).astype("float32")
    return Case(x, weights, states), mask if masked else None


def served(masked: bool) -> str:
    return "packed" if masked and BACKEND == "tensorflow" else "fused"


def traced(layer, graph=True, **options):
    """Return a function of inputs and tensors: the outputs, and gradients by inputs and weights.

    It runs in a graph on TensorFlow, which is traced once for all inputs of a shape. What is
    expected is computed op by op, without `graph`: tracing the loop takes a second a cell.
    """
    if BACKEND != "tensorflow":
        return lambda x, **call: [
            *as_list(layer(x, **call, **options)),
            *gradients(layer, x, **call, **options),
        ]
    import tensorflow as tf

    def found(x, **call):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = as_list(layer(x, **call, **options))
            total = sum(
                tf.reduce_sum(o * tf.cos(tf.reshape(tf.range(tf.size(o), dtype=o.dtype), o.shape)))
                for o in outputs
            )
        sources = [x, *(variable.value for variable in layer.trainable_variables)]
        return [*outputs, *tape.gradient(total, sources, unconnected_gradients="zero")]

    run = tf.function(found, autograph=False) if graph else found
    # A constant would not have to be differentiated.
    return lambda x, **call: run(tf.constant(x), **call)


def with_gradients(layer, x, **options):
    """Return the outputs and the gradients by the inputs and weights, as `traced` has them."""
    return traced(layer, **options)(x)


def both(member, masked, implementation=None, swapped=False, **arguments):
    """Return outputs, states and gradients by the loop, and by an implementation.

    If `swapped`, return those by the implementation with two gates swapped as well.
    """
    case, mask = draw(member, masked)
    call = {"initial_state": [keras.ops.convert_to_tensor(s) for s in case.states]}
    if mask is not None:
        call["mask"] = keras.ops.convert_to_tensor(mask)
    found = []
    wished = {"engine": implementation or served(masked), **arguments}
    plain = {name: value for name, value in arguments.items() if name == "return_sequences"}
    for ours in ({"engine": "loop", **plain}, wished):
        layer = case.fill(member.make(return_state=True, **ours))
        run = traced(layer, graph=layer.engine != "loop")
        found.append(run(case.x, **call))
    if swapped:
        kernel, *others = layer.get_weights()
        layer.set_weights([np.roll(kernel, UNITS, axis=1), *others])
        found.append(run(case.x, **call))
    return found


@pytest.mark.parametrize(
    ("masked", "sequences"), mostly_slow(itertools.product((True, False), repeat=2), (True, True))
)
def test_implementation_equals_loop(member, masked, sequences):
    # With a single gate, or gates that share the kernel's columns, no two can be swapped.
    swapped = member.swap is not None and draw(member, masked)[0].weights[0].shape[1] > UNITS
    expected, got, *control = both(member, masked, swapped=swapped, return_sequences=sequences)
    assert close(got, expected)
    for other in control:
        assert not any(close(g, e) for g, e in zip(other, expected, strict=True))


@pytest.mark.costly
def test_dense_too(member):
    expected, got = both(member, False)
    assert close(got, expected)


@pytest.mark.sampled
@pytest.mark.parametrize("masked", mostly_slow([True, False], True))
def test_remat_changes_no_number(member, masked):
    expected, got = both(member, masked, return_sequences=True, remat=True)
    assert close(got, expected)


@tensorflow_only
@pytest.mark.costly
def test_fused_supports_masks(member):
    """Needed inside XLA, where packed cannot run."""
    expected, got = both(member, True, implementation="fused", return_sequences=True)
    assert close(got, expected)


@tensorflow_only
@pytest.mark.few
@pytest.mark.parametrize("masked", [True, False])
def test_compiled_by_xla(member, masked):
    chosen = "scan" if member.make().explain().engine == "scan" else "fused"
    expected, got = both(
        member, masked, implementation=chosen, return_sequences=True, jit_compile=True
    )
    assert close(got, expected)


@pytest.mark.few
@pytest.mark.parametrize(
    ("rows", "masked"), mostly_slow(itertools.product((1, 3), (True, False)), (1, True), (3, False))
)
def test_few_rows(member, rows, masked):
    case, mask = draw(member, masked=True)
    x, mask = case.x[-rows:], keras.ops.convert_to_tensor(mask[-rows:]) if masked else None
    expected, got = (
        with_gradients(case.fill(member.make(return_sequences=True, engine=name)), x, mask=mask)
        for name in ("loop", served(masked))
    )
    assert close(got, expected)


@tensorflow_only
@pytest.mark.few
@pytest.mark.parametrize("masked", [True, False])
def test_a_number_of_rows_and_timesteps_that_is_not_known_while_tracing(member, masked):
    import tensorflow as tf

    case, mask = draw(member, masked=True)
    signature = [tf.TensorSpec((None, None, FEATURES)), tf.TensorSpec((None, None), "bool")]
    runs = []
    for name in ("loop", served(masked)):
        layer = case.fill(member.make(return_state=True, engine=name))

        def of(x, mask=None, layer=layer):
            with tf.GradientTape() as tape:
                tape.watch(x)
                outputs = layer(x, mask=mask, training=True)
                total = sum(tf.reduce_sum(output**2) for output in outputs)
            weights = [variable.value for variable in layer.trainable_variables]
            return [*outputs, *tape.gradient(total, [x, *weights])]

        runs.append(tf.function(of, signature[: 1 + masked], autograph=False))
    for rows, time in itertools.product((0, 1, 2, 20), (0, 1, TIME)):
        x = np.resize(case.x, (rows, *case.x.shape[1:]))[:, :time]
        arguments = [x, np.resize(mask, (rows, TIME))[:, :time]][: 1 + masked]
        expected, got = (run(*map(tf.constant, arguments)) for run in runs)
        assert close(got, expected), (rows, time)


@tensorflow_only
@pytest.mark.few
@pytest.mark.parametrize("masked", [True, False])
def test_asked_for_by_name_in_an_eager_call(member, masked):
    case, mask = draw(member, masked)
    call = {} if mask is None else {"mask": keras.ops.convert_to_tensor(mask)}
    chosen = "scan" if member.make().explain().engine == "scan" else served(masked)
    layers = [case.fill(member.make(engine=name)) for name in ("loop", chosen)]
    expected, got = ([layer(case.x, **call), *gradients(layer, case.x, **call)] for layer in layers)
    assert close(got, expected)


@pytest.mark.few
def test_every_mask_is_supported(member, case):
    runs = [
        traced(case.fill(member.make(return_sequences=True, engine=name)))
        for name in ("loop", served(True))
    ]
    for name, mask in MASKS.items():
        if mask is not None:
            seen = keras.ops.convert_to_tensor(mask)
            expected, got = (run(case.x, mask=seen) for run in runs)
            assert close(got, expected), name


@pytest.mark.costly
@pytest.mark.parametrize("name", ["loop", "auto", "fused"])
def test_masked_timesteps_never_touch_a_number(member, name):
    case, mask = draw(member, masked=True)
    seen = keras.ops.convert_to_tensor(mask)
    run = traced(case.fill(member.make(engine=name)))
    expected, *found = (
        run(np.where(mask[..., None], case.x, np.float32(value)), mask=seen)
        for value in (0, "nan", "inf")
    )
    for got in found:
        assert all(np.array_equal(g, e) for g, e in zip(got, expected, strict=True))


@pytest.mark.few
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_masked_timesteps_never_touch_a_number_in_an_eager_call(member, value):
    case, mask = draw(member, masked=True)
    seen = keras.ops.convert_to_tensor(mask)
    zeros = np.where(mask[..., None], case.x, np.float32(0))
    anything = np.where(mask[..., None], case.x, np.float32(value))
    layer = case.fill(member.make())
    expected, got = (
        [layer(x, mask=seen), *gradients(layer, x, mask=seen)] for x in (zeros, anything)
    )
    assert all(np.array_equal(g, e) for g, e in zip(got, expected, strict=True))


@pytest.mark.sampled
@pytest.mark.parametrize("masked", mostly_slow([True, False], True))
def test_every_implementation_uses_the_same_dropout_masks(member, masked):
    rates = {"dropout": 0.4, **({"recurrent_dropout": 0.4} if member.core else {})}
    case, mask = draw(member, masked)
    call = {} if mask is None else {"mask": keras.ops.convert_to_tensor(mask)}
    expected, got = (
        with_gradients(
            case.fill(member.make(engine=name, seed=5, **rates)), case.x, training=True,
            graph=name != "loop", **call,
        )
        for name in ("loop", served(masked))
    )  # fmt: skip
    # Dropout scales up what remains: rounding over 23 steps reaches 7e-6 of the largest gradient.
    assert all(distance(g, e) <= 2e-5 for g, e in zip(got, expected, strict=True))


def test_explain():
    layer = kg.LSTM(4)
    assert layer.explain(64, 200, training=True).engine == "fused"
    masked = layer.explain(64, 200, mask=True, training=True)
    assert masked.engine == served(True)
    assert kg.LSTM(4, unroll=True).explain(64, 200).engine == "loop"
    assert "nothing to compute" in layer.explain(0, 200).against["fused"]
    if BACKEND == "tensorflow":
        assert masked.against["fused"] == "packed is preferred"
        assert not masked.compiled
        assert layer.explain(64, 200, training=True, eager=True).engine == "loop"
        assert layer.explain(None, None).engine == "fused"
        asked = kg.LSTM(4, jit_compile=True).explain(64, 200, mask=True)
        assert (asked.engine, asked.compiled) == ("fused", True)
        assert "XLA compiles for one size" in str(asked)
        assert not kg.LSTM(4, jit_compile=False).explain(64, 200, training=True).compiled


def test_an_unsupported_implementation_raises():
    x = np.ones((2, 3, 4), "float32")
    with pytest.raises(ValueError, match=r"engine='packed' cannot serve.*there is no mask"):
        kg.LSTM(4, engine="packed")(x)
    with pytest.raises(ValueError, match=r"engine='fused' cannot serve.*unroll=True"):
        kg.LSTM(4, engine="fused", unroll=True)(x)


@pytest.mark.parametrize(
    "argument", [{"engine": "quick"}, {"jit_compile": "always"}, {"remat": "low"}]
)
def test_unknown_choices(argument):
    with pytest.raises(ValueError, match=f"Argument `{next(iter(argument))}` must be one of"):
        kg.LSTM(4, **argument)


def test_choices_are_saved():
    written = kg.LSTM(4, engine="loop", jit_compile=True, remat=True).get_config()
    again = kg.LSTM.from_config(written)
    assert (again.engine, again.jit_compile, again.remat) == ("loop", True, True)
    assert kg.LSTM(4, jit_compile=None).jit_compile == "auto"
    assert not {"engine", "jit_compile", "remat"} & set(kg.LSTM(4).get_config())


def test_every_implementation_is_named_once():
    assert len(set(engine.NAMES)) == len(engine.NAMES)
    assert FAMILY
