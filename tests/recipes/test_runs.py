"""Records survive what happens to files."""

import json

import pytest

from recipes.common.runs import Runs


def record(key, status="done", **more):
    return {"key": key, "status": status, **more}


def test_a_record_is_a_line_and_is_read_again(tmp_path):
    with Runs(tmp_path) as runs:
        runs.append(record("a", score=0.5))
        runs.append(record("b", status="failed", reason="out of memory"))
    lines = (tmp_path / "trials.jsonl").read_text().splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["a", "b"]
    with Runs(tmp_path) as runs:
        assert runs.done("a")
        assert not runs.done("b"), "a failed trial is tried again"
        assert not runs.done("c")
        assert [r["key"] for r in runs.records()] == ["a", "b"]
        assert [r["key"] for r in runs.records(["b", "c"])] == ["b"]


def test_a_later_record_replaces_a_failed_one(tmp_path):
    with Runs(tmp_path) as runs:
        runs.append(record("a", status="failed"))
        runs.append(record("a", score=1))
    with Runs(tmp_path) as runs:
        assert runs.done("a")
        assert len(runs.records()) == 1


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_line_cut_short_is_taken_out(tmp_path, cut):
    with Runs(tmp_path) as runs:
        runs.append(record("a"))
        runs.append(record("b", text="é" * 10))
    path = tmp_path / "trials.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    with Runs(tmp_path) as runs:
        assert runs.repaired == 1
        assert [r["key"] for r in runs.records()] == ["a"]
        runs.append(record("c"))
    with Runs(tmp_path) as runs:
        assert runs.repaired == 0
        assert [r["key"] for r in runs.records()] == ["a", "c"]


def test_a_spoilt_line_in_the_middle_is_passed_over(tmp_path):
    (tmp_path / "trials.jsonl").write_text(
        '{"key": "a", "status": "done"}\n{"key": \n[1]\n{"key": "b", "status": "done"}\n'
    )
    with Runs(tmp_path) as runs:
        assert runs.repaired == 2
        assert [r["key"] for r in runs.records()] == ["a", "b"]


def test_two_writers_are_refused(tmp_path):
    with Runs(tmp_path), pytest.raises(RuntimeError, match="written by another process"):
        Runs(tmp_path)
    Runs(tmp_path).close()


def test_a_full_disk_leaves_no_half_line(tmp_path, monkeypatch):
    with Runs(tmp_path) as runs:
        runs.append(record("a"))

        def full(_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            runs.append(record("b"))
        monkeypatch.undo()
        runs.append(record("c"))
    with Runs(tmp_path) as runs:
        assert runs.repaired == 0
        assert [r["key"] for r in runs.records()] == ["a", "c"]
