"""Tuning with an equal budget: the same few settings tried for every model, validation chooses.

For every model, arm and size of every data set the same `count` settings are tried with one seed,
`SEED`, that no final trial has. The one that is right most often on validation is used by all final
seeds; the test is not looked at before. As all models try the same settings, none is lucky in what
was drawn for it.

What is tried is a `Trial` as any other: on file, it is not run again, and another `count` tries
only what is new, as more settings begin with the fewer.

Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 13 (2012),
https://www.jmlr.org/papers/v13/bergstra12a.html
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.console import Console
from scipy.stats import qmc

from recipes.data.tasks import FITTED
from recipes.sweeps.executors.executor import Executor
from recipes.sweeps.executors.processes import Processes
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome, sweep
from recipes.trials.trial import TRIED, Trial

SEED = TRIED
LEARNING_RATE = (5e-4, 2e-2)  # drawn log-uniformly
DROPOUT = (0.0, 0.6)  # drawn uniformly
STRENGTHS = (0.1, 1.0, 10.0, 100.0)  # C of logistic regression, all tried in one trial


class Setting(NamedTuple):
    """What is tuned, under the names that `Trial` has for it."""

    learning_rate: float
    dropout: float


def drawn(count: int) -> list[Setting]:
    """Return the settings to try: even over the plane, and the same ones every time.

    >>> drawn(8)[:3] == drawn(3)
    True
    """
    # Halton's sequence fills the plane more evenly than independent draws, and its start is the
    # same whatever the number.
    low, high = map(math.log, LEARNING_RATE)
    return [
        Setting(
            float(f"{math.exp(low + one * (high - low)):.3g}"),
            round(float(DROPOUT[0] + other * (DROPOUT[1] - DROPOUT[0])), 2),
        )
        for one, other in qmc.Halton(2, seed=0).random(count)
    ]


def tries(plan: Sequence[Trial], count: int) -> list[Trial]:
    """Return the trials that choose for those of a plan, each model's settings in one order."""
    kinds = dict.fromkeys(
        dataclasses.replace(one, seed=SEED) for one in plan if one.model not in FITTED
    )
    sizes = dict.fromkeys((one.data, one.size) for one in kinds)
    return [
        dataclasses.replace(one, **setting._asdict())
        for size in sizes
        for setting in drawn(count)
        for one in kinds
        if (one.data, one.size) == size
    ]


def chosen(plan: Sequence[Trial], count: int, runs: Runs) -> tuple[dict[Trial, Trial], list[Trial]]:
    """Return the final trial for each of a plan, and those of it that no setting is chosen for.

    None is chosen while a trial of the `count` is not on file; one that failed counts as the
    worst. Of settings that do equally well on validation the one drawn first is taken. With a
    `count` of 0 each is its own final trial.
    """
    if not count:
        return {one: one for one in plan}, []
    final: dict[Trial, Trial] = {}
    untuned = []
    best: dict[Trial, Setting | None] = {}
    for one in plan:
        if one.model in FITTED:
            final[one] = dataclasses.replace(one, strengths=STRENGTHS)
            continue
        kind = dataclasses.replace(one, seed=SEED)
        if kind not in best:
            best[kind] = _best(kind, count, runs)
        setting = best[kind]
        if setting is None:
            untuned.append(one)
        else:
            final[one] = dataclasses.replace(one, **setting._asdict())
    return final, untuned


def _best(kind: Trial, count: int, runs: Runs) -> Setting | None:
    """Return the setting that did best on validation, None before all were tried."""
    settings = drawn(count)
    keys = [dataclasses.replace(kind, **setting._asdict()).key for setting in settings]
    records = runs.records(keys)
    if len(records) < len(keys):
        return None
    scores = [one["valid_accuracy"] if one["status"] == "done" else -1.0 for one in records]
    return None if max(scores) < 0 else settings[scores.index(max(scores))]


def tuned(
    plan: Sequence[Trial],
    count: int,
    run: Callable[[Trial], dict],
    runs: Runs,
    jobs: int,
    minutes: float | None,
    console: Console,
    start: Callable[[int], Executor] = Processes,
) -> tuple[list[Trial], Outcome]:
    """Try, choose, and run a plan with what was chosen; return the final trials and the outcome.

    Trying comes first, as a model that is not tuned is not compared. What the time budget has no
    room for is tried when the sweep is started again, and its model compared then: the outcome's
    `cut` has the trials of the plan that found no setting. With a `count` of 0 the plan is run as
    it is. Other arguments are those of `sweep`.
    """
    first = tries(plan, count)
    if not first:
        return list(plan), sweep(plan, run, runs, jobs, minutes, console, start)
    before = sweep(first, run, runs, jobs, minutes, console, start)
    final, untuned = chosen(plan, count, runs)
    if before.interrupted:
        return list(final.values()), Outcome(untuned, True, before.seconds)
    left = None if minutes is None else max(0.0, minutes - before.seconds / 60)
    after = sweep(list(final.values()), run, runs, jobs, left, console, start)
    seconds = before.seconds + after.seconds
    return list(final.values()), Outcome([*untuned, *after.cut], after.interrupted, seconds)


def told(count: int) -> str:
    """Return what the budget was, in a sentence or two."""
    return (
        f"For every model, arm and size the same {count} settings were tried with one seed that no "
        f"final trial has: learning rates from {LEARNING_RATE[0]:g} to {LEARNING_RATE[1]:g} "
        f"(log-uniform), dropout from {DROPOUT[0]:g} to {DROPOUT[1]:g}; the best by validation "
        "accuracy was taken. C of logistic regression was chosen likewise, of "
        f"{', '.join(f'{one:g}' for one in STRENGTHS)}."
    )
