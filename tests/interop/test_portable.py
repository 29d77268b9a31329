"""The form that converters turn into LSTM and GRU nodes gives the loop's numbers."""

import keras
import numpy as np
import pytest

import keras_gated as kg
from keras_gated.interop import export, exporting, exports
from tests.family import FAMILY, MASKS, TIME, Case
from tests.numbers import as_list, close

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's graphs"
)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize(
    ("name", "use_bias"),
    [("lstm", True), ("lstm", False), ("gru", True), ("gru", False), ("gru_reset_before", True)],
)
def test_numbers(name, use_bias, mask):
    import tensorflow as tf

    case, member = Case.draw(FAMILY[name]), FAMILY[name]
    found = []
    for engine in ("loop", "auto"):
        layer = member.make(
            return_sequences=True, return_state=True, use_bias=use_bias, engine=engine
        )
        layer.build(case.x.shape)
        layer.set_weights(case.weights[: len(layer.weights)])
        with exporting("onnx"):
            call = tf.function(lambda x, layer=layer: layer(x, case.states, mask=MASKS[mask]))
            found.append(as_list(call(tf.constant(case.x))))
            graph = call.get_concrete_function(tf.constant(case.x)).graph
    loops = [op for op in graph.get_operations() if op.type.endswith("While")]
    body = loops[0].get_attr("body").name
    definition = next(f for f in graph.as_graph_def().library.function if f.signature.name == body)
    assert "BiasAdd" in {node.op for node in definition.node_def} or not use_bias
    assert close(found[1], found[0])
    assert not close(found[1], as_list(layer(case.x))), "the control: another start"


def test_training_is_as_ever():
    layer = FAMILY["lstm"].make()
    with exporting("onnx"):
        request = layer._request(keras.KerasTensor((2, TIME, 3)), None, training=True)
        assert request.exported
        assert layer.explain(2, TIME, training=True).engine == "fused"


@pytest.mark.parametrize("path", ["model.onnx", "model.tflite", "model.xml"])
def test_strings_are_refused_with_what_to_export(tmp_path, path):
    words = keras.layers.TextVectorization(vocabulary=["good", "bad"], output_sequence_length=3)
    text = keras.Input((), dtype="string")
    layers = keras.layers.Embedding(4, 3, mask_zero=True), FAMILY["gru"].make()
    model = keras.Model(text, layers[1](layers[0](words(text))))
    with pytest.raises(ValueError, match=r"no operations on strings.*behind it, which takes integ"):
        export(model, tmp_path / path)
    export(model, tmp_path / "saved", example=["good", "bad film"])


def test_the_context_ends():
    layer = FAMILY["lstm"].make()
    x = keras.KerasTensor((2, TIME, 3))
    with exporting("onnx"):
        assert layer._request(x, None).exported
    with pytest.raises(ValueError, match="shape"), exporting("onnx"):
        layer(np.ones((1, TIME, 2, 3)))
    assert not layer._request(x, None).exported


def test_a_stateful_model_is_exported_and_keeps_its_states(tmp_path):
    import tensorflow as tf

    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    model = keras.Sequential([keras.Input(batch_shape=x.shape), kg.LSTM(3, stateful=True)])
    model(x)
    before = [np.array(state) for state in model.layers[0].states]
    export(model, tmp_path / "saved")
    after = [np.array(state) for state in model.layers[0].states]
    assert all(map(np.array_equal, before, after))
    served = tf.saved_model.load(str(tmp_path / "saved"))
    assert close(np.array(served.serve(x)), np.array(model(x)))


@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_folders_keep_their_permissions(tmp_path, monkeypatch, mode):
    model = keras.Sequential([keras.Input((5, 4)), kg.LSTM(3)])
    folder = tmp_path / "served"
    folder.mkdir()
    folder.chmod(mode)
    monkeypatch.chdir(folder)
    for path in ("bare", folder / "whole", "new/sub/", "."):
        export(model, path)
        assert folder.stat().st_mode & 0o777 == mode
    names = {"bare", "whole", "new", "saved_model.pb", "variables", "assets", "fingerprint.pb"}
    assert {file.name for file in folder.iterdir()} <= names
    assert (folder / "new" / "sub" / "saved_model.pb").exists()


def test_the_file_systems_of_tensorflow(tmp_path):
    import tensorflow as tf

    export(keras.Sequential([keras.Input((5, 4)), kg.LSTM(3)]), "ram://exported", "tf_saved_model")
    assert tf.io.gfile.exists("ram://exported/saved_model.pb")


def test_ten_outputs_are_compared_in_their_order(tmp_path):
    inputs = keras.Input((5, 4))
    h = kg.LSTM(3)(inputs)
    export(keras.Model(inputs, [keras.layers.Dense(1)(h) for _ in range(11)]), tmp_path / "many")


def test_a_tolerance_of_zero_is_zero(tmp_path, monkeypatch):
    used = []
    monkeypatch.setattr(exports, "compare", lambda *arguments: used.append(arguments[-1]))
    model = keras.Sequential([keras.Input((5, 4)), kg.LSTM(3)])
    for tolerance in (0, None):
        export(model, tmp_path / "mine", tolerance=tolerance)
    assert used == [0, exports.TOLERANCE["float32"]]


def test_a_failed_check_leaves_what_was_there(tmp_path):
    folder = tmp_path / "mine"
    model = keras.Sequential([keras.Input((5, 4)), kg.LSTM(3)])
    export(model, folder)
    (folder / "notes.txt").write_text("precious")
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(ValueError, match="gives other numbers"):
        export(model, folder, example=np.full((2, 5, 4), np.nan, "float32"))
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    assert [*tmp_path.iterdir()] == [folder]
    export(model, folder)
    assert (folder / "notes.txt").read_text() == "precious"
