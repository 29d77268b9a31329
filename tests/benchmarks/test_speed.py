"""The speed benchmark: what it generates, refuses to time and records. No seconds are asserted."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import keras
import numpy as np
import pytest
from rich.console import Console

import keras_gated as kg
from benchmarks import clock, grid, layer_call, lengths, limit, machine, plot, readme, row, speed
from benchmarks.cases import Case, cases, chosen
from benchmarks.layer_call import LayerCall
from benchmarks.record import Record
from benchmarks.sides import KERAS, KERAS_XLA, OURS
from benchmarks.torch_side import MODULES, Torch, to_keras, to_torch

SMALL = dict(batch=3, time=4, features=2, units=3)
QUICK = clock.Patience(seconds=0, fewest=2, most=2)


class SwappedLSTMCell(kg.LSTMCell):
    """An LSTM with two gates swapped."""

    def step(self, wx, uh, past):
        a = wx + uh
        sigmoid, tanh = keras.ops.sigmoid, keras.ops.tanh
        i, f, g, o = sigmoid(a.i), sigmoid(a.f), tanh(a.g), sigmoid(a.o)
        c = i * past.c + f * g
        return self.State(o * tanh(c), c), dict(i=i, f=f, g=g, o=o)


@pytest.fixture(scope="module")
def training():
    return row.measure(
        Case("small", "small", LayerCall("lstm", **SMALL), {KERAS: 1.0}), None, QUICK
    )


# What is drawn


@pytest.mark.parametrize(("rows", "longest"), [(64, 200), (256, 1_000), (8, 100)])
def test_lengths_have_the_mean_and_the_longest(rows, longest):
    drawn = lengths.draw(rows, longest)
    assert drawn.max() == longest
    assert drawn.min() >= 1
    assert drawn.mean() / longest == pytest.approx(0.44, abs=0.01)
    np.testing.assert_array_equal(drawn, lengths.draw(rows, longest))
    np.testing.assert_array_equal(lengths.mask(drawn, longest).sum(1), drawn)


def test_one_row_is_the_longest():
    assert lengths.draw(1, 50) == [50]


# What is refused


def test_equal_sides_are_timed(training):
    assert training["status"] == row.DONE
    for side in (KERAS, KERAS_XLA, OURS):
        assert training["sides"][side]["min_ms"] > 0


def test_a_swapped_gate_is_noticed_and_not_timed(monkeypatch):
    swapped = (
        keras.layers.LSTM,
        lambda units, **rest: kg.Recurrent(SwappedLSTMCell(units), engine="loop", **rest),
    )
    monkeypatch.setitem(layer_call.LAYERS, "lstm", swapped)
    found = row.measure(
        Case("small", "small", LayerCall("lstm", training=False, **SMALL), {KERAS: 1.0}),
        None,
        QUICK,
    )
    assert found["status"] == row.FAILED
    assert found["sides"][OURS]["reason"] == "not equal to keras"
    assert "min_ms" not in found["sides"][OURS]
    assert found["ratios"] == {}
    assert "min_ms" in found["sides"][KERAS]
    assert "failed" in speed.table.line(found)


def test_a_side_that_raises_is_told_and_not_timed(monkeypatch):
    def refuse(units, **rest):
        raise ValueError("/a/folder/of/this/machine refuses")

    monkeypatch.setitem(layer_call.LAYERS, "lstm", (keras.layers.LSTM, refuse))
    found = row.measure(Case("small", "small", LayerCall("lstm", **SMALL)), None, QUICK)
    assert (found["status"], found["reason"]) == (row.FAILED, "ValueError: refuses")


def test_distances_see_shapes_missing_arrays_and_what_is_not_finite():
    one = {"a": np.ones(3)}
    assert speed_distance(one, one) == 0
    assert speed_distance({"a": np.ones(4)}, one) == np.inf
    assert speed_distance({}, one) == np.inf
    assert speed_distance({"a": np.array([1, np.nan, 1])}, one) == np.inf
    assert not row.parity.passed({})


def speed_distance(got, expected):
    return row.parity.distances(got, expected)["a"]


# What is kept


def test_record_has_what_a_reader_needs(training, tmp_path):
    record = Record(tmp_path / "speed.json")
    record.add(training)
    found = json.loads((tmp_path / "speed.json").read_text())
    assert {"command", "machine", "versions", "rows"} <= set(found)
    assert {"cpu", "cores"} <= set(found["machine"])
    assert {"python", "tensorflow", "keras", "keras_gated", "code"} <= set(found["versions"])
    (kept,) = found["rows"]
    assert kept["shape"] == SMALL
    assert kept["targets"] == {KERAS: 1.0}
    assert kept["better"] in (KERAS, KERAS_XLA)
    fastest = min(kept["sides"][side]["min_ms"] for side in (KERAS, KERAS_XLA))
    assert kept["ratios"][KERAS] == pytest.approx(fastest / kept["sides"][OURS]["min_ms"])
    ours = kept["sides"][OURS]
    assert set(ours["errors"]) == {
        "outputs", "d inputs", "d kernel", "d recurrent_kernel", "d bias",
    }  # fmt: skip
    assert ours["median_ms"] >= ours["min_ms"]
    assert ours["turns"] == 2
    assert str(Path.home()) not in json.dumps(found)


def test_command_tells_no_folder_of_this_machine(monkeypatch):
    monkeypatch.setattr(
        sys, "argv", ["/a/speed.py", "--torch", "/b/bin/python", "--out=/c/d.json", "--only", "x"]
    )
    told = "python -m benchmarks.speed --torch python --out=d.json --only x"
    assert machine.command() == told


def test_grid_resumes(monkeypatch, tmp_path):
    names = ["grid-lstm-dense-inference-1x10x16", "grid-lstm-dense-training-1x10x16"]
    measured = []

    def measure(case, python, patience):
        measured.append(case.name)
        made_up = {name: {"min_ms": 1.0, "median_ms": 1.0, "turns": 5} for name in (KERAS, OURS)}
        return {
            "name": case.name, "title": case.title, "status": row.DONE, "shape": case.work.shape,
            "targets": case.targets, "sides": made_up, "ratios": {KERAS: 1.0},
        }  # fmt: skip

    monkeypatch.setattr(speed, "measure", measure)
    monkeypatch.setattr(limit, "SIZE", 64)
    quiet = Console(quiet=True)
    settings = dict(grid="full", out=tmp_path / "grid.json")
    assert speed.main(speed.Settings(only=(names[0],), **settings), quiet) == 0
    assert speed.main(speed.Settings(only=tuple(names), **settings), quiet) == 0
    assert measured == names
    assert speed.main(speed.Settings(only=(names[0],), fresh=True, **settings), quiet) == 0
    assert measured == [*names, names[0]]


def test_rows_of_other_versions_are_dropped(tmp_path):
    path = tmp_path / "grid.json"
    first = {"machine": {"cpu": "a"}, "versions": {"keras": "1"}}
    Record(path, about=first).add({"name": "a", "status": row.DONE})
    assert Record(path, about=first).done("a")
    newer = Record(path, about=first | {"versions": {"keras": "2"}})
    assert (newer.done("a"), newer.dropped) == (False, 1)


def test_failed_parity_is_the_exit_code(monkeypatch, tmp_path):
    failed = {
        "name": "cell", "title": "", "status": row.FAILED, "shape": SMALL, "targets": {},
        "sides": {OURS: {"reason": "not equal to keras"}}, "ratios": {},
    }  # fmt: skip
    monkeypatch.setattr(speed, "measure", lambda *_: failed)
    settings = speed.Settings(only=("cell",), out=tmp_path / "speed.json")
    assert speed.main(settings, Console(quiet=True)) == 1


# What is planned


def test_cases_are_asked_for_by_the_beginning_of_their_names():
    known = cases()
    assert len({case.name for case in known}) == len(known)
    assert not any(case.name.startswith("lengths") for case in chosen((), known))
    assert len(chosen(("dense", "lengths-25"), known)) == 7
    with pytest.raises(ValueError, match="no case is called 'dens'"):
        chosen(("dens",), known)


def test_grid_has_every_point_once():
    points = grid.points(["lstm"])
    assert len({case.name for case in points}) == 4 * 3 * 3 * 2 * 2


def test_sides_take_turns():
    order = []
    steps = {name: (lambda name=name: order.append(name)) for name in "AB"}
    steps["C"] = lambda: 0.5  # has timed itself
    timings = clock.interleave(steps, clock.Patience(seconds=0, fewest=3, most=3))
    assert "".join(order[2 * clock.WARM_UPS :]) == "ABABAB"
    assert timings["C"].least == timings["C"].median == 500


def test_matrix_products_are_counted():
    call = LayerCall("lstm", 2, 3, 5, 7)
    forward = 2 * 2 * 3 * (5 + 7) * 4 * 7
    assert limit.flops(call) == 3 * forward
    assert limit.flops(LayerCall("lstm", 2, 3, 5, 7, training=False)) == forward
    assert limit.milliseconds(2 * limit.SIZE**3, 8.0) == 8.0


# torch


@pytest.mark.parametrize("layer", list(MODULES))
def test_blocks_go_to_torch_and_back(layer):
    order = MODULES[layer][1]
    kernel = np.random.default_rng(0).normal(size=(2, 3 * len(order)))
    there = to_torch(kernel, order)
    assert there.shape == kernel.shape[::-1]
    np.testing.assert_array_equal(to_keras(there, order), kernel)
    if layer == "gru":  # Keras: z r n; torch: r z n
        np.testing.assert_array_equal(there[:3], kernel[:, 3:6].T)


def test_a_python_without_torch_is_told():
    if any((Path(folder) / "torch").exists() for folder in sys.path):
        pytest.skip("this Python has torch")
    with pytest.raises(RuntimeError, match="No module named 'torch'"):
        Torch(Path(sys.executable), "lstm", 1, np.ones(1), np.ones(1), [])


# What is shown


def made_up(name, time, **sides):
    times = {side: {"min_ms": ms, "median_ms": ms} for side, ms in sides.items()}
    return {
        "name": name, "title": "training, LSTM", "status": row.DONE,
        "shape": {"batch": 64, "time": time, "features": 128, "units": 256},
        "targets": {KERAS: 1.7}, "ratios": {KERAS: 2.0}, "better": KERAS, "limit_ms": time / 2,
        "sides": times,
    }  # fmt: skip


RECORD = {
    "machine": {"cpu": "a CPU", "cores": 2},
    "versions": {"tensorflow": "2", "keras": "3"},
    "rows": [made_up(f"lengths-{t}", t, keras=2.0 * t, ours=1.0 * t) for t in (25, 800, 100)],
}


def test_readme_table_stands_between_its_markers():
    begin, end = "<!-- speed -->", "<!-- /speed -->"
    page = f"before\n{begin}\nold\n{end}\nafter\n"
    written = readme.between(page, readme.text(RECORD, RECORD), readme.SPEED)
    assert written.startswith(f"before\n{begin}\n|")
    assert written.endswith(f"{end}\nafter\n")
    assert "old" not in written
    assert "| 64 × 800 × 128 → 256 | 1,600 (1,600) | 800 (800) | **2.0** |" in written
    assert readme.between(written, readme.text(RECORD, RECORD), readme.SPEED) == written
    with pytest.raises(ValueError, match="once each"):
        readme.between("no markers", "", readme.SPEED)


def test_figure_is_small_and_names_its_lines():
    lines = plot.lines(RECORD)
    assert lines[OURS] == [(25, 25.0), (100, 100.0), (800, 800.0)]
    drawn = plot.draw(lines)
    letters = "".join(ElementTree.fromstring(drawn).itertext())
    assert "keras_gated" in letters
    assert "torch.nn" not in letters
    assert len(drawn) < 30_000
