"""Keras's own tests of its recurrent layers, run on our classes.

They are read from the installed Keras (`keras/src/layers/rnn/*_test.py`), not copied. A test that
fails on ours is run on Keras's own classes too; only if it fails there as well is it skipped.
"""

import importlib.util
import pathlib
import sys
import types
import unittest

import keras
import pytest
from keras.src import layers as keras_layers
from keras.src.layers.rnn import bidirectional

import keras_gated

OURS = {
    "SimpleRNN": keras_gated.SimpleRNN,
    "SimpleRNNCell": keras_gated.SimpleRNNCell,
    "LSTM": keras_gated.LSTM,
    "LSTMCell": keras_gated.LSTMCell,
    "GRU": keras_gated.GRU,
    "GRUCell": keras_gated.GRUCell,
}
FILES = (
    "simple_rnn",
    "lstm",
    "gru",
    "rnn",
    "stacked_rnn_cells",
    "bidirectional",
    "time_distributed",
)


class Layers(types.ModuleType):
    """`keras.src.layers`, with some of its names replaced."""

    def __init__(self, replaced):
        super().__init__("layers")
        self.__dict__.update(replaced)

    def __getattr__(self, name):
        return getattr(keras_layers, name)


def read(file: str, name: str, replaced: dict) -> types.ModuleType:
    """Import a test file of Keras under another name, with its `layers` replaced."""
    path = pathlib.Path(keras.__file__).parent / f"src/layers/rnn/{file}_test.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where Keras looks for the cells that the file defines
    spec.loader.exec_module(module)
    module.layers = Layers(replaced)
    return module


def cases(module: types.ModuleType) -> dict:
    """Return the test cases that a module defines, by `Class.test` (parameters expanded)."""
    found = {}
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, unittest.TestCase):
            for test in unittest.defaultTestLoader.getTestCaseNames(value):
                found[f"{value.__name__}.{test}"] = (value, test)
    return found


def outcome(case: tuple) -> tuple[str, str]:
    """Run one test; return "passed", "skipped" or "failed" and the reason."""
    value, test = case
    marks = [m for m in getattr(getattr(value, test), "pytestmark", []) if m.name == "skipif"]
    if any(mark.args[0] for mark in marks):
        return "skipped", str(marks[0].kwargs.get("reason"))
    result = unittest.TestResult()
    try:
        value(test).run(result)
    except pytest.skip.Exception as reason:
        return "skipped", str(reason)
    if result.skipped:
        return "skipped", result.skipped[0][1]
    wrong = result.failures + result.errors
    return ("failed", wrong[0][1]) if wrong else ("passed", "")


KERAS = {file: cases(read(file, f"keras_{file}_test", {})) for file in FILES}
CASES = {file: cases(read(file, f"ours_{file}_test", OURS)) for file in FILES}


@pytest.fixture(autouse=True)
def bidirectional_knows_ours(monkeypatch):
    # Keras looks for its LSTM and GRU by class before it tries a fused call for both directions.
    monkeypatch.setattr(bidirectional, "LSTM", keras_gated.LSTM)
    monkeypatch.setattr(bidirectional, "GRU", keras_gated.GRU)


# It takes half a minute, the others a few seconds.
SLOW = "StackedRNNTest.test_basics"


@pytest.mark.parametrize(
    ("file", "test"),
    [
        pytest.param(file, test, marks=pytest.mark.slow if test == SLOW else ())
        for file in FILES
        for test in CASES[file]
    ],
)
def test_keras_own(file, test, monkeypatch):
    result, reason = outcome(CASES[file][test])
    if result == "failed":
        monkeypatch.undo()
        on_keras, _ = outcome(KERAS[file][test])
        if on_keras == "passed":
            pytest.fail(reason)
        pytest.skip(f"{on_keras} on Keras's own classes too")
    if result == "skipped":
        pytest.skip(reason)


def test_ours_are_what_runs():
    """The control: a broken LSTM must fail Keras's tests."""

    class Wrong(keras_gated.LSTM):
        def call(self, *args, **kwargs):
            return 1.01 * super().call(*args, **kwargs)

    broken = cases(read("lstm", "broken_lstm_test", {"LSTM": Wrong}))
    assert outcome(broken["LSTMTest.test_pass_initial_state"])[0] == "failed"
