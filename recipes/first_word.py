"""How long does a cell remember? A key word at the front, N words behind it, the key asked for.

    python -m recipes.first_word                                   # ten minutes on two cores
    python -m recipes.first_word --seeds 10 --minutes 240          # with intervals that decide
    python -m recipes.first_word --tasks first_word --starts default chrono --lengths 100 200

For each task, start, cell, N and seed one trial: a cell of 64 units sees fresh examples until it
is right on 99.5% of held-back ones, or its steps are used up. Beside the first word stand two
tasks that others know: adding (Hochreiter and Schmidhuber 1997,
https://doi.org/10.1162/neco.1997.9.8.1735) and copy memory (Arjovsky, Shah and Bengio 2016,
https://arxiv.org/abs/1511.06464). Before and after training it is read how much of the loss's
gradient reaches each step. The words between are real reviews; no example repeats in training,
and the test's words come from other reviews.

Writes `runs/NAME/trials.jsonl`, a line a trial, and `runs/NAME/report.html` with its drawings.
Started again it goes on where it stopped. A time budget leaves out seeds and long N, for all cells
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
from recipes.sweeps import program, record
from recipes.sweeps.executors.place import Place
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome, sweep
from recipes.trials import memory as trial
from recipes.trials import starts
from recipes.trials import trial as texts
from recipes.trials.memory import Trial
from recipes.trials.memory_tasks import TASKS

models = lazily("recipes.trials.model")  # imports TensorFlow


@dataclasses.dataclass(frozen=True)
class Settings:
    """How long does a cell remember? A key word in front, N words, and the key asked for."""

    tasks: tuple[str, ...] = ("first_word", "adding", "copy")
    """Tasks, by name."""
    cells: tuple[str, ...] = ("simple_rnn", "lstm", "gru")
    """Cells, by name."""
    starts: tuple[str, ...] = (starts.DEFAULT,)
    """Where weights start: default, orthogonal, chrono, glorot; each for the cells that have it."""
    lengths: tuple[int, ...] = (5, 10, 20, 50, 100, 200, 500, 1_000)
    """N: how many steps lie in between."""
    seeds: int = 3
    """Trials of each kind, each with first weights and examples of its own."""
    units: int = Trial.units
    """Size of each cell."""
    steps: int = Trial.steps
    """Most steps of training."""
    filler: str = Trial.filler
    """Data set whose words stand in between, or a file with the columns text and label."""
    curriculum: bool = False
    """Begin with an eighth of N and come to N by doubling."""
    minutes: float = 10.0
    """Time budget: what does not fit is left out, and the report says what."""
    jobs: int = os.cpu_count() or 1
    """Trials that run side by side."""
    name: str = "first_word"
    """Name of the folder under `runs/`."""
    runs: Path = Path("runs")
    """Folder of all runs."""
    place: tyro.conf.OmitArgPrefixes[Place] = dataclasses.field(default_factory=Place)
    """Where trials run."""


FIRST = 100  # lengths up to here come first, with all their seeds: the claim is about this one


def main(settings: Settings, console: Console) -> int:
    """Run the trials; return the exit code: 0 done, 1 refused, 130 interrupted."""
    started = time.perf_counter()
    try:
        settings = completed(settings)
        check(settings)
        source = texts.load(settings.filler, None, None, 0).source
        runs = Runs(settings.runs / settings.name, texts.FIELDS, trial.RESULTS)
    except (ValueError, OSError, RuntimeError) as refusal:
        console.print(f"{refusal}", style="red", markup=False, highlight=False)
        return 1
    plan = planned(settings)
    with runs:
        on_file = sum(runs.done(one.key) for one in plan)
        console.print(f"{len(plan)} trials, {on_file} of them on file in {runs.path}", markup=False)
        if runs.repaired:
            console.print(f"{runs.repaired} unreadable line(s) there; their trials run again")
        try:
            outcome = sweep(
                plan,
                trial.run,
                runs,
                settings.jobs,
                settings.minutes,
                console,
                settings.place.start,
            )
        except OSError as refusal:
            console.print(f"{refusal}", style="red", markup=False, highlight=False)
            return 1
        records = runs.records([one.key for one in plan])
        if not records:
            console.print("no trial has ended yet; give it more --minutes")
            return 130 if outcome.interrupted else 0
        console.print(page.table(records))
        told = facts(settings, source, outcome, time.perf_counter() - started)
        path = page.write(runs.folder, records, told)
        found = page.claim(page.rows(records))
        console.print(f"“{found['claim']}”: {found['verdict']}. {found['said']}", markup=False)
        console.print(f"report: {path}", markup=False, soft_wrap=True)
        for one in records:
            if one["status"] == "failed":
                console.print(f"failed: {one['model']}: {one['reason']}", markup=False, style="red")
        if outcome.interrupted:
            console.print("interrupted; the same command goes on from here")
            return 130
        if outcome.cut:
            console.print(
                f"{len(outcome.cut)} trials were beyond the time budget; the same command goes on "
                "from here"
            )
    return 0


def completed(settings: Settings) -> Settings:
    """Return the settings with cells by the names in `models.CELLS`."""
    return dataclasses.replace(settings, cells=names.cells(settings.cells))


def check(settings: Settings) -> None:
    """Refuse settings that cannot be run, before any work."""
    for name in ("tasks", "cells", "starts", "lengths"):
        values = getattr(settings, name)
        if not values or len(set(values)) < len(values):
            raise ValueError(f"--{name} names one or more, each once; received {values}.")
    names.cells(settings.cells)
    for name, known in (("tasks", TASKS), ("starts", starts.STARTS)):
        for value in getattr(settings, name):
            if value not in known:
                raise ValueError(f"--{name}: {names.unknown(name[:-1], value, known)}")
    if min(settings.lengths) < 2:
        raise ValueError(f"--lengths must be 2 or more; received {min(settings.lengths)}.")
    for name, least in (("seeds", 1), ("units", 1), ("steps", 1), ("jobs", 1), ("minutes", 0)):
        if getattr(settings, name) < least:
            value = getattr(settings, name)
            raise ValueError(f"--{name} must be at least {least}; received {value}.")
    settings.place.check()
    names.check_folder(settings.name)
    for name in settings.cells:
        if ":" in name:  # a class of the user's own
            models.cell(name)
    if not any(starts.known(cell, start) for cell in settings.cells for start in settings.starts):
        raise ValueError(
            f"none of {', '.join(settings.cells)} has the start {' or '.join(settings.starts)} "
            "apart from its default; add --starts default."
        )


def planned(settings: Settings) -> list[Trial]:
    """Return the trials in the order in which they are wanted: a budget cuts from the end.

    All seeds of lengths up to 100 come before longer ones; in each of the two one seed of every
    length comes before the next seed.
    """
    plan = [
        Trial(
            data=task,
            model=cell,
            arm=start,
            size=length,
            seed=seed,
            units=settings.units,
            filler=settings.filler,
            steps=settings.steps,
            curriculum=settings.curriculum,
        )
        for task in settings.tasks
        for start in settings.starts
        for length in settings.lengths
        for seed in range(settings.seeds)
        for cell in settings.cells
        if starts.known(cell, start)
    ]
    return sorted(plan, key=lambda one: (one.size > FIRST, one.seed, one.size))


def facts(settings: Settings, source: str, outcome: Outcome, seconds: float) -> dict:
    """Return what the report says of itself."""
    left: dict[tuple, list[Trial]] = {}
    for one in outcome.cut:
        left.setdefault((one.data, one.size), []).append(one)
    cuts = [
        f"{TASKS[task].title}, N = {size:,}: {len(cut)} trials, of seed "
        f"{' and '.join(sorted({str(one.seed) for one in cut}))}."
        for (task, size), cut in sorted(left.items())
    ]
    if outcome.interrupted:
        cuts.append("The sweep was interrupted; what had ended by then is shown.")
    return {
        "command": program.command("recipes.first_word"),
        "machine": program.machine(),
        "versions": record.versions(),
        "commit": record.commit(),
        "seconds": seconds,
        "cuts": cuts,
        "source": source,
    }


if __name__ == "__main__":
    program.start("recipes.first_word", Settings, main, __doc__)
