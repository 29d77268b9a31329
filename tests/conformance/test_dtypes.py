"""Dtype policies: products in the compute dtype, gates and states in float32 or better."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests import oracles
from tests.conformance.test_implementations import with_gradients
from tests.family import FEATURES, MASKS, Case, mostly_slow
from tests.numbers import as_list, close, gradients


def dtype_of(tensor) -> str:
    return keras.backend.standardize_dtype(tensor.dtype)


@pytest.mark.parametrize("mask", mostly_slow(["none", "gaps"], "gaps"))
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(member, case, policy, mask):
    layer = case.fill(member.make(dtype=policy, return_sequences=True, return_state=True))
    # The weights are float32; the inputs are what half precision can hold, for both sides.
    x = ops.convert_to_numpy(ops.cast(ops.cast(case.x, policy[6:]), "float32"))
    outputs = as_list(layer(x, mask=MASKS[mask]))
    assert {dtype_of(output) for output in outputs} == {policy[6:]}
    assert {dtype_of(weight) for weight in layer.weights} == {"float32"}
    zeros = [np.zeros_like(state) for state in case.states]
    expected, states = oracles.run(
        member.oracle, x, zeros, member.weights(case.weights), MASKS[mask]
    )
    got = [ops.cast(output, "float32") for output in outputs]
    assert close(got, [expected, *states], policy[6:])


@pytest.mark.parametrize("policy", ["float16", "bfloat16"])
def test_weights_in_half_precision(policy):
    """An op of a vendor, too, computes in the dtype of the states."""
    for make in (kg.LSTM, kg.GRU, kg.SimpleRNN):
        layers = [
            make(3, dtype=policy, engine=engine, recurrent_initializer="glorot_uniform")
            for engine in ("loop", "auto")
        ]
        x = np.random.default_rng(0).normal(size=(4, 5, FEATURES))
        for layer in layers:
            layer.build(x.shape)
        layers[1].set_weights(layers[0].get_weights())
        for mask in (None, np.arange(5) < np.array([[5], [3], [1], [0]])):
            loop, auto = (ops.cast(layer(x, mask=mask), "float32") for layer in layers)
            assert close(auto, loop, policy)


def test_states_are_carried_in_float32(member):
    """Ten thousand tiny steps add up: in half precision each would be rounded away."""
    cell = member.make_cell(dtype="mixed_float16")
    assert cell.state_dtype == "float32"
    cell.build((None, FEATURES))
    state, gates = cell.advance(
        cell.project(np.ones((2, FEATURES), "float16")), cell.State(*cell.get_initial_state(2))
    )
    assert {dtype_of(tensor) for tensor in [*state, *gates.values()]} == {"float32"}
    stateful = member.make(dtype="mixed_float16", stateful=True)
    stateful.build((2, 3, FEATURES))
    assert {dtype_of(variable) for variable in stateful.states} == {"float32"}


def test_float64(member):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("keras.ops computes float64 in float32 on its other backends")
    case = Case.draw(member, dtype="float64")
    layer = case.fill(member.make(dtype="float64", return_sequences=True, return_state=True))
    expected, states = oracles.run(
        member.oracle, case.x, case.states, member.weights(case.weights), MASKS["gaps"]
    )
    got = as_list(layer(case.x, initial_state=case.states, mask=MASKS["gaps"]))
    assert close(got, [expected, *states], "float64")


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_gradients(member, case, policy):
    exact = gradients(case.fill(member.make()), case.x, mask=MASKS["gaps"])
    half = gradients(case.fill(member.make(dtype=policy)), case.x, mask=MASKS["gaps"])
    assert close(half, exact, policy[6:])
    assert all(g.dtype == np.float32 for g in half[1:])


@pytest.mark.costly
def test_saturated_gates_stay_finite(member):
    steps = 2000 if member.core else 200
    layer = member.make(return_sequences=True)
    layer.build((1, steps, FEATURES))
    layer.set_weights([100 * w + 50 for w in layer.get_weights()])
    x = np.random.default_rng(0).normal(size=(1, steps, FEATURES)).astype("float32")
    for each in with_gradients(layer, x):
        assert np.all(np.isfinite(ops.convert_to_numpy(each)))


def test_keras_rnn_in_half_precision(member, case):
    layer = case.fill(
        keras.layers.RNN(member.make_cell(dtype="mixed_float16"), dtype="mixed_float16")
    )
    plain = case.fill(member.make())
    assert close(ops.cast(layer(case.x), "float32"), plain(case.x), "float16")
