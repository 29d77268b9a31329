"""What this package takes from inside Keras and TensorFlow, because no public name offers it.

Tried on Keras 3.15.1 and TensorFlow 2.21.0; `tests/test_keras_private.py` fails when one moves.
"""

# How Keras calls cuDNN on TensorFlow: weights in Keras's order, masks that are padded at the end.
from keras.src.backend import gru as cudnn_gru
from keras.src.backend import lstm as cudnn_lstm

# How a mask travels with a tensor; a layer called with several tensors has to look for it.
from keras.src.backend.common.masking import get_keras_mask

# `keras.layers.RNN` draws a cell's dropout masks once per sequence only for this class, and
# only so can our cells run in it (and in `StackedRNNCells`) with one mask for all steps.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

# A stateful layer's states are variables but not weights: Keras keeps them out of `get_weights`.
from keras.src.utils.tracking import no_automatic_dependency_tracking

__all__ = [
    "DropoutRNNCell",
    "all_layers",
    "cudnn_gru",
    "cudnn_lstm",
    "differentiated_twice",
    "get_keras_mask",
    "in_xla_context",
    "no_automatic_dependency_tracking",
    "recording",
]


def all_layers(layer) -> list:
    """Return a layer and every layer within it, of whatever class it is."""
    return list(layer._flatten_layers())


def in_xla_context() -> bool:
    """Whether TensorFlow is tracing a function that XLA will compile as a whole."""
    import tensorflow as tf
    from tensorflow.python.ops import control_flow_util

    if tf.executing_eagerly():
        return False
    return control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())


def recording() -> bool:
    """Whether any `tf.GradientTape` may ask for the gradient of what is computed now."""
    from tensorflow.python.eager import record

    return record.could_possibly_record()


def differentiated_twice(tensors) -> bool:
    """Whether what is computed of these tensors or variables may have gradients of gradients.

    Two `tf.GradientTape`s record them, or one that is persistent.
    """
    import tensorflow as tf
    from tensorflow.python.ops import gradients_util

    read = [tf.convert_to_tensor(tensor) for tensor in tensors]  # variables are watched when read
    most = gradients_util.PossibleTapeGradientTypes(read)
    return most == gradients_util.POSSIBLE_GRADIENT_TYPES_HIGHER_ORDER
