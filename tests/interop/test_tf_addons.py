"""Weights of TensorFlow Addons' cells, in their order there, give the numbers of its cells."""

import numpy as np
import pytest

from keras_gated.interop import tf_addons
from tests.goldens.search_and_echo import ours
from tests.numbers import as_list, close
from tests.test_goldens import Golden, dtype

CELLS = {
    "addons/peephole_lstm": ("PeepholeLSTMCell", {}),
    "addons/layer_norm_lstm": ("LayerNormLSTMCell", {"norm_epsilon": 1e-3}),
    "addons/layer_norm_simple_rnn": ("LayerNormSimpleRNNCell", {"layernorm_epsilon": 1e-3}),
    "search_and_echo/nas": ("NASCell", {}),
    "search_and_echo/esn": ("ESNCell", {"leaky": 0.3}),
}
# Stored in our order; the script that made them has reordered them.
TURNED = ("search_and_echo/nas", "search_and_echo/esn")


def weights_of(name) -> list:
    weights = Golden(name).weights
    return ours(weights) if name in TURNED else weights


def read(name, weights, **more):
    cell, arguments = CELLS[name]
    return tf_addons.read(cell, weights, dtype=dtype(), **arguments, **more)


@pytest.mark.parametrize("name", CELLS)
def test_numbers(name):
    golden, weights = Golden(name), weights_of(name)
    layer = read(name, weights, return_sequences=True, return_state=True)
    found = as_list(layer(golden.x[0], initial_state=golden.states))
    assert close(found, golden.outputs, dtype())
    weights[0] = weights[0][::-1]
    changed = read(name, weights, return_sequences=True, return_state=True)
    found = as_list(changed(golden.x[0], initial_state=golden.states))
    assert not close(found, golden.outputs, dtype()), "the control"


def test_the_epsilon_is_theirs():
    name = "addons/layer_norm_simple_rnn"
    layer = tf_addons.read("LayerNormSimpleRNNCell", weights_of(name))
    assert layer.cell.epsilon == 1e-5


BAD = {
    "cell": ("LayerNormGRUCell", "addons/peephole_lstm", slice(None), "no cell .* is called"),
    "gates": ("LayerNormSimpleRNNCell", "addons/peephole_lstm", slice(3), "received .*16"),
    "too few": ("PeepholeLSTMCell", "addons/peephole_lstm", slice(5), r"\(4,\), \(4,\), \(4,\);"),
    "vectors": ("ESNCell", "search_and_echo/esn", slice(2, 3), "begin with two matrices"),
    "none": ("NASCell", "search_and_echo/nas", slice(0), "begin with two matrices"),
    "our order": ("NASCell", "search_and_echo/nas", [1, 0, 2], "shapes .* received"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_refused(name):
    cell, of, which, message = BAD[name]
    weights = weights_of(of)
    weights = [weights[k] for k in which] if isinstance(which, list) else weights[which]
    with pytest.raises(ValueError, match=message):
        tf_addons.read(cell, weights)


def test_a_projection_is_refused():
    weights = [*weights_of("search_and_echo/nas"), np.zeros((4, 2))]
    with pytest.raises(ValueError, match="with a projection are not read"):
        tf_addons.read("NASCell", weights)
