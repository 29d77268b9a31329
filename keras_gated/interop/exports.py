"""Files for other runtimes: ONNX, LiteRT, OpenVINO; each compared with the model in its runtime.

`export` calls Keras's `model.export` while layers are traced in the form that converters know best
(`exporting`), and then runs the file. On the TensorFlow backend:

| format           | what becomes of a layer                                                    |
|------------------|----------------------------------------------------------------------------|
| `onnx`           | LSTM and GRU: one node each. Other cells: a Loop.                          |
| `litert`         | builtin ops alone; no Flex, which is TensorFlow's ops within LiteRT        |
| `openvino`       | a Loop                                                                     |
| `tf_saved_model` | as the model predicts, since TensorFlow runs it                            |
"""

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec

import keras
import numpy as np
from keras import tree

from keras_gated.engine.request import EXPORTED, check_dtype
from keras_gated.interop.runtimes import BY_FORMAT
from keras_gated.keras_private import all_layers
from keras_gated.layers.checks import one_of

FORMATS = {".onnx": "onnx", ".tflite": "litert", ".xml": "openvino", "": "tf_saved_model"}
# Largest difference from the model, relative to its largest output.
TOLERANCE = {"float32": 1e-4, "float16": 2e-2, "bfloat16": 1e-1}
# What an unknown number of timesteps, or another unknown size, is tried with.
UNKNOWN = 7


@contextlib.contextmanager
def exporting(format: str) -> Iterator[None]:
    """While this is open, layers are traced in the form that converters know best.

    `export` opens it. For other ways to a file:

    ```python
    with keras_gated.interop.exporting("onnx"):
        tf2onnx.convert.from_keras(model, output_path="model.onnx")  # of a functional model
    with keras_gated.interop.exporting("litert"):
        lite = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    ```

    What was traced before keeps its form: convert a new `tf.function`. TensorFlow runs this form
    more slowly than the one that it is given otherwise.

    Args:
        format: "onnx", "litert" or "openvino".
    """
    one_of("format", format, ("onnx", "litert", "openvino"))
    token = EXPORTED.set(format)
    try:
        yield
    finally:
        EXPORTED.reset(token)


def export(
    model,
    path,
    format: str | None = None,
    example=None,
    tolerance: float | None = None,
    **arguments,
) -> None:
    """Write a model for another runtime, and check that it computes there what the model does.

    ```python
    keras_gated.interop.export(model, "model.onnx")
    ```

    Args:
        model: a built model on the TensorFlow backend; for ONNX on the torch backend too.
        path: of the file, or of the folder of a SavedModel; files that are there are replaced.
        format: "onnx", "litert", "openvino" or "tf_saved_model"; by default what the path ends in
            says: `.onnx`, `.tflite`, `.xml`, or nothing.
        example: inputs to compare with, as the model is called with them. By default random ones:
            normal numbers, or for integers 0 and 1. A model without `inputs`, such as a subclassed
            one, needs them, and so does one that reads strings.
        tolerance: largest difference from the model that is allowed, relative to its largest
            output; by default what its dtype explains. A quantized file needs more, such as 0.1.
        **arguments: of `model.export`, such as `input_signature`, `opset_version`, and for LiteRT
            `optimizations` and `representative_dataset`.

    Raises:
        ValueError: for a dtype that the runtime does not have, for a model that reads strings in
            another format than a SavedModel, or if the file cannot be run or gives other numbers
            than the model. What was at the path before is then kept, except on a remote file
            system such as gs://, where the file is written before it is checked.
        ImportError: for ONNX, if `onnx` is not installed.
    """
    path = os.fspath(path)
    if format is None:
        ending = os.path.splitext(path)[1]
        if ending not in FORMATS:
            raise ValueError(
                f"the path ends in {ending!r}, which names no format; pass a path that ends in "
                ".onnx, .tflite or .xml, a folder, or format=."
            )
        format = FORMATS[ending]
    one_of("format", format, tuple(FORMATS.values()))
    backend = keras.backend.backend()
    if backend != "tensorflow" and (backend, format) != ("torch", "onnx"):
        raise ValueError(
            f"interop.export traces with TensorFlow, and ONNX with torch too; the backend is "
            f"{backend}, the format {format}. Load the model with KERAS_BACKEND=tensorflow, or "
            f"call model.export(path, format={format!r})."
        )
    if isinstance(example, (list, tuple)) and example and isinstance(example[0], str):
        example = np.array(example)  # texts, and not one tensor for each input
    if format != "tf_saved_model" and _reads_strings(model, example):
        raise ValueError(
            f"{format} has no operations on strings, such as those of TextVectorization; export "
            "the model of the layers behind it, which takes integers, or a SavedModel."
        )
    if format == "onnx" and find_spec("onnx") is None:
        raise ImportError(
            "export to ONNX needs packages that are not installed; write: pip install onnx "
            f"onnxruntime {'onnxscript' if backend == 'torch' else 'tf2onnx'}"
        )
    precision = _precision(model, format)
    examples = _examples(model) if example is None else [example]
    expected = [_outputs(model, inputs) for inputs in examples]
    form = contextlib.nullcontext() if format == "tf_saved_model" else exporting(format)
    arguments = {"verbose": False, **arguments}
    # tf2onnx prints the shapes of a GRU's weights.
    printed = contextlib.nullcontext() if arguments["verbose"] else _silent()
    remote = "://" in path
    path = path if remote else os.path.abspath(path)
    # It takes its place only once it has been checked.
    with tempfile.TemporaryDirectory() as folder:
        written = path if remote else os.path.join(folder, os.path.basename(path))
        with form, printed:
            model.export(written, format=format, **arguments)
        tolerance = TOLERANCE[precision] if tolerance is None else tolerance
        compare(written, format, examples, expected, tolerance)
        if not remote:
            _copy(folder, os.path.dirname(path))


def _outputs(model, inputs) -> list:
    """Return a model's outputs, flattened; a stateful one keeps its states."""
    carries = model.built and _carries(model)
    # A model that was never called cannot be exported.
    with keras.StatelessScope() if carries else contextlib.nullcontext():
        return tree.flatten(model(inputs, training=False))


def _carries(model) -> bool:
    return any(getattr(layer, "stateful", False) for layer in all_layers(model))


def _copy(source: str, target: str) -> None:
    """Copy the files of a folder into another; what else is there stays, with its permissions."""
    for folder, _, files in os.walk(source):
        into = os.path.join(target, os.path.relpath(folder, source))
        os.makedirs(into, exist_ok=True)
        for name in files:
            shutil.copyfile(os.path.join(folder, name), os.path.join(into, name))


def _silent():
    return contextlib.redirect_stdout(io.StringIO())


def _precision(model, format: str) -> str:
    """Return the least precise dtype that the model computes in, if the runtime has it."""
    layers = all_layers(model)
    for layer in layers:
        check_dtype(format, layer.compute_dtype, layer.name)
    dtypes = {layer.compute_dtype for layer in layers}
    return next((dtype for dtype in ("bfloat16", "float16") if dtype in dtypes), "float32")


def _reads_strings(model, example) -> bool:
    dtypes = [spec.dtype for spec in getattr(model, "inputs", None) or []]
    kinds = [np.asarray(x).dtype.kind for x in tree.flatten(example) if x is not None]
    return "string" in dtypes or any(kind in "OSU" for kind in kinds)


def _examples(model) -> list:
    """Return random inputs of one row, and of several where that is possible."""
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"{type(model).__name__} does not say what its inputs are; pass example=, inputs as "
            "the model is called with them."
        )
    rng = np.random.default_rng(0)

    def draw(spec, rows):
        if spec.dtype == "string":
            raise ValueError("the model reads strings; pass example=, some texts to compare with.")
        shape = [UNKNOWN if size is None else size for size in spec.shape[1:]]
        shape = [spec.shape[0] or rows, *shape]
        if "float" in spec.dtype:
            return rng.normal(size=shape).astype(spec.dtype)
        return rng.integers(0, 2, shape).astype(spec.dtype)

    structure = model.inputs[0] if len(model.inputs) == 1 else model.input
    # A stateful model answers a second time from other states.
    sizes = (1,) if _carries(model) else (1, 3)
    return [tree.map_structure(lambda x, n=rows: draw(x, n), structure) for rows in sizes]


def compare(path, format: str, examples: list, expected: list, tolerance: float):
    """Refuse a file that does not give what the model gave.

    Args:
        path: of the file.
        format: as in `export`.
        examples: inputs, each as the model is called with them.
        expected: for each of them the model's outputs, flattened.
        tolerance: largest difference, relative to the model's largest output.

    Raises:
        ValueError: if the file cannot be run or gives other numbers.
    """
    hint = 'Pass engine="loop" to its recurrent layers; if that does not help, report the model.'
    quantized = "Of a quantized file that is expected: pass tolerance=, as in tolerance=0.1."
    arrays = [[_array(each) for each in tree.flatten(inputs)] for inputs in examples]
    try:
        run = BY_FORMAT[format](path)
        results = [run(inputs) for inputs in arrays]
    except ImportError as error:
        raise ValueError(
            f"the file cannot be checked, as {error.name} is not installed; the extra interop has "
            "what each format needs."
        ) from error
    except Exception as error:
        raise ValueError(f"{format} cannot run the file: {str(error)[:300]}. {hint}") from error
    for outputs, expected_outputs in zip(results, expected, strict=True):
        if len(outputs) != len(expected_outputs):
            raise ValueError(
                f"{format} gives {len(outputs)} outputs, the model {len(expected_outputs)}. {hint}"
            )
        for output, want in zip(outputs, expected_outputs, strict=True):
            want = _array(want)
            scale = max(float(np.abs(want).max(initial=0)), 1e-3)
            same = output.shape == want.shape
            difference = float(np.abs(output - want).max(initial=0)) if same else np.inf
            # Written so that nan is refused as well.
            if not difference <= tolerance * scale:
                raise ValueError(
                    f"{format} gives other numbers than the model: {difference:.1e} apart, where "
                    f"the largest is {scale:.1e}; shapes {output.shape} and {want.shape}. "
                    f"{quantized} {hint}"
                )


def _array(tensor) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(tensor))
