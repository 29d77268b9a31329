"""Exported files, loaded in their runtimes: functions of a path that return a function.

What is returned takes the model's inputs and gives its outputs, lists of NumPy arrays in the order
in which the model flattens them. `threads` is the number that the runtime may use; None leaves it
to the runtime.
"""

import re
from collections.abc import Callable, Iterable

import numpy as np

_DIGITS = re.compile(r"(\d+)")


def onnx(path: str, threads: int | None = None) -> Callable[[list], list]:
    """Load an ONNX file in onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    return lambda inputs: session.run(None, dict(zip(names, inputs, strict=True)))


def litert(path: str, threads: int | None = None) -> Callable[[list], list]:
    """Load a `.tflite` file in LiteRT, which has no ops of TensorFlow's (Flex)."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path, num_threads=threads)
    if interpreter.get_signature_list():
        runner = interpreter.get_signature_runner()
        names = _in_order(runner.get_input_details())

        def run(inputs: list) -> list:
            outputs = runner(**dict(zip(names, inputs, strict=True)))
            return [outputs[name] for name in _in_order(outputs)]

        return run

    def run_unsigned(inputs: list) -> list:  # of TFLiteConverter.from_concrete_functions
        for detail, each in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.resize_tensor_input(detail["index"], each.shape)
        interpreter.allocate_tensors()
        for detail, each in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.set_tensor(detail["index"], each)
        interpreter.invoke()
        return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]

    return run_unsigned


def openvino(path: str, threads: int | None = None) -> Callable[[list], list]:
    """Load an OpenVINO model on the CPU, in float32: its default there may be half precision.

    Behind the model's outputs, which are called `Identity`, the file may have further ones: what a
    loop has left over.
    """
    import openvino

    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = str(threads)
    compiled = openvino.Core().compile_model(path, "CPU", settings)
    names = [output.get_names() for output in compiled.outputs]
    order: list = []
    while (name := f"Identity_{len(order)}:0" if order else "Identity:0") in set().union(*names):
        order.append(next(k for k, each in enumerate(names) if name in each))

    def run(inputs: list) -> list:
        outputs = compiled(inputs)
        return [np.array(outputs[compiled.outputs[index]]) for index in order]

    return run


def tf_saved_model(path: str, threads: int | None = None) -> Callable[[list], list]:
    """Load a SavedModel in TensorFlow, whose threads are those of the process."""
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    serve = loaded.signatures["serving_default"]
    names = _in_order(serve.structured_input_signature[1])

    def run(inputs: list, model=loaded) -> list:  # the signature holds its model weakly
        outputs = serve(**{n: tf.constant(x) for n, x in zip(names, inputs, strict=True)})
        return [outputs[name].numpy() for name in _in_order(outputs)]

    return run


def _in_order(names: Iterable[str]) -> list[str]:
    """Return names such as `output_2` and `output_10` in the order of their numbers."""
    return sorted(
        names, key=lambda name: [int(n) if n.isdigit() else n for n in _DIGITS.split(name)]
    )


BY_FORMAT: dict[str, Callable[..., Callable[[list], list]]] = {
    "onnx": onnx,
    "litert": litert,
    "openvino": openvino,
    "tf_saved_model": tf_saved_model,
}
