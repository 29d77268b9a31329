"""Dropout, zoneout and weight drop, for every cell and implementation."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_gated as kg
from keras_gated import regularization as noise
from keras_gated.engine import lanes
from tests import oracles
from tests.family import FAMILY, MASKS, UNITS, Case
from tests.numbers import as_list, close, gradients

KINDS = {
    "zoneout": {"zoneout": 0.3},
    "semeniuta": {"recurrent_dropout": 0.4, "recurrent_dropout_form": "semeniuta"},
    "weight drop": {"weight_drop": 0.4},
}


def taken(member, kind: str) -> dict:
    """Return the arguments of a kind of noise, or skip a cell that declares not to support it.

    A cell that neither drops its candidate nor declares why fails here.
    """
    arguments = KINDS[kind]
    if kind == "weight drop" and issubclass(member.cell, kg.LinearCell):
        with pytest.raises(TypeError, match="has no recurrent kernel"):
            member.make_cell(**arguments)
        pytest.skip(f"{member.cell.__name__} has no recurrent kernel")
    if kind == "semeniuta" and not member.cell.candidate_dropout:
        reason = member.cell.lacks["candidate_dropout"]
        with pytest.raises(ValueError, match=f"has no candidate that can be dropped.*{reason}"):
            member.make_cell(**arguments)
        pytest.skip(f"{member.cell.__name__} declares: {reason}")
    return arguments


def rates(member) -> dict:
    """Return a rate for each state, all of them different."""
    return {letter: 0.6 / (1 + k) for k, letter in enumerate(member.cell.states)}


def with_zones(member, share):
    """Return the oracle's step with zoneout, keeping `share(t)` of each state at step t."""
    step, t = member.oracle, iter(range(10**6))

    def zoned(x, past, weights):
        new, shares = step(x, past, weights), share(next(t))
        return tuple(s * p + (1 - s) * n for s, p, n in zip(shares, past, new, strict=True))

    return zoned


@pytest.mark.parametrize("mask", ["none", "gaps"])
def test_zoneout_expects_outside_training(member, case, mask):
    layer = case.fill(member.make(return_sequences=True, return_state=True, zoneout=rates(member)))
    got = as_list(layer(case.x, initial_state=case.states, mask=MASKS[mask]))
    step = with_zones(member, lambda t: list(rates(member).values()))
    weights = member.weights(case.weights)
    outputs, states = oracles.run(step, case.x, case.states, weights, MASKS[mask])
    assert close(got, [outputs, *states])


@pytest.mark.parametrize("mask", ["none", "gaps"])
def test_zoneout_keeps_what_it_drew_in_training(member, case, mask, monkeypatch):
    drawn, draw = [], noise.draw
    monkeypatch.setattr(noise, "draw", lambda *a: drawn.append(draw(*a)) or drawn[-1])
    layer = case.fill(
        member.make(return_sequences=True, return_state=True, zoneout=rates(member), seed=2)
    )
    call = dict(initial_state=case.states, mask=MASKS[mask])
    got = as_list(layer(case.x, training=True, **call))
    zones = [ops.convert_to_numpy(zone).astype("float64") for zone in drawn[-1].zones]
    assert all(0 < zone.mean() < 1 for zone in zones)
    weights = member.weights(case.weights)
    for shift, equal in ((0, True), (1, False)):
        step = with_zones(member, lambda t, s=shift: [np.roll(z, s, 0)[:, t] for z in zones])
        outputs, states = oracles.run(step, case.x, case.states, weights, MASKS[mask])
        assert close(got, [outputs, *states]) is equal


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_of_training_and_of_the_seed(member, case, kind):
    arguments = taken(member, kind)
    one, same = (case.fill(member.make(seed=5, **arguments)) for _ in range(2))
    first = one(case.x, training=True)
    assert close(same(case.x, training=True), first)
    assert not close(one(case.x, training=True), first)
    assert close(one(case.x), same(case.x))


def test_a_dropped_candidate_leaves_what_is_kept(member, case):
    """If a unit's candidate is dropped, its next state is kept * past: no memory is lost."""
    if not member.cell.candidate_dropout:
        assert member.cell.lacks["candidate_dropout"]
        return
    cell = case.fill(member.make()).cell
    past = cell.State(*map(ops.convert_to_tensor, case.states))
    x = ops.convert_to_tensor(case.x[:, 0])

    def following(mask):
        drawn = noise.Noise(candidate=mask)
        return cell.advance(cell.project(x, drawn), past, drawn)

    mask = np.random.default_rng(1).integers(0, 2, (len(case.x), UNITS)).astype("float32") * 2
    mask = ops.convert_to_tensor(mask)
    whole, gates = following(None)
    dropped, _ = following(mask)
    kept = cell.kept(gates)
    changed = [
        letter
        for letter in cell.states
        if not close(getattr(dropped, letter), getattr(whole, letter))
    ]
    assert changed
    if not kept:
        assert cell.lacks["kept"]
        return
    assert set(changed) & set(kept)
    for letter in set(changed) & set(kept):
        remains = kept[letter] * getattr(past, letter)
        expected = remains + mask * (getattr(whole, letter) - remains)
        assert close(getattr(dropped, letter), expected), letter


LONG = (17, 23, 3)


@pytest.fixture
def two_lanes(monkeypatch):
    monkeypatch.setattr(lanes, "cores", lambda: 2)
    monkeypatch.setattr(lanes, "FEWEST_WEIGHTS", 0)


def found_by(member, path, mask, **arguments):
    """Return the outputs, states and gradients of an implementation, with the same masks."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=LONG).astype("float32")
    call = {"training": True} if mask is None else {"training": True, "mask": mask}
    layers = []
    for _ in range(2):
        layer = member.make(
            engine=path, seed=5, return_sequences=True, return_state=True, **arguments
        )
        layer.build(x.shape)
        weights = np.random.default_rng(4)
        layer.set_weights([0.5 * weights.normal(size=w.shape) for w in layer.weights])
        layers.append(layer)
    return [*as_list(layers[0](x, **call)), *gradients(layers[1], x, **call)]


def paths_agree(member, masked: bool, **arguments):
    mask = None
    if masked:
        mask = np.random.default_rng(6).random(LONG[:2]) < 0.5
        mask[1], mask[2] = False, True
    served = member.make().explain(17, 23, mask=masked, training=True).engine
    expected = found_by(member, "loop", mask, **arguments)
    assert close(found_by(member, served, mask, **arguments), expected)
    assert served != "loop"


needs_paths = pytest.mark.skipif(
    keras.backend.backend() not in ("tensorflow", "jax"), reason="there is the loop alone"
)


@needs_paths
@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("simple_rnn", True),
        ("gru_reset_before", False),
        ("min_gru", True),
        pytest.param("lstm", True, marks=pytest.mark.slow),
        pytest.param("gru", True, marks=pytest.mark.slow),
    ],
)
def test_all_noise_at_once_on_every_path(name, masked, two_lanes):
    member = FAMILY[name]
    arguments = {"dropout": 0.2, "zoneout": rates(member)}
    if "weight_drop" in member.cell.arguments():
        arguments |= KINDS["weight drop"]
    if member.cell.candidate_dropout:
        arguments |= KINDS["semeniuta"]
    paths_agree(member, masked, **arguments)


@needs_paths
@pytest.mark.slow
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_on_every_path(member, kind, masked, two_lanes):
    paths_agree(member, masked, **taken(member, kind))


def test_paths_would_not_agree_without_the_seed(two_lanes):
    """The control: other masks give other results."""
    member = FAMILY["min_gru"]
    one, other = (
        Case.draw(member).fill(member.make(zoneout=0.3, seed=seed, engine="scan"))
        for seed in (1, 2)
    )
    x = Case.draw(member).x
    assert not close(one(x, training=True), other(x, training=True))
