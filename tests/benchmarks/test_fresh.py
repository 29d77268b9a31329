"""Comparisons in fresh processes and of served models, on tiny sizes."""

import pytest

from benchmarks import fit_wall, fresh, new_sizes, readme, serving, steps
from benchmarks.clock import Patience
from benchmarks.fresh import KERAS, KERAS_XLA, OURS
from benchmarks.gpu import backend as backends
from benchmarks.gpu.cases import Case


def test_sides_take_turns_and_the_fastest_run_counts(monkeypatch):
    seconds = {KERAS: [4.0, 3.0], KERAS_XLA: [9.0], OURS: [2.0, 5.0]}
    order = []

    def run(module, side, case):
        order.append(side)
        return {"wall": seconds[side].pop(0), "cpu": 6.0}

    monkeypatch.setattr(fresh, "run", run)
    row = fresh.compare("benchmarks.fit_wall", fit_wall.CASES[0], turns=2)
    assert order == [KERAS, KERAS_XLA, OURS, KERAS, OURS]
    assert (row["better"], row["ratio"], row["cpu_ratio"]) == (KERAS, 1.5, 1.0)


def test_a_run_in_a_fresh_process():
    case = new_sizes.Case("batches", new_sizes.PREDICT, True)
    result = fresh.run("benchmarks.new_sizes", OURS, case)
    assert 0 < result["wall"] < 60
    assert result["cpu"] > 0


def test_a_run_that_fails_names_its_case():
    with pytest.raises(RuntimeError, match=r"lengths-fit-dense, ours: .*No module named"):
        fresh.run("benchmarks.nowhere", OURS, new_sizes.Case("lengths", "fit", False))


@pytest.mark.parametrize("use", [new_sizes.FIT, new_sizes.EXPORTED, new_sizes.SAVED])
@pytest.mark.parametrize("side", [KERAS, OURS])
def test_new_sizes_are_used_in_each_way(monkeypatch, use, side):
    monkeypatch.setattr(new_sizes, "sizes", lambda new: [[(2, 3), (2, 5)]])
    monkeypatch.setattr(new_sizes, "STEPS", 4)
    assert new_sizes.measure(side, new_sizes.Case("lengths", use, True))["wall"] > 0


@pytest.mark.parametrize(("new", "many"), [("batches", 10), ("lengths", 20)])
def test_no_size_comes_twice(new, many):
    sets = new_sizes.sizes(new)
    assert [len(some) for some in sets] == [many] * 3
    assert len({size for some in sets for size in some} | {(32, 100)}) == 3 * many + 1


def test_served_models_are_equal_before_they_are_timed(monkeypatch):
    monkeypatch.setattr(serving, "UNITS", 4)
    monkeypatch.setattr(serving, "STEPS", 5)
    monkeypatch.setattr(serving, "PATIENCE", Patience(0.0, 1, 2))
    row = serving.measure(serving.Case(new_sizes.EXPORTED, 3, True))
    assert row["ratio"] == row["sides"][KERAS]["min_ms"] / row["sides"][OURS]["min_ms"]
    ours = serving.layers(OURS)
    monkeypatch.setattr(serving, "layers", lambda side: ours if side == KERAS else Other)
    with pytest.raises(RuntimeError, match="export-3-dense: ours is not equal to keras"):
        serving.measure(serving.Case(new_sizes.EXPORTED, 3, False))


@pytest.mark.parametrize("layer", ["GRU", "MinGRU"])
def test_training_steps_are_equal_before_they_are_timed(monkeypatch, layer):
    case, backend = Case(layer, 3, 5, 2, 4, masked=True, training=True), backends.current()
    row = steps.measure(case, backend, Patience(0.0, 1, 2))
    assert row["ratio"] == row["sides"][KERAS]["min_ms"] / row["sides"][OURS]["min_ms"]
    assert row["first_ratio"] > 0
    layers = steps.layers_of(layer, 4)
    layers[OURS].go_backwards = True
    monkeypatch.setattr(steps, "layers_of", lambda name, units: layers)
    with pytest.raises(RuntimeError, match=f"{layer}-3x5x2-4-masked-training: ours is not equal"):
        steps.measure(case, backend, Patience(0.0, 1, 2))


class Other:
    """Layers that start with other weights."""

    @staticmethod
    def LSTM(units):
        import keras

        return keras.layers.LSTM(units, kernel_initializer="ones")


def test_tables_have_each_row():
    sides = {side: {"wall": 1.0, "min_ms": 1.0} for side in (KERAS, OURS)}
    record = {"machine": {"cores": 2, "cpu": "a"}, "versions": {"jax": "0"}}
    for cases, table, named in (
        (new_sizes.CASES, readme._new_sizes, "twenty lengths, `tf.saved_model.save`, padded"),
        (serving.CASES, readme._serving, "`predict`, 256 texts, dense"),
        (fit_wall.CASES, readme._fits, "lstmx3-64, padded, epochs: 5"),
        (steps.CASES, readme._steps, "MinGRU, dense, 32 × 100 × 64 → 64"),
    ):
        rows = [
            {"name": case.name, "sides": sides, "better": KERAS, "ratio": 1.25}
            | {"first_ratio": 1.0}
            for case in cases
        ]
        text = table(record | {"rows": rows})
        assert text.count("**1.25**") == len(cases)
        assert f"| {named} |" in text
