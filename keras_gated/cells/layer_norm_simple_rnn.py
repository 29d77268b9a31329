"""The layer-normalized simple RNN."""

import keras
from keras import ops

from keras_gated.cell import GatedCell
from keras_gated.gates import Gates
from keras_gated.layer_norm import standardize


class LayerNormSimpleRNNCell(GatedCell):
    """One step of the simple RNN with layer normalization: the sum of projections is normalized.

        a = W x_t + U h_{t-1}
        h_t = tanh(gamma * (a - mean(a)) / sqrt(variance(a) + epsilon) + b)

    The size of h then does not depend on the scale of U. Ba, Kiros and Hinton, "Layer
    normalization", 2016, https://arxiv.org/abs/1607.06450, equation 4. Same weights and results as
    TensorFlow Addons' `LayerNormSimpleRNNCell` (whose epsilon is 1e-5 by default; here it is that
    of `keras.layers.LayerNormalization`).

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.
        gamma_initializer: initializer of the gain `gamma`, of shape `(units,)`.
        epsilon: small positive number, added to the variance to avoid division by zero.

    The remaining arguments are those of `GatedCell`.

    >>> cell = LayerNormSimpleRNNCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(h="hidden")
    lacks = {
        "candidate_dropout": "h itself is the candidate, so its memory would be dropped with it",
        "kept": "the past enters through U h_{t-1} alone, which no gate multiplies",
    }

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        *,
        gamma_initializer="ones",
        epsilon=1e-3,
        **kwargs,
    ):
        super().__init__(units, use_bias=use_bias, **kwargs)
        self.activation = keras.activations.get(activation)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.epsilon = epsilon

    def build(self, input_shape):
        super().build(input_shape)
        self.gamma = self._weight("gamma", (self.units,))

    @property
    def input_bias(self):
        return None  # `step` adds the bias after normalizing

    def step(self, wx, uh, past):
        a = wx + uh
        gamma = ops.cast(self.gamma, self.state_dtype)
        b = ops.cast(self.bias, self.state_dtype) if self.use_bias else 0
        h = self.activation(gamma * standardize(a.h, self.epsilon) + b)
        return self.State(h), dict(h=h)
