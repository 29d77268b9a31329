"""The names used from inside Keras exist and still behave as expected."""

import inspect

import keras
import numpy as np
import pytest

from keras_gated import keras_private


def test_the_class_is_the_one_that_keras_asks_for():
    assert issubclass(keras.layers.LSTMCell, keras_private.DropoutRNNCell), (
        "Keras moved DropoutRNNCell: keras.layers.RNN would draw our masks anew at every step"
    )
    for name in ("get_dropout_mask", "get_recurrent_dropout_mask", "reset_dropout_mask"):
        assert callable(getattr(keras_private.DropoutRNNCell, name, None)), f"{name} is gone"


def test_a_state_is_made_where_ours_is_overridden():
    assert hasattr(keras.layers.RNN, "_create_state_variables"), (
        "Keras renamed RNN._create_state_variables, which keras_gated.Recurrent overrides"
    )


def test_untracked_states_are_not_weights():
    class Holder(keras.layers.Layer):
        @keras_private.no_automatic_dependency_tracking
        def hold(self):
            self.held = [keras.Variable(np.zeros(2))]

    holder = Holder()
    holder.hold()
    assert holder.held
    assert holder.weights == []


def test_layers_within_layers_are_found():
    inner = keras.layers.LSTM(2)
    found = keras_private.all_layers(keras.Sequential([keras.layers.Bidirectional(inner)]))
    kinds = {type(layer) for layer in found}
    assert {keras.Sequential, keras.layers.Bidirectional, keras.layers.LSTMCell} <= kinds


@pytest.mark.parametrize(
    ("function", "states"),
    [
        (keras_private.cudnn_lstm, ["initial_state_h", "initial_state_c"]),
        (keras_private.cudnn_gru, ["initial_state"]),
    ],
)
def test_cudnn_is_called_as_keras_means_it(function, states):
    weights = ["kernel", "recurrent_kernel", "bias", "activation", "recurrent_activation"]
    expected = ["inputs", *states, "mask", *weights, "return_sequences"]
    assert list(inspect.signature(function).parameters)[: len(expected)] == expected, (
        "Keras changed how it calls cuDNN, on which engine/vendor.py depends"
    )


@pytest.mark.parametrize("version", ["3.15.1"])
def test_the_version_tried_is_written_down(version):
    assert version in keras_private.__doc__
