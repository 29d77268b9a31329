"""Gradients are those of the equations."""

import keras
import numpy as np
import pytest

from tests import oracles
from tests.family import FAMILY, MASKS, Case, mostly_slow
from tests.numbers import TOLERANCE, close, distance, gradients, score

DIRECTIONS = 6


def along(directions, gradient):
    """Return the derivative along each direction; the elements of a direction are 1 or -1."""
    return np.array([(way * gradient).sum() for way in directions])


def numerical(member, case, mask, directions, step=1e-6):
    """Return d score / d (inputs, weights) of the oracle along directions, by central differences.

    A wrong element of a gradient changes the derivative along every direction.
    """

    def total(x, weights):
        outputs, states = oracles.run(member.oracle, x, case.states, member.weights(weights), mask)
        rngs = [np.random.default_rng(k) for k in range(1 + len(states))]
        return sum(
            (rng.normal(size=v.size).astype("float32") * v.ravel()).sum()
            for rng, v in zip(rngs, [outputs, *states], strict=True)
        )

    sources = [case.x.astype("float64"), *(w.astype("float64") for w in case.weights)]
    found = []
    for index, ways in enumerate(directions):
        slopes = []
        for way in ways:
            there, back = (
                [
                    source + sign * step * way if k == index else source
                    for k, source in enumerate(sources)
                ]
                for sign in (1, -1)
            )
            slopes.append((total(there[0], there[1:]) - total(back[0], back[1:])) / (2 * step))
        found.append(np.array(slopes))
    return found


@pytest.mark.parametrize("mask", ["none", "gaps"])
def test_gradients_equal_finite_differences(member, case, mask):
    layer = case.fill(member.make(return_sequences=True, return_state=True))
    got = gradients(layer, case.x, initial_state=case.states, mask=MASKS[mask])
    assert len(got) == (1 + len(case.weights) if member.trained else 1)
    rng = np.random.default_rng(5)
    directions = [rng.choice([-1.0, 1.0], (DIRECTIONS, *gradient.shape)) for gradient in got]
    expected = numerical(member, case, MASKS[mask], directions)
    # Central differences in float64 are good to about 1e-8 here: float32 is the coarser side.
    for gradient, ways, slopes in zip(got, directions, expected, strict=True):
        assert distance(along(ways, gradient), slopes) < TOLERANCE["float32"]
        # The control: the same elements in another order.
        wrong = along(ways, np.roll(gradient, 1))
        assert gradient.size == 1 or distance(wrong, slopes) > 1e-3


def test_masked_steps_get_no_gradient(member, case):
    mask = MASKS["gaps"]
    layer = case.fill(member.make(return_sequences=True, return_state=True))
    of_inputs = gradients(layer, case.x, mask=mask)[0]
    assert np.all(of_inputs[~mask] == 0)
    assert np.all(np.abs(of_inputs[mask]).sum(-1) > 0)


@pytest.mark.twins
@pytest.mark.parametrize("mask", mostly_slow(MASKS, "none", "gaps", "one row masked"))
@pytest.mark.parametrize("arguments", [{}, {"return_sequences": True, "go_backwards": True}])
def test_gradients_equal_keras(member, case, mask, arguments):
    theirs = case.fill(member.make_keras(**arguments))
    ours = case.fill(member.make(**arguments))
    expected = gradients(theirs, case.x, mask=MASKS[mask])
    assert close(gradients(ours, case.x, mask=MASKS[mask]), expected)


@pytest.mark.twins
def test_regularizers_as_in_keras(member, case):
    arguments = dict(kernel_regularizer="l2", recurrent_regularizer="l1", bias_regularizer="l2")
    if member.keras is not keras.layers.SimpleRNN:
        # Keras's SimpleRNN ignores this one (3.15.1); ours applies it, see below.
        arguments["activity_regularizer"] = "l2"
    theirs, ours = (case.fill(make(**arguments)) for make in (member.make_keras, member.make))
    for layer in (theirs, ours):
        layer(case.x)
    got, expected = (float(sum(map(float, layer.losses))) for layer in (ours, theirs))
    assert got == pytest.approx(expected, rel=1e-5)


def test_activity_regularizer_counts_the_output(member, case):
    layer = case.fill(member.make(activity_regularizer=keras.regularizers.L1(1.0)))
    output = keras.ops.convert_to_numpy(layer(case.x))
    # Keras divides an activity penalty by the batch size.
    assert float(layer.losses[0]) == pytest.approx(np.abs(output).sum() / len(output), rel=1e-5)


def test_frozen_layer_has_no_trainable_weights(member, case):
    layer = case.fill(member.make(trainable=False))
    assert layer.trainable_weights == []
    assert len(layer.weights) == len(case.weights)


def test_score_sees_every_output():
    """The control: the score depends on every output value."""
    member_outputs = [np.zeros((2, 3), "float32"), np.zeros((2, 3), "float32")]
    base = float(score(member_outputs))
    for k in range(2):
        for index in np.ndindex(2, 3):
            moved = [array.copy() for array in member_outputs]
            moved[k][index] = 1
            assert abs(float(score(moved)) - base) > 1e-3


def test_cases_differ():
    member = FAMILY["lstm"]
    assert not close(Case.draw(member, 0).x, Case.draw(member, 1).x)
