"""Lanes: a batch split by rows into parts that run side by side, each on a core of its own.

One XLA program carries a cell over time on one core and hands only its matrix products to others;
two programs, each with half of the rows, keep two cores busy all the time. Inside a program that
XLA compiles as a whole lanes would run one after the other, so there is one.
"""

import os

import keras
from keras import ops

# Fewer rows than this in a lane make its matrix products slower than the lane gains.
FEWEST_ROWS = 8


def cores() -> int:
    """Return the number of lanes that can run at the same time."""
    import tensorflow as tf

    if tf.config.list_logical_devices("GPU"):
        return 1
    threads = tf.config.threading.get_inter_op_parallelism_threads()
    # What TensorFlow goes by where a program has not told it otherwise.
    threads = threads or int(os.environ.get("TF_NUM_INTEROP_THREADS", 0))
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    else:
        available = os.cpu_count() or 1
    return min(threads or available, available)


def count(rows: int | None) -> int:
    """Return the number of lanes for a batch, whose number of rows may be unknown."""
    if keras.backend.backend() != "tensorflow":
        return 1
    return cores() if rows is None else max(1, min(cores(), rows // FEWEST_ROWS))


def split(values, lanes: int) -> list:
    """Return a tensor's rows in `lanes` parts, side by side and as even as can be."""
    if lanes == 1:
        return [values]
    import tensorflow as tf

    rows = ops.shape(values)[0]
    sizes = [rows * (lane + 1) // lanes - rows * lane // lanes for lane in range(lanes)]
    # Not by slices: the gradient of each would be as large as all, and their sum a third.
    return tf.split(values, sizes)
