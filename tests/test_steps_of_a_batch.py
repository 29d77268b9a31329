"""How a batch is parted for XLA: into lanes, widths and sizes, few of which are to be compiled."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gated.paths import lanes, tokens
from keras_gated.paths.packed import _coarse as coarse
from keras_gated.paths.packed import _rounded as rounded
from keras_gated.paths.packed import arrange, with_rows_added

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="on JAX all sizes follow from shapes"
)


@pytest.mark.parametrize(("threads", "rows", "count"), [("1", 64, 1), ("2", 64, 2), ("2", 15, 1)])
def test_as_many_lanes_as_tensorflow_has_threads(monkeypatch, threads, rows, count):
    monkeypatch.setattr(lanes.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", threads)
    assert lanes.count(rows) == count


@pytest.mark.parametrize("rows", [5, None])
def test_a_batch_parted_by_rows_gets_its_gradient_in_one_piece(rows):
    def parted(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            first, last = lanes.split(values, 2)
            total = 2.0 * tf.reduce_sum(first) + 3.0 * tf.reduce_sum(last)
        return first, last, tape.gradient(total, values)

    traced = tf.function(parted).get_concrete_function(tf.TensorSpec((rows, 2)))
    first, last, gradient = traced(tf.reshape(tf.range(10.0), (5, 2)))
    assert np.array_equal(np.concatenate([first, last]), np.arange(10.0).reshape(5, 2))
    assert (len(first), len(last)) == (2, 3)
    assert np.array_equal(gradient, [[2, 2]] * 2 + [[3, 3]] * 3)
    # The gradient of a slice is as large as what was sliced; one for each lane has to be added.
    assert "StridedSliceGrad" not in {op.type for op in traced.graph.get_operations()}


@pytest.mark.parametrize(
    ("rows", "units", "gates", "widths"),
    [(32, 64, 4, 4), (32, 64, 1, 1), (32, 256, 4, 8), (3, 512, 4, 1), (16, 512, 4, 4)],
)
def test_a_width_saves_more_than_it_costs(rows, units, gates, widths):
    assert tokens.widths_for(rows, 2 * units * units * gates) == widths


def test_any_number_of_rows_has_all_widths():
    assert tokens.widths_for(None, 1) == tokens.MOST_WIDTHS


def test_batches_of_one_data_set_have_few_sizes():
    rng = np.random.default_rng(0)
    rooms = set()
    for _ in range(40):
        lengths = np.clip(rng.normal(20, 9, 32), 1, 50).astype(int)
        (layout,) = arrange(np.arange(50) < lengths[:, None], 1, 4, exact=False)
        rooms.add(layout.sources.shape[0])
        assert lengths.sum() + 32 <= layout.sources.shape[0]
    assert len(rooms) == 1


def test_numbers_of_rows_that_lie_near_are_one():
    seen = np.ones((2586, 3), bool)
    sizes = set()
    for rows in (2578, 2586):
        unknown = tf.TensorSpec((None, 3), "bool")
        of = tf.function(
            lambda mask: [
                layout.rows for layout in arrange(with_rows_added(mask), 2, 8, exact=False)
            ],
            input_signature=[unknown],
        )
        found = [part.numpy() for part in of(seen[:rows])]
        assert np.array_equal(np.sort(np.concatenate(found))[:rows], np.arange(rows))
        sizes.add(tuple(len(part) for part in found))
    assert sizes == {(1344, 1344)}
    assert [int(rounded(n)) for n in (0, 1, 17, 33, 100, 2578)] == [0, 1, 17, 34, 100, 2688]


def test_sizes_are_powers_of_two():
    numbers = np.array([0, 4, 5, 1024, 1025, *2 ** np.arange(5, 24)])
    assert [int(coarse(n)) for n in numbers[:5]] == [4, 4, 8, 1024, 2048]
    assert np.array_equal([int(coarse(n)) for n in numbers[5:]], numbers[5:])
    assert int(coarse(2**20 + 1)) == 2**20 + 1, "never less than asked for"
