"""Fits a model on one device and on two virtual ones, and prints the largest difference.

Run as a program by `tests/conformance/test_several_devices.py`: the number of devices is set before
a backend begins.
"""

import keras
import numpy as np

import keras_gated as kg


def fitted():
    """Return the weights of a model of padded rows after an epoch."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.integers(1, 20, (16, 12)) * (np.arange(12) < rng.integers(1, 13, (16, 1)))
    model = keras.Sequential(
        [
            keras.layers.Embedding(20, 8, mask_zero=True),
            kg.LSTM(8, return_sequences=True),
            kg.GRU(8, return_sequences=True, engine="fused"),
            kg.LayerNormLSTM(8),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    model.fit(x, x[:, :1] / 20, batch_size=8, epochs=1, shuffle=False, verbose=0)
    return model.get_weights()


def on_two():
    """Return the same of a model on two devices."""
    if keras.backend.backend() == "jax":
        keras.distribution.set_distribution(keras.distribution.DataParallel())
        return fitted()
    import tensorflow as tf

    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert strategy.num_replicas_in_sync == 2
    with strategy.scope():
        return fitted()


def main():
    """Print the largest difference between the weights."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        (cpu,) = tf.config.list_physical_devices("CPU")
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, two)
    expected = fitted()
    print(max(np.abs(a - b).max() for a, b in zip(on_two(), expected, strict=True)))


if __name__ == "__main__":
    main()
