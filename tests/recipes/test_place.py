"""Executors: invalid settings are refused early, and trials whose process dies are handled."""

import dataclasses
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from recipes.sweeps import record
from recipes.sweeps.executors.executor import Lost
from recipes.sweeps.executors.place import Place
from recipes.sweeps.executors.processes import Processes
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import sweep


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (Place(address="127.0.0.1:6379"), "--address is of Ray; add --on ray"),
        (Place(gpus_per_trial=1), "--gpus-per-trial is of Ray"),
        (Place("ray", cores_per_trial=0), "--cores-per-trial is 1 or more"),
        (Place("ray", "ray://head:10001"), "host:port of a Ray cluster, or auto"),
        (Place("ray", "head"), "host:port"),
    ],
)
def test_refused_before_any_work(monkeypatch, place, message):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    with pytest.raises(ValueError, match=message):
        place.check()


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'keras_gated\[recipes,cluster\]'"):
        Place("ray").check()
    Place().check()


@dataclasses.dataclass(frozen=True)
class Trial:
    seed: int
    data: str = "made up"
    model: str = "none"
    arm: str = ""
    size: int = 1
    units: int = 1
    growth = 1.0
    optional = False

    @property
    def key(self):
        return str(self.seed)

    group = key


SLOW = 7


@pytest.fixture
def light(tmp_path, monkeypatch):
    """Child processes import an empty TensorFlow: trials here do not need it."""
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    for name in ("keras", "tensorflow"):
        (stubs / f"{name}.py").touch()
    monkeypatch.syspath_prepend(stubs)  # what is imported here stays


def run(trial):
    if trial.seed == 1:
        os._exit(1)
    if trial.seed == SLOW:
        time.sleep(1)
    return record.line(trial, {"status": "done", "valid_accuracy": 0.5}, 0.0)


def test_a_process_that_dies_is_a_failed_trial_and_no_end(tmp_path, light):
    with Runs(tmp_path) as runs:
        plan = [Trial(seed) for seed in range(4)]
        outcome = sweep(plan, run, runs, 1, None, Console(quiet=True))
        assert not outcome.interrupted
        status = {one["key"]: one["status"] for one in runs.records()}
        assert status == {"0": "done", "1": "failed", "2": "done", "3": "done"}
        assert "out of memory is the usual cause" in runs.records(["1"])[0]["reason"]


def test_what_ran_beside_one_that_died_is_run_again(tmp_path, light):
    """Two in parallel: the trial beside the dead one finishes, though its process was lost too."""
    with Runs(tmp_path) as runs:
        sweep([Trial(1), Trial(SLOW), Trial(2)], run, runs, 2, None, Console(quiet=True))
        status = {one["key"]: one["status"] for one in runs.records()}
        assert status == {"1": "failed", str(SLOW): "done", "2": "done"}


def test_nothing_is_started_where_all_is_on_file(tmp_path, light):
    started = []

    def start(jobs):
        started.append(jobs)
        return Processes(jobs)

    with Runs(tmp_path) as runs:
        for _ in range(2):
            sweep([Trial(0)], run, runs, 1, None, Console(quiet=True), start)
    assert started == [1]


def test_a_pool_that_broke_unseen_takes_the_next_trial(light):
    executor = Processes(1)
    try:
        dead = executor.submit(run, Trial(1))
        while not dead.done():
            time.sleep(0.05)
        alive = executor.submit(run, Trial(2))
        ended = set()
        while len(ended) < 2:
            ended |= set(executor.wait({dead, alive} - ended, 1))
        with pytest.raises(Lost):
            executor.result(dead)
        assert executor.result(alive)["status"] == "done"
    finally:
        executor.close()


def test_a_script_without_a_guard_does_not_run_again(tmp_path):
    """Processes of a pool import the script that runs, unless they are kept from it."""
    script = tmp_path / "script.py"
    script.write_text(
        "print('started')\n"
        "from recipes.sweeps.executors.processes import Processes\n"
        "executor = Processes(1)\n"
        "handle = executor.submit(abs, -2)\n"
        "executor.wait([handle], 60)\n"
        "print(executor.result(handle))\n"
        "executor.close()\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}, timeout=120,
    )  # fmt: skip
    assert done.stdout.split() == ["started", "2"], done.stderr
