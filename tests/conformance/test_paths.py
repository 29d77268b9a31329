"""Every path equals the loop: outputs, states and gradients, for every cell and mask."""

import functools

import keras
import numpy as np
import pytest

import keras_gated as kg
from keras_gated import paths
from keras_gated.paths import lanes, programs, tokens
from tests.family import FAMILY, MASKS, UNITS, Case
from tests.numbers import as_list, close, distance, gradients

pytestmark = pytest.mark.skipif(
    keras.backend.backend() not in ("tensorflow", "jax"), reason="there is the loop alone"
)

# Long enough for several segments of the backward pass, with the small ones set below.
TIME, FEATURES = 23, 3


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    """Several segments, widths and lanes also at a test's sizes."""
    monkeypatch.setattr(tokens, "SEGMENT_STEPS", 4)
    monkeypatch.setattr(tokens, "SEGMENT_TOKENS", 16)
    monkeypatch.setattr(tokens, "ROWS_OF_A_WIDTH", 1)
    monkeypatch.setattr(lanes, "cores", lambda: 2)


def draw(member, masked: bool):
    rng = np.random.default_rng(3)
    layer = member.make()
    # Two lanes of one size are one program, of two sizes two.
    rows = 17 if member.core else 16
    layer.build((rows, TIME, FEATURES))
    weights = [rng.normal(size=w.shape).astype("float32") * 0.5 for w in layer.weights]
    states = [state.astype("float32") for state in member.states(rng, rows)]
    mask = rng.random((rows, TIME)) < 0.5
    mask[1], mask[2] = False, True
    mask[3] = np.arange(TIME) < 5
    x = rng.normal(size=(rows, TIME, FEATURES)).astype("float32")
    return Case(x, weights, states), mask if masked else None


def both(member, masked, memory, swapped=False, **arguments):
    """Return outputs, states and gradients by the loop, and by the path that serves the call."""
    case, mask = draw(member, masked)
    path = "packed" if masked else "fused"
    # Of one's own, since programs of a shape are kept: segments are smaller here.
    found = []
    for wished in ({"path": "loop"}, {"path": path, "memory": memory, "jit_compile": True}):
        layer = case.fill(member.make(return_state=True, **wished, **arguments))
        if swapped and "memory" in wished:
            kernel = layer.get_weights()[0]
            order = np.roll(np.arange(kernel.shape[1]), UNITS)
            layer.set_weights([kernel[:, order], *layer.get_weights()[1:]])
        call = {"initial_state": [keras.ops.convert_to_tensor(s) for s in case.states]}
        if mask is not None:
            call["mask"] = keras.ops.convert_to_tensor(mask)
        outputs = as_list(layer(case.x, **call))
        found.append((outputs, gradients(layer, case.x, **call)))
    return found


@pytest.mark.parametrize(
    ("masked", "sequences", "memory"),
    [
        (True, True, "high"),
        (False, True, "low"),
        pytest.param(True, False, "low", marks=pytest.mark.slow),
        pytest.param(True, True, "low", marks=pytest.mark.slow),
        pytest.param(False, True, "high", marks=pytest.mark.slow),
        pytest.param(False, False, "high", marks=pytest.mark.slow),
    ],
)
def test_path_equals_loop(member, masked, sequences, memory):
    (expected, of_expected), (got, of_got) = both(
        member, masked, memory, return_sequences=sequences
    )
    assert close(got, expected)
    assert close(of_got, of_expected)


def with_gradients(layer, x, **call):
    """Return the outputs and the gradients, in whatever way the backend has them."""
    if keras.backend.backend() == "jax":
        return [layer(x, **call), *gradients(layer, x, **call)]
    import tensorflow as tf

    with tf.GradientTape() as tape:
        outputs = layer(x, training=True, **call)
    weights = [variable.value for variable in layer.trainable_variables]
    return [outputs, *tape.gradient(outputs, weights)]


@pytest.mark.few
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("rows", [1, 3])
def test_few_rows(member, masked, rows, monkeypatch):
    """Few rows are one program with all around them; one row is multiplied in a way of its own."""
    monkeypatch.setattr(tokens, "ROWS_OF_A_WIDTH", 4)
    case, mask = draw(member, masked=True)
    x, mask = case.x[-rows:], keras.ops.convert_to_tensor(mask[-rows:]) if masked else None
    found = []
    for path in ("loop", "packed" if masked else "fused"):
        layer = case.fill(member.make(return_sequences=True, path=path))
        of = functools.partial(with_gradients, layer, mask=mask)
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            of = tf.function(of, autograph=False)
        found.append(of(x))
    assert close(found[1], found[0])


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="JAX knows every size")
@pytest.mark.parametrize("rows", [1, 2, 20])
def test_a_number_of_rows_that_is_not_known_while_tracing(rows):
    import tensorflow as tf

    member = FAMILY["lstm"]
    case, _ = draw(member, masked=False)
    x = np.resize(case.x, (rows, *case.x.shape[1:]))
    found = []
    for path in ("loop", "fused"):
        layer = case.fill(member.make(path=path))

        signature = [tf.TensorSpec((None, None, FEATURES))]
        of = functools.partial(with_gradients, layer)
        found.append(tf.function(of, signature, autograph=False)(x))
    assert close(found[1], found[0])


@pytest.mark.few
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="JAX knows every size")
@pytest.mark.parametrize(("rows", "known"), [(0, None), (1, None), (35, None), (35, 35)])
def test_rows_that_are_added_to_have_one_of_few_numbers(member, rows, known):
    """Also where the number of the inputs' rows is known and that of the mask's is not."""
    import tensorflow as tf

    case, mask = draw(member, masked=True)
    x, mask = np.resize(case.x, (rows, *case.x.shape[1:])), np.resize(mask, (rows, TIME))
    found = []
    for path in ("loop", "packed"):
        layer = case.fill(member.make(return_sequences=True, return_state=True, path=path))
        signature = [tf.TensorSpec((known, TIME, FEATURES)), tf.TensorSpec((None, TIME), "bool")]
        of = functools.partial(with_gradients, layer)
        of = tf.function(lambda x, mask, of=of: of(x, mask=mask), signature, autograph=False)
        found.append(of(x, mask))
    assert close(found[1], found[0])


@pytest.mark.few
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="JAX knows every size")
@pytest.mark.parametrize("known_first", [True, False])
def test_programs_for_any_rows_serve_few_known_ones(member, known_first, monkeypatch):
    """What was traced for any number of rows is run again where there are known to be few."""
    import tensorflow as tf

    monkeypatch.setattr(tokens, "ROWS_OF_A_WIDTH", 4)
    monkeypatch.setattr(tokens, "MOST_WIDTHS", 8)
    monkeypatch.setattr(programs, "_OF_KINDS", {})
    case, mask = draw(member, masked=True)
    # More than are one program with all around them, and not enough for all widths.
    for known in (known_first, not known_first):
        rows = 16 if known else None
        signature = [
            tf.TensorSpec((rows, TIME, FEATURES)),
            tf.TensorSpec((rows, TIME), "bool"),
        ]
        found = []
        for path in ("loop", "packed"):
            layer = case.fill(member.make(return_sequences=True, path=path))

            def of(x, mask, layer=layer):
                return with_gradients(layer, x, mask=mask)

            found.append(tf.function(of, signature, autograph=False)(case.x[-16:], mask[-16:]))
        assert close(found[1], found[0])


@pytest.mark.slow
@pytest.mark.parametrize("masked", [True, False])
def test_a_swap_is_noticed(member, masked):
    if member.swap is None:
        pytest.skip("one gate has no other to change places with")
    if draw(member, masked)[0].weights[0].shape[1] == UNITS:
        pytest.skip("its gates share the kernel's columns")
    (expected, of_expected), (got, of_got) = both(member, masked, "high", swapped=True)
    assert not close(got, expected)
    assert not close(of_got, of_expected)


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(name, marks=() if name in ("gaps", "all masked") else pytest.mark.slow)
        for name in MASKS
        if name != "none"
    ],
)
def test_packed_serves_every_mask(member, case, mask):
    seen = keras.ops.convert_to_tensor(MASKS[mask])
    results = [
        case.fill(member.make(return_sequences=True, path=path))(case.x, mask=seen)
        for path in ("loop", "packed")
    ]
    assert close(results[1], results[0])


@pytest.mark.costly
def test_masked_inputs_are_not_computed_with(member):
    """What stands at a masked step may be anything, infinity and nan included."""
    case, mask = draw(member, masked=True)
    x = np.where(mask[..., None], case.x, np.float32("nan"))
    layer = case.fill(member.make(path="packed"))
    seen = keras.ops.convert_to_tensor(mask)
    assert close(layer(x, mask=seen), layer(case.x, mask=seen))
    found = gradients(layer, x, mask=seen)
    assert all(np.isfinite(g).all() for g in found)


@pytest.mark.costly
@pytest.mark.parametrize(
    "rates",
    [
        {"dropout": 0.4, "recurrent_dropout": 0.4},
        pytest.param({"dropout": 0.4}, marks=pytest.mark.slow),
        pytest.param({"recurrent_dropout": 0.4}, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("masked", [True, False])
def test_the_same_units_are_dropped(member, masked, rates):
    if not set(rates) <= set(member.cell.arguments()):
        pytest.skip(f"{member.cell.__name__} has no recurrent kernel to drop for")
    case, mask = draw(member, masked)
    call = {} if mask is None else {"mask": keras.ops.convert_to_tensor(mask)}
    results = []
    for path in ("loop", "packed" if masked else "fused"):
        layers = [case.fill(member.make(path=path, seed=5, **rates)) for _ in range(2)]
        output = layers[0](case.x, training=True, **call)
        results.append([output, *gradients(layers[1], case.x, training=True, **call)])
    # Dropping makes what is left larger: roundings of 23 steps reach 7e-6 of the largest gradient.
    assert all(distance(g, e) <= 2e-5 for g, e in zip(*reversed(results), strict=True))


def test_a_stack_on_inputs_of_another_size():
    """Equal layers share programs, but not those for inputs of two sizes."""
    layers = [kg.LSTM(UNITS, return_sequences=True, jit_compile=True) for _ in range(2)]
    model = keras.Sequential([keras.Input((5, 3)), *layers])
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 5, 3), "float32"), np.ones((2, 5, UNITS)), verbose=0)
    assert [layer.cell.kernel.shape[0] for layer in layers] == [3, UNITS]


def test_explain():
    layer = kg.LSTM(4)
    assert layer.explain(64, 200, training=True).path == "fused"
    masked = layer.explain(64, 200, mask=True, training=True)
    assert masked.path == "packed"
    assert masked.against["fused"] == "there is a mask, which packed serves"
    assert kg.LSTM(4, unroll=True).explain(64, 200).path == "loop"
    assert "nothing to compute" in layer.explain(0, 200).against["fused"]
    if keras.backend.backend() == "tensorflow":
        assert layer.explain(64, 200, training=True, eager=True).path == "loop"
        assert layer.explain(None, None).path == "loop"
        off = kg.LSTM(4, jit_compile=False).explain(64, 200, training=True)
        assert (off.path, off.compiled) == ("loop", False)
        assert "jit_compile=False" in str(off)


def test_a_path_that_cannot_serve_refuses():
    x = np.ones((2, 3, 4), "float32")
    with pytest.raises(ValueError, match=r"path='packed' cannot serve.*there is no mask"):
        kg.LSTM(4, path="packed")(x)
    with pytest.raises(ValueError, match=r"path='fused' cannot serve.*unroll=True"):
        kg.LSTM(4, path="fused", unroll=True)(x)


@pytest.mark.parametrize(
    "argument", [{"path": "quick"}, {"jit_compile": "auto"}, {"memory": "none"}]
)
def test_unknown_choices(argument):
    with pytest.raises(ValueError, match=f"Argument `{next(iter(argument))}` must be one of"):
        kg.LSTM(4, **argument)


def test_choices_are_saved():
    written = kg.LSTM(4, path="loop", jit_compile=True, memory="low").get_config()
    again = kg.LSTM.from_config(written)
    assert (again.path_asked_for, again.jit_compile, again.memory) == ("loop", True, "low")
    assert not {"path", "jit_compile", "memory"} & set(kg.LSTM(4).get_config())


def test_every_path_is_named():
    assert set(paths.PATHS) == set(paths.explain.__globals__["_REASONS"])
    assert FAMILY
