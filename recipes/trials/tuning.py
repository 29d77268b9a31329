"""Tuning with an equal budget: the same few settings are tried for every model.

For every model, arm and size of every data set the same `count` settings are tried with one seed,
`SEED`, which no final trial has. All final seeds use the setting with the best validation accuracy;
the test set is not used before. As all models try the same settings, no model has an advantage from
a lucky draw.

A tuning trial is a `Trial` like any other. It is not run again once it is recorded, and a larger
`count` runs only the additional settings, since it extends the sequence of a smaller one.

Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 13 (2012),
https://www.jmlr.org/papers/v13/bergstra12a.html
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from scipy.stats import qmc

from recipes.data.tasks import FITTED
from recipes.sweeps.executors.executor import Executor
from recipes.sweeps.executors.processes import Processes
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome, sweep
from recipes.trials.trial import TRIED, Trial

SEED = TRIED
LEARNING_RATE = (5e-4, 2e-2)  # log-uniform
DROPOUT = (0.0, 0.6)  # uniform
STRENGTHS = (0.1, 1.0, 10.0, 100.0)  # C of logistic regression, all tried in one trial


class Setting(NamedTuple):
    """The tuned hyperparameters, with the names that `Trial` uses."""

    learning_rate: float
    dropout: float


def drawn(count: int, rates: tuple[float, float] = LEARNING_RATE) -> list[Setting]:
    """Return the settings to try: spread evenly over the plane, and always the same.

    Args:
        count: number of settings.
        rates: lowest and highest learning rate.

    >>> drawn(8)[:3] == drawn(3)
    True
    """
    # Halton's sequence covers the plane more evenly than independent draws, and its first points do
    # not depend on their number.
    low, high = map(math.log, rates)
    return [
        Setting(
            float(f"{math.exp(low + rate * (high - low)):.3g}"),
            round(float(DROPOUT[0] + dropout * (DROPOUT[1] - DROPOUT[0])), 2),
        )
        for rate, dropout in qmc.Halton(2, seed=0).random(count)
    ]


def tries(plan: Sequence[Trial], count: int) -> list[Trial]:
    """Return the tuning trials for a plan, each model's settings in the same order."""
    kinds = dict.fromkeys(
        dataclasses.replace(trial, seed=SEED) for trial in plan if trial.model not in FITTED
    )
    sizes = dict.fromkeys((trial.data, trial.size) for trial in kinds)
    return [
        dataclasses.replace(trial, **setting._asdict())
        for size in sizes
        for setting in drawn(count)
        for trial in kinds
        if (trial.data, trial.size) == size
    ]


def chosen(plan: Sequence[Trial], count: int, runs: Runs) -> tuple[dict[Trial, Trial], list[Trial]]:
    """Return the final trial for each trial of a plan, and the trials without a chosen setting.

    No setting is chosen until all of the `count` tuning trials are recorded; a failed one counts as
    the worst. Ties go to the setting that was drawn first. With a `count` of 0 each trial is its
    own final trial.
    """
    if not count:
        return {trial: trial for trial in plan}, []
    final: dict[Trial, Trial] = {}
    untuned = []
    settings: dict[Trial, Setting | None] = {}
    for trial in plan:
        if trial.model in FITTED:
            final[trial] = dataclasses.replace(trial, strengths=STRENGTHS)
            continue
        kind = dataclasses.replace(trial, seed=SEED)
        if kind not in settings:
            settings[kind] = best([kind], drawn(count), runs)
        setting = settings[kind]
        if setting is None:
            untuned.append(trial)
        else:
            final[trial] = dataclasses.replace(trial, **setting._asdict())
    return final, untuned


def best(kinds: Sequence[Any], settings: Sequence[Setting], runs: Runs) -> Setting | None:
    """Return the setting with the best mean validation accuracy; None until all have been tried.

    A failed trial counts as the worst. Ties go to the setting that was drawn first; accuracies are
    float32, so the sums of equal ones may differ by 1e-7 and decide instead.

    Args:
        kinds: the tuning trials of a model, one for each seed, with any setting.
        settings: the settings that are tried.
        runs: their records.
    """
    scores = []
    for setting in settings:
        trials = [dataclasses.replace(kind, **setting._asdict()) for kind in kinds]
        records = runs.records([trial.key for trial in trials])
        if len(records) < len(trials):
            return None
        scores.append(sum(r["valid_accuracy"] if r["status"] == "done" else -1.0 for r in records))
    failed = -len(kinds)
    return settings[scores.index(max(scores))] if max(scores) > failed else None


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
    """Run the tuning trials, then a plan with the chosen settings; return the final trials and
    outcome.

    Tuning comes first, since a model that is not tuned is not compared. Tuning trials that the
    budget cuts run when the sweep is started again, and their model is compared then; the outcome's
    `cut` contains the trials of the plan without a setting. With a `count` of 0 the plan runs as it
    is. The other arguments are those of `sweep`.
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


def description(count: int) -> str:
    """Return the description of the tuning budget, one or two sentences."""
    return (
        f"For every model, arm and size the same {count} settings were tried with one seed that no "
        f"final trial has: learning rates from {LEARNING_RATE[0]:g} to {LEARNING_RATE[1]:g} "
        f"(log-uniform), dropout from {DROPOUT[0]:g} to {DROPOUT[1]:g}; the best by validation "
        "accuracy was taken. C of logistic regression was chosen likewise, of "
        f"{', '.join(f'{c:g}' for c in STRENGTHS)}."
    )
