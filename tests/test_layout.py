"""The layout of tokens, and lanes: a batch split by rows."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gated.engine import lanes
from keras_gated.engine.layout import Dense, Packed
from keras_gated.engine.request import Request

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="lanes and Packed are TensorFlow's"
)


class Cell:
    weights = (np.zeros((256, 256)),)


def request(rows):
    return Request(Cell, rows, 3, masked=False)


@pytest.mark.parametrize(("threads", "rows", "count"), [("1", 64, 1), ("2", 64, 2), ("2", 15, 1)])
def test_as_many_lanes_as_tensorflow_has_threads(monkeypatch, threads, rows, count):
    monkeypatch.setattr(lanes.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", threads)
    assert lanes.count(request(rows)) == count


def test_a_small_cell_has_one_lane(monkeypatch):
    monkeypatch.setattr(lanes, "cores", lambda: 2)
    assert lanes.count(request(64)) == 2
    monkeypatch.setattr(Cell, "weights", (np.zeros((64, 256)),))
    assert lanes.count(request(64)) == 1


@pytest.mark.parametrize("rows", [16, None])
def test_a_batch_split_into_lanes_gets_its_gradient_in_one_piece(rows, monkeypatch):
    monkeypatch.setattr(lanes, "cores", lambda: 2)

    def parted(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            (first, _), (last, _) = lanes.split((values, None), request(rows))
            total = 2.0 * tf.reduce_sum(first) + 3.0 * tf.reduce_sum(last)
        return first, last, tape.gradient(total, values)

    traced = tf.function(parted).get_concrete_function(tf.TensorSpec((rows, 2)))
    numbers = np.arange(34.0, dtype="float32").reshape(17, 2)[: 17 if rows is None else rows]
    first, last, gradient = traced(tf.constant(numbers))
    assert np.array_equal(np.concatenate([first, last]), numbers)
    assert (len(first), len(last)) == (8, len(numbers) - 8)
    assert np.array_equal(gradient, [[2, 2]] * 8 + [[3, 3]] * (len(numbers) - 8))
    # The gradient of a slice is as large as what was sliced; one for each lane has to be added.
    assert "StridedSliceGrad" not in {op.type for op in traced.graph.get_operations()}


def test_dense_lays_tokens_out_timestep_by_timestep():
    values = np.arange(24.0).reshape(2, 4, 3)
    layout = Dense.of(tf.constant(values))
    tokens = layout.tokens(tf.constant(values))
    assert np.array_equal(tokens[:3], [values[0, 0], values[1, 0], values[0, 1]])
    assert np.array_equal(layout.sequence(tokens), values)
    assert np.array_equal(layout.tokens_of_rows(tf.constant([[5.0], [6.0]])), [[5], [6]] * 4)


MASK = np.array([[0, 0, 0, 0], [1, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]], bool)


def test_packed_holds_the_tokens_that_the_mask_shows():
    values = np.arange(16.0).reshape(4, 4, 1)
    layout = Packed.of(tf.constant(MASK), tf.constant([3, 1, 2, 0]))
    assert layout.active.numpy().tolist() == [3, 3, 2, 1]
    assert layout.starts.numpy().tolist() == [0, 3, 6, 8]
    tokens = layout.tokens(tf.constant(values))[:, 0]
    assert tokens.numpy().tolist() == [12, 4, 10, 13, 5, 11, 14, 7, 15]
    rows = layout.tokens_of_rows(tf.constant([0.0, 1.0, 2.0, 3.0]))
    assert rows.numpy().tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 0]


def test_packed_repeats_a_token_at_skipped_timesteps():
    layout = Packed.of(tf.constant(MASK), tf.constant([3, 1, 2, 0]))
    tokens = layout.tokens(tf.constant(np.arange(16.0).reshape(4, 4, 1)))
    before = tf.constant([[-1.0], [-2.0], [-3.0], [-4.0]], tf.float64)
    expected = [[12, 13, 14, 15], [4, 5, 5, 7], [-3, -3, 10, 11], [-4, -4, -4, -4]]
    assert layout.sequence(tokens, before)[..., 0].numpy().tolist() == expected


@pytest.mark.parametrize("rows", [0, 3])
def test_packed_without_any_token(rows):
    layout = Packed.of(tf.zeros((rows, 4), tf.bool), tf.range(rows))
    assert int(layout.steps) == 0
    assert layout.tokens(tf.ones((rows, 4, 2))).shape == (0, 2)
    assert layout.sequence(tf.zeros((0, 2)), tf.ones((rows, 2))).shape == (rows, 4, 2)


def test_a_padded_sequence_has_a_token_of_every_row():
    """A row that has ended repeats its last token; a gradient is scattered back to the tokens."""
    order = tf.constant([3, 1, 2, 0])
    packed, padded = (Packed.of(tf.constant(MASK), order, flag) for flag in (False, True))
    before = tf.constant([[-1.0], [-2.0], [-3.0], [-4.0]])
    tokens = packed.tokens(tf.constant(np.arange(16.0, dtype="float32").reshape(4, 4, 1)))
    whole = tf.constant([12.0, 4, 10, 0, 13, 5, 11, 0, 14, 7, 0, 0, 15, 0, 0, 0])[:, None]
    assert np.array_equal(padded.sequence(whole, before), packed.sequence(tokens, before))
    assert np.array_equal(padded.of_tokens(whole), tokens)
    assert packed.of_tokens(tokens) is tokens


def test_a_gradient_that_is_asked_for_after_a_trace_without_one():
    import keras_gated

    inputs = tf.constant(np.random.default_rng(0).normal(size=(4, 4, 3)), "float32")
    gradients = []
    for engine in ("packed", "loop"):
        keras.utils.set_random_seed(0)
        layer = keras_gated.LSTM(5, return_sequences=True, engine=engine)
        call = tf.function(lambda x, layer=layer: layer(x, mask=tf.constant(MASK)))
        call(inputs)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(call(inputs) ** 2)
        gradients.append(tape.gradient(loss, [inputs, layer.cell.kernel.value]))
    for one, other in zip(*gradients, strict=True):
        assert np.abs(other).max() > 1e-4
        assert np.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("rows", [4, None])
def test_inference_joins_nothing_of_different_lengths(rows):
    """Training does, by an op that ONNX, LiteRT and OpenVINO do not have."""
    import keras_gated

    layer = keras_gated.LSTM(5, return_sequences=True, engine="packed")
    specs = tf.TensorSpec((rows, 4, 3)), tf.TensorSpec((rows, 4), tf.bool)
    for training in (False, True):
        call = tf.function(lambda x, mask, flag=training: layer(x, mask=mask, training=flag))
        graph = call.get_concrete_function(*specs).graph
        assert ("TensorListConcatV2" in {op.type for op in graph.get_operations()}) is training
