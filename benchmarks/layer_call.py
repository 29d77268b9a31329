"""One call of one layer, in training or inference, and its sides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import keras
import numpy as np
import tensorflow as tf

import keras_gated
from benchmarks import lengths
from benchmarks.cells import NormalisedLSTMCell
from benchmarks.parity import uneven
from benchmarks.sides import KERAS, KERAS_XLA, OURS, OURS_XLA, Side, wait


class MissingError(Exception):
    """Something that a comparison needs does not exist."""


def _of_ours(name: str):
    if not hasattr(keras_gated, name):
        raise MissingError(f"keras_gated.{name} is not there yet")
    return getattr(keras_gated, name)


# By name: Keras's plain layer, and ours.
LAYERS: dict[str, tuple[Callable, Callable]] = {
    "lstm": (keras.layers.LSTM, keras_gated.LSTM),
    "gru": (keras.layers.GRU, keras_gated.GRU),
    "simple_rnn": (keras.layers.SimpleRNN, keras_gated.SimpleRNN),
    "normalised_lstm": (
        lambda units, **rest: keras.layers.RNN(NormalisedLSTMCell(units), **rest),
        lambda units, **rest: keras_gated.Recurrent(NormalisedLSTMCell(units), **rest),
    ),
    "min_gru": (
        lambda units, **rest: keras.layers.RNN(_of_ours("MinGRUCell")(units), **rest),
        lambda units, **rest: _of_ours("MinGRU")(units, **rest),
    ),
}


def sides_of(name: str) -> tuple[Callable, Callable]:
    """Return constructors of the plain layer and of ours. If Keras has no such layer, plain is our
    loop.

    Args:
        name: one of `LAYERS`, or the name of a public layer of ours.

    Raises:
        MissingError: if there is no such layer.
    """
    if name in LAYERS:
        return LAYERS[name]
    layer = _of_ours(name)
    return partial(layer, engine="loop"), layer


@dataclass(frozen=True)
class LayerCall:
    """The computation: the outputs of a layer, and in training also the gradients.

    Attributes:
        layer: name of the layer, as in `sides_of`.
        masked: whether rows are padded, as in texts; the result is then the last output.
        training: whether to compute gradients of the inputs and of every weight.
        draw: seed of the inputs.
        arguments: further arguments of both layers.
        ours: arguments of our layer, for each of our sides.
        whole: whether our layer is also timed within a function compiled by XLA.
    """

    layer: str
    batch: int = 64
    time: int = 200
    features: int = 128
    units: int = 256
    masked: bool = False
    training: bool = True
    draw: int = 1
    arguments: dict = field(default_factory=dict)
    ours: dict[str, dict] = field(default_factory=lambda: {OURS: {}})
    whole: bool = False

    @property
    def shape(self) -> dict[str, int]:
        """Sizes by name."""
        return {name: getattr(self, name) for name in ("batch", "time", "features", "units")}

    @property
    def output_size(self) -> int:
        """Size of an output; it is not `units` if a cell projects its output."""
        return next(iter(self.layers().values())).cell.output_size

    def layers(self) -> dict[str, keras.layers.Layer]:
        """Return new layers by side: Keras's plain one first, then ours."""
        plain, ours = sides_of(self.layer)
        common = {"return_sequences": not self.masked, **self.arguments}
        return {KERAS: plain(self.units, **common)} | {
            side: ours(self.units, **common, **arguments) for side, arguments in self.ours.items()
        }

    def data(self) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
        """Return the inputs, the mask or None, and the upstream gradient."""
        rng = np.random.default_rng(self.draw)
        x = rng.normal(size=(self.batch, self.time, self.features)).astype("float32")
        mask = lengths.mask(lengths.draw(self.batch, self.time), self.time) if self.masked else None
        size = self.output_size
        outputs = (self.batch, size) if self.masked else (self.batch, self.time, size)
        return x, mask, rng.normal(size=outputs).astype("float32")

    def weights(self) -> list[np.ndarray]:
        """Return Keras's initial weights, with biases and gains that are not all equal."""
        keras.utils.set_random_seed(2)
        layer = self.layers()[KERAS]
        layer.build((self.batch, self.time, self.features))
        rng = np.random.default_rng(2)
        return [
            uneven(v.name, w, rng) for w, v in zip(layer.get_weights(), layer.weights, strict=True)
        ]

    def sides(self) -> list[Side]:
        """Return Keras's plain layer, the same under XLA, and ours in a `tf.function`."""
        data, weights = self.data(), self.weights()
        sides = []
        for name, layer in self.layers().items():
            sides.append(self._side(name, layer, data, weights, jit_compile=False))
            if name == KERAS:
                # A separate layer, since dropout's seed advances with each call.
                again = self.layers()[KERAS]
                sides.append(self._side(KERAS_XLA, again, data, weights, jit_compile=True))
            if name == OURS and self.whole:
                again = self.layers()[OURS]
                sides.append(self._side(OURS_XLA, again, data, weights, jit_compile=True))
        return sides

    def _side(self, name, layer, data, weights, jit_compile) -> Side:
        layer.build((self.batch, self.time, self.features))
        layer.set_weights(weights)
        x, mask, upstream = (None if d is None else tf.constant(d) for d in data)
        call = self.function(layer, jit_compile)

        def step():
            wait(call(x, mask, upstream))

        def numbers():
            return dict(
                zip(self.names(layer), map(np.asarray, call(x, mask, upstream)), strict=True)
            )

        against = None if name == KERAS else KERAS
        note = None
        if name == KERAS_XLA and self.arguments.get("recurrent_dropout"):
            against, note = None, "XLA draws other dropout masks from the same seed: not compared"
        if name not in (KERAS, KERAS_XLA, OURS_XLA):
            sizes = {"masked": self.masked, "training": self.training}
            note = implementation(layer, self.batch, self.time, **sizes)
        return Side(name, step, numbers, against, note=note)

    def function(self, layer, jit_compile: bool):
        """Return the call as a `tf.function` of inputs, mask and upstream gradient.

        Its results are the outputs, and in training the gradients of the inputs and weights.
        """

        @tf.function(jit_compile=jit_compile, autograph=False)
        def call(x, mask, upstream):
            if not self.training:
                return [layer(x, mask=mask, training=False)]
            weights = [variable.value for variable in layer.trainable_variables]
            with tf.GradientTape() as tape:
                tape.watch(x)
                outputs = layer(x, mask=mask, training=True)
            return [outputs, *tape.gradient(outputs, [x, *weights], output_gradients=upstream)]

        return call

    def names(self, layer) -> Sequence[str]:
        """Return the names of the results of `function`."""
        if not self.training:
            return ["outputs"]
        return ["outputs", "d inputs", *(f"d {v.name}" for v in layer.trainable_variables)]


def implementation(layer, batch: int, time: int, *, masked: bool, training: bool) -> str:
    """Return the implementation that our layer reports."""
    explanation = layer.explain(batch, time, mask=masked, training=training)
    compiled = "compiled by XLA" if explanation.compiled else "not compiled by XLA"
    return f"engine {explanation.engine}, {compiled}"
