"""Export to ONNX, with one LSTM or GRU node for a layer and not a loop of many.

ONNX has an op for the whole recurrence of an LSTM and of a GRU, and runtimes are several times as
fast with it. `export` writes a model so, and compares what onnxruntime computes with the model:

    keras_gated.interop.onnx.export(model, "model.onnx")

Other cells, and a GRU with `reset_after=False`, become an ONNX Loop. Needs the extra `interop`, on
the TensorFlow backend.
"""

import contextlib
import os
from collections.abc import Iterator

import keras
import numpy as np
from keras import tree

from keras_gated.engine.request import EXPORTED
from keras_gated.keras_private import all_layers

# Largest difference from the model, relative to its largest output.
TOLERANCE = {"float32": 1e-4, "float64": 1e-4, "float16": 2e-2}
# What an unknown number of timesteps, or another unknown size, is tried with.
UNKNOWN = 7


@contextlib.contextmanager
def nodes() -> Iterator[None]:
    """While this is open, layers are traced in the form of which tf2onnx makes LSTM and GRU nodes.

    `export` opens it. For other ways to a file:

        with keras_gated.interop.onnx.nodes():
            tf2onnx.convert.from_keras(model, output_path="model.onnx")

    What was traced before keeps its form: convert a new `tf.function`. A model that is traced so
    also predicts, but not as fast as otherwise.
    """
    token = EXPORTED.set(True)
    try:
        yield
    finally:
        EXPORTED.reset(token)


def export(model, path, example=None, **arguments) -> None:
    """Write a model as an ONNX file, and check that onnxruntime computes what the model does.

    Args:
        model: a built model on the TensorFlow backend.
        path: of the file.
        example: inputs to compare with, as the model is called with them. By default random ones:
            normal numbers, or for integers 0 and 1. A model without `inputs`, as a subclassed one,
            needs them.
        **arguments: of `model.export`, such as `input_signature` and `opset_version`.

    Raises:
        ValueError: for a model in bfloat16, or if the file cannot be run or gives other numbers
            than the model; the file is then removed.
    """
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "interop.onnx.export traces with TensorFlow; the backend is "
            f"{keras.backend.backend()}. Load the model with KERAS_BACKEND=tensorflow, or call "
            'model.export(path, format="onnx").'
        )
    precision = _precision(model)
    examples = _examples(model) if example is None else [example]
    # A model that was never called cannot be exported.
    expected = [tree.flatten(model(inputs, training=False)) for inputs in examples]
    with nodes():
        model.export(path, format="onnx", **{"verbose": False, **arguments})
    try:
        _compare(path, examples, expected, TOLERANCE[precision])
    except ValueError:
        os.remove(path)
        raise


def _precision(model) -> str:
    """Return the least precise dtype that the model computes in; refuse bfloat16."""
    dtypes: dict = {}
    for layer in all_layers(model):
        dtypes.setdefault(layer.compute_dtype, layer)
    if "bfloat16" in dtypes:
        raise ValueError(
            f"the layer {dtypes['bfloat16'].name!r} computes in bfloat16, in which ONNX runtimes "
            'do not multiply. Make the model with keras.config.set_dtype_policy("float32") and '
            "copy the weights, new.set_weights(old.get_weights()); they are float32 already."
        )
    return "float16" if "float16" in dtypes else "float32"


def _examples(model) -> list:
    """Return random inputs of one row, and of several where that is possible."""
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"{type(model).__name__} does not say what its inputs are; pass example=, inputs as "
            "the model is called with them."
        )
    rng = np.random.default_rng(0)

    def draw(spec, rows):
        shape = [UNKNOWN if size is None else size for size in spec.shape[1:]]
        shape = [spec.shape[0] or rows, *shape]
        if "float" in spec.dtype:
            return rng.normal(size=shape).astype(spec.dtype)
        return rng.integers(0, 2, shape).astype(spec.dtype)

    structure = model.inputs[0] if len(model.inputs) == 1 else model.input
    return [tree.map_structure(lambda x, n=rows: draw(x, n), structure) for rows in (1, 3)]


def _compare(path, examples, expected, tolerance: float):
    """Refuse a file that does not give what the model gave."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError(
            "onnxruntime is not installed, so that the file cannot be checked; install "
            "keras_gated[interop]."
        ) from error
    what_to_do = (
        'Pass engine="loop" to its recurrent layers; if that does not help, report the model.'
    )
    try:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [each.name for each in session.get_inputs()]
        found = [session.run(None, dict(zip(names, _arrays(x), strict=True))) for x in examples]
    except Exception as error:
        raise ValueError(
            f"onnxruntime cannot run what was written: {str(error)[:300]}. {what_to_do}"
        ) from error
    for outputs, wanted in zip(found, expected, strict=True):
        for output, want in zip(outputs, wanted, strict=True):
            want = keras.ops.convert_to_numpy(want)
            scale = max(float(np.abs(want).max(initial=0)), 1e-3)
            difference = float(np.abs(output - want).max(initial=0))
            # Written so that nan is refused as well.
            if output.shape != want.shape or not difference <= tolerance * scale:
                raise ValueError(
                    f"onnxruntime gives other numbers than the model: {difference:.1e} apart, of "
                    f"{scale:.1e}; shapes {output.shape} and {want.shape}. {what_to_do}"
                )


def _arrays(inputs) -> list:
    return [np.asarray(keras.ops.convert_to_numpy(each)) for each in tree.flatten(inputs)]
