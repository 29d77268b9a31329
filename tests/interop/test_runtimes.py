"""Every cell gives the same numbers in LiteRT, OpenVINO and a SavedModel."""

import concurrent.futures

import keras
import numpy as np
import pytest
from keras import layers

import keras_gated as kg
from benchmarks import int8
from keras_gated.interop import export, exporting, runtimes
from tests.family import FAMILY
from tests.interop.test_onnx import UNITS, drawn, model_of
from tests.numbers import close

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's graphs"),
]
ENDINGS = {"litert": ".tflite", "openvino": ".xml", "tf_saved_model": ""}
STACKS = {
    "bidirectional": lambda: [layers.Bidirectional(kg.LSTM(UNITS, return_sequences=True))],
    "stacked": lambda: [
        kg.GRU(UNITS, return_sequences=True),
        kg.LSTM(UNITS, return_sequences=True),
        kg.MinGRU(UNITS),
        layers.Dense(2),
    ],
    "states": lambda: [kg.LSTM(UNITS, return_state=True)],
    "large": lambda: [kg.LSTM(200)],  # large enough for two lanes
}


@pytest.mark.parametrize("name", FAMILY)
def test_litert_takes_the_family(tmp_path, name):
    """With a mask and sequences of unknown length; without either, only the last output."""
    member, path = FAMILY[name], str(tmp_path / "model.tflite")
    layer = member.layer(UNITS, **member.arguments, return_sequences=True)
    masked = model_of(layers.Masking(), layer, time=None)
    export(masked, path, example=drawn(4, masked=True))
    export(model_of(member.layer(UNITS, **member.arguments)), path)


@pytest.mark.parametrize("name", FAMILY)
def test_openvino_takes_the_family(tmp_path, name):
    check_masked(name, tmp_path / "model.xml")


@pytest.mark.parametrize("name", ["lstm", "gru", "min_gru"])  # they differ in kind
def test_saved_models_of_some(tmp_path, name):
    check_masked(name, tmp_path / "model")


def check_masked(name, path):
    member = FAMILY[name]
    layer = member.layer(UNITS, **member.arguments, return_sequences=True)
    export(model_of(layers.Masking(), layer), path, example=drawn(4, masked=True))


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("format", ENDINGS)
def test_layers_together(tmp_path, name, format):
    path = str(tmp_path / f"model{ENDINGS[format]}")
    model = model_of(*STACKS[name](), time=None)
    export(model, path)
    assert close(
        runtimes.BY_FORMAT[format](path)([drawn(20)]), keras.tree.flatten(model(drawn(20)))
    )


@pytest.mark.parametrize("route", ["keras", "saved_model", "concrete_functions"])
def test_every_way_to_litert(tmp_path, route):
    import tensorflow as tf

    # Without SELECT_TF_OPS, so that an op of TensorFlow's would raise.
    model = model_of(layers.Masking(), kg.GRU(UNITS, return_sequences=True), time=None)
    expected = model(drawn(4, masked=True))
    with exporting("litert"):
        if route == "keras":
            converter = tf.lite.TFLiteConverter.from_keras_model(model)
        elif route == "saved_model":
            model.export(tmp_path / "saved", verbose=False)
            converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved"))
        else:
            spec = tf.TensorSpec((None, None, drawn(1).shape[-1]))
            function = tf.function(lambda x: model(x)).get_concrete_function(spec)
            # Exported with the model, its variables would be LiteRT's, which are never initialized.
            converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
        (tmp_path / "model.tflite").write_bytes(converter.convert())
    found = runtimes.litert(str(tmp_path / "model.tflite"))([drawn(4, masked=True)])
    assert close(found, [expected])


@pytest.mark.parametrize("route", ["export", "save", "function"])
def test_every_way_to_a_saved_model(tmp_path, route):
    """Loaded models run in threads, with batch sizes and lengths that were not traced."""
    import tensorflow as tf

    model = model_of(layers.Masking(), kg.LSTM(200, return_sequences=True), time=None)
    expected = {rows: np.asarray(model(drawn(rows, masked=True))) for rows in (1, 2, 17)}
    path = str(tmp_path / "saved")
    if route == "export":
        model.export(path, verbose=False)
    elif route == "save":
        tf.saved_model.save(model, path)
    else:
        spec = tf.TensorSpec((None, None, drawn(1).shape[-1]))
        module = tf.Module()
        module.layers = model
        module.serve = tf.function(lambda x: model(x), input_signature=[spec])
        tf.saved_model.save(module, path, signatures=module.serve)
    sizes = [1, 2, 17] * 8
    serve = tf.saved_model.load(path).signatures["serving_default"]
    (name,) = serve.structured_input_signature[1]

    def run(rows):
        (found,) = serve(**{name: tf.constant(drawn(rows, masked=True))}).values()
        return found.numpy()

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        for rows, found in zip(sizes, threads.map(run, sizes), strict=True):
            assert close(found, expected[rows])


@pytest.mark.parametrize(
    ("format", "policy", "works"),
    [
        ("litert", "mixed_float16", False),
        ("litert", "mixed_bfloat16", False),
        ("litert", "float64", False),
        ("onnx", "mixed_float16", True),
        ("onnx", "mixed_bfloat16", False),
        ("onnx", "float64", True),
        ("openvino", "mixed_float16", True),
        ("openvino", "mixed_bfloat16", False),
        ("tf_saved_model", "mixed_float16", True),
        ("tf_saved_model", "mixed_bfloat16", True),
    ],
)
def test_other_precisions(tmp_path, format, policy, works):
    """Works, or raises an error that says what to do; also when other functions write the file."""
    path = tmp_path / f"model{ENDINGS.get(format, '.onnx')}"
    layer = layers.Bidirectional(kg.GRU(UNITS, return_sequences=True, dtype=policy), dtype=policy)
    model = model_of(layers.Masking(dtype=policy), layer, kg.LSTM(UNITS, dtype=policy))
    if works:
        export(model, path, example=drawn(4, masked=True))
        assert path.exists()
        return
    refused = f"{policy.split('_')[-1]}, in which {format} does not multiply.*set_dtype_policy"
    with pytest.raises(ValueError, match=refused):
        export(model, path)
    with exporting(format), pytest.raises(ValueError, match=refused):
        model(drawn(1))


def test_int8(tmp_path):
    """Large errors are refused; calibration that misses part of the range causes one."""
    import tensorflow as tf

    path, model = tmp_path / "model.tflite", model_of(kg.GRU(UNITS))
    sequences = np.random.default_rng(2).normal(size=(100, *drawn(1).shape)).astype("float32")
    quantized = {"optimizations": [tf.lite.Optimize.DEFAULT], "example": drawn(20)}
    with pytest.raises(ValueError, match="Of a quantized file that is expected: pass tolerance="):
        export(model, path, representative_dataset=lambda: ([x] for x in sequences), **quantized)
    export(
        model,
        path,
        representative_dataset=lambda: ([x] for x in sequences),
        tolerance=0.1,
        **quantized,
    )
    assert int8.largest_error("GRU", 100) < 0.06
    assert int8.largest_error("MinGRU", 10) > 4 * int8.largest_error("MinGRU", 1000)


def test_a_path_or_a_format_that_says_nothing(tmp_path):
    model = model_of(kg.GRU(UNITS))
    with pytest.raises(ValueError, match=r"ends in '\.pb', which names no format"):
        export(model, tmp_path / "model.pb")
    with pytest.raises(ValueError, match="`format` must be one of 'onnx', 'litert'"):
        export(model, tmp_path / "model", format="tfjs")
