"""Invalid input raises an error that says what was received and what to pass; edge cases work."""

import itertools

import keras
import numpy as np
import pytest

import keras_gated as kg
from tests.family import FEATURES, MASKS, TIME, mostly_slow
from tests.numbers import as_list

OUTPUTS = {"last": {}, "sequences": {"return_sequences": True}, "unrolled": {"unroll": True}}

# Every bad value on one cell, and one of them on each: all have the same constructor.


@pytest.mark.parametrize("units", [0, -3, 2.5, "64", None, True])
def test_units(units):
    for make in (kg.LSTM, kg.LSTMCell):
        with pytest.raises(ValueError, match=rf"`units` must be a positive integer.*{units}"):
            make(units)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, "a lot", True])
@pytest.mark.parametrize("name", ["dropout", "recurrent_dropout"])
def test_rates(name, rate):
    with pytest.raises(ValueError, match=rf"`{name}`.*in \[0, 1\); received {name}={rate!r}"):
        kg.LSTM(4, **{name: rate})


def test_units_of_each_cell(member):
    for make in (member.layer, member.cell):
        with pytest.raises(ValueError, match=r"`units` must be a positive integer.*0"):
            make(0, **member.arguments)


def test_numpy_units(member):
    assert member.layer(np.int64(6), **member.arguments).units == 6


@pytest.mark.parametrize("name", ["dropout", "recurrent_dropout"])
def test_rates_of_each_cell(member, name):
    if name not in member.cell.arguments():
        pytest.skip(f"{member.cell.__name__} takes no {name}")
    with pytest.raises(ValueError, match=rf"`{name}`.*in \[0, 1\); received {name}=1.0"):
        member.make(**{name: 1.0})


@pytest.mark.parametrize("shape", [(5, TIME + 2), (4, TIME), (5,), (5, TIME, 2)])
def test_mask_of_another_shape(member, case, shape):
    with pytest.raises(ValueError, match=rf"mask has shape .*pass a mask of shape \(5, {TIME}\)"):
        case.fill(member.make())(case.x, mask=np.ones(shape, bool))


@pytest.mark.few
def test_mask_as_a_list(member, case):
    layer = case.fill(member.make())
    mask = MASKS["gaps"]
    expected = keras.ops.convert_to_numpy(layer(case.x, mask=mask))
    assert np.array_equal(keras.ops.convert_to_numpy(layer(case.x, mask=mask.tolist())), expected)


@pytest.mark.parametrize("dtype", mostly_slow(["int32", "float32", "uint8"], "float32"))
def test_mask_of_numbers(member, case, dtype):
    layer = case.fill(member.make())
    mask = MASKS["gaps"]
    expected = keras.ops.convert_to_numpy(layer(case.x, mask=mask))
    assert np.array_equal(
        keras.ops.convert_to_numpy(layer(case.x, mask=mask.astype(dtype))), expected
    )
    assert np.array_equal(keras.ops.convert_to_numpy(layer(case.x, mask=mask[..., None])), expected)


def test_wrong_initial_states(member, case):
    layer = case.fill(member.make())
    letter, size = member.cell.states[0], member.sizes[0]
    wrong = [np.zeros((5, size + 1), "float32") for _ in case.states]
    with pytest.raises(
        ValueError, match=rf"initial_state {letter} .*pass a tensor of shape \(5, {size}\)"
    ):
        layer(case.x, initial_state=wrong)
    rows = [np.zeros((3, size), "float32") for size in member.sizes]
    with pytest.raises(ValueError, match=rf"has shape \(3, {size}\)"):
        layer(case.x, initial_state=rows)
    with pytest.raises(ValueError, match=f"has {len(case.states)} state"):
        layer(case.x, initial_state=[*case.states, case.states[0]])


def test_initial_states_by_letter(member, case):
    """A dict is read by its letters, whatever the order of its keys."""
    layer = case.fill(member.make())
    letters = member.cell.states
    by_letter = dict(zip(letters, case.states, strict=True))
    expected = keras.ops.convert_to_numpy(layer(case.x, initial_state=case.states))
    backwards = {letter: by_letter[letter] for letter in reversed(letters)}
    assert np.array_equal(
        keras.ops.convert_to_numpy(layer(case.x, initial_state=backwards)), expected
    )
    with pytest.raises(ValueError, match=f"has the keys .*q; the states of .*{letters[0]}"):
        layer(case.x, initial_state={**by_letter, "q": case.states[0]})


@pytest.mark.few
def test_an_initial_state_that_is_none(member, case):
    last = member.cell.states[-1]
    with pytest.raises(ValueError, match=rf"initial_state {last} .*None; pass a tensor of shape"):
        case.fill(member.make())(case.x, initial_state=[*case.states[:-1], None])


def test_inputs_of_another_rank(member, case):
    with pytest.raises(ValueError, match="ndim"):
        case.fill(member.make())(case.x[:, 0])
    with pytest.raises(ValueError, match="call its `cell`"):
        case.fill(kg.Recurrent(member.make_cell())).call(case.x[:, 0])


def test_unroll_needs_the_number_of_steps(member):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow traces with an unknown number of steps")
    import tensorflow as tf

    layer = member.make(unroll=True)
    layer.build((None, None, FEATURES))
    call = tf.function(layer, input_signature=[tf.TensorSpec((None, None, FEATURES))])
    with pytest.raises(ValueError, match="unroll=True needs a known number of steps"):
        call(np.ones((2, 3, FEATURES), "float32"))


def test_stateful_batches_of_another_size(member, case):
    layer = case.fill(member.make(stateful=True))
    with pytest.raises(ValueError, match="have 5 rows, inputs have 2"):
        layer(case.x[:2])


@pytest.mark.parametrize(
    ("arguments", "shape"),
    mostly_slow(
        itertools.product(OUTPUTS, [(5, 0), (0, TIME), (0, 0)]),
        ("last", (5, 0)),
        ("sequences", (5, 0)),
        ("sequences", (0, TIME)),
        ("unrolled", (0, 0)),
    ),
)
def test_no_steps_or_no_rows(member, case, arguments, shape):
    arguments = OUTPUTS[arguments]
    layer = case.fill(member.make(return_state=True, **arguments))
    x = case.x[: shape[0], : shape[1]]
    past = [s[: shape[0]] for s in case.states]
    for mask in (None, np.ones(shape, bool)):
        output, *states = as_list(layer(x, initial_state=past, mask=mask))
        size = member.sizes[0]
        expected = (*shape, size) if arguments.get("return_sequences") else (shape[0], size)
        assert output.shape == expected
        for got, given in zip(states, past, strict=True):
            if 0 in shape[1:]:
                assert np.array_equal(keras.ops.convert_to_numpy(got), given)


def test_unknown_arguments_are_named(member):
    with pytest.raises((ValueError, TypeError), match="unitz"):
        member.make(unitz=3)


def test_declarations_are_checked():
    with pytest.raises(TypeError, match="declares no gates"):
        type("NoGates", (kg.GatedCell,), {})
    with pytest.raises(TypeError, match="tuple of state letters"):
        type("OneString", (kg.GatedCell,), {"gates": kg.Gates(h="hidden"), "states": "h"})
    with pytest.raises(TypeError, match="NoStep has no step; write a method"):
        type("NoStep", (kg.GatedCell,), {"gates": kg.Gates(h="hidden")})


def test_another_number_of_features(member):
    layer = member.make()
    layer(np.ones((2, 5, 3), "float32"))
    with pytest.raises(ValueError, match=r"was built for 3 features; received shape \(2, 5, 4\)"):
        layer(np.ones((2, 5, 4), "float32"))


def test_a_state_too_few():
    with pytest.raises(ValueError, match=r"has the states h, c; received 1 tensor.*list of 2"):
        kg.LSTMCell(4)(np.ones((2, 3), "float32"), [np.zeros((2, 4), "float32")])


def test_a_layer_is_no_cell():
    with pytest.raises(ValueError, match=r"wraps a cell; received the layer LSTM"):
        kg.Recurrent(kg.LSTM(3))


def test_rates_may_be_numbers_of_numpy():
    assert kg.LSTMCell(3, dropout=np.float32(0.5)).dropout == 0.5


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="ragged tensors are TensorFlow's"
)
def test_a_ragged_tensor_is_refused_with_what_to_pass(member):
    import tensorflow as tf

    ragged = tf.RaggedTensor.from_tensor(tf.ones((2, 3, FEATURES)), lengths=[3, 1])
    with pytest.raises(ValueError, match=r"ragged tensor. Pass `x.to_tensor\(\)` and `mask="):
        member.make()(ragged)


@pytest.mark.few
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="of TensorFlow")
def test_sparse_tensors_and_ragged_masks_are_refused_with_what_to_pass(member, case):
    import tensorflow as tf

    layer = case.fill(member.make())
    with pytest.raises(ValueError, match=r"sparse one. Pass `tf.sparse.to_dense\(x\)`"):
        layer(tf.sparse.from_dense(case.x))
    with pytest.raises(ValueError, match=r"ragged tensor; pass `mask.to_tensor\(\)`"):
        layer(case.x, mask=tf.RaggedTensor.from_tensor(MASKS["right"]))
