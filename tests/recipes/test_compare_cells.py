"""The comparison as a person runs it, on a small file."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recipes.common import trial
from recipes.common.runs import Runs
from recipes.common.trial import BASELINE, EQUAL_PARAMETERS, EQUAL_UNITS, Trial
from recipes.compare_cells import Settings, both_arms, planned, units_at_equal_parameters
from tests.recipes import texts

ROOT = Path(__file__).parent.parent.parent


def command(folder, *more):
    path = folder / "reviews.csv"
    if not path.exists():
        texts.write(path)
    # On the plain loop, which needs not be compiled: how a sweep goes does not depend on it.
    small = (
        "--sizes 24 48 --seeds 1 --units 4 --cells simple_rnn gru --jobs 2 --name small --path loop"
    )
    return [
        *(sys.executable, "-m", "recipes.compare_cells", "--data", str(path)),
        *("--text", "review", "--label", "stars", "--runs", str(folder / "runs")),
        *small.split(),
        *more,
    ]


def run(folder, *more):
    return subprocess.run(command(folder, *more), capture_output=True, text=True, cwd=ROOT)


def lines(folder, whole=False):
    """The records on file; where `whole`, but for a last line that was cut short."""
    file = folder / "runs" / "small" / "trials.jsonl"
    written = file.read_text() if file.exists() else ""
    return [
        json.loads(x)
        for x in (written[: written.rfind("\n") + 1] if whole else written).splitlines()
    ]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    done = run(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done


def test_every_trial_is_a_line(finished):
    folder, _ = finished
    found = {(r["model"], r["arm"], r["size"]) for r in lines(folder)}
    expected = {
        (model, arm, size)
        for size in (24, 48)
        for model, arm in (
            ("bow", BASELINE),
            ("average", BASELINE),
            ("simple_rnn", EQUAL_UNITS),
            ("gru", EQUAL_UNITS),
            ("simple_rnn", EQUAL_PARAMETERS),
        )
    }
    assert found == expected
    assert len(lines(folder)) == len(expected)
    assert {r["status"] for r in lines(folder)} == {"done"}
    for record in lines(folder):
        assert 0 <= record["test_accuracy"] <= 1
        assert record["seconds"] > 0
        assert record["peak_memory_mb"] > 100, "TensorFlow alone takes more"
        assert {"tensorflow", "keras"} <= set(record["versions"])
        assert record["commit"] is None or len(record["commit"]) >= 12
        assert {"learning_rate", "tokens", "data_seed"} <= set(record["settings"])
        assert record["test_rows"] == 12
        if record["model"] != "bow":
            scores = [epoch["valid_accuracy"] for epoch in record["epochs"]]
            assert record["best_epoch"] == 1 + scores.index(max(scores))


def test_the_report_is_written_and_the_table_printed(finished):
    folder, done = finished
    page = (folder / "runs" / "small" / "report.html").read_text()
    assert "GRU" in page
    assert "<script" not in page
    assert "GRU, equal units" in done.stdout
    assert "report.html" in done.stdout


def test_started_again_it_runs_nothing_twice(finished):
    folder, _ = finished
    before = (folder / "runs" / "small" / "trials.jsonl").read_bytes()
    again = run(folder)
    assert again.returncode == 0, again.stderr
    assert "10 of them on file" in again.stdout
    assert (folder / "runs" / "small" / "trials.jsonl").read_bytes() == before


def test_a_trial_is_a_pure_function_of_its_settings(finished):
    folder, _ = finished
    record = next(r for r in lines(folder) if r["model"] == "gru")
    names = ("data", "model", "arm", "size", "seed", "units")
    one = Trial(**{name: record[name] for name in names}, **record["settings"])
    assert one.key == record["key"]
    again = trial.run(one)
    for name in ("test_accuracy", "best_epoch", "parameters"):
        assert again[name] == record[name]


def test_ctrl_c_ends_cleanly_and_the_rest_follows(tmp_path):
    process = subprocess.Popen(
        command(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )
    deadline = time.monotonic() + 120
    while not lines(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "interrupted" in output
    assert "goes on from here" in output
    assert "Traceback" not in output
    kept = [record["key"] for record in lines(tmp_path)]
    assert 0 < len(kept) < 10
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    keys = [record["key"] for record in lines(tmp_path)]
    assert keys[: len(kept)] == kept
    assert len(keys) == len(set(keys)) == 10


def workers_of(process):
    """The numbers of the processes that a process has started, and theirs."""
    found, parents = [], [process.pid]
    while parents:
        parent = parents.pop()
        for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
            children = [int(child) for child in tasks.read_text().split()]
            found += children
            parents += children
    return found


def alive(number):
    try:
        state = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
def test_killed_at_any_moment_it_gives_the_same_table(finished, tmp_path, kills):
    undisturbed, _ = finished
    rng = random.Random(kills)
    kept = 0
    for _ in range(kills):
        process = subprocess.Popen(
            command(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
        )
        # It takes seconds to come to its first trial; a kill before shows nothing.
        deadline = time.monotonic() + 60
        while not workers_of(process) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(rng.uniform(0, 8))
        workers = workers_of(process)
        process.kill()
        process.wait()
        before, kept = kept, len(lines(tmp_path, whole=True))
        assert kept >= before
        deadline = time.monotonic() + 10
        while any(map(alive, workers)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not any(map(alive, workers)), "workers end with the process that started them"
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(lines(tmp_path)) == 10, "none is lost and none is there twice"

    def table(folder):
        identity = ("model", "arm", "size", "seed", "units")
        result = ("status", "test_accuracy", "test_loss", "best_epoch", "parameters")
        return {
            tuple(record[name] for name in identity): [record[name] for name in result]
            for record in lines(folder)
        }

    assert table(tmp_path) == table(undisturbed)


def test_a_full_disk_is_told_in_one_line(tmp_path):
    script = (
        "import resource, runpy, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1500, -1))\n"
        "runpy.run_module('recipes.compare_cells', run_name='__main__')"
    )
    texts.write(tmp_path / "reviews.csv")
    _, _, _, *arguments = command(tmp_path)
    full = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, cwd=ROOT
    )
    assert full.returncode == 1, full.stdout + full.stderr
    assert "records before are whole" in " ".join(full.stdout.split())
    assert "Traceback" not in full.stdout + full.stderr
    assert lines(tmp_path) == lines(tmp_path, whole=True), "no half line"


def test_a_budget_of_nothing_cuts_what_is_known_to_take_time(finished, tmp_path):
    folder, _ = finished
    shutil.copytree(folder / "runs", tmp_path / "runs")
    more = run(folder, "--seeds", "2", "--minutes", "0.001", "--runs", str(tmp_path / "runs"))
    assert more.returncode == 0, more.stderr
    assert "beyond the time budget" in more.stdout
    page = (tmp_path / "runs" / "small" / "report.html").read_text()
    assert "left no room" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cells", "grru"], "Did you mean 'gru'"),
        (["--sizes", "1000"], "size 1000 is more than"),
        (["--seeds", "0"], "--seeds must be at least 1"),
        (["--label", "star"], "stars"),
        (["--name", "a/b"], "name of one folder"),
    ],
)
def test_refused_before_any_work(tmp_path, arguments, message):
    done = run(tmp_path, *arguments)
    assert done.returncode == 1
    assert message in " ".join(done.stdout.split())
    assert "Traceback" not in done.stdout + done.stderr
    assert not lines(tmp_path)


def test_unknown_data_names_the_nearest():
    done = subprocess.run(
        [sys.executable, "-m", "recipes.compare_cells", "--data", "embedded_imbd"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert done.returncode == 1
    assert "embedded_imdb" in done.stdout


def test_a_failing_trial_is_a_record_and_no_end(tmp_path):
    path = texts.write(tmp_path / "reviews.csv")
    broken = Trial(
        data=str(path), model="gru", arm=EQUAL_UNITS, size=10**6, seed=0, units=4,
        text="review", label="stars",
    )  # fmt: skip
    record = trial.run(broken)
    assert record["status"] == "failed"
    assert "size 1000000 is more than" in record["reason"]
    with Runs(tmp_path / "runs") as runs:
        runs.append(record)
        assert not runs.done(broken.key)


def test_the_plan_begins_with_one_seed_of_everything():
    class Some:
        def __init__(self, rows, classes=2):
            self.train, self.classes = range(rows), range(classes)

        def subset(self, size):
            return self

    settings = Settings(data=("a", "b"), seeds=3)
    plan = planned(settings, [Some(700), Some(5000)])
    sizes = {(one.data, one.size) for one in plan}
    assert sizes == {("a", 500), ("a", 700), ("b", 500), ("b", 2000), ("b", 5000)}
    many = planned(settings, [Some(700, classes=600), Some(5000)])
    assert {one.size for one in many if one.data == "a"} == {700}, "500 texts hold no 600 classes"
    first = plan[: sum(one.seed == 0 for one in plan)]
    assert {one.seed for one in first} == {0}
    rest = [one.size for one in plan[len(first) :]]
    assert rest == sorted(rest)
    assert len({one.key for one in plan}) == len(plan)
    assert sum(one.model == "bow" for one in plan) == len(sizes)


def test_the_reference_stands_in_both_arms():
    settings = Settings()
    assert set(units_at_equal_parameters(settings, 64)) == {"simple_rnn", "gru"}
    records = [
        {"key": "1", "model": "lstm", "arm": EQUAL_UNITS},
        {"key": "2", "model": "gru", "arm": EQUAL_UNITS},
    ]
    assert both_arms(records, settings)[2:] == [
        {"key": "1", "model": "lstm", "arm": EQUAL_PARAMETERS}
    ]
