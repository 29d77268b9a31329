"""ForgettingCell: what the LSTM and its relatives have in common besides their equations."""

from keras import ops

from keras_gated.squashed import SquashedCell


class ForgettingCell(SquashedCell, abstract=True):
    """A cell with squashed gates, of which one is a forget gate with the letter f.

    Args:
        units: positive integer, the size of the states.
        activation: what is written tanh in the equations; None is the identity.
        recurrent_activation: what is written sigmoid there; None is the identity.
        unit_forget_bias: whether b_f starts at 1, so that a new cell remembers (Jozefowicz,
            Zaremba and Sutskever, 2015, https://proceedings.mlr.press/v37/jozefowicz15.html).

    The remaining arguments are those of `GatedCell`.
    """

    def __init__(self, units, *args, unit_forget_bias=True, **kwargs):
        super().__init__(units, *args, **kwargs)
        self.unit_forget_bias = unit_forget_bias

    def initial_bias(self, shape, dtype=None):
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype=dtype)
        # Drawn in two, as Keras's LSTM does it: a seeded initializer must give its numbers.
        before, after = (
            self.bias_initializer((len(letters) * self.units,), dtype=dtype)
            for letters in "".join(self.gates).split("f")
        )
        return ops.concatenate([before, ops.ones((self.units,), dtype=dtype), after])
