"""Other libraries' gate orders. `conformance/test_vendor.py` verifies those of torch."""

import keras
import numpy as np
import pytest

import keras_gated as kg
from keras_gated import layouts


@pytest.mark.parametrize("word", ["rz", "rzo", "rzz", "rznn"])
def test_each_gate_is_named_once(word):
    with pytest.raises(ValueError, match="name each gate once; the gates are z, r, n"):
        layouts.reorder(kg.GRUCell.gates, np.arange(6), word)


def test_weights_are_torchs_rows():
    cell = kg.GRUCell(2)
    cell.build((None, 3))
    rng = np.random.default_rng(0)
    cell.set_weights([rng.normal(size=w.shape) for w in cell.weights])
    kernel, recurrent, bias = cell.get_weights()
    expected = [kernel[:, 2:4].T, recurrent[:, 2:4].T, bias[0, 2:4], bias[1, 2:4]]
    found = [keras.ops.convert_to_numpy(w) for w in layouts.torch_weights(cell, "rzn")]
    for got, of_reset in zip(found, expected, strict=True):
        assert np.array_equal(got[:2], of_reset)  # torch's first rows are the reset gate's
    assert np.array_equal(found[0][2:4], kernel[:, :2].T)
    without = kg.GRUCell(2, use_bias=False)
    without.build((None, 3))
    assert len(layouts.torch_weights(without, "rzn")) == 2
