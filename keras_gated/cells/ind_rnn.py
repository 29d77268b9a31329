"""The independently recurrent network."""

import keras
from keras import ops

from keras_gated.cell import GatedCell
from keras_gated.config import register
from keras_gated.gates import Columns, Gates
from keras_gated.regularization import SILENCE


@register
class AtMost(keras.constraints.Constraint):
    """Clips each weight to [-limit, limit].

    >>> ops.convert_to_numpy(AtMost(1.0)(np.array([-2.0, 0.5]))).tolist()
    [-1.0, 0.5]
    """

    def __init__(self, limit: float):
        self.limit = limit

    def __call__(self, w):
        return ops.clip(w, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}


class IndRNNCell(GatedCell):
    """One step of the IndRNN: each unit reads only its own past, through one recurrent weight.

        h_t = relu(W x_t + b + u * h_{t-1})

    `recurrent_kernel` is u, of shape `(units,)`, and is multiplied elementwise. The next layer
    mixes the units. Over T timesteps a gradient is multiplied by u ** T. To keep it from exploding
    or vanishing, u is initialized uniformly in [0, limit] and clipped to [-limit, limit] after
    each update, with limit = 2 ** (1 / T).

    Li et al., "Independently recurrent neural network", 2018, https://arxiv.org/abs/1803.04831,
    which calls the 2 gamma. In the last recurrent layer, which must remember the whole sequence,
    the paper initializes u near the limit: use a `recurrent_initializer` such as
    `RandomUniform(0.9, 1.0)`.

    Args:
        units: positive integer, the size of h.
        activation: activation function, relu in the equations; None is the identity.
        steps: T, the number of timesteps to remember. None sets the limit to 1, its value for
            very long sequences.
        recurrent_initializer: initializer of u; None for uniform in [0, limit].
        recurrent_constraint: constraint of u; "limit" clips to [-limit, limit], None does not.

    The remaining arguments are those of `GatedCell`. Under a half-precision policy u and its
    product stay float32, since it is not a matrix product.

    Raises:
        ValueError: for `steps` that is neither None nor a positive number.

    >>> cell = IndRNNCell(4, steps=100)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(cell.recurrent_kernel.shape)
    (4,)
    """

    gates = Gates(h="hidden")
    lacks = {
        "candidate_dropout": "h itself is the candidate, so its memory would be dropped with it",
        "kept": "the past enters through u * h_{t-1} within the activation, and u is no gate",
    }

    def __init__(
        self,
        units,
        activation="relu",
        use_bias=True,
        *,
        steps: int | None = None,
        recurrent_initializer=None,
        recurrent_constraint="limit",
        **kwargs,
    ):
        if steps is not None and not steps > 0:
            raise ValueError(
                "Argument `steps` must be a positive number of timesteps to remember, or None; "
                f"received steps={steps!r}. Write for example steps=100."
            )
        limit = 1.0 if steps is None else 2.0 ** (1.0 / steps)
        if recurrent_initializer is None:
            recurrent_initializer = keras.initializers.RandomUniform(0.0, limit)
        if recurrent_constraint == "limit":
            recurrent_constraint = AtMost(limit)
        super().__init__(
            units,
            use_bias=use_bias,
            recurrent_initializer=recurrent_initializer,
            recurrent_constraint=recurrent_constraint,
            **kwargs,
        )
        self.activation = keras.activations.get(activation)
        self.steps = steps

    def build(self, input_shape):
        self.kernel = self._weight("kernel", (input_shape[-1], self.units))
        self.recurrent_kernel = self._weight("recurrent_kernel", (self.units,), kind="recurrent")
        self.bias = self._weight("bias", self.bias_shape) if self.use_bias else None
        self.built = True

    def step(self, wx, uh, past):
        a = wx + uh
        h = self.activation(a.h)
        return self.State(h), dict(h=h)

    def recur(self, h, noise=SILENCE, letters=None):
        """Return `u * h`."""
        masks = noise.state if isinstance(noise.state, list) else [noise.state]
        if masks[0] is not None:
            h = h * ops.cast(masks[0], self.state_dtype)
        return Columns(ops.cast(self.recurrent_kernel, self.state_dtype) * h, "h")
