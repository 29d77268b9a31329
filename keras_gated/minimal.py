"""MinimalCell: what the minimal units have in common besides their equations."""

import keras
from keras import ops

from keras_gated.cell import register
from keras_gated.linear import LinearCell


@register
def positive(x):
    """Return x + 1/2 where x is not negative, else sigmoid(x): above 0, and smooth.

    Feng et al., 2024, https://arxiv.org/abs/2410.01201, appendix B; there written g.
    """
    return ops.where(x >= 0, x + 0.5, ops.sigmoid(x))


class MinimalCell(LinearCell, abstract=True):
    """A linear cell whose candidate has an activation of its own.

    Args:
        units: positive integer, the size of h.
        activation: of the candidate; None is the identity.

    The remaining arguments are those of `LinearCell`.
    """

    def __init__(self, units, activation=positive, use_bias=True, **kwargs):
        super().__init__(units, use_bias=use_bias, **kwargs)
        self.activation = keras.activations.get(activation)
