"""A user-defined step may use its projections in any way: values and gradients are the loop's."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from keras_gated.regularization import SILENCE
from tests.numbers import close, gradients

X = np.random.default_rng(0).normal(size=(6, 5, 3)).astype("float32")
MASK = np.random.default_rng(1).random((6, 5)) < 0.7
GATES = kg.Gates(z="leak", n="candidate")
LACKS = dict(kept="any step", candidate_dropout="any step")


def cell(compute, **body):
    """Return a class of cells whose step computes `z, n, h` from (wx, uh, past)."""

    def step(self, wx, uh, past):
        z, n, h = compute(wx, uh, past)
        return self.State(h), dict(z=z, n=n)

    body = {"gates": GATES, "lacks": LACKS, "step": step, "__module__": __name__, **body}
    return type("AnyCell", (kg.GatedCell,), body)


def squashed(a, past):
    return a.z, a.n, ops.tanh(a.n) * ops.sigmoid(a.z) + 0.1 * past.h


def squashed_with(a, own, past):
    return own.z, a.n, ops.tanh(a.n) * ops.sigmoid(own.z) + 0.1 * past.h


def in_branches(wx, uh, past):
    """Gates are read first within a branch, where a value must not be kept for the other."""
    a, always = wx + uh, ops.sum(ops.abs(past.h)) >= 0
    z = ops.cond(always, lambda: a.z, lambda: 2 * a.z)
    n = ops.cond(always, lambda: wx.n * uh.n, lambda: wx.n + uh.n)
    return z, n, ops.tanh(n) * ops.sigmoid(z) + 0.1 * past.h


STEPS = {
    "in branches": in_branches,
    "wx + uh": lambda wx, uh, past: squashed(wx + uh, past),
    "uh + wx": lambda wx, uh, past: squashed(uh + wx, past),
    "the sum twice": lambda wx, uh, past: squashed((wx + uh) + (uh + wx), past),
    "(wx + uh) + wx": lambda wx, uh, past: squashed((wx + uh) + wx, past),
    "uh + (wx + uh)": lambda wx, uh, past: squashed(uh + (wx + uh), past),
    "wx + wx": lambda wx, uh, past: squashed(wx + wx, past),
    "uh + uh": lambda wx, uh, past: squashed(uh + uh, past),
    "one of them cut again": lambda wx, uh, past: squashed_with(wx + uh, wx.split(), past),
    "the sum and one gate": lambda wx, uh, past: (
        wx.z,
        uh.n,
        ops.tanh((wx + uh).n) * wx.z + 0.1 * past.h,
    ),
    "no uh": lambda wx, uh, past: (wx.z, wx.n, ops.sigmoid(wx.z) * past.h + ops.tanh(wx.n)),
    "no past": lambda wx, uh, past: (wx.z, wx.n, ops.tanh(wx.n)),
    "no wx": lambda wx, uh, past: (uh.z, uh.n, ops.tanh(uh.n) + 0.1),
    "neither": lambda wx, uh, past: (past.h, past.h, 0.9 * past.h + 0.1),
    "a constant wx": lambda wx, uh, past: (
        uh.z,
        uh.n,
        ops.tanh(uh.n + ops.stop_gradient(wx.n)),
    ),
    "a constant uh": lambda wx, uh, past: (wx.z, wx.n, ops.tanh(ops.stop_gradient(uh.n) + wx.n)),
}


def detached(self, h, noise=SILENCE, letters=None):
    return kg.GatedCell.recur(self, ops.stop_gradient(h), noise, letters)


def advance(self, wx, past, noise=SILENCE):
    return self.State(0.5 * ops.tanh(past.h) + 0.1), dict(z=past.h, n=past.h)


CELLS = {name: cell(compute) for name, compute in STEPS.items()} | {
    "a constant h": cell(STEPS["no past"], recur=detached),
    "an advance without wx": cell(STEPS["no past"], advance=advance),
    "float16": cell(lambda *given: [ops.cast(v, "float16") for v in squashed(given[0], given[2])]),
    "float64": cell(lambda *given: [ops.cast(v, "float64") for v in squashed(given[0], given[2])]),
}


def made(name, engine):
    layer = kg.Recurrent(CELLS[name](4), engine=engine, return_sequences=True)
    layer.build(X.shape)
    rng = np.random.default_rng(2)
    layer.set_weights([0.5 * rng.normal(size=w.shape) for w in layer.weights])
    return layer


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="torch has the loop alone")
@pytest.mark.parametrize("mask", [None, MASK], ids=["dense", "masked"])
@pytest.mark.parametrize("name", CELLS)
def test_outputs_and_gradients(name, mask):
    packs = mask is not None and keras.backend.backend() == "tensorflow"
    loop, fast = made(name, "loop"), made(name, "packed" if packs else "fused")
    assert close(fast(X, mask=mask), loop(X, mask=mask))
    expected = gradients(loop, X, mask=mask, training=True)
    got = gradients(fast, X, mask=mask, training=True)
    # Rounding to 11 bits, and gradients that are rounded to them as well.
    dtype = name if name.startswith("float16") else "float32"
    assert close(got, expected, dtype)


@pytest.mark.parametrize("name", ["float16", "float64"])
def test_states_and_gates_are_returned_in_the_dtype_of_states(name):
    layer = kg.Recurrent(CELLS[name](4, zoneout=0.2), return_all_states=True, return_gates=True)
    values = keras.tree.flatten(layer(X, mask=MASK, training=True))
    assert {keras.backend.standardize_dtype(value.dtype) for value in values} == {"float32"}


def of_its_rows(self, inputs, noise=SILENCE):
    return kg.GatedCell.project(self, inputs + ops.convert_to_tensor(X[:, 0]), noise)


def test_a_projection_may_read_what_belongs_to_the_rows_of_a_timestep():
    layer = kg.Recurrent(cell(STEPS["wx + uh"], project=of_its_rows)(4), engine="loop")
    assert close(layer(X), keras.layers.RNN(layer.cell)(X))
