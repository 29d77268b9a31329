"""Errors of quantized LiteRT files: `python -m benchmarks.int8`, with the extra `interop`.

Writes the table of docs/guides/serving.md between `<!-- int8 -->` and `<!-- /int8 -->`. It measures
no times, so it may run on a busy machine.
"""

import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import keras_gated as kg
from benchmarks.interop import PAGE
from benchmarks.page import between
from keras_gated.interop import exporting, runtimes

TIME, FEATURES, UNITS, TESTS = 20, 32, 32, 500
CELLS = ("LSTM", "GRU", "SimpleRNN", "MinGRU")
# Number of calibration sequences; None for int8 weights only, which need no calibration.
CALIBRATIONS = (None, 10, 100, 1000)


def main() -> None:
    """Write the table."""
    titles = [
        "weights alone" if count is None else f"full, calibrated with {count}"
        for count in CALIBRATIONS
    ]
    lines = [
        f"| largest error of {TESTS} sequences | {' | '.join(titles)} |",
        f"|---|{'---:|' * len(CALIBRATIONS)}",
    ]
    for cell in CELLS:
        errors = [f"{largest_error(cell, count):.3f}" for count in CALIBRATIONS]
        lines.append(f"| {cell} | {' | '.join(errors)} |")
        print(lines[-1], flush=True)
    sizes = f"Sequences of {TIME} normal numbers, {FEATURES} → {UNITS}, weights as initialized."
    text = "\n".join(lines) + f"\n\n{sizes} `python -m benchmarks.int8`"
    PAGE.write_text(between(PAGE.read_text(), text, "int8"))


def largest_error(cell: str, calibration: int | None) -> float:
    """Return the largest difference between a quantized model and the model itself."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    model = keras.Sequential([keras.Input((TIME, FEATURES)), getattr(kg, cell)(UNITS)])
    with exporting("litert"):
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if calibration is not None:
            converter.representative_dataset = lambda: ([x] for x in _drawn(rng, calibration))
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        content = converter.convert()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(content)
        run = runtimes.litert(str(path), threads=1)
    tests = _drawn(np.random.default_rng(1), TESTS)
    expected = np.asarray(model(tests[:, 0]))
    return float(np.abs(np.concatenate([run([x])[0] for x in tests]) - expected).max())


def _drawn(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return sequences, each as a batch of one."""
    return rng.normal(size=(count, 1, TIME, FEATURES)).astype("float32")


if __name__ == "__main__":
    main()
