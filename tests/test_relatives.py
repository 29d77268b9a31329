"""Properties of single relatives."""

import functools

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from tests import oracles
from tests.family import FAMILY, UNITS, Case
from tests.numbers import as_list, close, gradients


def built(layer):
    layer.build((None, 5, 3))
    return layer


def names(layer) -> list[str]:
    return [variable.name for variable in built(layer).cell.weights]


@pytest.mark.parametrize(
    "layer", [kg.LSTM, kg.PeepholeLSTM, kg.CoupledLSTM, kg.ProjectedLSTM, kg.LayerNormLSTM]
)
def test_a_new_cell_remembers(layer):
    """b_f starts at 1, wherever f is among the gates, and only b_f."""
    for open_gate in (True, False):
        cell = built(layer(UNITS, unit_forget_bias=open_gate)).cell
        bias = cell.gates.read(ops.convert_to_numpy(cell.bias))
        for letter in cell.gates:
            assert np.all(getattr(bias, letter) == float(open_gate and letter == "f"))


def test_weights_of_tensorflow_addons():
    """The names of TensorFlow Addons where it has them, in its order."""
    assert names(kg.PeepholeLSTM(4))[3:] == [
        "input_gate_peephole_weights",
        "forget_gate_peephole_weights",
        "output_gate_peephole_weights",
    ]
    assert names(kg.LayerNormLSTM(4)) == [
        *("kernel", "recurrent_kernel", "bias"),
        *("kernel_gamma", "kernel_beta", "recurrent_gamma", "recurrent_beta"),
        *("state_gamma", "state_beta"),
    ]
    assert names(kg.LayerNormSimpleRNN(4)) == ["kernel", "recurrent_kernel", "bias", "gamma"]


def test_peepholes_of_zero_make_an_lstm():
    layer = built(kg.PeepholeLSTM(UNITS, peephole_initializer="zeros"))
    plain = built(kg.LSTM(UNITS))
    plain.set_weights(layer.get_weights()[:3])
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    assert close(layer(x), plain(x))
    assert not close(built(kg.PeepholeLSTM(UNITS))(x), plain(x))


def test_the_coupled_c_stays_between_one_and_minus_one():
    case = Case.draw(FAMILY["coupled_lstm"])
    x = 10 * np.random.default_rng(0).normal(size=(5, 200, 3)).astype("float32")
    *_, c = case.fill(kg.CoupledLSTM(UNITS, return_state=True))(x)
    assert np.abs(ops.convert_to_numpy(c)).max() <= 1
    *_, c = built(kg.LSTM(UNITS, return_state=True, bias_initializer="ones"))(x)
    assert np.abs(ops.convert_to_numpy(c)).max() > 1


def test_projection():
    for units, projection, expected in ((8, None, 4), (5, None, 3), (4, 6, 6), (4, np.int64(2), 2)):
        layer = built(kg.ProjectedLSTM(units, projection=projection, return_state=True))
        output, h, c = layer(np.ones((2, 5, 3), "float32"))
        assert (output.shape, h.shape, c.shape) == ((2, expected), (2, expected), (2, units))
        shapes = [tuple(variable.shape) for variable in layer.cell.weights]
        assert shapes[1:] == [(expected, 4 * units), (4 * units,), (units, expected)]
    for wrong in (0, 2.5, "4", True):
        with pytest.raises(ValueError, match=r"`projection` must be a positive integer"):
            kg.ProjectedLSTM(4, projection=wrong)


def test_the_projection_is_regularized_and_constrained():
    regularizer = keras.regularizers.L1(1.0)
    layer = kg.ProjectedLSTM(4, projection_regularizer=regularizer, projection_constraint="non_neg")
    kernel = built(layer).cell.projection_kernel
    expected = np.abs(ops.convert_to_numpy(kernel)).sum()
    assert float(sum(layer.losses)) == pytest.approx(expected, rel=1e-5)
    assert np.all(ops.convert_to_numpy(kernel.constraint(kernel)) >= 0)


@pytest.mark.parametrize("layer", [kg.LayerNormLSTM, kg.LayerNormGRU, kg.LayerNormSimpleRNN])
def test_norms_do_not_see_the_size_of_the_kernels(layer):
    layer = built(layer(UNITS, epsilon=1e-12))
    plain = built(kg.LSTM(UNITS))
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    for each in (layer, plain):
        before = ops.convert_to_numpy(each(x))
        each.set_weights([10 * w if w.ndim == 2 else w for w in each.get_weights()])
        assert close(each(x), before) == (each is layer)


@pytest.mark.parametrize("path", ["loop", pytest.param("fused", marks=pytest.mark.slow)])
@pytest.mark.parametrize("carry_normalized", [True, False])
def test_which_c_is_carried(carry_normalized, path):
    """Outputs and states are those of the equations, gradients those of the loop."""
    if keras.backend.backend() == "torch" and path == "fused":
        pytest.skip("on torch there is the loop alone")
    member = FAMILY["layer_norm_lstm"]
    case = Case.draw(member)
    arguments = dict(return_sequences=True, return_state=True, carry_normalized=carry_normalized)
    layer = case.fill(kg.LayerNormLSTM(UNITS, engine=path, **arguments))
    step = functools.partial(oracles.layer_norm_lstm, carry_normalized=carry_normalized)
    expected, states = oracles.run(step, case.x, case.states, member.weights(case.weights))
    assert close(as_list(layer(case.x, initial_state=case.states)), [expected, *states])
    loop = case.fill(kg.LayerNormLSTM(UNITS, engine="loop", **arguments))
    found, exact = (gradients(each, case.x, initial_state=case.states) for each in (layer, loop))
    assert close(found, exact)
    other = case.fill(
        kg.LayerNormLSTM(UNITS, **arguments | {"carry_normalized": not carry_normalized})
    )
    assert not close(as_list(other(case.x, initial_state=case.states)), [expected, *states])


def test_connections_of_a_reservoir_are_drawn_apart_from_its_weights():
    """With one seed for both, only the least of the weights would be connected."""
    cell = kg.ESNCell(60, seed=0, recurrent_initializer=keras.initializers.GlorotUniform(seed=0))
    cell.build((None, 4))
    u = keras.ops.convert_to_numpy(cell.recurrent_kernel)
    assert 0.3 < (u[u != 0] < 0).mean() < 0.7
