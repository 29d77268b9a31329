"""Tuning: every model tries the same settings, validation chooses, nothing is tried twice."""

import dataclasses
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from recipes.compare_cells import Settings, check, completed
from recipes.sweeps import record
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome
from recipes.trials import trial, tuning
from recipes.trials.trial import BASELINE, EQUAL_PARAMETERS, EQUAL_UNITS, Trial
from tests.recipes import texts

ROOT = Path(__file__).parent.parent.parent
CELLS = [("simple_rnn", 8), ("lstm", 8), ("gru", 8)]


def plan(seeds=2, sizes=(40, 80)):
    """Three cells, one of them in a second arm, and two baselines."""
    kinds = [*((name, EQUAL_UNITS, units) for name, units in CELLS),
             ("gru", EQUAL_PARAMETERS, 10), ("average", BASELINE, None)]  # fmt: skip
    fitted = [Trial("d", "bow", BASELINE, size, 0) for size in sizes]
    return fitted + [
        Trial("d", model, arm, size, seed, units=units)
        for size in sizes
        for seed in range(seeds)
        for model, arm, units in kinds
    ]


def score(one):
    """Return valid and test accuracy of a trial: the best on validation is the worst on test.

    Each model has its own best learning rate.
    """
    liked = {"simple_rnn": 1e-3, "lstm": 4e-3, "gru": 1e-2, "average": 2e-2}.get(one.model, 1e-3)
    apart = abs(math.log(one.learning_rate / liked))
    return 1 / (1 + apart), apart / (1 + apart)


class Sweep:
    """Runs trials in this process, and records them."""

    def __init__(self, broken=()):
        self.ran, self.broken, self.minutes = [], broken, []

    def run(self, one):
        valid, test = score(one)
        self.ran.append(one)
        failed = one.model in self.broken
        result = dict(status="failed" if failed else "done", reason="x", epochs=[],
                      valid_accuracy=valid, test_accuracy=test)  # fmt: skip
        return record.line(one, result, 1.0)

    def __call__(self, plan, run, runs, jobs, minutes, console, start=None):
        self.minutes.append(minutes)
        for one in plan:
            if not runs.done(one.key):
                runs.append(run(one))
        return Outcome([], False, 30.0)


@pytest.fixture
def sweep(monkeypatch):
    made = Sweep()
    monkeypatch.setattr(tuning, "sweep", made)
    return made


def tuned(sweep, runs, count, some=None, minutes=None):
    return tuning.tuned(some or plan(), count, sweep.run, runs, 1, minutes, Console(quiet=True))


def test_settings_are_the_same_every_time_and_within_their_bounds():
    many = tuning.drawn(32)
    assert many == tuning.drawn(32)
    assert many[:8] == tuning.drawn(8), "a larger budget tries only what is new"
    assert len(set(many)) == 32
    rates, dropouts = zip(*many, strict=True)
    low, high = tuning.LEARNING_RATE
    assert low <= min(rates) < 2 * low
    assert high / 2 < max(rates) <= high
    assert tuning.DROPOUT[0] <= min(dropouts) < 0.1
    assert 0.5 < max(dropouts) <= tuning.DROPOUT[1]
    # Log-uniform: as many below the geometric middle as above.
    assert sum(rate < math.sqrt(low * high) for rate in rates) == 16


def test_every_model_tries_the_same_settings_with_a_seed_of_its_own_kind():
    tries = tuning.tries(plan(), 5)
    assert len(tries) == 2 * 5 * 5
    assert len({one.key for one in tries}) == len(tries)
    by_model = {}
    for one in tries:
        kind = (one.model, one.arm, one.units, one.size)
        by_model.setdefault(kind, []).append((one.learning_rate, one.dropout))
    assert len(by_model) == 10
    assert all(settings == tuning.drawn(5) for settings in by_model.values())
    assert {one.seed for one in tries} == {tuning.SEED}
    assert not {one.seed for one in tries} & {one.seed for one in plan(seeds=500)}
    assert not any(one.model == "bow" for one in tries)


def test_validation_chooses_and_never_the_test(tmp_path, sweep):
    with Runs(tmp_path) as runs:
        final, outcome = tuned(sweep, runs, 6)
    assert not outcome.cut
    assert len(final) == len(plan())
    for one in final:
        if one.model == "bow":
            assert one.strengths == tuning.STRENGTHS
            continue
        candidates = [dataclasses.replace(one, **s._asdict()) for s in tuning.drawn(6)]
        valid = [score(candidate)[0] for candidate in candidates]
        test = [score(candidate)[1] for candidate in candidates]
        assert one == candidates[int(np.argmax(valid))]
        assert one != candidates[int(np.argmax(test))], "the test would have chosen otherwise"
        assert one.seed in (0, 1)
    assert len({one.learning_rate for one in final if one.model != "bow"}) > 1


def test_started_again_it_tries_nothing_twice(tmp_path, sweep):
    with Runs(tmp_path) as runs:
        first, _ = tuned(sweep, runs, 4)
    count = len(sweep.ran)
    assert count == 2 * 5 * 4 + len(plan())
    with Runs(tmp_path) as runs:
        again, _ = tuned(sweep, runs, 4)
        assert again == first
        assert len(sweep.ran) == count
        tuned(sweep, runs, 6)
    tried = [one.key for one in sweep.ran if one.seed == tuning.SEED]
    assert len(tried) == len(set(tried)) == 2 * 5 * 6


def test_without_its_whole_budget_a_model_is_not_compared(tmp_path, sweep):
    missing = next(one for one in tuning.tries(plan(), 3) if one.model == "lstm")
    with Runs(tmp_path) as runs:
        for one in tuning.tries(plan(), 3):
            if one != missing:
                runs.append(sweep.run(one))
        final, untuned = tuning.chosen(plan(), 3, runs)
    assert {(one.model, one.size) for one in untuned} == {("lstm", missing.size)}
    assert len(final) + len(untuned) == len(plan())
    assert not set(untuned) & set(final)


def test_a_failed_try_is_the_worst_and_all_failed_choose_nothing(tmp_path, sweep):
    sweep.broken = ("lstm",)
    with Runs(tmp_path) as runs:
        final, outcome = tuned(sweep, runs, 3)
    assert {one.model for one in outcome.cut} == {"lstm"}
    assert "lstm" not in {one.model for one in final}


def test_what_the_trying_took_is_off_the_budget(tmp_path, sweep):
    with Runs(tmp_path) as runs:
        tuned(sweep, runs, 2, minutes=3.0)
        assert sweep.minutes == [3.0, 2.5]
        sweep.minutes.clear()
        tuned(sweep, runs, 2, minutes=0.1)
        assert sweep.minutes == [0.1, 0.0]


def test_without_a_count_the_plan_is_run_as_it_is(tmp_path, sweep):
    with Runs(tmp_path) as runs:
        final, _ = tuned(sweep, runs, 0)
        assert final == sweep.ran == plan()
        assert tuning.chosen(plan(), 0, runs) == ({one: one for one in plan()}, [])


def test_logistic_regression_has_the_strength_that_validation_likes(tmp_path):
    path = str(texts.write(tmp_path / "reviews.csv"))
    common = dict(text="review", label="stars")
    one = Trial(path, "bow", BASELINE, 60, 0, strengths=(1e-4, 1.0, 1e3), **common)
    line = trial.run(one)
    assert line["status"] == "done", line["reason"]
    alone = {
        strength: trial.run(dataclasses.replace(one, strengths=(strength,)))
        for strength in one.strengths
    }
    valid = [alone[strength]["valid_accuracy"] for strength in one.strengths]
    assert line["strength"] == one.strengths[int(np.argmax(valid))]
    for name in ("valid_accuracy", "test_accuracy", "test_loss"):
        assert line[name] == alone[line["strength"]][name]
    assert len({result["test_loss"] for result in alone.values()}) == 3, "they do differ"


def test_a_key_is_of_the_settings():
    one = Trial("embedded_imdb", "bow", BASELINE, 500, 0)
    assert one.key == Trial("embedded_imdb", "bow", BASELINE, 500, 0).key
    assert one.key != dataclasses.replace(one, strengths=(1.0, 10.0)).key
    read = dataclasses.replace(one, strengths=[1.0, 10.0])  # as a JSON line gives it
    assert read.key == dataclasses.replace(one, strengths=(1.0, 10.0)).key


def test_a_negative_budget_is_refused():
    with pytest.raises(ValueError, match="--tune must be at least 0; received -1"):
        check(completed(Settings(tune=-1)))


@pytest.mark.slow
def test_the_recipe_tunes_and_says_so(tmp_path):
    path = texts.write(tmp_path / "reviews.csv")
    small = "--sizes 24 --seeds 1 --units 4 --cells gru lstm --tune 2 --name tuned"
    command = [
        *(sys.executable, "-m", "recipes.compare_cells", "--data", str(path)),
        *("--text", "review", "--label", "stars", "--runs", str(tmp_path / "runs")),
        *small.split(),
    ]
    for turn in range(2):
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "and 8 to tune them" in done.stdout
        assert f"{13 if turn else 0} of them recorded" in done.stdout
    written = (tmp_path / "runs" / "tuned" / "trials.jsonl").read_text().splitlines()
    assert len(written) == 13
    assert (
        "the same 2 settings were tried"
        in (tmp_path / "runs" / "tuned" / "report.html").read_text()
    )


def test_a_budget_cuts_what_is_tried_one_by_one():
    """As a group they could exceed every budget, and none would ever start."""
    tries = tuning.tries(plan(), 3)
    assert len({one.group for one in tries}) == len(tries)
    assert len({one.group for one in plan()}) < len(plan())
