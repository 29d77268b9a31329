"""Initial states: the cell's own (zeros), learned, or noisy in training."""

import contextlib
import numbers
from typing import Any, NamedTuple

import keras
from keras import ops, tree

from keras_gated.config import register


class Reset(NamedTuple):
    """Where the states are reset within a sequence, and to which values."""

    steps: Any
    """Booleans `(batch, time)`, True where the states are reset before that timestep."""
    states: Any
    """The initial states, tensors of shape `(batch, units)`."""


@register
class InitialState(keras.layers.Layer):
    """The cell's own initial states, which are zeros for most cells.

    An `initial_state` that is passed to a call takes precedence. One that is passed to several
    layers is copied for each but the first.
    """

    _has_layer = False  # whether it has been passed to one

    def create(self, first, names):
        """Create the weights, if there are any.

        Args:
            first: function that returns the cell's initial states for one row, `(1, units)` each.
            names: a name for each state.
        """
        self.built = True

    def states(self, default, training: bool = False):
        """Return the initial states, nested as `default`.

        Args:
            default: the cell's initial states for the batch, tensors of shape `(batch, units)`.
            training: whether the call is in training mode.
        """
        return default


@register
class LearnedInitialState(InitialState):
    """One trainable vector for each state, shared by all rows; initialized to the cell's state.

    Forcada and Carrasco, "Learning the initial state of a second-order recurrent neural network
    during regular-language inference", 1995, https://doi.org/10.1162/neco.1995.7.5.923, use it in
    Elman networks.

    In a stateful layer the vectors are trained in batches in which rows start a new sequence.
    """

    def create(self, first, names):
        def value(index):
            return lambda shape, dtype: ops.cast(tree.flatten(first())[index][0], dtype)

        self.vectors = [
            self.add_weight(
                shape=state.shape[1:],
                dtype=keras.backend.standardize_dtype(state.dtype),
                name=name,
                initializer=value(index),
                autocast=False,
            )
            for index, (name, state) in enumerate(zip(names, tree.flatten(first()), strict=True))
        ]
        self.built = True

    def states(self, default, training=False):
        tiled = [
            ops.zeros_like(state) + ops.cast(vector, state.dtype)
            for state, vector in zip(tree.flatten(default), self.vectors, strict=True)
        ]
        return tree.pack_sequence_as(default, tiled)


@register
class NoisyInitialState(InitialState):
    """Initial states with Gaussian noise in training, sampled for each batch and row.

    Random initial states keep the network from overfitting to a fixed one. Zimmermann, Tietz and
    Grothmann, "Forecasting with recurrent neural networks: 12 tricks", 2012,
    https://doi.org/10.1007/978-3-642-35289-8_37.

    Args:
        scale: standard deviation of the noise, 0 or more.
        mean: mean of the noise, and the initial state outside training: "zeros" (the cell's own
            states), "learned", or an `InitialState`.
        seed: integer, or None.

    Raises:
        ValueError: for a scale that is negative or not a number.
    """

    def __init__(self, scale=0.1, mean="zeros", seed=None, **kwargs):
        super().__init__(**kwargs)
        if isinstance(scale, bool) or not isinstance(scale, numbers.Real) or not scale >= 0:
            raise ValueError(
                f"Argument `scale` is the standard deviation of the noise and must be 0 or more; "
                f"received scale={scale!r}. Write for example NoisyInitialState(scale=0.1)."
            )
        self.scale, self.mean, self.seed = float(scale), get(mean), seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def create(self, first, names):
        self.mean.create(first, names)
        self.built = True

    def states(self, default, training=False):
        mean = self.mean.states(default, training)
        if not training:
            return mean
        noisy = [
            state
            + self.scale
            * keras.random.normal(ops.shape(state), dtype=state.dtype, seed=self.seed_generator)
            for state in tree.flatten(mean)
        ]
        return tree.pack_sequence_as(default, noisy)

    def get_config(self):
        mean = keras.saving.serialize_keras_object(self.mean)
        return {**super().get_config(), "scale": self.scale, "mean": mean, "seed": self.seed}


_BY_NAME = {"zeros": InitialState, "learned": LearnedInitialState, "noisy": NoisyInitialState}


def get(initial_state) -> InitialState:
    """Return an `InitialState` from a name, a config or an instance.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(initial_state, dict):
        initial_state = keras.saving.deserialize_keras_object(initial_state)
    if isinstance(initial_state, str) and initial_state in _BY_NAME:
        return _BY_NAME[initial_state]()
    if not isinstance(initial_state, InitialState):
        raise ValueError(
            f"Argument `initial_state` must be one of {', '.join(map(repr, _BY_NAME))}, or an "
            f"InitialState such as NoisyInitialState(scale=0.1); received {initial_state!r}."
        )
    if initial_state._has_layer:
        # One without a config of its own is shared, which only weights do not allow.
        with contextlib.suppress(NotImplementedError, TypeError):
            initial_state = initial_state.from_config(initial_state.get_config())
    initial_state._has_layer = True
    return initial_state


def check_reset(reset, inputs):
    """Return a reset mask as booleans of shape `(batch,)` or `(batch, time)`.

    Raises:
        ValueError: for a shape that does not fit the inputs.
    """
    reset = ops.convert_to_tensor(reset)
    batch, time = inputs.shape[:2]
    fits = len(reset.shape) in (1, 2) and all(
        have is None or want is None or have == want
        for have, want in zip(reset.shape, (batch, time), strict=False)
    )
    if not fits:
        raise ValueError(
            f"reset has shape {tuple(reset.shape)} but inputs have {batch} rows of {time} steps; "
            f"pass a mask of shape ({batch},), True where a row starts a new sequence, or "
            f"({batch}, {time}), True where it does so before that timestep."
        )
    if keras.backend.standardize_dtype(reset.dtype) != "bool":
        reset = ops.not_equal(reset, ops.zeros((), reset.dtype))
    return reset
