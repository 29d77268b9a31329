"""On the torch backend an ONNX file gives the numbers of its model, or is not written."""

import keras
import pytest
from keras import layers

import keras_gated as kg
from keras_gated.interop import export
from tests.family import FAMILY
from tests.interop.test_onnx import TIME, UNITS, drawn, model_of, nodes

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(keras.backend.backend() != "torch", reason="torch's graphs"),
]


@pytest.mark.parametrize("time", [TIME, None])
@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_nodes_for_any_number_of_timesteps(tmp_path, name, time):
    path = str(tmp_path / "model.onnx")
    layer = layers.Bidirectional(getattr(kg, name)(UNITS, return_sequences=True))
    export(model_of(layer, time=time), path)
    assert nodes(path)[name] == 2


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", FAMILY)
def test_the_family_with_a_known_number_of_timesteps(tmp_path, name, masked):
    member = FAMILY[name]
    layer = member.layer(UNITS, **member.arguments, return_sequences=True)
    model = model_of(*([layers.Masking()] if masked else []), layer)
    export(model, str(tmp_path / "model.onnx"), example=drawn(4, masked))


@pytest.mark.parametrize("route", ["ours", "keras"])
@pytest.mark.parametrize("stack", ["masked", "min_gru", "gates"])
def test_an_unknown_number_of_timesteps_is_refused(tmp_path, stack, route):
    """torch would silently fix the batch size of its example, one."""
    stacks = {
        "masked": [layers.Masking(), kg.LSTM(UNITS, name="own")],
        "min_gru": [kg.MinGRU(UNITS, name="own")],
        "gates": [kg.LSTM(UNITS, return_gates=True, name="own")],
    }
    model, path = model_of(*stacks[stack], time=None), str(tmp_path / "model.onnx")
    model(drawn(2))
    write = export if route == "ours" else type(model).export
    with pytest.raises(ValueError, match=r"'own' is written into ONNX timestep by timestep.*Input"):
        write(model, path, format="onnx", verbose=False)


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(ValueError, match="the backend is torch, the format openvino"):
        export(model_of(kg.GRU(UNITS)), str(tmp_path / "model.xml"))
