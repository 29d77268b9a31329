"""How long does a cell remember? A key word, then N other words, then a question for the key word.

    python -m recipes.first_word                                   # ten minutes on two cores
    python -m recipes.first_word --seeds 10 --minutes 240          # for narrow intervals
    python -m recipes.first_word --tasks first_word --starts default chrono --lengths 100 200

There is one trial for each task, initialization, cell, N and seed. A cell of 64 units is trained on
freshly drawn examples until its validation accuracy is 99.5%, or its steps are used up. Besides the
first word there are two well-known tasks: adding (Hochreiter and Schmidhuber 1997,
https://doi.org/10.1162/neco.1997.9.8.1735) and copy memory (Arjovsky, Shah and Bengio 2016,
https://arxiv.org/abs/1511.06464). The share of the loss's gradient that reaches each timestep is
measured before and after training. The words in between are from real reviews; hardly a training
example repeats, and the words of the test set are from other reviews.

Writes one line per trial to `runs/NAME/trials.jsonl`, and `runs/NAME/report.html` with figures. The
same command resumes an interrupted run. A time budget leaves out seeds and long N, for all cells
alike.
"""

import dataclasses
import os
import time
from pathlib import Path

import tyro
from rich.console import Console

from recipes import lazily
from recipes.data import names
from recipes.reports import memory as page
from recipes.reports.rows import grouped
from recipes.sweeps import program
from recipes.sweeps.executors.place import Place
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome, sweep
from recipes.trials import memory as trials
from recipes.trials import starts
from recipes.trials import trial as texts
from recipes.trials.memory import Trial
from recipes.trials.memory_tasks import TASKS

models = lazily("recipes.trials.model")  # imports TensorFlow


@dataclasses.dataclass(frozen=True)
class Settings:
    """How long does a cell remember? A key word, then N words, then a question for the key."""

    tasks: tuple[str, ...] = ("first_word", "adding", "copy")
    """Names of tasks."""
    cells: tuple[str, ...] = ("simple_rnn", "lstm", "gru")
    """Names of cells."""
    starts: tuple[str, ...] = (starts.DEFAULT,)
    """Initializations (default, torch, orthogonal, chrono, glorot), where a cell has them."""
    lengths: tuple[int, ...] = (5, 10, 20, 50, 100, 200, 500, 1_000)
    """N: the number of timesteps in between."""
    seeds: int = 3
    """Number of seeds; each has its own initial weights and examples."""
    units: int = Trial.units
    """Units of each cell."""
    steps: int = Trial.steps
    """Maximum number of training steps."""
    filler: str = Trial.filler
    """Data set whose words fill the sequence, or a file with the columns text and label."""
    curriculum: bool = False
    """Start with an eighth of N, and double the length until it is N."""
    minutes: float = 10.0
    """Time budget: trials that do not fit are left out and listed in the report."""
    jobs: int = os.cpu_count() or 1
    """Number of trials to run in parallel."""
    name: str = "first_word"
    """Name of the folder under `runs/`."""
    runs: Path = Path("runs")
    """Folder of all runs."""
    place: tyro.conf.OmitArgPrefixes[Place] = dataclasses.field(default_factory=Place)
    """Where trials run."""


FIRST = 100  # lengths up to this run first, with all their seeds: the claim is about this length


def main(settings: Settings, console: Console) -> int:
    """Run the trials. Return the exit code: 0 finished, 1 invalid settings, 130 interrupted."""
    started = time.perf_counter()
    try:
        settings = dataclasses.replace(settings, cells=names.cells(settings.cells))
        check(settings)
        with names.option("filler"):
            source = texts.load(settings.filler, None, None, 0).source
        runs = Runs(settings.runs / settings.name, texts.FIELDS, trials.RESULTS)
    except (ValueError, OSError, RuntimeError) as error:
        return program.refuse(error, console)
    plan = planned(settings)
    with runs:
        program.announce(plan, f"{len(plan)} trials", runs, console)
        jobs, minutes, start = settings.jobs, settings.minutes, settings.place.start
        try:
            outcome = sweep(plan, trials.run, runs, jobs, minutes, console, start)
        except OSError as error:
            return program.refuse(error, console)
        records = runs.records([trial.key for trial in plan])
        if not records:
            console.print("no trial has ended yet; give it more --minutes")
            return 130 if outcome.interrupted else 0
        console.print(page.table(records))
        of_all = facts(settings, source, outcome, time.perf_counter() - started)
        path = page.write(runs.folder, records, of_all)
        claim = page.claim(page.rows(records))
        console.print(f"“{claim['claim']}”: {claim['verdict']}. {claim['reason']}", markup=False)
        console.print(f"report: {path}", markup=False, soft_wrap=True)
        return program.conclude(outcome, records, console)


def check(settings: Settings) -> None:
    """Raise an error for invalid settings, before anything runs."""
    program.check(
        settings, ("tasks", "cells", "starts", "lengths"),
        seeds=1, units=1, steps=1, jobs=1, minutes=0,
    )  # fmt: skip
    names.cells(settings.cells)
    for name, known in (("tasks", TASKS), ("starts", starts.STARTS)):
        for value in getattr(settings, name):
            if value not in known:
                raise ValueError(f"--{name}: {names.unknown(name[:-1], value, known)}")
    if min(settings.lengths) < 2:
        raise ValueError(f"--lengths must be 2 or more; received {min(settings.lengths)}.")
    settings.place.check()
    names.check_folder(settings.name)
    for name in settings.cells:
        if ":" in name:  # a user-defined class
            models.cell(name)
    if not any(starts.known(cell, start) for cell in settings.cells for start in settings.starts):
        raise ValueError(
            f"none of {', '.join(settings.cells)} has the start {' or '.join(settings.starts)} "
            "apart from its default; add --starts default."
        )


def planned(settings: Settings) -> list[Trial]:
    """Return the trials in the order in which they run; a budget cuts from the end.

    All seeds of lengths up to 100 come before longer lengths. In each of the two groups, one seed
    of every length comes before the next seed.
    """
    plan = [
        Trial(
            task, cell, start, length, seed,
            units=settings.units, filler=settings.filler, steps=settings.steps,
            curriculum=settings.curriculum,
        )
        for task in settings.tasks
        for start in settings.starts
        for length in settings.lengths
        for seed in range(settings.seeds)
        for cell in settings.cells
        if starts.known(cell, start)
    ]  # fmt: skip
    return sorted(plan, key=lambda trial: (trial.size > FIRST, trial.seed, trial.size))


def facts(settings: Settings, source: str, outcome: Outcome, seconds: float) -> dict:
    """Return the facts of the report."""
    cut = grouped(outcome.cut, lambda trial: (trial.data, trial.size))
    cuts = [
        f"{TASKS[task].title}, N = {size:,}: {len(some)} trials, of seed "
        f"{' and '.join(sorted({str(trial.seed) for trial in some}))}."
        for (task, size), some in sorted(cut.items())
    ]
    run = program.facts("recipes.first_word", cuts, outcome)
    return run | {"seconds": seconds, "source": source}


if __name__ == "__main__":
    program.start("recipes.first_word", Settings, main, __doc__)
