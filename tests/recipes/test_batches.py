"""Batches: every text once per epoch, in an order given by the seed, and the waiting time."""

import time

import numpy as np
import pytest
import tensorflow as tf

from recipes import tag_words
from recipes.data.batches import Waiting, bucketed, of_texts, widths


def numbered(texts, most=20):
    """Texts of several lengths; the first number and the label identify each."""
    lengths = np.random.default_rng(0).integers(1, most + 1, texts)
    lengths[0] = most
    there = np.arange(most) < lengths[:, None]
    return np.where(there, np.arange(1, texts + 1)[:, None], 0).astype("int32"), np.arange(texts)


def epoch(made):
    return [(numbers.numpy(), labels.numpy()) for numbers, labels in made]


def batches(numbers, labels, batch, seed, buckets=1):
    made = of_texts(numbers, labels, batch, seed)
    return made if buckets == 1 else bucketed(made, batch, numbers.shape[1], buckets)


@pytest.mark.parametrize("buckets", [1, 4])
def test_an_epoch_holds_every_text_once_and_the_next_is_in_another_order(buckets):
    numbers, labels = numbered(96)
    made = batches(numbers, labels, 8, seed=0, buckets=buckets)
    first, second = (np.concatenate([labels for _, labels in epoch(made)]) for _ in range(2))
    assert sorted(first) == sorted(second) == list(labels)
    assert (first != second).any()
    assert all((seen[:, 0] == own + 1).all() for seen, own in epoch(made))
    assert max(len(own) for _, own in epoch(made)) == 8


@pytest.mark.parametrize("buckets", [1, 4])
def test_the_order_is_the_seed_s(buckets):
    def orders(seed):
        tf.random.set_seed(seed)
        made = batches(*numbered(96), 8, seed=seed, buckets=buckets)
        return [list(labels) for _ in range(2) for _, labels in epoch(made)]

    assert orders(3) == orders(3)
    assert orders(3) != orders(4)


def test_buckets_part_by_length_and_cut_padding_only():
    numbers, labels = numbered(96)
    made = epoch(batches(numbers, labels, 8, seed=0, buckets=4))
    assert {seen.shape[1] for seen, _ in made} == set(widths(20, 4)) == {5, 10, 15, 20}
    for seen, own in made:
        whole = numbers[own]
        assert (seen == whole[:, : seen.shape[1]]).all()
        assert not whole[:, seen.shape[1] :].any()
    padding = sum((seen == 0).sum() for seen, _ in made)
    plain = epoch(batches(numbers, labels, 8, seed=0))
    assert padding < 0.5 * sum((seen == 0).sum() for seen, _ in plain)


def test_tags_are_cut_with_their_words():
    numbers, _ = numbered(40)
    tags = [row[row > 0] % 5 for row in numbers]
    made = bucketed(tag_words.batches(numbers, tags, 8), 8, 20, 4)
    for seen, own, there in made:
        assert seen.shape == own.shape == there.shape
        assert (there.numpy() == (seen.numpy() > 0)).all()
        assert (own.numpy() == np.where(seen.numpy() > 0, seen.numpy() % 5, 0)).all()


def test_waiting_is_counted_and_work_is_not():
    def seconds(produce, use):
        def late(number):
            time.sleep(produce)
            return number

        waiting = Waiting()
        slow = tf.data.Dataset.range(20).map(lambda n: tf.py_function(late, [n], tf.int64))
        for _ in waiting.counted(slow.prefetch(4)):
            time.sleep(use)
        return waiting.seconds

    assert seconds(0.02, 0) > 0.2
    # Neither is exact on a busy machine; batches made while others were in use cost no waiting.
    assert seconds(0.001, 0.05) < 0.5
