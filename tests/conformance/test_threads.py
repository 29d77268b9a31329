"""Threads: layers traced and trained in several threads give the results of a single thread."""

import concurrent.futures

import keras
import numpy as np
import pytest

import keras_gated as kg
from tests.family import mostly_slow
from tests.numbers import close

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="of TensorFlow")

THREADS = 8


def in_threads(function, arguments) -> list:
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, arguments))


@pytest.mark.parametrize("rounds", mostly_slow([16, 50], 16))
def test_first_traces_of_several_layers(rounds):
    """Each round traces a new layer, whose size differs from those of the other threads."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    layers = [kg.LSTM(3 + k % 5, return_sequences=True) for k in range(rounds)]
    x = tf.constant(rng.normal(size=(6, 5, 3)).astype("float32"))
    mask = tf.constant(rng.random((6, 5)) < 0.7)
    for layer in layers:
        layer.build(x.shape)

    def gradients(layer):
        weights = [variable.value for variable in layer.trainable_variables]
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(layer(x, mask=mask, training=True) ** 2)
        return [total, *tape.gradient(total, weights)]

    found = in_threads(
        lambda layer: tf.function(lambda: gradients(layer), autograph=False)(), layers
    )
    for layer, got in zip(layers, found, strict=True):
        assert close(got, gradients(layer))


@pytest.mark.parametrize("models", mostly_slow([2, THREADS], 2))
def test_fit_and_predict_of_several_models(models):
    rng = np.random.default_rng(0)
    words = rng.integers(0, 9, (12, 6))
    labels = rng.integers(0, 2, 12)

    def model(seed):
        made = keras.Sequential(
            [
                keras.Input((None,), dtype="int32"),
                keras.layers.Embedding(9, 3, mask_zero=True),
                kg.GRU(3 + seed),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        values = np.random.default_rng(seed)
        made.set_weights([values.normal(size=w.shape) for w in made.get_weights()])
        made.compile("sgd", "binary_crossentropy")
        return made

    def trained(made):
        made.fit(words, labels, batch_size=5, shuffle=False, verbose=0)
        return made.predict(words, verbose=0)

    found = in_threads(trained, [model(seed) for seed in range(models)])
    for seed, got in enumerate(found):
        assert close(got, trained(model(seed)))
