"""The real-gated linear recurrent unit of Griffin and Hawk."""

import keras
from keras import ops

from keras_gated.bases import LinearCell
from keras_gated.config import register
from keras_gated.gates import Gates
from keras_gated.initializers import seed_or_drawn

# The constant c of the paper.
_SHARPNESS = 8.0
# Lower bound of 1 - a^2: its square root is then 1e-15, with a finite gradient.
_LEAST = 1e-30


@register
class DecayWithin(keras.initializers.Initializer):
    """Samples Lambda so that sigmoid(Lambda) ** 8, the decay at r = 1, is uniform in a range.

    De et al., 2024, https://arxiv.org/abs/2402.19427, section 2.4, where it is 0.9 to 0.999.
    """

    def __init__(self, low: float = 0.9, high: float = 0.999, seed: int | None = None):
        self.low, self.high, self.seed = low, high, seed
        self._drawn = seed_or_drawn(seed)

    def __call__(self, shape, dtype=None):
        decay = keras.random.uniform(shape, self.low, self.high, dtype=dtype, seed=self._drawn)
        log_a = ops.log(decay) / _SHARPNESS
        # The inverse of the sigmoid of exp(log_a).
        return log_a - ops.log(-ops.expm1(log_a))

    def get_config(self):
        return {"low": self.low, "high": self.high, "seed": self.seed}


class RGLRUCell(LinearCell):
    """One step of the RG-LRU: a linear recurrence whose decay is gated by the input alone.

        r = sigmoid(W_r x_t + b_r)                    recurrence gate: how much to forget
        i = sigmoid(W_i x_t + b_i)                    input gate
        v = W_v x_t + b_v                             value
        a = sigmoid(Lambda) ** (8 r)
        h_t = a * h_{t-1} + sqrt(1 - a ** 2) * (i * v)

    De et al., "Griffin: mixing gated linear recurrences with local attention for efficient
    language models", 2024, https://arxiv.org/abs/2402.19427, section 2.4. In the paper, x has the
    size of the state and comes from a linear projection in the surrounding block. Here that
    projection is v, part of the cell, and the gates read the inputs where the paper's read v. With
    W_v the identity and b_v = 0 this is the paper's unit with dense gate matrices (the authors'
    code has block-diagonal ones, and does not scale the first step). The convolution before it and
    the branch beside it are not part of the cell.

    log a = 8 r log sigmoid(Lambda) and 1 - a ** 2 = -expm1(2 log a) are accurate also for a near
    1, and are computed in float32 under a half-precision policy. `decay` is Lambda, of shape
    `(units,)`.

    Args:
        units: positive integer, the size of h.
        decay_initializer: initializer of Lambda; by default a at r = 1 is uniform in [0.9, 0.999].

    The remaining arguments are those of `LinearCell`.

    >>> cell = RGLRUCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(r="recurrence", i="input", v="value")
    candidate_dropout = True

    def __init__(self, units, *, decay_initializer=None, **kwargs):
        super().__init__(units, **kwargs)
        self.decay_initializer = keras.initializers.get(decay_initializer or DecayWithin())

    def build(self, input_shape):
        super().build(input_shape)
        self.decay = self.add_weight(
            shape=(self.units,),
            name="decay",
            initializer=self.decay_initializer,
            autocast=False,
        )

    def coefficients(self, wx):
        r, i = ops.sigmoid(wx.r), ops.sigmoid(wx.i)
        decay = self._decay(r)
        b = ops.sqrt(_one_minus_exp(decay)) * (i * wx.drop(wx.v))
        return ops.exp(-decay / 2), b, dict(r=r, i=i, v=wx.v)

    def kept(self, gates):
        r = ops.convert_to_tensor(gates["r"], self.state_dtype)
        return dict(h=ops.exp(-self._decay(r) / 2))

    def _decay(self, r):
        """Return -2 log a, from log sigmoid(Lambda) = -softplus(-Lambda)."""
        decay = ops.cast(self.decay, self.state_dtype)
        return ops.maximum(2 * _SHARPNESS * r * ops.softplus(-decay), _LEAST)


def _one_minus_exp(x):
    """Return 1 - exp(-x) without cancellation near 0: `expm1`, which ONNX and LiteRT lack."""
    series = 1.0
    for k in range(8, 1, -1):
        series = 1 - x / k * series
    return ops.where(x < 0.1, x * series, 1 - ops.exp(-x))
