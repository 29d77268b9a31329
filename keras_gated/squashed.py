"""SquashedCell: a cell whose user chooses the two functions that squash its gates."""

import keras

from keras_gated.cell import GatedCell


class SquashedCell(GatedCell, abstract=True):
    """A cell whose equations have two functions: one for gates, one for what is remembered.

    Args:
        units: positive integer, the size of the states.
        activation: what is written tanh in the equations; None is the identity.
        recurrent_activation: what is written sigmoid there; None is the identity.

    The remaining arguments are those of `GatedCell`.
    """

    def __init__(
        self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True, **kwargs
    ):
        super().__init__(units, use_bias=use_bias, **kwargs)
        self.activation = keras.activations.get(activation)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
