"""Records survive crashes, kills and full disks."""

import contextlib
import json
import mmap
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from recipes.sweeps import record as lines
from recipes.sweeps.runs import Runs
from recipes.trials import trial


def record(key, status="done", **more):
    """The fields of every record, and more."""
    always = {"reason": None, "data": "d", "model": "m", "seconds": 1.0}
    return {"key": key, "status": status, **always, **more}


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
        assert runs.ignored == 1
        assert [r["key"] for r in runs.records()] == ["a"]
        runs.append(record("c"))
    with Runs(tmp_path) as runs:
        assert runs.ignored == 0
        assert [r["key"] for r in runs.records()] == ["a", "c"]


def test_a_spoilt_line_in_the_middle_is_passed_over(tmp_path):
    spoilt = ['{"key": ', "[1]", "1", "[" * 200_000, '{"key": []}']
    whole = [json.dumps(record(key)) for key in "ab"]
    (tmp_path / "trials.jsonl").write_text("\n".join([whole[0], *spoilt, whole[1]]) + "\n")
    with Runs(tmp_path) as runs:
        assert runs.ignored == len(spoilt)
        assert [r["key"] for r in runs.records()] == ["a", "b"]


@pytest.mark.parametrize("name", ["status", "reason", "data", "model", "seconds", "size", "score"])
def test_a_record_that_lacks_a_field_is_passed_over(tmp_path, name):
    fields = dict(fields={"size": int}, results={"score": int | float})
    with Runs(tmp_path, **fields) as runs:
        for key in "abc":
            runs.append(record(key, size=1, score=0.5))
        runs.append(record("failed", "failed", reason="lost", size=1))
    path = tmp_path / "trials.jsonl"
    written = list(map(json.loads, path.read_text().splitlines()))
    del written[1][name]
    written[2][name] = [written[2][name]]
    path.write_text("".join(json.dumps(line) + "\n" for line in written))
    with Runs(tmp_path, **fields) as runs:
        assert runs.ignored == 2
        assert [r["key"] for r in runs.records()] == ["a", "failed"]
        assert not runs.done("b")


def test_two_writers_are_refused(tmp_path):
    with Runs(tmp_path), pytest.raises(RuntimeError, match="written by another process"):
        Runs(tmp_path)
    Runs(tmp_path).close()


def test_a_flush_that_fails_leaves_no_half_line(tmp_path, monkeypatch):
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
        assert runs.ignored == 0
        assert [r["key"] for r in runs.records()] == ["a", "c"]


@contextlib.contextmanager
def no_file_beyond(size):
    """Make the kernel refuse writes beyond a size in the middle of a line, like a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def tiny_disk(folder):
    """Mount a disk of four pages if permitted, else skip."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(folder)],
                             capture_output=True)  # fmt: skip
    if mounted.returncode:
        pytest.skip("only an administrator may mount a disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("disk", ["limit", "tmpfs"])
def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path, disk):
    with tiny_disk(tmp_path) if disk == "tmpfs" else no_file_beyond(16_384):
        with Runs(tmp_path) as runs:
            written = []
            with pytest.raises(OSError, match="records before are whole") as caught:  # noqa: PT012
                for number in range(100):
                    runs.append(record(str(number), text="x" * 900))
                    written.append(str(number))
            assert "trials.jsonl" in str(caught.value)
            assert f"the {len(written)} records" in str(caught.value)
            assert 10 < len(written) < 20
            assert not runs.done(str(len(written)))
        with Runs(tmp_path) as runs:
            assert runs.ignored == 0, "no half line"
            assert [r["key"] for r in runs.records()] == written
            runs.append(record("s"))  # a line that still fits
    if disk == "limit":
        with Runs(tmp_path) as runs:
            assert [r["key"] for r in runs.records()] == [*written, "s"]


# A small sweep: results are a function of the trials' names. Imported by path, since importing
# `recipes` imports TensorFlow, which is not needed.
SWEEP = """
import importlib.util, sys, time
from pathlib import Path
spec = importlib.util.spec_from_file_location("runs", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with module.Runs(Path(sys.argv[2])) as runs:
    for number in range(120):
        if not runs.done(str(number)):
            time.sleep(0.002)
            runs.append({"key": str(number), "status": "done", "reason": None, "data": "d",
                         "model": "m", "seconds": 0, "score": number**2,
                         "text": "x" * (number * 997 % 50_000)})
"""


def sweep_in_small(folder, seconds=None):
    """Run it, and kill it after so many seconds; return whether it finished."""
    program = Path(__file__).parents[2] / "recipes" / "sweeps" / "runs.py"
    process = subprocess.Popen([sys.executable, "-S", "-c", SWEEP, str(program), str(folder)])
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False
    assert process.returncode == 0
    return True


def test_killed_twenty_times_it_gives_the_same_table(tmp_path):
    rng = random.Random(0)
    began = time.monotonic()
    assert sweep_in_small(tmp_path / "undisturbed")
    whole = time.monotonic() - began
    ended = [sweep_in_small(tmp_path / "killed", rng.uniform(0, whole / 3)) for _ in range(20)]
    assert not all(ended), "kills came too late to show anything"
    assert sweep_in_small(tmp_path / "killed")
    tables = []
    for name in ("undisturbed", "killed"):
        with Runs(tmp_path / name) as runs:
            assert runs.ignored == 0
            tables.append(runs.records())
        raw = (tmp_path / name / "trials.jsonl").read_text().splitlines()
        twice = {k: n for k, n in Counter(json.loads(line)["key"] for line in raw).items() if n > 1}
        assert not twice
    assert tables[0] == tables[1]
    assert len(tables[0]) == 120


def test_the_peak_is_of_a_trial_and_not_of_the_process():
    lines.forget_peak()
    before = lines.peak()
    # In its own pages: after thousands of tests an allocator might keep freed memory.
    with mmap.mmap(-1, 200_000_000) as big:
        big[::4096] = bytes([1]) * len(range(0, 200_000_000, 4096))
        assert lines.peak() > before + 150
    lines.forget_peak()
    assert 10 < lines.peak() < before + 100


def test_a_file_that_changed_is_another_one(tmp_path):
    path = tmp_path / "texts.csv"
    one = trial.Trial(str(path), "gru", "equal units", 10, 0)
    keys = []
    for content in ("a,b", "a,c", "a,b"):
        path.write_text(content)
        os.utime(path, ns=(len(keys), len(keys)))
        keys.append(one.key)
    assert keys[0] == keys[2] != keys[1]
