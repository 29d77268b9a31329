"""Lanes: a batch split by rows into parts that run side by side, each on a core of its own.

A loop over time has one timestep after the other, and a timestep of few rows does not keep two
cores busy. Two loops with half of the rows each do. Inside a program that XLA compiles as a whole
lanes would run one after the other, so there is one; as there is for inference that XLA compiles.
"""

import math
import os

import keras
from keras import ops

from keras_gated.engine.request import Request

# Fewer rows than this in a lane make its matrix products slower than the lane gains.
FEWEST_ROWS = 8
# So does a smaller matrix; and a second loop takes 0.3 s to trace (an LSTM of 128 units has 2**16).
FEWEST_WEIGHTS = 2**16


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


def count(request: Request) -> int:
    """Return the number of lanes for a batch, whose number of rows may be unknown."""
    if keras.backend.backend() != "tensorflow" or request.in_xla or request.exported:
        return 1
    if request.asks_xla and not request.differentiable:
        return 1  # XLA runs the two products of a timestep side by side, on a core each
    if max(math.prod(weight.shape) for weight in request.cell.weights) < FEWEST_WEIGHTS:
        return 1
    if request.batch is None:
        return cores()
    return max(1, min(cores(), request.batch // FEWEST_ROWS))


def split(nest, request: Request) -> list:
    """Return the rows of a nest of tensors in as many parts as there are lanes."""
    lanes = count(request)
    if lanes == 1:
        return [nest]
    import tensorflow as tf
    from keras import tree

    rows = ops.shape(nest[0])[0]
    sizes = [rows * (lane + 1) // lanes - rows * lane // lanes for lane in range(lanes)]
    # Not by slices: the gradient of a split is one concatenation.
    leaves = [
        [None] * lanes if leaf is None else tf.split(leaf, sizes) for leaf in tree.flatten(nest)
    ]
    return [tree.pack_sequence_as(nest, part) for part in zip(*leaves, strict=True)]


def joined(parts: list) -> tuple:
    """Return `(sequence, state)` of the whole batch from those of its lanes."""
    if len(parts) == 1:
        return parts[0]
    sequences, states = zip(*parts, strict=True)
    state = type(states[0])(*(ops.concatenate(s, axis=0) for s in zip(*states, strict=True)))
    return None if sequences[0] is None else ops.concatenate(sequences, axis=0), state
