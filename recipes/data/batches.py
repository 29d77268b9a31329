"""Texts as batches for a network: in memory, shuffled, prefetched; and how long it waits."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

WINDOW = 50  # batches that are put in order of length together; more of them would mix less


class Waiting:
    """Counts the seconds that a network waits for batches, in every data set made with it.

    Attributes:
        seconds: so far.
    """

    def __init__(self):
        with tf.device("CPU:0"):
            self._seconds = tf.Variable(0.0, dtype="float64", trainable=False)

    @property
    def seconds(self) -> float:
        return float(self._seconds)

    def counted(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Return the same batches; nothing may be prefetched behind this."""

        def count(asked, batch, came):
            self._seconds.assign_add(came - asked)
            return batch

        # A zip asks its parts one after the other.
        now = tf.data.Dataset.counter().map(lambda _: tf.timestamp())
        apart = tf.data.Options()
        apart.experimental_optimization.inject_prefetch = False
        return tf.data.Dataset.zip(now, batches, now).map(count).with_options(apart)


def batches(
    numbers: np.ndarray,
    labels: np.ndarray,
    batch: int,
    seed: int | None = None,
    buckets: int = 1,
    waiting: Waiting | None = None,
) -> tf.data.Dataset:
    """Return numbers and labels as batches; shuffled anew each epoch where a seed is given.

    The order depends on the seed and the texts alone, so it is the same for every cell. Labels
    that are a row for each text (tags) are padded, and come with weights: 1, or 0 where there is
    no word.

    The last, smaller training batch is dropped: XLA would compile the step a second time for it,
    and with a new order each epoch no text is left out for good.

    Args:
        numbers: `(texts, tokens)`, 0 for padding at the end.
        labels: `(texts,)`, numbers or rows of tags.
        batch: texts a step.
        seed: of the order, or None for that of the texts.
        buckets: how many widths batches may have. With more than one, the texts of `WINDOW`
            batches are put in order of length before they are parted into batches, these are
            shuffled, and each is cut to the least of the widths that holds its longest text.
        waiting: what counts the seconds spent in waiting for them.
    """
    parts = (numbers, *(_padded(labels, numbers.shape[1]) if labels.dtype == object else (labels,)))
    texts = tf.data.Dataset.from_tensor_slices(parts)
    if seed is not None:
        texts = texts.shuffle(len(labels), seed=seed, reshuffle_each_iteration=True)
    whole = seed is not None and len(labels) >= batch
    if buckets > 1:
        texts = texts.batch(WINDOW * batch).map(_in_order_of_length).unbatch()
    made = texts.batch(batch, drop_remainder=whole)
    if buckets > 1:
        made = made.shuffle(WINDOW, seed=seed).map(_cut_to(widths(numbers.shape[1], buckets)))
        count = len(labels) // batch if whole else -(-len(labels) // batch)
        made = made.apply(tf.data.experimental.assert_cardinality(count))  # unbatch forgets it
    made = made.prefetch(tf.data.AUTOTUNE)
    return waiting.counted(made) if waiting else made


def at_once(numbers: np.ndarray) -> int:
    """Return a batch size for tests: all where they are few, for XLA compiles each size anew."""
    return len(numbers) if len(numbers) <= 4096 else 1024


def widths(most: int, buckets: int) -> list[int]:
    """Return so many widths, evenly apart, the last of them `most`."""
    return sorted({-(-most * place // buckets) for place in range(1, buckets + 1)})


def _length(numbers: tf.Tensor) -> tf.Tensor:
    """Return how many tokens each text has: `(texts, tokens)` to `(texts,)`."""
    return tf.math.count_nonzero(numbers, axis=1, dtype=tf.int32)


def _in_order_of_length(numbers, *labels):
    order = tf.argsort(_length(numbers), stable=True)
    return tuple(tf.gather(part, order) for part in (numbers, *labels))


def _cut_to(bounds: Sequence[int]):
    def cut(numbers, *labels):
        place = tf.searchsorted(bounds, tf.reduce_max(_length(numbers))[None])[0]
        width = tf.constant(bounds, tf.int32)[place]
        # Tags and their weights are as wide as the numbers.
        return tuple(
            part[:, :width] if part.shape.rank == 2 else part for part in (numbers, *labels)
        )

    return cut


def _padded(labels, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return tags `(texts, width)`, and 1 where there is one, else 0."""
    tags, there = np.zeros((len(labels), width), "int32"), np.zeros((len(labels), width), "float32")
    for row, own in enumerate(labels):
        tags[row, : len(own)] = own[:width]
        there[row, : len(own)] = 1
    return tags, there
