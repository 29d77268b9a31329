"""Batches for trials: length buckets, and the time that a network waits for data."""

import numpy as np
import tensorflow as tf


class Waiting:
    """Measures the time that a network waits for batches, over all data sets made with it.

    Attributes:
        seconds: total so far.
    """

    def __init__(self):
        with tf.device("CPU:0"):
            self._seconds = tf.Variable(0.0, dtype="float64", trainable=False)

    @property
    def seconds(self) -> float:
        return float(self._seconds)

    def counted(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Return the same batches, with the waiting time measured; do not prefetch after this."""

        def count(asked, batch, came):
            self._seconds.assign_add(came - asked)
            return batch

        # A zip asks its parts in order, so the two timestamps enclose the wait for a batch.
        now = tf.data.Dataset.counter().map(lambda _: tf.timestamp())
        apart = tf.data.Options()
        apart.experimental_optimization.inject_prefetch = False
        return tf.data.Dataset.zip(now, batches, now).map(count).with_options(apart)


def of_texts(numbers, labels, batch: int, seed: int | None = None) -> tf.data.Dataset:
    """Return token ids and labels as batches; with a seed they are shuffled in each epoch.

    The order depends only on the seed and the texts, so it is the same for every cell. The last,
    smaller training batch is dropped, since XLA would compile the step a second time for it. As
    each epoch has a new order, no text is left out for good.
    """
    rows = tf.data.Dataset.from_tensor_slices((numbers, labels))
    if seed is not None:
        rows = rows.shuffle(len(labels), seed)
    whole = seed is not None and len(labels) >= batch
    return rows.batch(batch, drop_remainder=whole).prefetch(tf.data.AUTOTUNE)


def bucketed(batches: tf.data.Dataset, batch: int, most: int, buckets: int) -> tf.data.Dataset:
    """Return the rows of batches regrouped into batches of similar length.

    The width of a batch is the smallest of `widths` that holds all its texts.

    Args:
        batches: token ids `(batch, most)`, and labels or, for each word, tags and weights.
        batch: batch size.
        most: width of the batches.
        buckets: number of widths.
    """

    def cut(numbers, *labels):
        # Tags and their weights have the width of the ids.
        return tuple(
            part[: _length(numbers)] if part.shape.rank else part for part in (numbers, *labels)
        )

    bounds = [width + 1 for width in widths(most, buckets)]
    return (
        batches.unbatch()
        .map(cut)
        .bucket_by_sequence_length(
            lambda numbers, *_: _length(numbers),
            bounds,
            [batch] * (len(bounds) + 1),
            pad_to_bucket_boundary=True,
        )
        .prefetch(tf.data.AUTOTUNE)
    )


def _length(numbers: tf.Tensor) -> tf.Tensor:
    return tf.math.count_nonzero(numbers, dtype=tf.int32)


def at_once(numbers: np.ndarray) -> int:
    """Return the batch size for evaluation: all rows if few, as XLA compiles for each size."""
    return len(numbers) if len(numbers) <= 4096 else 1024


def widths(most: int, buckets: int) -> list[int]:
    """Return so many evenly spaced widths, the last of them `most`."""
    return sorted({-(-most * place // buckets) for place in range(1, buckets + 1)})
