"""The simple RNN."""

import keras

from keras_gated import config
from keras_gated.cell import GatedCell
from keras_gated.gates import Gates


class SimpleRNNCell(GatedCell):
    """One step of the simple RNN: an activation of the sum of both projections, without gates.

        h_t = tanh(W x_t + b + U h_{t-1})

    Elman, "Finding structure in time", 1990, https://doi.org/10.1207/s15516709cog1402_1.
    Same arguments, weights and results as `keras.layers.SimpleRNNCell`.

    Args:
        units: positive integer, the size of h.
        activation: activation function, tanh in the equations; None is the identity.

    The remaining arguments are those of `GatedCell`.

    >>> cell = SimpleRNNCell(4)
    >>> h, states = cell(np.ones((2, 3)), cell.get_initial_state(2))
    >>> tuple(h.shape)
    (2, 4)
    """

    gates = Gates(h="hidden")
    lacks = {
        "candidate_dropout": "h itself is the candidate, so its memory would be dropped with it",
        "kept": "the past enters through U h_{t-1} alone, which no gate multiplies",
    }
    noise_seed_first = True
    positional = config.positions_in(keras.layers.SimpleRNNCell)

    def __init__(self, units, activation="tanh", *args, **kwargs):
        kwargs = config.by_name(SimpleRNNCell, args, kwargs, behind="activation")
        super().__init__(units, **kwargs)
        self.activation = keras.activations.get(activation)

    def step(self, wx, uh, past):
        a = wx + uh
        h = self.activation(a.h)
        return self.State(h), dict(h=h)
