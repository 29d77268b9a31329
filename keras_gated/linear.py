"""LinearCell: a cell whose next state is linear in its state, so that time need not be stepped."""

from keras_gated.cell import GatedCell
from keras_gated.noise import SILENCE

_OF_THE_RECURRENT_KERNEL = (
    "recurrent_initializer",
    "recurrent_regularizer",
    "recurrent_constraint",
    "recurrent_dropout",
    "recurrent_dropout_form",
    "weight_drop",
)


class LinearCell(GatedCell, abstract=True):
    """A cell with one state, h_t = a_t * h_{t-1} + b_t, where a_t and b_t need the input alone.

    Such a cell has no recurrent kernel: its weights are `kernel` and `bias`. A sequence of them is
    computed by the path `scan`, many steps at a time. A cell writes `coefficients`:

    ```python
    class LeakyCell(LinearCell):
        gates = Gates(n="candidate")

        def coefficients(self, wx):
            return 0.9 + 0 * wx.n, 0.1 * wx.n, dict(n=wx.n)
    ```

    Arguments are those of `GatedCell` but for the recurrent ones, which raise a TypeError.
    """

    def __init__(self, units, **kwargs):
        for name in _OF_THE_RECURRENT_KERNEL:
            if name in kwargs:
                raise TypeError(
                    f"{type(self).__name__} has no recurrent kernel and takes no {name}; "
                    "leave it out."
                )
        super().__init__(units, **kwargs)

    def coefficients(self, wx):
        """Return `(a, b, gates by letter)` of h_t = a * h_{t-1} + b, from `W x + b`."""
        raise NotImplementedError(
            f"{type(self).__name__} has no coefficients; write `def coefficients(self, wx)` that "
            "returns `a, b, dict(...)`."
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
        found = super().arguments()
        return {name: p for name, p in found.items() if name not in _OF_THE_RECURRENT_KERNEL}
