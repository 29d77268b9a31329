"""ONNX files have LSTM and GRU nodes, and in onnxruntime give the numbers of the model."""

import collections
import functools

import keras
import numpy as np
import pytest
from keras import layers

import keras_gated as kg
from keras_gated.engine import lanes
from keras_gated.interop import export, exporting
from tests.family import FAMILY
from tests.numbers import close

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's graphs"),
]

TIME, FEATURES, UNITS = 9, 5, 16
FORMS = {
    "last": {},
    "sequences": {"return_sequences": True},
    "states": {"return_sequences": True, "return_state": True},
    "last and states": {"return_state": True},
    "no bias": {"use_bias": False},
    "backwards": {"go_backwards": True, "return_sequences": True},
}


def model_of(*stack, time=TIME, batch=None):
    x = inputs = keras.Input((time, FEATURES), batch_size=batch)
    for layer in stack:
        x = layer(x)
    model = keras.Model(inputs, x)
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
    return model


def drawn(rows, masked=False):
    x = np.random.default_rng(1).normal(size=(rows, TIME, FEATURES)).astype("float32")
    if masked:
        x[0, -4:] = 0  # at the end, with a gap, throughout, at the front
        x[1 % rows, 3:5] = 0
        x[2 % rows] = 0
        x[3 % rows, :2] = 0
    return x


def nodes(path) -> collections.Counter:
    import onnx

    return collections.Counter(node.op_type for node in onnx.load(path).graph.node)


def check(path, model, xs, **expected):
    """Compare a file with its model, and count its recurrent nodes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (name,) = (each.name for each in session.get_inputs())
    for x in xs:
        assert close(session.run(None, {name: x}), keras.tree.flatten(model(x)))
    found = nodes(path)
    assert {k: found[k] for k in ("LSTM", "GRU", "Loop") if found[k]} == expected


# The layers, and their op types in a file.
LAYERS = {
    "LSTM": (kg.LSTM, "LSTM"),
    "GRU": (kg.GRU, "GRU"),
    "GRU, reset before": (functools.partial(kg.GRU, reset_after=False), "GRU"),
}


@pytest.mark.parametrize("time", [TIME, None])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", LAYERS)
def test_one_node_a_layer(tmp_path, capsys, kind, form, time):
    make, node = LAYERS[kind]
    model, path = model_of(make(UNITS, **FORMS[form]), time=time), str(tmp_path / "model.onnx")
    export(model, path)
    assert not capsys.readouterr().out
    check(path, model, [drawn(1), drawn(4)], **{node: 1})


@pytest.mark.parametrize("form", ["last", "sequences"])
@pytest.mark.parametrize("kind", LAYERS)
def test_both_directions_are_one_node(tmp_path, kind, form):
    make, node = LAYERS[kind]
    both = layers.Bidirectional(make(UNITS, **FORMS[form]))
    model, path = model_of(both, batch=2), str(tmp_path / "model.onnx")
    export(model, path)
    check(path, model, [drawn(2)], **{node: 1})


@pytest.mark.parametrize("form", ["last", "states"])
@pytest.mark.parametrize("kind", LAYERS)
def test_a_mask_of_any_shape_keeps_the_node(tmp_path, kind, form):
    make, kind = LAYERS[kind]
    layer = make(UNITS, **FORMS[form])
    model = model_of(layers.Masking(), layer, time=None)
    path = str(tmp_path / "model.onnx")
    export(model, path, example=drawn(4, masked=True))
    check(path, model, [drawn(1, masked=True), drawn(4, masked=True)], **{kind: 1})


@pytest.mark.parametrize("units", [UNITS, 200])  # one lane; large enough for two
@pytest.mark.parametrize("form", ["last", "sequences"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_keras_own_export_runs(tmp_path, monkeypatch, kind, masked, form, units):
    """Without our `export`: Loops, for any batch. A batch of one leaves one of two lanes empty."""
    monkeypatch.setattr(lanes, "cores", lambda: 2)
    layer = getattr(kg, kind)(units, **FORMS[form])
    model = model_of(*([layers.Masking()] if masked else []), layer, time=None)
    model(drawn(2))
    path = str(tmp_path / "model.onnx")
    model.export(path, format="onnx", verbose=False)
    xs = [drawn(1, masked), drawn(4, masked), np.zeros_like(drawn(3))]
    check(path, model, xs, Loop=1 if units == UNITS else 2)


def test_a_stack(tmp_path):
    stack = [
        layers.Bidirectional(kg.LSTM(UNITS, return_sequences=True)),
        kg.GRU(UNITS, return_sequences=True),
        kg.LSTM(200),  # large enough for two lanes
        layers.Dense(2),
    ]
    model, path = model_of(*stack, time=None), str(tmp_path / "model.onnx")
    export(model, path)
    check(path, model, [drawn(1), drawn(20)], LSTM=2, GRU=1)


@pytest.mark.parametrize("route", ["from_keras", "from_function"])
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_other_ways_to_a_file(tmp_path, kind, route):
    import tensorflow as tf
    import tf2onnx

    model, path = model_of(getattr(kg, kind)(UNITS)), str(tmp_path / "model.onnx")
    signature = [tf.TensorSpec((None, TIME, FEATURES), tf.float32)]
    with exporting("onnx"):
        if route == "from_keras":
            tf2onnx.convert.from_keras(model, signature, output_path=path)
        else:
            function = tf.function(lambda x: model(x), input_signature=signature)
            tf2onnx.convert.from_function(function, signature, output_path=path)
    check(path, model, [drawn(1), drawn(4)], **{kind: 1})


def test_integers_and_several_inputs(tmp_path):
    """A classifier of padded texts with a second, numeric input."""
    text, number = keras.Input((TIME,), dtype="int32"), keras.Input((3,))
    x = layers.Embedding(50, 8, mask_zero=True)(text)
    x = layers.Concatenate()([kg.GRU(UNITS)(x), number])
    model = keras.Model({"text": text, "number": number}, layers.Dense(2)(x))
    path = str(tmp_path / "model.onnx")
    export(model, path)
    assert nodes(path)["GRU"] == 1


def test_half_precision(tmp_path):
    path = str(tmp_path / "model.onnx")
    export(model_of(kg.LSTM(UNITS, dtype="mixed_float16")), path)
    with pytest.raises(ValueError, match=r"layer 'half' computes in bfloat16.*set_dtype_policy"):
        export(model_of(kg.LSTM(UNITS, dtype="mixed_bfloat16", name="half")), path)


def test_a_file_that_is_not_right_is_refused_and_removed(tmp_path):
    class Sometimes(layers.Layer):
        """Computes something in an export that it does not compute otherwise."""

        calls = 0

        def call(self, x):
            self.calls += 1
            return x + self.calls

    model, path = model_of(kg.GRU(UNITS), Sometimes()), tmp_path / "model.onnx"
    with pytest.raises(ValueError, match="other numbers than the model"):
        export(model, str(path))
    assert not path.exists()


def test_a_model_without_inputs_needs_an_example(tmp_path):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = kg.LSTM(UNITS)

        def call(self, x):
            return self.layer(x)

    model, path = Own(), str(tmp_path / "model.onnx")
    with pytest.raises(ValueError, match="pass example="):
        export(model, path)
    export(model, path, example=drawn(2))
    assert nodes(path)["LSTM"] == 1


@pytest.mark.parametrize("name", FAMILY)
def test_the_family(tmp_path, name):
    """Every cell, with a mask."""
    member = FAMILY[name]
    layer = member.layer(UNITS, **member.arguments, return_sequences=True)
    model, path = model_of(layers.Masking(), layer), str(tmp_path / "model.onnx")
    export(model, path, example=drawn(4, masked=True))
