"""Streaming is exact: any split of a sequence yields the same outputs and final state."""

import pickle

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import ops

import keras_gated as kg
from keras_gated.layers.streaming import Carried
from tests.family import BATCH, FEATURES, MASKS, TIME, UNITS
from tests.numbers import as_list, close

# Where the sequence is split: positions from 0 to its end; equal ones give an empty chunk.
cuts = st.lists(st.integers(0, TIME), max_size=5).map(sorted)
few = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
EVERY_STEP = list(range(1, TIME))
WITH_EMPTY = [0, 0, 2, 3, 3, TIME]


def pieces(at, *arrays):
    """Yield the chunks of arrays `(batch, time, ...)` between the cuts; None stays None."""
    for start, end in zip([0, *at], [*at, TIME], strict=True):
        yield [None if a is None else a[:, start:end] for a in arrays]


def streamed(layer, at, x, mask=None, carried=None):
    """Return the concatenated outputs of all chunks, and the last `Carried`."""
    outputs = []
    for piece, part in pieces(at, x, mask):
        output, carried = layer.stream(piece, carried, part)
        outputs.append(ops.convert_to_numpy(output))
    return np.concatenate(outputs, 1) if layer.return_sequences else outputs[-1], carried


def whole(layer, case, mask=None):
    given = [ops.convert_to_tensor(s) for s in case.states]
    output, *states = as_list(layer(case.x, initial_state=given, mask=mask))
    return [output, *states]


@pytest.mark.costly
@pytest.mark.parametrize("path", ["loop", "auto"])
@few
@given(at=cuts, mask=st.sampled_from(list(MASKS)), zeros=st.booleans(), sequences=st.booleans())
def test_chunks_equal_the_whole_sequence(member, case, path, at, mask, zeros, sequences):
    layer = member.make(
        engine=path, return_sequences=sequences, return_state=True, zero_output_for_mask=zeros
    )
    case.fill(layer)
    expected = whole(layer, case, MASKS[mask])
    output, carried = streamed(layer, at, case.x, MASKS[mask], case.states)
    assert close([output, *carried.state], expected)


@pytest.mark.parametrize("at", [[], [TIME], EVERY_STEP, WITH_EMPTY])
def test_ways_to_cut(member, case, at):
    layer = case.fill(member.make(return_sequences=True, return_state=True))
    expected = whole(layer, case)
    output, carried = streamed(layer, at, case.x, None, case.states)
    assert close([output, *carried.state], expected)
    # The control: a chunk without the state of the previous one gives other outputs.
    alone = ops.convert_to_numpy(layer.stream(case.x[:, 3:])[0])
    assert not close(alone, ops.convert_to_numpy(expected[0])[:, 3:])


def test_the_loop_gives_the_same_bits(member, case):
    """Each timestep runs the same operations on the same values in any chunk."""
    layer = case.fill(member.make(engine="loop", return_sequences=True))
    one, _ = streamed(layer, EVERY_STEP, case.x)
    other, _ = streamed(layer, [3, 4], case.x)
    assert np.array_equal(one, other)


def test_a_masked_step_repeats_the_output_of_an_earlier_piece(member, case):
    mask = np.array([[True, True, False, False, False, True, True]] * BATCH)
    layer = case.fill(member.make(return_sequences=True))
    output, _ = streamed(layer, [2, 4], case.x, mask)
    assert np.array_equal(output[:, 2], output[:, 1])
    assert np.array_equal(output[:, 4], output[:, 1])
    assert np.abs(output[:, 4]).max() > 0


def test_half_precision_loses_nothing_at_a_cut(member, case):
    """States are carried in float32, so chunks round as the whole sequence does."""
    layer = case.fill(member.make(return_sequences=True, dtype="mixed_bfloat16"))
    _, carried = streamed(layer, EVERY_STEP, case.x)
    assert {keras.backend.standardize_dtype(s.dtype) for s in carried.state} == {"float32"}
    _, expected = layer.stream(case.x)
    assert close(list(carried.state), list(expected.state), "float16")


def test_nothing_is_kept_in_a_stateful_layer(member, case):
    layer = case.fill(member.make(stateful=True, return_sequences=True))
    layer(case.x)
    before = [ops.convert_to_numpy(v.value).copy() for v in layer.states]
    output, _ = streamed(layer, [2], case.x[:2])
    plain = case.fill(member.make(return_sequences=True))
    assert close(output, ops.convert_to_numpy(plain(case.x[:2])))
    assert all(
        np.array_equal(ops.convert_to_numpy(v.value), b)
        for v, b in zip(layer.states, before, strict=True)
    )


def test_the_first_piece_builds_the_layer(member):
    layer = member.make()
    output, carried = layer.stream(np.ones((2, 3, FEATURES)))
    assert tuple(output.shape) == (2, member.sizes[0])
    assert isinstance(carried, Carried)


@pytest.mark.costly
def test_in_a_graph(member, case):
    """Compiled, with the implementation that the layer selects there."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("tf.function is TensorFlow's")
    import tensorflow as tf

    layer = case.fill(member.make(return_sequences=True))
    expected = ops.convert_to_numpy(layer(case.x))
    assert layer.explain(BATCH, 3, eager=False).engine != "loop"
    call = tf.function(layer.stream)
    first, carried = call(tf.constant(case.x[:, :3]))
    second, carried = call(tf.constant(case.x[:, 3:6]), carried)
    third, _ = call(tf.constant(case.x[:, 6:]), carried)
    assert close(np.concatenate([first, second, third], 1), expected)


def test_what_cannot_be_streamed_is_refused(member, case):
    layer = case.fill(member.make(go_backwards=True))
    with pytest.raises(ValueError, match=r"go_backwards=True starts at the end.*go_backwards=F"):
        layer.stream(case.x)
    layer = case.fill(member.make())
    _, carried = layer.stream(case.x)
    with pytest.raises(ValueError, match=r"initial_state \w .*pass a tensor of shape \(2, \d\)"):
        layer.stream(case.x[:2], carried)
    with pytest.raises(ValueError, match="for each"):
        layer.stream(case.x, case.states * 2)
    with pytest.raises(ValueError, match="mask has shape"):
        layer.stream(case.x, mask=np.ones((BATCH, TIME + 1), bool))


# A model


def model_of(member, sequences=True):
    rng = np.random.default_rng(2)
    model = keras.Sequential(
        [
            keras.Input((None,)),
            keras.layers.Embedding(9, 3, mask_zero=True),
            member.make(return_sequences=True),
            keras.layers.Dropout(0.5),
            keras.layers.LayerNormalization(),
            member.make(return_sequences=sequences),
            keras.layers.Dense(5, activation="softmax"),
        ]
    )
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model, rng.integers(0, 9, (BATCH, TIME))


@pytest.mark.costly
@pytest.mark.parametrize("sequences", [True, False])
def test_a_model_in_pieces(member, sequences):
    model, text = model_of(member, sequences)
    expected = ops.convert_to_numpy(model(text))
    outputs, carried = [], None
    for (piece,) in pieces([1, 1, 4], text):
        output, carried = kg.stream(model, piece, carried)
        outputs.append(ops.convert_to_numpy(output))
    assert len(carried) == 2
    assert close(np.concatenate(outputs, 1) if sequences else outputs[-1], expected)


def test_models_that_cannot_be_streamed():
    inputs = keras.Input((None, FEATURES))
    first = kg.GRU(UNITS, return_sequences=True, name="first")(inputs)
    inside = keras.Sequential(
        [kg.GRU(UNITS, return_sequences=True, name="second"), keras.layers.Dense(UNITS)]
    )
    second = inside(first)
    chain = keras.Model(inputs, keras.layers.Dense(1)(second))
    x = np.ones((2, 3, FEATURES), "float32")
    output, carried = kg.stream(chain, x)
    assert close(ops.convert_to_numpy(output), ops.convert_to_numpy(chain(x)))
    with pytest.raises(ValueError, match="has 2 recurrent layers; received carried with 1"):
        kg.stream(chain, x, carried[:1])
    forked = keras.Model(inputs, keras.layers.Add()([first, second]))
    with pytest.raises(ValueError, match=r"is no chain: .*`layer\.stream`"):
        kg.stream(forked, x)
    several = keras.Model(chain.inputs, [chain.layers[0].output, chain.output])
    with pytest.raises(ValueError, match=r"1 inputs and 2 outputs"):
        kg.stream(several, x)
    for layer, message in (
        (keras.layers.Bidirectional(kg.GRU(UNITS)), r"it starts at the end of the sequence too"),
        (keras.layers.Conv1D(2, 3), r"TimeDistributed\(layer\)"),
        (keras.layers.GRU(UNITS), r"Convert the model: keras_gated\.convert\(model\)"),
        (keras.layers.Softmax(axis=1), r"its axis, 1, is the time axis"),
    ):
        with pytest.raises(ValueError, match=message):
            kg.stream(keras.Sequential([keras.Input((None, FEATURES)), layer]), x)


def test_layers_that_two_models_share():
    """As the model that is trained and the one that is served do."""
    layers = [kg.GRU(UNITS, return_sequences=True), keras.layers.Dense(1)]
    models = []
    for _ in range(2):
        inputs = keras.Input((None, FEATURES))
        models.append(keras.Model(inputs, layers[1](layers[0](inputs))))
    x = np.ones((2, 3, FEATURES), "float32")
    for model in models:
        output, _ = kg.stream(model, x)
        assert close(ops.convert_to_numpy(output), ops.convert_to_numpy(model(x)))


def test_any_layer_may_follow_the_last_state():
    model = keras.Sequential(
        [keras.Input((None, FEATURES)), kg.LSTM(UNITS), keras.layers.Reshape((2, 2))]
    )
    x = np.random.default_rng(0).normal(size=(2, 5, FEATURES)).astype("float32")
    _, carried = kg.stream(model, x[:, :2])
    output, _ = kg.stream(model, x[:, 2:], carried)
    assert close(ops.convert_to_numpy(output), ops.convert_to_numpy(model(x)))


def test_what_is_carried_can_be_pickled_and_holds_no_graph(member, case):
    layer = case.fill(member.make())
    _, carried = layer.stream(case.x)
    if keras.backend.backend() == "torch":
        assert not any(tensor.requires_grad for tensor in (*carried.state, carried.output))
    kept = pickle.loads(pickle.dumps(carried))
    assert type(kept.state) is type(carried.state)
    again, expected = (layer.stream(case.x, before)[0] for before in (kept, carried))
    assert close(again, expected)


def test_a_layer_or_a_subclassed_model_is_refused():
    class Own(keras.Model):
        pass

    for model in (kg.LSTM(3), Own()):
        with pytest.raises(ValueError, match=r"is no model with a chain of layers.*layer.stream"):
            kg.stream(model, np.ones((1, 2, 3), "float32"))
