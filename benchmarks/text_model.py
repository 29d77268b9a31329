"""One training step of a whole model of padded texts, and its sides."""

from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from benchmarks import lengths
from benchmarks.layer_call import LAYERS, implementation
from benchmarks.parity import uneven
from benchmarks.sides import KERAS, KERAS_XLA, OURS, Side, wait


@dataclass(frozen=True)
class TextModel:
    """An embedding, a recurrent layer and one logit, trained with Adam.

    A step is what `fit` does with a batch: forward, backward, update.

    Attributes:
        layer: name of the layer, one of `LAYERS`.
        ours: arguments of our layer, for each of our sides.
    """

    layer: str
    batch: int = 64
    time: int = 200
    features: int = 128
    units: int = 256
    words: int = 20_000
    ours: dict[str, dict] = field(default_factory=lambda: {OURS: {}})

    @property
    def shape(self) -> dict[str, int]:
        """Sizes by name."""
        return {name: getattr(self, name) for name in ("batch", "time", "features", "units")}

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the token ids, padded with 0 at the end, and the labels."""
        rng = np.random.default_rng(3)
        tokens = rng.integers(1, self.words, (self.batch, self.time), dtype="int32")
        seen = lengths.mask(lengths.draw(self.batch, self.time), self.time)
        return tokens * seen, rng.integers(0, 2, (self.batch, 1)).astype("float32")

    def sides(self) -> list[Side]:
        """Return the model with Keras's layer, the same under XLA, and with ours."""
        plain, ours = LAYERS[self.layer]
        weights = self._weights()
        return [
            self._side(KERAS, plain(self.units), weights, jit_compile=False),
            self._side(KERAS_XLA, plain(self.units), weights, jit_compile=True),
            *(
                self._side(name, ours(self.units, **arguments), weights, jit_compile=False)
                for name, arguments in self.ours.items()
            ),
        ]

    def _model(self, layer) -> keras.Model:
        model = keras.Sequential(
            [
                keras.layers.Embedding(self.words, self.features, mask_zero=True),
                layer,
                keras.layers.Dense(1),
            ]
        )
        model.build((self.batch, self.time))
        return model

    def _weights(self) -> list[np.ndarray]:
        keras.utils.set_random_seed(4)
        model = self._model(LAYERS[self.layer][0](self.units))
        rng = np.random.default_rng(4)
        return [
            uneven(v.name, w, rng) for w, v in zip(model.get_weights(), model.weights, strict=True)
        ]

    def _side(self, name, layer, weights, jit_compile) -> Side:
        model = self._model(layer)
        model.set_weights(weights)
        optimizer = keras.optimizers.Adam()
        optimizer.build(model.trainable_variables)
        variables = [variable.value for variable in model.trainable_variables]

        def gradients(tokens, labels):
            with tf.GradientTape() as tape:
                logits = model(tokens, training=True)
                loss = keras.ops.mean(
                    keras.losses.binary_crossentropy(labels, logits, from_logits=True)
                )
            return loss, logits, tape.gradient(loss, variables)

        @tf.function(jit_compile=jit_compile, autograph=False)
        def update(tokens, labels):
            loss, _, of_weights = gradients(tokens, labels)
            optimizer.apply(of_weights, model.trainable_variables)
            return loss

        @tf.function(jit_compile=jit_compile, autograph=False)
        def compute(tokens, labels):
            _, logits, of_weights = gradients(tokens, labels)
            return [logits, *map(tf.convert_to_tensor, of_weights)]

        tokens, labels = map(tf.constant, self.data())
        # By position, not by path: the weights of our layer and Keras's may have different names.
        names = ["logits"] + [
            f"d {part.name.split('_')[0] if part is not layer else 'layer'} {v.name}"
            for part in model.layers
            for v in part.trainable_variables
        ]

        def step():
            wait([update(tokens, labels)])

        def numbers():
            model.set_weights(weights)
            of_weights = map(np.asarray, compute(tokens, labels))
            return dict(zip(names, of_weights, strict=True))

        note = None
        if name not in (KERAS, KERAS_XLA):
            note = implementation(layer, self.batch, self.time, masked=True, training=True)
        return Side(name, step, numbers, None if name == KERAS else KERAS, note=note)
