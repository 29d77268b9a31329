"""Exports, what works and how fast: `python -m benchmarks.interop`, with the extra `interop`.

Writes the tables of docs/guides/serving.md between `<!-- interop -->` and `<!-- /interop -->`. Each
file is first run in its runtime and compared with its model. In the environment of
`make test-interop`:

    .venv-interop/bin/python -m benchmarks.interop
"""

import collections
import contextlib
import importlib.metadata
import logging
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, tree

import keras_gated as kg
from benchmarks.clock import Patience, interleave
from benchmarks.machine import machine
from benchmarks.page import between
from keras_gated.interop import exports, runtimes

PAGE = Path(__file__).parent.parent / "docs" / "guides" / "serving.md"
TIME, FEATURES, UNITS, WORDS = 100, 64, 128, 5_000
ENDINGS = {"onnx": ".onnx", "litert": ".tflite", "openvino": ".xml", "tf_saved_model": ""}
TITLES = {
    "onnx": "ONNX",
    "litert": "LiteRT",
    "openvino": "OpenVINO",
    "tf_saved_model": "SavedModel",
}
PACKAGES = ["tensorflow", "keras", "tf2onnx", "onnxruntime", "ai-edge-litert", "openvino"]

# Functions of the module with the layers, and of the arguments of the last layer.
CASES = {
    "LSTM": lambda of, **last: [of.LSTM(32, **last)],
    "GRU": lambda of, **last: [of.GRU(32, **last)],
    "SimpleRNN": lambda of, **last: [of.SimpleRNN(32, **last)],
    "Bidirectional LSTM": lambda of, **last: [layers.Bidirectional(of.LSTM(32, **last))],
    "masked LSTM": lambda of, **last: [layers.Masking(), of.LSTM(32, **last)],
}
# OpenVINO's converter takes half a minute for some, and SavedModels are TensorFlow's own.
FEW = ("LSTM", "masked LSTM")


def main() -> None:
    """Write the tables."""
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    about = machine()
    where = f"{about['cpu']}, one thread; {versions}. `python -m benchmarks.interop`"
    timed = speeds()
    text = f"{features()}\n\n{timed}\n\n{where}"
    PAGE.write_text(between(PAGE.read_text(), text, "interop"))


def features() -> str:
    """Return the table of what works, with unknown batch size and length."""
    lines = [
        "| | `keras.layers`, `model.export` | `keras_gated`, `model.export` | "
        "`keras_gated`, `interop.export` |",
        "|---|---|---|---|",
    ]
    for format in ENDINGS:
        for case, make in CASES.items():
            if format in ("openvino", "tf_saved_model") and case not in FEW:
                continue
            for sequences in (False, True):
                cells = [
                    _result(make(of, return_sequences=sequences), format, checked, "masked" in case)
                    for of, checked in ((layers, False), (kg, False), (kg, True))
                ]
                name = f"{TITLES[format]}, {case}{', sequences' if sequences else ''}"
                lines.append(f"| {name} | {' | '.join(cells)} |")
                print(lines[-1], flush=True)
    return "\n".join(lines)


def _result(stack: list, format: str, checked: bool, masked: bool) -> str:
    """Return the result of an export: the nodes of its file, or the error."""
    model = keras.Sequential([keras.Input((None, 8)), *stack])
    rng = np.random.default_rng(0)
    examples = [rng.normal(size=(rows, 12, 8)).astype("float32") for rows in (1, 3)]
    if masked:
        for x in examples:
            x[:, 7:] = 0
    expected = [tree.flatten(model(x, training=False)) for x in examples]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / f"model{ENDINGS[format]}")
        form = (
            exports.exporting(format) if checked and ENDINGS[format] else contextlib.nullcontext()
        )
        try:
            with form, contextlib.redirect_stdout(None):
                model.export(path, format=format, verbose=False)
        except Exception:
            return "not converted"
        try:
            exports.compare(path, format, examples, expected, 1e-4)
        except ValueError as error:
            return "other numbers" if "other numbers" in str(error) else "does not run"
        return f"works{_nodes(path) if format == 'onnx' else ''}"


def _nodes(path: str) -> str:
    import onnx

    nodes = collections.Counter(node.op_type for node in onnx.load(path).graph.node)
    named = [f"{nodes[op]} {op}" for op in ("LSTM", "GRU", "Loop") if nodes[op]]
    return f": {', '.join(named)}"


def speeds() -> str:
    """Return the table of times of a text classifier, for each runtime and library."""
    lines = [
        f"| a classifier of texts of {TIME} words, {FEATURES} → {UNITS}, ms | batch | "
        "`keras.layers` | `keras_gated` |",
        "|---|---:|---:|---:|",
    ]
    for kind in ("LSTM", "GRU"):
        for format in ENDINGS:
            with tempfile.TemporaryDirectory() as folder:
                runs = [
                    _loaded(of, kind, format, str(Path(folder) / f"model{k}{ENDINGS[format]}"))
                    for k, of in enumerate((layers, kg))
                ]
                for batch in (1, 32):
                    lines.append(f"| {TITLES[format]}, {kind} | {batch} | {_times(runs, batch)} |")
                    print(lines[-1], flush=True)
    return "\n".join(lines)


def _loaded(of, kind: str, format: str, path: str):
    """Return the function that runs an exported classifier, or None if there is no such file."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((TIME,), dtype="int32"),
            layers.Embedding(WORDS, FEATURES),
            getattr(of, kind)(UNITS),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    x = _texts(3)
    try:
        if of is kg:
            exports.export(model, path)
        else:
            expected = [tree.flatten(model(x))]
            model.export(path, format=format, verbose=False)
            exports.compare(path, format, [x], expected, 1e-4)
        return runtimes.BY_FORMAT[format](path, threads=1)
    except Exception as error:
        print(f"{of.__name__} {kind} {format}: {str(error)[:200]}", flush=True)
        return None


def _texts(batch: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, WORDS, (batch, TIME)).astype("int32")


def _times(runs: list, batch: int) -> str:
    x = [_texts(batch)]
    steps = {str(k): (lambda run=run: run(x) and None) for k, run in enumerate(runs) if run}
    timings = interleave(steps, Patience(seconds=2.0, fewest=20, most=300))
    cells = [f"{timings[str(k)].least:.2f}" if run else "no file" for k, run in enumerate(runs)]
    return " | ".join(cells)


if __name__ == "__main__":
    main()
