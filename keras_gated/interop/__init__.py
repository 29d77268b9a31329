"""Models and weights from elsewhere, and to elsewhere.

- `keras_gated.convert(model)`: from `keras.layers`, and back.
- `keras_gated.interop.torch`, `keras_gated.interop.tf_addons`: weights of other libraries.
- `keras_gated.interop.export(model, path)`: ONNX, LiteRT and OpenVINO files, and SavedModels.
"""

from keras_gated.interop.exports import export, exporting

__all__ = ["export", "exporting"]
