"""A layer computes its paper's equations."""

import dataclasses

import pytest
from keras import ops

from tests import oracles
from tests.family import FAMILY, MASKS, UNITS, Case, mostly_slow
from tests.numbers import close


def run(member, case, mask=None, **arguments):
    layer = case.fill(member.make(return_sequences=True, return_state=True, **arguments))
    outputs, *states = layer(case.x, initial_state=case.states, mask=mask)
    return [outputs, *states]


@pytest.mark.parametrize("mask", mostly_slow(MASKS, "none", "gaps"))
@pytest.mark.parametrize("unroll", [False, True])
def test_layer_equals_paper(member, case, mask, unroll):
    compare(member, case, mask, unroll)


@pytest.mark.few
@pytest.mark.parametrize("mask", [name for name in MASKS if name not in ("none", "gaps")])
def test_with_every_mask(member, case, mask):
    compare(member, case, mask)


def compare(member, case, mask, unroll=False):
    outputs, states = oracles.run(
        member.oracle, case.x, case.states, member.weights(case.weights), MASKS[mask]
    )
    assert close(run(member, case, MASKS[mask], unroll=unroll), [outputs, *states])


def test_cell_equals_paper(member, case):
    cell = member.make_cell()
    cell.build((None, case.x.shape[-1]))
    cell.set_weights(case.weights)
    output, states = cell(case.x[:, 0], case.states)
    expected = member.oracle(case.x[:, 0], case.states, member.weights(case.weights))
    assert close([output, *states], [expected[0], *expected])


@pytest.mark.parametrize("name", [name for name, member in FAMILY.items() if member.swap])
def test_swapped_gates_are_noticed(name):
    """The control: the comparison must fail when two gates are swapped."""
    member = FAMILY[name]
    case = Case.draw(member)
    weights = member.weights(case.weights)
    one, other = member.swap
    for mine in [name for name in weights if name.endswith(f"_{one}")]:
        theirs = mine[:-1] + other
        weights[mine], weights[theirs] = weights[theirs], weights[mine]
    outputs, states = oracles.run(member.oracle, case.x, case.states, weights)
    assert not close(run(member, case), [outputs, *states])


def test_past_matters(member, case):
    """The control of the recurrent projection: without the past, the outputs must differ."""
    if "recurrent_kernel" in member.variables:
        weights = [
            0 * array if name == "recurrent_kernel" else array
            for name, array in zip(member.variables, case.weights, strict=True)
        ]
        forgetful = dataclasses.replace(case, weights=weights)
    else:
        forgetful = dataclasses.replace(case, states=[0 * state for state in case.states])
    assert not close(run(member, forgetful), run(member, case))


def test_gates_are_read_by_letter(member, case):
    cell = case.fill(member.make()).cell
    past = cell.State(*map(ops.convert_to_tensor, case.states))
    _, gates = cell.advance(cell.project(case.x[:, 0]), past)
    assert set(gates) <= {*cell.gates}
    assert all(tuple(gate.shape) == (len(case.x), UNITS) for gate in gates.values())
