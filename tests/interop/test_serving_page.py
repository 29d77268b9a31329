"""Every example of docs/guides/serving.md runs, one after the other."""

import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.interop.test_tf_addons import weights_of
from tests.interop.test_torch import state_of

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "serving.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
# Of other environments: torch's and TensorFlow Addons'. They write the files that are read after.
ELSEWHERE = "# in the environment that has "
CONVERTERS = ("onnx", "lite")
WITHOUT_KERAS = 'import sys\nsys.modules["keras"] = sys.modules["keras_gated"] = None\n'

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's graphs"
)


def run(examples, folder, monkeypatch) -> dict:
    monkeypatch.chdir(folder)
    np.savez("encoder.npz", **state_of("gru_stack"))
    np.savez("weights.npz", *weights_of("addons/peephole_lstm"))
    names: dict = {}
    for example in examples:
        if "tf.saved_model.load" in example:
            served = subprocess.run(
                [sys.executable, "-c", WITHOUT_KERAS + example],
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
                capture_output=True,
                text=True,
            )
            assert served.returncode == 0, served.stderr[-2000:]
            assert served.stdout.count("tf.Tensor") == 2
        else:
            exec(example, names)
    assert names["encoder"](np.ones((2, 5, 2), "float32")).shape == (2, 8)
    assert names["layer"].units == names["weights"][1].shape[0]
    return names


def test_examples_that_need_no_converter(tmp_path, monkeypatch):
    examples = [
        example
        for example in EXAMPLES
        if not example.startswith(ELSEWHERE) and not any(name in example for name in CONVERTERS)
    ]
    assert len(examples) == 7
    run(examples, tmp_path, monkeypatch)


@pytest.mark.interop
def test_examples_run(tmp_path, monkeypatch):
    examples = [example for example in EXAMPLES if not example.startswith(ELSEWHERE)]
    assert len(examples) == len(EXAMPLES) - 2 == 10
    run(examples, tmp_path, monkeypatch)
    assert len(list(tmp_path.iterdir())) >= 10


def test_what_is_read_is_written_on_the_page():
    writers = [example for example in EXAMPLES if example.startswith(ELSEWHERE)]
    for file in ("encoder.npz", "weights.npz"):
        assert any(f'np.savez("{file}"' in example for example in writers)
    for example in writers:
        compile(example, str(PAGE), "exec")
