"""The GPU benchmark runs end to end on a CPU, and detects errors."""

import json

import pytest

import keras_gated as kg
from benchmarks.gpu import __main__ as gpu
from benchmarks.gpu import cases, checks, table
from benchmarks.record import DONE, FAILED, read


@pytest.fixture
def few(monkeypatch):
    """Two cells that differ in kind."""
    monkeypatch.setattr(checks, "CELLS", ("GRU", "MinGRU"))


@pytest.fixture
def nothing_saved(monkeypatch):
    """Without the check of a saved model, which compiles two models; the tiny run has it."""
    monkeypatch.setattr(checks, "_saved", lambda *sizes: 0.0)


def test_a_tiny_run_checks_and_times(few, tmp_path):
    assert gpu.main(["--tiny", "--out", str(tmp_path / "gpu.json")]) == 0
    rows = {row["name"]: row for row in read(tmp_path / "gpu.json")["rows"]}
    assert {row["status"] for row in rows.values()} == {DONE}
    assert [row["failed"] for row in rows.values() if row.get("failed")] == []
    timed = [case for case in cases.cases(tiny=True) if rows[case.name]["ms"]]
    assert len(timed) == 4
    assert {"ours, auto", "ours, packed", "keras"} <= set(rows[timed[1].name]["ms"])


def test_a_wrong_implementation_is_noticed(few, nothing_saved, monkeypatch, tmp_path):
    monkeypatch.setattr(checks, "CELLS", ("GRU",))
    monkeypatch.setattr(cases, "cases", lambda tiny: [])
    monkeypatch.setattr(gpu, "cases", lambda tiny: [])

    class Other(kg.GRU):
        def call(self, sequences, **rest):
            return super().call(sequences, **rest) * (0.9 if self.engine == "packed" else 1)

    monkeypatch.setattr(kg, "GRU", Other)
    assert gpu.main(["--tiny", "--out", str(tmp_path / "gpu.json")]) == 1
    rows = read(tmp_path / "gpu.json")["rows"]
    wrong = [row["name"] for row in rows if row["status"] == FAILED]
    assert wrong == ["check: GRU, packed, mask: gaps"]


def test_without_time_cases_are_skipped_with_their_names(nothing_saved, monkeypatch, tmp_path):
    monkeypatch.setattr(checks, "CELLS", ())
    gpu.main(["--tiny", "--minutes", "0", "--out", str(tmp_path / "gpu.json")])
    assert read(tmp_path / "gpu.json")["skipped"] == [case.name for case in cases.cases(True)]


def test_some_cases_are_added_to_the_record(monkeypatch, tmp_path):
    monkeypatch.setattr(gpu.Run, "limits", lambda self: None)
    monkeypatch.setattr(gpu.Run, "memory", lambda self: None)
    monkeypatch.setattr(
        gpu.Run, "time", lambda self, some: [self.write(c.name, status=DONE) for c in some]
    )
    for part in ("GRU-", "masked-inference"):
        arguments = ["--tiny", "--only", "times", "--cases", part]
        assert gpu.main([*arguments, "--out", str(tmp_path / "gpu.json")]) == 0
    names = [row["name"] for row in read(tmp_path / "gpu.json")["rows"]]
    assert names == [
        "GRU-2x5x3-4-masked-training",
        "MinGRU-2x9x3-4-dense-training",
        "SimpleRNN-2x5x3-4-masked-inference",
    ]


def test_the_table_has_each_recorded_case(tmp_path):
    rows = [
        {
            "name": "GRU-64x512x256-512-masked-training",
            "ms": {"ours, auto": 10.04, "keras": 20.46, "keras, no cuDNN": 26.0},
            "median_ms": {"ours, auto": 11.0, "keras": 21.0, "keras, no cuDNN": 27.0},
        },
        {"name": "check: GRU, fused", "error": 0.0},
    ]
    record = {"device": "GPU", "versions": {"torch": "2"}, "rows": rows}
    (tmp_path / "gpu-torch.json").write_text(json.dumps(record))
    lines = table.markdown(tmp_path).splitlines()
    assert lines[2] == (
        "| torch | padded, training, GRU, 64 × 512 × 256 → 512 "
        "| 10.0 (11.0) |  | 20.5 (21.0) | 26.0 (27.0) |  |"
    )
    assert len(lines) == 5
    assert "one GPU, torch 2" in lines[-1]
