"""Traced states and gates equal those that the layer computes, for every cell and mask."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from keras_gated.inspection.gradient_flow import gradients
from tests.family import FEATURES, MASKS, TIME, UNITS, mostly_slow
from tests.numbers import as_list, close

LOOKS = [("none", False), ("gaps", True), ("left", False), ("all masked", False)]
EVERYTHING = {"return_all_states": True, "return_gates": True}


def call_of(case, mask):
    call = {"initial_state": [ops.convert_to_tensor(s) for s in case.states]}
    return call if mask is None else {**call, "mask": ops.convert_to_tensor(mask)}


@pytest.mark.parametrize(("mask", "backwards"), LOOKS)
def test_traced_is_computed(member, case, mask, backwards):
    mask, call = MASKS[mask], call_of(case, MASKS[mask])
    layer = case.fill(member.make(return_sequences=True, return_state=True, go_backwards=backwards))
    outputs, *states = as_list(layer(case.x, **call))
    seen = kg.trace(layer, case.x, **call).only
    assert (seen.mask is None) == (mask is None)
    assert seen.backwards is backwards
    taken = slice(None, None, -1 if backwards else 1)
    assert close([values[:, taken][:, -1] for values in seen.states.values()], states)
    # At a masked step the layer repeats its output, and gives zeros where there was none.
    shown = np.cumsum(seen.seen[:, taken], axis=1)[..., None] > 0
    first = seen.states[member.cell.states[0]][:, taken]
    assert close(np.where(shown, first, 0), outputs)
    for values in seen.gates.values():
        assert values.shape == (*seen.seen.shape, UNITS)
        assert not values[~seen.seen].any()


def test_gates_are_the_cell_s(member, case):
    """Each step is recomputed from the traced states: letters, time order and values."""
    layer = case.fill(member.make())
    seen = kg.trace(layer, case.x, initial_state=call_of(case, None)["initial_state"]).only
    assert list(seen.gates) == list(member.cell.gates)
    assert list(seen.states) == list(member.cell.states)
    before = case.states
    for t in range(TIME):
        past = layer.cell.State(*map(ops.convert_to_tensor, before))
        _, gates = layer.cell.advance(layer.cell.project(ops.convert_to_tensor(case.x[:, t])), past)
        assert set(gates) >= set(seen.gates)
        for letter, values in seen.gates.items():
            assert close(values[:, t], gates[letter]), letter
        before = [values[:, t] for values in seen.states.values()]
    if member.swap:
        one, other = member.swap
        assert not close(seen.gates[one], seen.gates[other])


@pytest.mark.costly
@pytest.mark.parametrize("mask", mostly_slow(["none", "gaps"], "gaps"))
def test_in_a_graph(member, case, mask, tmp_path):
    """The same as outputs: symbolic shapes, a compiled model, saved and loaded."""
    call, seen_mask = call_of(case, MASKS[mask]), MASKS[mask]
    layer = case.fill(member.make(return_state=True, **EVERYTHING))
    found = layer(case.x, **call)
    seen = kg.trace(layer, case.x, **call).only
    assert close([found[-2][k] for k in seen.states], list(seen.states.values()))
    assert close([found[-1][k] for k in seen.gates], list(seen.gates.values()))
    assert close(as_list(found[0])[0], member_output(member, case, call))

    inputs = keras.Input((TIME, FEATURES))
    masks = keras.Input((TIME,), dtype="bool")
    outputs = layer(inputs, mask=None if seen_mask is None else masks)
    model = keras.Model([inputs, masks], outputs)
    path = tmp_path / "m.keras"
    model.save(path)
    given = [case.x, np.ones((len(case.x), TIME), bool) if seen_mask is None else seen_mask]
    expected = layer(case.x, mask=call.get("mask"))
    for each in (model, keras.saving.load_model(path)):
        got = each.predict(given, verbose=0)
        for symbolic, one, other in zip(*map(keras.tree.flatten, (outputs, got, expected)),
                                        strict=True):  # fmt: skip
            assert symbolic.shape[1:] == one.shape[1:]
            assert close(one, other)


def member_output(member, case, call):
    return case.fill(member.make())(case.x, **call)


def test_in_bidirectional(member, case):
    layer = keras.layers.Bidirectional(member.make(return_state=True, **EVERYTHING))
    inputs = keras.Input((TIME, FEATURES))
    symbolic = layer(inputs)
    found = layer(case.x)
    assert [s.shape[1:] for s in keras.tree.flatten(symbolic)] == [
        tuple(f.shape[1:]) for f in keras.tree.flatten(found)
    ]
    seen = kg.trace(layer, case.x)
    forward, backward = seen.values()
    assert (forward.backwards, backward.backwards) == (False, True)
    letter = next(iter(member.cell.gates))
    half = len(found[1:]) // 2
    assert close(found[half][letter], forward.gates[letter])
    assert close(found[-1][letter], backward.gates[letter][:, ::-1])


def test_kept_is_what_multiplies_the_past(member, case, monkeypatch):
    """With the gates fixed, a change of d in a state changes the next by kept * d."""
    layer = case.fill(member.make())
    cell = layer.cell
    past = cell.State(*map(ops.convert_to_tensor, case.states))
    for weight in cell.weights:
        if "peephole" in weight.name:  # through which the gates see c itself
            weight.assign(ops.zeros(weight.shape))
    wx = cell.project(ops.convert_to_tensor(case.x[:, 0]))
    # What is projected of the past is replayed, so only what is not projected changes.
    projections, recur = [], cell.recur
    monkeypatch.setattr(
        cell, "recur", lambda *a, **k: projections.append(recur(*a, **k)) or projections[-1]
    )
    new, gates = cell.advance(wx, past)
    kept = cell.kept(gates)
    assert set(kept) <= set(cell.states)
    if not kept:
        assert cell.lacks["kept"], "a cell that keeps nothing declares why"
        return
    assert "kept" not in cell.lacks
    for letter, share in kept.items():
        replay = iter(projections)
        monkeypatch.setattr(cell, "recur", lambda *a, r=replay, **k: next(r))
        moved, moved_gates = cell.advance(
            wx, past._replace(**{letter: getattr(past, letter) + 0.5})
        )
        # A gate of a state's letter is that state, as the h of an echo state network is.
        assert all(close(moved_gates[k], gates[k]) for k in gates if k not in cell.states)
        by = ops.convert_to_numpy(getattr(moved, letter) - getattr(new, letter))
        share = ops.convert_to_numpy(share)
        assert share.shape == by.shape
        assert close(by, 0.5 * share)
        assert not close(by, 0.5 * (1 - share))


def test_half_life_or_why_there_is_none(member, case):
    layer = case.fill(member.make())
    record = kg.trace(layer, case.x).only
    if "kept" in member.cell.lacks:
        with pytest.raises(ValueError, match="has no gate that keeps a state"):
            record.half_life()
    else:
        assert record.half_life().shape == (UNITS,)


def test_gradient_flow_is_the_difference_quotient(member, case):
    """Perturb each state after one step, and compare the change of the loss."""
    layer = case.fill(member.make())
    y = np.random.default_rng(1).normal(size=(len(case.x), member.sizes[0]))
    y = ops.convert_to_tensor(y, "float32")
    mask = MASKS["gaps"]
    model = keras.Sequential([keras.Input((TIME, FEATURES)), keras.layers.Masking(), layer])
    x = np.where(mask[..., None], case.x, 0)
    flow = next(iter(kg.gradient_flow(model, x, y, loss="mse").values()))
    seen = kg.trace(model, x).only
    assert np.array_equal(flow.mask, mask)
    for letter, values in seen.states.items():
        assert flow.norms[letter].shape == mask.shape
        assert not flow.norms[letter][~mask].any()
        t = 4
        start = [ops.convert_to_tensor(s[:, t]) for s in seen.states.values()]
        index = list(seen.states).index(letter)

        def loss(moved, start=start, index=index, t=t):
            states = [moved[0] if k == index else s for k, s in enumerate(start)]
            output = layer(x[:, t + 1 :], initial_state=states, mask=mask[:, t + 1 :])
            # If no step follows, the layer's output is the state itself.
            shown = mask[:, t + 1 :].any(axis=1, keepdims=True)
            return ops.mean(ops.square(ops.where(shown, output, states[0]) - y))

        (expected,) = gradients(loss, [start[index]])
        expected = np.linalg.norm(ops.convert_to_numpy(expected), axis=-1) * mask[:, t]
        assert expected.any()
        assert close(flow.norms[letter][:, t], expected)
        # The reference gradient is that of the loss, verified by a difference quotient.
        rng = np.random.default_rng(2)
        way = rng.normal(size=values[:, t].shape).astype("float32")
        up, down = (
            float(loss([start[index] + step * ops.convert_to_tensor(way)]))
            for step in (1e-2, -1e-2)
        )
        along = float(np.sum(ops.convert_to_numpy(gradients(loss, [start[index]])[0]) * way))
        assert abs((up - down) / 2e-2 - along) < 2e-3 * max(1.0, abs(along))
