"""Private APIs of Keras, TensorFlow and torch that this package needs, since no public API exists.

Tested with Keras 3.15.1 and TensorFlow 2.21.0; `tests/test_keras_private.py` fails when one moves.
"""

# Keras's calls of cuDNN on TensorFlow: weights in Keras's order, masks with padding at the end.
from keras.src.backend import gru as cudnn_gru
from keras.src.backend import lstm as cudnn_lstm

# Reads the mask attached to a tensor; Keras does not pass it to a layer with several inputs.
from keras.src.backend.common.masking import get_keras_mask

# `keras.layers.RNN` (and `StackedRNNCells`) samples dropout masks once per sequence only for
# subclasses of this class.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

# The states of a stateful layer are variables but not weights: this keeps them untracked.
from keras.src.utils.tracking import no_automatic_dependency_tracking

__all__ = [
    "DropoutRNNCell",
    "all_layers",
    "calls",
    "cudnn_gru",
    "cudnn_lstm",
    "differentiated_twice",
    "get_keras_mask",
    "in_gradient_of_control_flow",
    "in_xla_context",
    "no_automatic_dependency_tracking",
    "recording",
    "saving_gradient",
    "torch_transforms",
    "trained_by",
]


def all_layers(layer) -> list:
    """Return a layer and every layer within it, of whatever class it is."""
    return list(layer._flatten_layers())


def calls(model) -> list[tuple]:
    """Return the calls of which a functional model of one output consists, the last one first.

    Each is `(layer, input tensors)`. A layer may be called in other models too, so that it has no
    `input` of its own. It ends with the first call of several tensors, or with the model's input.
    """
    found, tensor = [], model.outputs[0]
    while tensor is not model.inputs[0]:
        layer, call, _ = tensor._keras_history
        tensors = layer._inbound_nodes[call].input_tensors
        found.append((layer, tensors))
        if len(tensors) != 1:
            break
        (tensor,) = tensors
    return found


def trained_by(optimizer) -> list:
    """Return the variables for which an optimizer was built."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    return list(optimizer._trainable_variables)


def in_xla_context() -> bool:
    """Return whether TensorFlow is tracing a function that XLA compiles as a whole."""
    import tensorflow as tf
    from tensorflow.python.ops import control_flow_util

    if tf.executing_eagerly():
        return False
    return control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())


def in_gradient_of_control_flow() -> bool:
    """Return whether TensorFlow is tracing the gradient of a loop or of a branch."""
    kinds = ("_WhileBodyGradFuncGraph", "_CondGradFuncGraph")
    return any(type(graph).__name__ in kinds for graph in _graphs())


def saving_gradient() -> bool:
    """Return whether TensorFlow is tracing a custom gradient to write it into a SavedModel."""
    return any(getattr(graph, "name", None) == "internal_grad_fn" for graph in _graphs())


def _graphs():
    """Yield the graph that TensorFlow is tracing, and those around it."""
    import tensorflow as tf

    graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
    while graph is not None:
        yield graph
        graph = getattr(graph, "outer_graph", None)


def recording() -> bool:
    """Return whether any `tf.GradientTape` may be recording."""
    from tensorflow.python.eager import record

    return record.could_possibly_record()


def differentiated_twice(tensors) -> bool:
    """Return whether second-order gradients may be taken with respect to these tensors.

    This is so if two `tf.GradientTape`s record them, or a persistent one.
    """
    import tensorflow as tf
    from tensorflow.python.ops import gradients_util

    read = [tf.convert_to_tensor(tensor) for tensor in tensors]  # variables are watched when read
    most = gradients_util.PossibleTapeGradientTypes(read)
    return most == gradients_util.POSSIBLE_GRADIENT_TYPES_HIGHER_ORDER


def torch_transforms() -> bool:
    """Return whether what torch computes now is batched by `vmap`, or has forward-mode gradients.

    Its own ops for recurrent layers know neither.
    """
    import torch
    from torch.autograd import forward_ad

    if torch.compiler.is_compiling():  # which cannot look into what follows
        return False
    functorch = torch._C._functorch
    around = functorch.get_interpreter_stack() or []
    batched = functorch.TransformType.Vmap
    return forward_ad._current_level >= 0 or any(each.key() == batched for each in around)
