"""The echo state network."""

import numbers

import keras
from keras import ops

from keras_gated.cell import GatedCell
from keras_gated.gates import Gates
from keras_gated.initializers import as_python, seed_or_drawn

_TRAINING_ARGUMENTS = (
    "kernel_regularizer",
    "recurrent_regularizer",
    "bias_regularizer",
    "kernel_constraint",
    "recurrent_constraint",
    "bias_constraint",
)


class ESNCell(GatedCell):
    """One step of an echo state network: a fixed, random recurrent layer (the reservoir).

        h_t = (1 - leaky) * h_{t-1} + leaky * tanh(W x_t + b + U h_{t-1})

    No weight is trained; only the layers that read h are. U is sampled from
    `recurrent_initializer`. Each entry is kept with probability `connectivity` and is 0 otherwise.
    U is then scaled to the given spectral radius. Below 1, the effect of past inputs fades, like
    an echo.

    Jaeger, "The echo state approach to analysing and training recurrent neural networks", 2001,
    GMD report 148, https://www.ai.rug.nl/minds/uploads/EchoStatesTechRep.pdf, and with `leaky`
    Jaeger et al., "Optimization and applications of echo state networks with leaky-integrator
    neurons", 2007, https://doi.org/10.1016/j.neunet.2007.04.016. Same arguments, weights and
    results as TensorFlow Addons' `ESNCell`.

    Args:
        units: positive integer, the size of h: the reservoir.
        connectivity: fraction of the entries of U that are not 0, in (0, 1].
        leaky: leak rate, the fraction of h that is replaced per timestep, in (0, 1].
        spectral_radius: largest magnitude of an eigenvalue of U, 0 or more.
        use_norm2: scale by the Frobenius norm of U instead of its spectral radius. The norm is an
            upper bound: faster to compute for a large reservoir, and the echo fades sooner.
        activation: activation function, tanh in the equations; None is the identity.

    The remaining arguments are those of `GatedCell`. Regularizers and constraints raise a
    TypeError, since no weight is trained. `seed` also seeds the connections.

    Raises:
        ValueError: for `connectivity` or `leaky` outside (0, 1], or a negative `spectral_radius`.

    >>> cell = ESNCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> len(cell.trainable_weights)
    0
    """

    gates = Gates(h="hidden")
    candidate_dropout = True

    def __init__(
        self,
        units,
        connectivity=0.1,
        leaky=1.0,
        spectral_radius=0.9,
        use_norm2=False,
        use_bias=True,
        activation="tanh",
        *,
        recurrent_initializer="glorot_uniform",
        **kwargs,
    ):
        for name in _TRAINING_ARGUMENTS:
            if name in kwargs:
                raise TypeError(
                    f"{type(self).__name__} trains no weight and takes no {name}; remove it."
                )
        super().__init__(
            units, use_bias=use_bias, recurrent_initializer=recurrent_initializer, **kwargs
        )
        self.connectivity = _fraction("connectivity", connectivity)
        self._drawn = seed_or_drawn(self.seed)
        self.leaky = _fraction("leaky", leaky)
        if not spectral_radius >= 0:
            raise ValueError(
                "Argument `spectral_radius` must not be negative; received "
                f"spectral_radius={spectral_radius!r}. Write for example spectral_radius=0.9."
            )
        self.spectral_radius = as_python(spectral_radius)
        self.use_norm2 = use_norm2
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        self.kernel = self._fixed("kernel", (input_shape[-1], self.units), self.kernel_initializer)
        self.recurrent_kernel = self._fixed(
            "recurrent_kernel", (self.units, self.units), self.reservoir
        )
        self.bias = (
            self._fixed("bias", self.bias_shape, self._first_bias) if self.use_bias else None
        )
        self.built = True

    def _fixed(self, name, shape, initializer):
        return self.add_weight(
            shape=shape, name=name, initializer=initializer, trainable=False, autocast=False
        )

    def reservoir(self, shape, dtype=None):
        """Return the initial value of `recurrent_kernel`."""
        u = self.recurrent_initializer(shape, dtype=dtype)
        # Another stream than that of an initializer with the same seed, whose values would decide
        # which of them are kept.
        seed = (self._drawn + 0x9E3779B9) % 2**32
        connected = keras.random.uniform(shape, seed=seed) < self.connectivity
        u = ops.where(connected, u, ops.zeros((), u.dtype))
        size = ops.norm(u) if self.use_norm2 else _spectral_radius(u)
        # With few connections the graph may have no cycle; all eigenvalues are then 0.
        return u * ops.divide_no_nan(ops.cast(self.spectral_radius, u.dtype), size)

    def step(self, wx, uh, past):
        a = wx + uh
        h = (1 - self.leaky) * past.h + self.leaky * wx.drop(self.activation(a.h))
        return self.State(h), dict(h=h)

    def kept(self, gates):
        return dict(h=0 * gates["h"] + (1 - self.leaky))

    @classmethod
    def arguments(cls):
        return {
            name: p for name, p in super().arguments().items() if name not in _TRAINING_ARGUMENTS
        }


def _spectral_radius(u):
    """Return the largest magnitude of an eigenvalue of u, a square matrix.

    It is the limit of norm(u ** k) ** (1 / k) (Gelfand, 1941), here for k = 1, 2, 4 ... 2 ** 23.
    This needs only matrix products, which every backend has on every device, also in a graph.
    """
    logarithm = 0.0
    for j in range(24):
        size = ops.norm(u)
        logarithm = logarithm + ops.log(size) / 2**j
        u = ops.divide_no_nan(u, size)
        u = ops.matmul(u, u)
    return ops.exp(logarithm)


def _fraction(name: str, value) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 < float(value) <= 1:
        raise ValueError(
            f"Argument `{name}` must be a number in (0, 1]; received "
            f"{name}={value!r}. Write for example {name}=0.5."
        )
    return float(value)
