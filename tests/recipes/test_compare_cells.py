"""The comparison as a person runs it, on a small file."""

import json
import os
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
    small = "--sizes 24 48 --seeds 1 --units 4 --cells simple_rnn gru --jobs 2 --name small"
    return [
        *(sys.executable, "-m", "recipes.compare_cells", "--data", str(path)),
        *("--text", "review", "--label", "stars", "--runs", str(folder / "runs")),
        *small.split(),
        *more,
    ]


def run(folder, *more):
    return subprocess.run(command(folder, *more), capture_output=True, text=True, cwd=ROOT)


def lines(folder):
    file = folder / "runs" / "small" / "trials.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


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


def test_a_budget_of_nothing_cuts_what_is_known_to_take_time(tmp_path):
    first = run(tmp_path, "--seeds", "1")
    assert first.returncode == 0
    more = run(tmp_path, "--seeds", "2", "--minutes", "0.001")
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
        def __init__(self, rows):
            self.train = range(rows)

        def subset(self, size):
            return self

    settings = Settings(data=("a", "b"), seeds=3)
    plan = planned(settings, [Some(700), Some(5000)])
    sizes = {(one.data, one.size) for one in plan}
    assert sizes == {("a", 500), ("a", 700), ("b", 500), ("b", 2000), ("b", 5000)}
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
