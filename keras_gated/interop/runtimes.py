"""Running an exported file in its runtime: `(path, inputs)` to a list of outputs.

Inputs and outputs are NumPy arrays in the order in which the model flattens them.
"""

import numpy as np


def onnx(path: str, inputs: list) -> list:
    """Run an ONNX file in onnxruntime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs, strict=True)))


def litert(path: str, inputs: list) -> list:
    """Run a `.tflite` file in LiteRT, which has no ops of TensorFlow's (Flex)."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(path)
    if not interpreter.get_signature_list():  # of TFLiteConverter.from_concrete_functions
        for detail, each in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.resize_tensor_input(detail["index"], each.shape)
        interpreter.allocate_tensors()
        for detail, each in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.set_tensor(detail["index"], each)
        interpreter.invoke()
        return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]
    runner = interpreter.get_signature_runner()
    names = sorted(runner.get_input_details())
    outputs = runner(**dict(zip(names, inputs, strict=True)))
    return [outputs[name] for name in sorted(outputs)]


def openvino(path: str, inputs: list) -> list:
    """Run an OpenVINO model on the CPU, in float32: its default there may be half precision.

    Behind the model's outputs, which are called `Identity`, the file may have further ones: what a
    loop has left over.
    """
    import openvino

    compiled = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    outputs = compiled(inputs)
    found: list = []
    names = [output.get_names() for output in compiled.outputs]
    while (name := f"Identity_{len(found)}:0" if found else "Identity:0") in set().union(*names):
        index = next(k for k, each in enumerate(names) if name in each)
        found.append(np.array(outputs[compiled.outputs[index]]))
    return found


def tf_saved_model(path: str, inputs: list) -> list:
    """Run a SavedModel in TensorFlow."""
    import tensorflow as tf

    serve = tf.saved_model.load(path).signatures["serving_default"]
    specs = serve.structured_input_signature[1]
    names = sorted(specs)
    outputs = serve(**{name: tf.constant(x) for name, x in zip(names, inputs, strict=True)})
    return [outputs[name].numpy() for name in sorted(outputs)]


BY_FORMAT = {
    "onnx": onnx,
    "litert": litert,
    "openvino": openvino,
    "tf_saved_model": tf_saved_model,
}
