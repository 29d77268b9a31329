"""Every example of docs/guides/serving.md runs, one after the other."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.interop.test_tf_addons import weights_of
from tests.interop.test_torch import state_of

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "serving.md"


@pytest.mark.interop
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's graphs")
def test_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("encoder.npz", **state_of("gru_stack"))
    np.savez("weights.npz", *weights_of("addons/peephole_lstm"))
    names: dict = {}
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(examples) == 8
    for example in examples:
        exec(example, names)
    assert len(list(tmp_path.iterdir())) >= 10
    x = np.ones((2, 5, 2), "float32")
    assert names["encoder"](x).shape == (2, 8)
