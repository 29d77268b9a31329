"""Base classes for several cells: activations, a forget gate, a linear recurrence."""

import keras
from keras import ops

from keras_gated.cell import GatedCell
from keras_gated.config import register
from keras_gated.regularization import SILENCE

_RECURRENT_ARGUMENTS = (
    "recurrent_initializer",
    "recurrent_regularizer",
    "recurrent_constraint",
    "weight_drop",
)


class SquashedCell(GatedCell, abstract=True):
    """A cell with two activations: one for the gates, one for the candidate and the output.

    Args:
        units: positive integer, the size of the states.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.

    The remaining arguments are those of `GatedCell`.
    """

    def __init__(
        self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True, **kwargs
    ):
        super().__init__(units, use_bias=use_bias, **kwargs)
        self.activation = keras.activations.get(activation)
        self.recurrent_activation = keras.activations.get(recurrent_activation)


class ForgettingCell(SquashedCell, abstract=True):
    """A cell with two activations and a forget gate f.

    Args:
        units: positive integer, the size of the states.
        activation: activation function, tanh in the equations; None is the identity.
        recurrent_activation: activation function, sigmoid in the equations; None is the identity.
        unit_forget_bias: whether to initialize b_f to 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).

    The remaining arguments are those of `GatedCell`.
    """

    def __init__(self, units, *args, unit_forget_bias=True, **kwargs):
        super().__init__(units, *args, **kwargs)
        if "f" not in self.gates:
            raise TypeError(
                f"{type(self).__name__} is a ForgettingCell, whose forget gate has the letter f; "
                f"its gates are {', '.join(self.gates)}. Name it f, or derive from GatedCell."
            )
        self.unit_forget_bias = unit_forget_bias

    def initial_bias(self, shape, dtype=None):
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype=dtype)
        # Sampled in two parts, as in Keras's LSTM: a seeded initializer gives the same values.
        before, after = (
            self.bias_initializer((len(letters) * self.units,), dtype=dtype)
            for letters in "".join(self.gates).split("f")
        )
        return ops.concatenate([before, ops.ones((self.units,), dtype=dtype), after])


class LinearCell(GatedCell, abstract=True):
    """A cell with one state, h_t = a_t * h_{t-1} + b_t, where a_t and b_t depend only on the input.

    Such a cell has no recurrent kernel: its weights are `kernel` and `bias`. The engine `scan`
    computes many timesteps in parallel. A subclass defines `coefficients`:

    ```python
    class LeakyCell(LinearCell):
        gates = Gates(n="candidate")

        def coefficients(self, wx):
            return 0.9 + 0 * wx.n, 0.1 * wx.n, dict(n=wx.n)
    ```

    The arguments are those of `GatedCell`. Those of the recurrent kernel raise a TypeError.
    `recurrent_dropout` needs the form "semeniuta", since h is not projected.
    """

    def __init__(self, units, **kwargs):
        for name in _RECURRENT_ARGUMENTS:
            if name in kwargs:
                raise TypeError(
                    f"{type(self).__name__} has no recurrent kernel and takes no {name}; remove it."
                )
        super().__init__(units, **kwargs)
        if self.recurrent_dropout and self.recurrent_dropout_form == "gal":
            raise TypeError(
                f"{type(self).__name__} has no recurrent kernel and takes no recurrent_dropout of "
                "the form 'gal', which drops h before its projection; pass "
                "recurrent_dropout_form='semeniuta', or remove it."
            )

    def coefficients(self, wx):
        """Return `(a, b, gates by letter)` of h_t = a * h_{t-1} + b, from the input projection."""
        raise NotImplementedError(
            f"{type(self).__name__} has no coefficients; write a method `coefficients(self, wx)` "
            "that returns `a, b, dict(...)`."
        )

    @property
    def factored(self):
        return False

    def advance(self, wx, past, noise=SILENCE):
        a, b, gates = self.coefficients(wx)
        return self.State(a * past[0] + b), gates

    def build(self, input_shape):
        self.kernel = self._weight("kernel", (input_shape[-1], len(self.gates) * self.units))
        self.bias = self._weight("bias", self.bias_shape) if self.use_bias else None
        self.built = True

    @classmethod
    def arguments(cls):
        arguments = super().arguments()
        return {name: p for name, p in arguments.items() if name not in _RECURRENT_ARGUMENTS}


@register
def positive(x):
    """Return x + 1/2 for x >= 0, else sigmoid(x): a smooth function with positive values.

    Feng et al., 2024, https://arxiv.org/abs/2410.01201, appendix B, where it is called g.
    """
    return ops.where(x >= 0, x + 0.5, ops.sigmoid(x))


class MinimalCell(LinearCell, abstract=True):
    """A linear cell with an activation for its candidate.

    Args:
        units: positive integer, the size of h.
        activation: activation function of the candidate; None is the identity.

    The remaining arguments are those of `LinearCell`.
    """

    def __init__(self, units, activation=positive, use_bias=True, **kwargs):
        super().__init__(units, use_bias=use_bias, **kwargs)
        self.activation = keras.activations.get(activation)
