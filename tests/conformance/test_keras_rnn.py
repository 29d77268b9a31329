"""Cells run wherever Keras takes a cell, and layers wherever Keras takes a layer."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests.family import FEATURES, MASKS, TWINS, UNITS, mostly_slow
from tests.numbers import as_list, close


def keras_cell(member, **arguments):
    return getattr(keras.layers, f"{member.keras.__name__}Cell")(
        UNITS, **member.arguments, **arguments
    )


@pytest.mark.parametrize("mask", mostly_slow(MASKS, "none", "gaps", "left"))
def test_cell_in_keras_rnn(member, case, mask):
    in_keras = case.fill(keras.layers.RNN(member.make_cell(), return_state=True))
    in_ours = case.fill(kg.Recurrent(member.make_cell(), return_state=True))
    expected = as_list(in_keras(case.x, mask=MASKS[mask]))
    assert close(as_list(in_ours(case.x, mask=MASKS[mask])), expected)


@pytest.mark.twins
@pytest.mark.parametrize("rates", [{"dropout": 0.4}, {"dropout": 0.4, "recurrent_dropout": 0.3}])
def test_dropout_in_keras_rnn_is_one_mask_a_sequence(member, case, rates):
    ours = case.fill(keras.layers.RNN(member.make_cell(**rates, seed=2), return_sequences=True))
    theirs = case.fill(keras.layers.RNN(keras_cell(member, **rates, seed=2), return_sequences=True))
    for _ in range(2):
        assert close(ours(case.x, training=True), theirs(case.x, training=True))


@pytest.mark.twins
def test_stacked_cells(member, case):
    rng = np.random.default_rng(0)
    stacks = [
        keras.layers.RNN([make(), make()], return_state=True)
        for make in (member.make_cell, lambda: keras_cell(member))
    ]
    for stack in stacks:
        stack.build(case.x.shape)
    stacks[0].set_weights([rng.normal(size=w.shape) for w in stacks[0].get_weights()])
    stacks[1].set_weights(stacks[0].get_weights())
    got, expected = (
        ops.convert_to_numpy(as_list(stack(case.x, mask=MASKS["gaps"]))[0]) for stack in stacks
    )
    assert close(got, expected)


@pytest.mark.twins
@pytest.mark.parametrize("merge", ["concat", "sum", None])
def test_bidirectional(member, case, merge):
    rng = np.random.default_rng(0)
    both = [
        keras.layers.Bidirectional(make(return_sequences=True), merge_mode=merge)
        for make in (member.make, member.make_keras)
    ]
    for layer in both:
        layer.build(case.x.shape)
    both[0].set_weights([rng.normal(size=w.shape) for w in both[0].get_weights()])
    both[1].set_weights(both[0].get_weights())
    got, expected = (as_list(layer(case.x, mask=MASKS["right"])) for layer in both)
    assert close(got, expected)
    assert type(both[0].backward_layer) is member.layer


def test_bidirectional_around_recurrent(member, case):
    layer = keras.layers.Bidirectional(kg.Recurrent(member.make_cell(), return_state=True))
    outputs = layer(case.x)
    assert outputs[0].shape == (len(case.x), 2 * member.sizes[0])
    assert len(outputs) == 1 + 2 * len(member.cell.states)
    given = layer(case.x, initial_state=[*case.states, *case.states])
    assert not close(given[0], outputs[0])


def test_time_distributed(member, case):
    layer = keras.layers.TimeDistributed(member.make())
    x = np.stack([case.x, 2 * case.x], axis=1)
    each = [layer.layer(x[:, k]) for k in range(2)] if layer.built else None
    got = ops.convert_to_numpy(layer(x))
    each = [ops.convert_to_numpy(layer.layer(x[:, k])) for k in range(2)]
    assert close(got, np.stack(each, axis=1))


@pytest.fixture
def case_of_gru():
    cell = keras.layers.GRUCell(UNITS)
    return cell, np.random.default_rng(0).normal(size=(5, 7, FEATURES)).astype("float32")


def test_a_cell_of_thirty_lines():
    """A user-defined cell computes its equation, runs, trains, saves and clones like ours."""

    class MGUCell(kg.GatedCell):
        gates = kg.Gates(f="forget", n="candidate")

        def step(self, wx, uh, past):
            f = ops.sigmoid(wx.f + uh.f)
            n = ops.tanh(wx.n + f * uh.n)
            h = (1 - f) * past.h + f * n
            return self.State(h), dict(f=f, n=n)

    x = np.random.default_rng(0).normal(size=(5, 7, FEATURES)).astype("float32")
    layer = kg.Recurrent(MGUCell(UNITS, recurrent_dropout=0.1), return_sequences=True)
    plain = keras.layers.RNN(layer.cell, return_sequences=True)
    got = layer(x, mask=MASKS["gaps"])
    assert close(got, plain(x, mask=MASKS["gaps"]))
    clone = kg.Recurrent.from_config(layer.get_config())
    clone.build(x.shape)
    clone.set_weights(layer.get_weights())
    assert close(clone(x, mask=MASKS["gaps"]), got)


def test_twins_are_keras():
    assert len(TWINS) >= 4
    assert all(member.keras.__module__.startswith("keras.") for member in TWINS.values())
