"""The comparison as users run it, on a small file."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recipes import compare_cells
from recipes.compare_cells import Settings, both_arms, planned, units_at_equal_parameters
from recipes.sweeps import record as records
from recipes.sweeps.runs import Runs
from recipes.trials import trial
from recipes.trials.trial import BASELINE, EQUAL_PARAMETERS, EQUAL_UNITS, Trial
from tests.recipes import here, texts

ROOT = Path(__file__).parent.parent.parent


def command(folder, *more):
    path = folder / "reviews.csv"
    if not path.exists():
        texts.write(path)
    # On the plain loop, which needs no compiling: the sweep does not depend on the engine.
    small = (
        "--sizes 24 48 --seeds 1 --units 4 --epochs 2 --cells simple_rnn gru --jobs 2 --name small "
        "--engine loop"
    )
    return [
        *(sys.executable, "-m", "recipes.compare_cells", "--data", str(path)),
        *("--text", "review", "--label", "stars", "--runs", str(folder / "runs")),
        *small.split(),
        *more,
    ]


def run(folder, *more):
    """Run it in this process; return its exit code and output."""
    _, _, _, *arguments = command(folder, *more)
    return here.run(compare_cells, *arguments)


def started(folder, *more):
    """Start it in its own process, with a backend of matplotlib that is not installed."""
    return subprocess.Popen(
        command(folder, *more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        cwd=ROOT, env=os.environ | {"MPLBACKEND": "module://no_such_backend"},
    )  # fmt: skip


def lines(folder, whole=False):
    """The recorded trials; with `whole`, without a truncated last line."""
    file = folder / "runs" / "small" / "trials.jsonl"
    written = file.read_text() if file.exists() else ""
    return [
        json.loads(x)
        for x in (written[: written.rfind("\n") + 1] if whole else written).splitlines()
    ]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    code, printed = run(folder)
    assert code == 0, printed
    return folder, printed


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
    folder, printed = finished
    page = (folder / "runs" / "small" / "report.html").read_text()
    assert "GRU" in page
    assert "<script" not in page
    assert "GRU, equal units" in printed
    assert "report.html" in printed
    assert "Take the " in printed


def test_without_a_terminal_each_finished_trial_is_a_line(finished):
    _, printed = finished
    ended = re.findall(r"^(\d+) of 10: (\w+),.*: \d+ s, 0\.\d+ on test", printed, re.MULTILINE)
    assert {int(number) for number, _ in ended} == {*range(1, 11)}
    assert {model for _, model in ended} == {"bow", "average", "simple_rnn", "gru"}


def test_started_again_it_runs_nothing_twice(finished):
    folder, _ = finished
    before = (folder / "runs" / "small" / "trials.jsonl").read_bytes()
    code, printed = run(folder)
    assert code == 0, printed
    assert "10 of them recorded" in printed
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


def test_a_file_that_changes_is_another_trial(tmp_path):
    """A process that has read the file before reads it again."""
    path = tmp_path / "mine.csv"
    rows = [f"film {word} {i},{i % 2}" for i, word in enumerate("abcdef" * 12)]
    path.write_text("\n".join(["text,label", *rows]))
    one = Trial(data=str(path), model="bow", arm="main", size=20)
    before = trial.run(one)
    path.write_text("\n".join(["text,label", *(row.replace("film", "book") for row in rows)]))
    after = trial.run(one)
    assert before["key"] != after["key"] == one.key
    assert all("book" in text for text in trial.load(str(path), None, None, 0).train.texts)


def workers_of(process):
    """The process ids of all descendants of a process."""
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


def until_a_trial_ends(process, folder, known):
    deadline = time.monotonic() + 120
    while len(lines(folder, whole=True)) <= known and process.poll() is None:
        assert time.monotonic() < deadline, "no trial ended"
        time.sleep(0.1)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
def test_interrupted_then_killed_it_gives_the_same_table(finished, tmp_path):
    """Ctrl-C, then kill -9, on real processes; recorded trials are neither lost nor repeated.

    A kill at any moment of a trial: `test_killed_at_any_moment_it_gives_the_same_table`, slow;
    while writing a line: `test_runs.py`.
    """
    undisturbed, _ = finished
    process = started(tmp_path, "--jobs", "1", "--sizes", "24")
    until_a_trial_ends(process, tmp_path, 0)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "interrupted" in output
    assert "goes on from here" in output
    assert "Traceback" not in output
    kept = lines(tmp_path)
    assert 0 < len(kept) < 5

    process = started(tmp_path, "--jobs", "1", "--sizes", "24")
    until_a_trial_ends(process, tmp_path, len(kept))
    workers = workers_of(process)
    assert workers
    process.kill()
    process.communicate()
    assert gone(workers), "workers end with the process that started them"
    assert lines(tmp_path, whole=True)[: len(kept)] == kept
    goes_on_to_the_table_of(undisturbed, tmp_path, (24,))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
def test_killed_at_any_moment_it_gives_the_same_table(finished, tmp_path):
    undisturbed, _ = finished
    rng = random.Random(20)
    kept = 0
    for _ in range(20):
        process = started(tmp_path)
        # It takes seconds to reach its first trial; a kill before that shows nothing.
        deadline = time.monotonic() + 60
        while not workers_of(process) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(rng.uniform(0, 8))
        workers = workers_of(process)
        process.kill()
        process.communicate()
        before, kept = kept, len(lines(tmp_path, whole=True))
        assert kept >= before
        assert gone(workers), "workers end with the process that started them"
    goes_on_to_the_table_of(undisturbed, tmp_path)


def gone(workers):
    """Whether processes end within ten seconds."""
    deadline = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not any(map(alive, workers))


def goes_on_to_the_table_of(undisturbed, folder, sizes=(24, 48)):
    """Run the rest; assert that its records are those of an undisturbed run."""
    code, printed = run(folder, "--sizes", *map(str, sizes))
    assert code == 0, printed
    assert len(lines(folder)) == 5 * len(sizes), "none is lost and none is there twice"

    def table(folder):
        identity = ("model", "arm", "size", "seed", "units")
        result = ("status", "test_accuracy", "test_loss", "best_epoch", "parameters")
        return {
            tuple(record[name] for name in identity): [record[name] for name in result]
            for record in lines(folder)
            if record["size"] in sizes
        }

    assert table(folder) == table(undisturbed)


def test_a_full_disk_is_told_in_one_line(tmp_path, monkeypatch):
    """The kernel's behaviour on a full disk: `test_runs.py`."""
    synced = []

    def sync(file):
        synced.append(file)
        if len(synced) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", sync)
    code, printed = run(tmp_path)
    assert code == 1, printed
    assert "records before are whole" in printed
    assert lines(tmp_path) == lines(tmp_path, whole=True), "no half line"
    assert len(lines(tmp_path)) == 2


def test_a_budget_of_nothing_cuts_what_is_known_to_take_time(finished, tmp_path):
    folder, _ = finished
    shutil.copytree(folder / "runs", tmp_path / "runs")
    code, printed = run(
        folder, "--seeds", "2", "--minutes", "0.001", "--runs", str(tmp_path / "runs")
    )
    assert code == 0, printed
    assert "beyond the time budget" in printed
    page = (tmp_path / "runs" / "small" / "report.html").read_text()
    assert "left out 8 trials" in page
    assert "should fit" not in printed, "what is first is on file"


def test_a_budget_of_nothing_tunes_one_seed_of_the_smallest_size(tmp_path):
    code, printed = run(
        tmp_path, "--seeds", "2", "--tune", "1", "--cells", "gru", "--minutes", "0.001"
    )
    assert code == 0, printed
    done = [(one["size"], one["seed"], one["model"]) for one in lines(tmp_path)]
    smallest = min(size for size, _, _ in done)
    final = {(size, model) for size, seed, model in done if seed == 0}
    assert final >= {(smallest, "gru"), (smallest, "average"), (smallest, "bow")}
    assert {size for size, _, _ in done} == {smallest}
    assert "beyond the time budget" in printed
    assert (tmp_path / "runs" / "small" / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cells", "grru"], "--cells: Unknown cell 'grru'"),
        (["--sizes", "1000"], "--sizes: size 1000 is more than"),
        (["--tokens", "0"], "--tokens must be at least 1; received 0"),
        (["--seeds", "0"], "--seeds must be at least 1"),
        (["--label", "star"], "stars"),
        (["--name", "a/b"], "name of one folder"),
        (["--name", ".."], "name of one folder"),
        (["--cells", "GRU", "gru"], "each once"),
        (["--data", "embedded_imbd"], "--data: unknown data set 'embedded_imbd'"),
        (["--data", "a/posts.csv", "b/posts.csv"], "two have one name"),
        (["--task", "tagging", "--data", "brown", "embedded_imdb"], "--task tagging reads brown"),
        (["--data", "embedded_imdb", "brown"], "and no other task does"),
    ],
)
def test_refused_before_any_work(tmp_path, arguments, message):
    code, printed = run(tmp_path, *arguments)
    assert code == 1
    assert message in " ".join(printed.split())
    assert not lines(tmp_path)


def test_damaged_lines_are_told_and_their_trials_run_again(finished, tmp_path):
    folder, _ = finished
    shutil.copytree(folder / "runs", tmp_path / "runs")
    file = tmp_path / "runs" / "small" / "trials.jsonl"
    whole = lines(folder)
    lost = next(place for place, record in enumerate(whole) if record["model"] == "bow")
    written = file.read_text().splitlines()
    written[lost] = json.dumps({"key": whole[lost]["key"], "status": "done"})
    file.write_text("\n".join([*written, "[" * 200_000]) + "\n")
    code, printed = run(folder, "--runs", str(tmp_path / "runs"))
    assert code == 0, printed
    assert re.search(r"2 lines of \S+trials\.jsonl cannot be read and count as not run", printed)
    assert "9 of them recorded" in printed
    again = json.loads(file.read_text().splitlines()[-1])
    assert again["key"] == whole[lost]["key"]
    assert again["test_accuracy"] == whole[lost]["test_accuracy"]


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


@pytest.mark.slow
def test_a_failed_trial_that_stands_in_both_arms_is_told_once(tmp_path, monkeypatch):
    work = trial.run

    def broken(one):
        return records.made(one, lambda: 1 // 0) if one.model == "gru" else work(one)

    monkeypatch.setattr(trial, "run", broken)
    code, printed = run(tmp_path, "--sizes", "24")
    assert code == 0, printed
    assert printed.count("failed: gru: ZeroDivisionError") == 1
    assert (tmp_path / "runs" / "small" / "report.html").exists()


def test_the_plan_has_all_seeds_of_two_sizes_before_a_third():
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
    begun = [n for n, one in enumerate(plan) if (one.data, one.size) == ("b", 5000)]
    small = [one for one in plan if (one.data, one.size) != ("b", 5000)]
    assert plan[: len(small)] == small
    assert len(small) == begun[0]
    units = [one for one in small if one.arm != EQUAL_PARAMETERS]
    assert small[: len(units)] == units
    assert [one.seed for one in units] == sorted(one.seed for one in units)
    groups = {one.group for one in small}
    assert len(groups) == 2 * 2 * 2 * 3, "sets, sizes, arms, seeds"
    assert all(one.optional for one in plan)
    assert len({one.key for one in plan}) == len(plan)
    assert sum(one.model == "bow" for one in plan) == len(sizes)


def test_the_reference_stands_in_both_arms():
    settings = Settings()
    assert set(units_at_equal_parameters(settings)) == {"simple_rnn", "gru"}
    records = [
        {"key": "1", "model": "lstm", "arm": EQUAL_UNITS},
        {"key": "2", "model": "gru", "arm": EQUAL_UNITS},
    ]
    assert both_arms(records, settings)[2:] == [
        {"key": "1", "model": "lstm", "arm": EQUAL_PARAMETERS}
    ]
