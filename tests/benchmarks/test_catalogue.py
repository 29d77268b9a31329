"""The README's table of cells equals the command's output, and its columns are correct."""

import functools
import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from rich.console import Console

import keras_gated as kg
from benchmarks import catalogue, counts, family, layer_call, parity, readme, row
from benchmarks.layer_call import LayerCall
from benchmarks.record import read
from benchmarks.sides import KERAS, KERAS_XLA, OURS
from tests.benchmarks.test_speed import SwappedLSTMCell

# The columns of a layer cost a quarter of a second, and are the same in every test.
ABOUT = functools.cache(catalogue._about)
SMALL = dict(batch=3, time=4, features=2, units=3)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(catalogue, "_about", ABOUT)
    monkeypatch.setattr(family, "RIVAL", LayerCall("lstm", **SMALL))


# The page


def test_the_documentation_has_the_table_that_the_command_writes():
    settings = readme.Settings()
    record = read(settings.family) if settings.family.exists() else None
    page = (readme.ROOT / "docs" / "cells.md").read_text()
    assert readme.between(page, catalogue.text(record), readme.CELLS) == page, (
        f"the table in docs/cells.md is not that of the code; run `{catalogue.COMMAND}`."
    )


def test_the_slowest_row_is_among_the_few_of_the_readme():
    record = read(readme.RESULTS / "speed.json")
    ratios = [r["ratios"][KERAS] for r in record["rows"] if KERAS in r["ratios"]]
    (slowest,) = [line for line in readme._highlights(record).splitlines() if "slowest" in line]
    assert slowest.endswith(f"**{min(ratios):.1f}** |")


def test_every_public_cell_is_in_the_table_with_its_reference():
    table = catalogue.text(None)
    cells = {layer.Cell for layer in catalogue.layers()}
    public = (getattr(kg, name) for name in kg.__all__ if name.endswith("Cell"))
    assert cells == {cell for cell in public if hasattr(cell, "gates")}
    for layer in catalogue.layers():
        line = _line_of(layer, table)
        source = readme.ROOT / "docs" / line.partition("](")[2].partition(")")[0]
        assert f"\nclass {layer.Cell.__name__}(" in source.read_text("utf-8")


def _line_of(layer, table):
    (line,) = [one for one in table.splitlines() if f"[`{layer.Cell.__name__}`](" in one]
    return line


def test_a_cell_that_is_not_in_the_page_is_noticed(monkeypatch):
    all_but_one = catalogue.layers()[:-1]
    monkeypatch.setattr(catalogue, "layers", lambda: all_but_one)
    with pytest.raises(AssertionError, match=r"run `python -m benchmarks\.readme`"):
        test_the_documentation_has_the_table_that_the_command_writes()


def test_speeds_stand_in_the_last_column_where_they_were_measured():
    rows = [
        {"name": "GRU", "status": row.DONE, "ratios": {KERAS: 1.25}, "shape": SMALL},
        {
            "name": "NAS",
            "status": row.DONE,
            "ratios": {KERAS: 0.5},
            "shape": SMALL,
            "failed": {1: {}},
        },
        {"name": "MGU", "status": row.FAILED, "ratios": {}, "shape": SMALL},
    ]
    machine, versions = {"cpu": "a CPU", "cores": 2}, {"tensorflow": "2", "keras": "3"}
    table = catalogue.text({"rows": rows, "machine": machine, "versions": versions})
    assert _line_of(kg.GRU, table).endswith("| 1.2 |")
    assert _line_of(kg.MGU, table).endswith("|  |")
    assert "a CPU" in table
    assert "timed, NAS on later inputs than the first." in " ".join(table.split())
    assert "a CPU" not in catalogue.text(None)


def test_the_command_writes_what_has_markers(tmp_path):
    page = tmp_path / "README.md"
    settings = readme.Settings(tmp_path / "family.json", pages=(page,))
    page.write_text("no markers")
    with pytest.raises(ValueError, match="has none of the lines <!-- cells -->"):
        readme.main(settings)
    page.write_text("a\n<!-- cells -->\nold\n<!-- /cells -->\nb\n")
    readme.main(settings)
    table = catalogue.text(None)
    assert page.read_text() == f"a\n<!-- cells -->\n{table}\n<!-- /cells -->\nb\n"


# The columns


def test_formulas_give_the_counts():
    # Worked out by hand from the equations.
    known = {
        kg.LSTM: "4 u (d + u + 1)",
        kg.GRU: "3 u (d + u + 2)",
        kg.MinGRU: "2 u (d + 1)",
        kg.ProjectedLSTM: "u (4 d + 5 p + 4)",
        kg.FastGRNN: "u (d + u + 2) + 2",
        kg.MogrifierLSTM: "u (9 d + 4 u + 4)",
    }
    assert {layer: counts.formula(layer) for layer in known} == known
    assert counts.count(kg.LSTM, 128, 256) == keras.Sequential(
        [keras.Input((None, 128)), keras.layers.LSTM(256)]
    ).count_params()  # fmt: skip


def test_counts_that_are_no_polynomial_are_told_at_one_size(monkeypatch):
    class Odd:
        Cell = SimpleNamespace(arguments=dict)

        def __init__(self, units):
            self.units, self.trainable_weights = units, []

        def build(self, shape):
            self.features = shape[-1]

        def count_params(self):
            return self.units**2 // 2 + self.features**3

    with pytest.raises(ValueError, match="parameters of Odd are no polynomial"):
        counts.formula(Odd)
    assert catalogue.parameters(Odd) == "2,129,920 at 128 → 256, none trained"


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ('Of U. Ba,\nKiros and Hinton, "A\nnorm", 2016, https://a.b/1, eq. 4.', "Ba et al. 2016"),
        ('by van der Een and Twee, "B", 2018,\nhttps://a.b/1; so', "van der Een and Twee 2018"),
        ('Feng et al., "All we needed?", 2024, https://a.b/1: with', "Feng et al. 2024"),
        ('Jaeger, "The echo", 2001,\nGMD report 148, https://a.b/1, and', "Jaeger 2001"),
    ],
)
def test_papers_are_read_off_the_docstring(page, told):
    assert catalogue.papers(type("SomeCell", (), {"__doc__": page})) == [(told, "https://a.b/1")]


def test_a_page_without_a_paper_is_told():
    with pytest.raises(ValueError, match="SomeCell names no paper"):
        catalogue.papers(type("SomeCell", (), {"__doc__": "Written, 2020, in no paper."}))


def test_twins_are_layers_of_keras():
    twins = {layer.__name__: catalogue.twin(layer) for layer in catalogue.layers()}
    told = {name: twin for name, twin in twins.items() if twin}
    assert told == {name: f"keras.layers.{name}" for name in ("GRU", "LSTM", "SimpleRNN")}
    assert all(hasattr(keras.layers, name) for name in told)


def test_paths_are_those_of_training():
    assert catalogue.engines(kg.LSTM) == ["fused", "packed"]
    assert catalogue.engines(kg.MinGRU) == ["scan"]


# The speeds


def test_cells_are_measured_beside_the_lstm_and_resume(tmp_path):
    # Output size other than units, and no trainable weight.
    settings = dict(only=("ProjectedLSTM", "ESN"), rounds=2, out=tmp_path / "family.json")
    quiet = Console(quiet=True)
    assert family.main(family.Settings(**settings), quiet) == 0
    found = {kept["name"]: kept for kept in read(settings["out"])["rows"]}
    assert set(found) == set(settings["only"])
    for kept in found.values():
        times = {name: kept["sides"][name]["min_ms"] for name in (KERAS, KERAS_XLA, OURS)}
        rival = min(times[KERAS], times[KERAS_XLA])
        assert kept["ratios"][KERAS] == pytest.approx(rival / times[OURS])
        assert kept["sides"][OURS]["against"] == "definition"
        assert kept["sides"][OURS]["median_ms"] >= times[OURS]
        assert "min_ms" not in kept["sides"]["definition"]
    assert set(found["ESN"]["sides"][OURS]["errors"]) == {"outputs", "d inputs"}
    assert "d projection_kernel" in found["ProjectedLSTM"]["sides"][OURS]["errors"]

    before = settings["out"].read_text()
    assert family.main(family.Settings(**settings), quiet) == 0
    assert settings["out"].read_text() == before
    assert "machine" in json.loads(before)


def test_a_fast_path_that_differs_is_not_timed(monkeypatch):
    def ours(units, engine="auto", **rest):
        cell = kg.LSTMCell if engine == "loop" else SwappedLSTMCell
        return kg.Recurrent(cell(units), engine=engine, **rest)

    monkeypatch.setattr(layer_call.keras_gated, "MGU", ours)
    monkeypatch.setattr(family, "DRAWS", (1,))
    found = family.measured("MGU", family.Patience(seconds=0, fewest=1, most=1))
    assert found["status"] == row.FAILED
    assert found["sides"][OURS]["reason"] == "not equal to definition"
    assert found["ratios"] == {}
    assert "min_ms" not in found["sides"][OURS]


def test_a_cell_that_fails_is_compared_on_other_inputs(monkeypatch, tmp_path):
    drawn = []

    def measure(case, patience):
        drawn.append(case.work.data()[0])
        status = row.DONE if len(drawn) == 2 else row.FAILED
        sides = {OURS: {"reason": "not equal"}} if status == row.FAILED else {}
        return {
            "name": case.name, "status": status, "shape": SMALL, "targets": {}, "sides": sides,
            "ratios": {},
        }  # fmt: skip

    monkeypatch.setattr(family, "measure", measure)
    found = family.measured("NAS")
    assert (found["status"], found["draw"]) == (row.DONE, 2)
    assert found["failed"] == {"1": {"reason": "not equal"}}
    assert np.abs(drawn[0] - drawn[1]).max() > 0.1

    quiet = Console(quiet=True)
    settings = family.Settings(only=("NAS",), out=tmp_path / "family.json")
    assert family.main(settings, quiet) == 1
    assert len(drawn) == 2 + len(family.DRAWS)


def test_weights_that_start_alike_are_drawn():
    rng, ones = np.random.default_rng(0), np.ones(50, "float32")
    for name in ("bias", "state_beta", "recurrent_gamma"):
        drawn = parity.uneven(name, ones, rng)
        assert len(set(drawn.tolist())) > 40
        assert drawn.dtype == ones.dtype
    assert drawn.max() < 1
    np.testing.assert_array_equal(parity.uneven("kernel", ones, rng), ones)


def test_wishes_that_no_cell_meets_are_refused():
    with pytest.raises(ValueError, match="no cell's layer is called 'Gru'; known: GRU"):
        family.planned(family.Settings(only=("Gru",)))
    with pytest.raises(ValueError, match="--rounds must be at least 1"):
        family.planned(family.Settings(rounds=0))
