"""Which cell for how much text? Compare SimpleRNN, LSTM and GRU on small and large training sets.

    python -m recipes.compare_cells                      # what `make compare` runs
    python -m recipes.compare_cells --full               # no time budget, longer texts, more sizes
    python -m recipes.compare_cells --task characters    # reviews, character by character
    python -m recipes.compare_cells --task tagging       # the part of speech of each word (Brown)
    python -m recipes.compare_cells --task topics        # which of 20 newsgroups a post is from
    python -m recipes.compare_cells --task topics --data ag_news_subset
    python -m recipes.compare_cells --data my.csv --text review --label stars
    python -m recipes.compare_cells --tune 8 --seeds 10 --minutes 600

There is one trial for each cell, training set size and seed: an embedding, the cell and a softmax.
Training stops when the validation accuracy stops improving, and the best weights are evaluated once
on the test set. There are two arms: cells with equal units, and cells with equal numbers of
parameters. Two baselines ignore word order: an average of embeddings, and TF-IDF with logistic
regression. For tagging they are an embedding alone, and each word's most frequent tag. By default
nothing is tuned per cell: all cells use the settings of `recipes.trials.trial.Trial`. With `--tune`
each model gets the learning rate and dropout that score best on validation, out of equally many
settings for all models.

Writes one line per trial to `runs/NAME/trials.jsonl`, and `runs/NAME/report.html`. The same command
resumes an interrupted run.
"""

import dataclasses
import itertools
import os
import time
from pathlib import Path
from typing import Any, Literal

import tyro
from rich.console import Console

from recipes import lazily
from recipes.data import names, tables
from recipes.data.tasks import BOW, EVERY, TAGGING, TASKS, WORDS
from recipes.sweeps import program
from recipes.sweeps.executors.place import Place
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome, estimate, sweep
from recipes.trials import trial as trials
from recipes.trials.trial import BASELINE, EQUAL_PARAMETERS, EQUAL_UNITS, Trial

report = lazily("recipes.reports.comparison")
rows = lazily("recipes.reports.rows")
models = lazily("recipes.trials.model")
tuning = lazily("recipes.trials.tuning")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Which cell for how much text? Compare recurrent cells on small and large training sets."""

    task: Literal["words", "characters", "tagging", "topics"] = "words"
    """What is predicted: a text's class from its words or its characters, the tag of each word, or
    a text's topic.
    """
    data: tuple[str, ...] = ()
    """Data sets by name, or one file (CSV, TSV, JSONL or Parquet); by default those of the task."""
    text: str | None = None
    """Column of a file with the text."""
    label: str | None = None
    """Column of a file with the label."""
    cells: tuple[str, ...] = ("simple_rnn", "lstm", "gru")
    """Cells to compare, by name."""
    sizes: tuple[int, ...] = ()
    """Numbers of training texts; by default those of the task, for words from 500 to all."""
    seeds: int = 5
    """Number of seeds; each has its own initial weights and order of the texts."""
    tune: int = 0
    """Settings (learning rate, dropout) to try for each model, arm and size; 0 is no tuning."""
    units: int = 64
    """Units of each cell in the arm of equal units."""
    tokens: int | None = None
    """Words, or characters, read of each text; by default 100 or 250, with --full 400
    (tagging: 200) or 1,000.
    """
    epochs: int = Trial.epochs
    """Maximum number of epochs; training stops earlier when validation accuracy stops improving."""
    minutes: float | None = None
    """Time budget: trials that do not fit are left out and listed in the report. One seed of the
    smallest size always runs. Default 13, none with --full.
    """
    full: bool = False
    """Lift the limits that keep the default within its time budget."""
    buckets: int = 1
    """Number of length buckets for training batches; 1 is no bucketing."""
    engine: Literal["auto", "loop"] = "auto"
    """Implementation of the recurrence: the fastest, or the plain loop for comparison."""
    mirrored: bool = False
    """Data-parallel training over all GPUs that a trial sees, two or more in one machine."""
    jobs: int = os.cpu_count() or 1
    """Number of trials to run in parallel."""
    name: str | None = None
    """Name of the folder under `runs/`; by default "compare", plus the task if it is not words."""
    runs: Path = Path("runs")
    """Folder of all comparisons."""
    place: tyro.conf.OmitArgPrefixes[Place] = dataclasses.field(default_factory=Place)
    """Where trials run."""


DEFAULT_MINUTES = 13.0
FIRST = 2  # number of sizes per data set that get all their seeds before the next size starts


def main(settings: Settings, console: Console) -> int:
    """Run the comparison. Return the exit code: 0 finished, 1 invalid settings, 130 interrupted."""
    started = time.perf_counter()
    try:
        settings = completed(settings)
        check(settings)
        console.print("reading the texts ...")
        with names.option("data"):
            sets = [trials.load(name, settings.text, settings.label, 0) for name in settings.data]
        plan = planned(settings, sets)
        runs = Runs(settings.runs / str(settings.name), trials.FIELDS, trials.RESULTS)
    except (ValueError, OSError, RuntimeError) as error:
        return program.refuse(error, console)
    for data in sets:
        sizes = f"{len(data.train):,} to train, {len(data.valid):,} to validate, {len(data.test):,}"
        console.print(f"{data.name}: {sizes} to test", markup=False)
        for note in data.notes:
            console.print(f"  {note}", markup=False, style="dim")
    with runs:
        tries = tuning.tries(plan, settings.tune)
        known = [*tries, *tuning.chosen(plan, settings.tune, runs)[0].values()]
        count = f"{len(plan)} trials" + (f" and {len(tries)} to tune them" if tries else "")
        program.announce(known, count, runs, console)
        try:
            final, outcome = swept(settings, plan, runs, console)
        except OSError as error:
            return program.refuse(error, console)
        records = runs.records([trial.key for trial in final])
        if records:
            in_arms = both_arms(records, settings)
            console.print(report.table(in_arms))
            console.print(report.answer(in_arms), markup=False, highlight=False)
            seconds = time.perf_counter() - started
            of_all = facts(settings, sets, outcome, seconds) | {"planned": len(plan)}
            page = report.write(runs.folder, in_arms, of_all)
            console.print(f"report: {page}", markup=False, soft_wrap=True)
        return program.conclude(outcome, records, console)


def completed(settings: Settings) -> Settings:
    """Return the settings with the task's defaults for what is not set."""
    task = TASKS[settings.task]
    name = "compare" if settings.task == WORDS else f"compare_{settings.task}"
    minutes = None if settings.full else DEFAULT_MINUTES
    return dataclasses.replace(
        settings,
        data=settings.data or task.data,
        cells=names.cells(settings.cells),
        tokens=task.tokens[settings.full] if settings.tokens is None else settings.tokens,
        name=name if settings.name is None else settings.name,
        minutes=minutes if settings.minutes is None else settings.minutes,
    )


def check(settings: Settings) -> None:
    """Raise an error for invalid settings, before anything runs."""
    tagged = TASKS[TAGGING].data
    of_tags = {name in tagged for name in settings.data}
    if of_tags - {settings.task == TAGGING}:
        raise ValueError(
            f"--task {TAGGING} reads {' and '.join(tagged)}, and no other task does; received "
            f"--task {settings.task} --data {' '.join(settings.data)}."
        )
    program.check(
        settings, ("data", "cells"), seeds=1, tune=0, units=1, jobs=1, tokens=1, epochs=1,
        buckets=1, minutes=0,
    )  # fmt: skip
    settings.place.check()
    names.check_folder(settings.name)
    shown = [report.words.data(name) for name in settings.data]
    if len({*shown}) < len(shown):
        raise ValueError(
            f"--data {' '.join(settings.data)}: two have one name, and the report could not tell "
            "them apart; give each file a name of its own."
        )
    for name in settings.data:
        if tables.is_file(name):
            path = Path(name).expanduser()
            tables.check(path, settings.text or "text", settings.label or "label")


def planned(settings: Settings, sets: list) -> list[Trial]:
    """Return the trials in the order in which they run.

    First all seeds of the two smallest sizes, seed by seed; then the same for the arm of equal
    parameters; then larger sizes one by one. Five seeds on few texts say more than one seed on
    many. A time budget cuts from the end, and cuts a seed of a size for all models or for none.
    """
    settings = completed(settings)
    task = TASKS[settings.task]
    sizes = {name: usable(settings, data) for name, data in zip(settings.data, sets, strict=True)}
    cells = [(EQUAL_UNITS, cell, settings.units) for cell in settings.cells]
    cells += [(EQUAL_PARAMETERS, *match) for match in units_at_equal_parameters(settings).items()]
    plan = []
    for seed, data in itertools.product(range(settings.seeds), settings.data):
        for size in sizes[data]:
            common: dict[str, Any] = dict(
                data=data, size=size, seed=seed, tokens=settings.tokens, text=settings.text,
                label=settings.label, task=settings.task,
            )  # fmt: skip
            network = common | dict(
                epochs=settings.epochs, buckets=settings.buckets, mirrored=settings.mirrored
            )
            if seed == 0:
                plan.append(Trial(model=task.fitted, arm=BASELINE, **common))
            plan.append(Trial(model=task.blind, arm=BASELINE, **network))
            plan += [
                Trial(model=cell, arm=arm, units=units, engine=settings.engine, **network)
                for arm, cell, units in cells
            ]

    def turn(trial: Trial) -> tuple:
        rank, second = sizes[trial.data].index(trial.size), trial.arm == EQUAL_PARAMETERS
        if rank < FIRST:
            return (0, second, trial.seed, trial.size)
        return (rank, second, trial.size, trial.seed)

    return sorted(plan, key=turn)


def usable(settings: Settings, data) -> list[int]:
    """Return the training set sizes of a data set; raise an error for one that it cannot have."""
    with names.option("sizes"):
        for size in settings.sizes:
            if size != EVERY:
                data.subset(size)
    # Sizes set by the user were checked. Of the defaults, use those with texts of every class.
    sizes = settings.sizes or [
        size for size in TASKS[settings.task].sizes[settings.full] if size >= len(data.classes)
    ]
    return sorted({min(size, len(data.train)) for size in sizes})


def swept(
    settings: Settings, plan: list[Trial], runs: Runs, console: Console
) -> tuple[list[Trial], Outcome]:
    """Run a plan within its time budget; return the final trials and the outcome.

    One seed of the smallest size of each data set comes first and always runs, with its tuning:
    the table needs it, and the estimates of the other trials are based on it.
    """
    jobs, start, minutes, spent = settings.jobs, settings.place.start, settings.minutes, 0.0
    fewest = {data: min(t.size for t in plan if t.data == data) for data in settings.data}
    first = [
        t for t in plan if t.seed == 0 and t.size == fewest[t.data] and t.arm != EQUAL_PARAMETERS
    ]
    if minutes is not None and (settings.tune or not all(runs.done(t.key) for t in first)):
        if settings.tune:
            common = trials.run, runs, jobs, None, console, start
            _, before = tuning.tuned(first, settings.tune, *common)
        else:
            before = sweep(first, trials.run, runs, jobs, None, console, start, whole=plan)
        if before.interrupted:
            return [*tuning.chosen(plan, settings.tune, runs)[0].values()], before
        spent = before.seconds
        minutes = max(0.0, minutes - spent / 60)
        if not settings.tune:
            console.print(forecast(plan, runs, jobs, minutes), markup=False, highlight=False)
    final, outcome = tuning.tuned(
        plan, settings.tune, trials.run, runs, jobs, minutes, console, start
    )
    return final, dataclasses.replace(outcome, seconds=spent + outcome.seconds)


def forecast(plan: list[Trial], runs: Runs, jobs: int, minutes: float) -> str:
    """Return a message on what should fit into the remaining time, by the finished trials."""
    waiting = [trial for trial in plan if not runs.done(trial.key)]
    spent, fit = 0.0, 0
    for group in rows.grouped(waiting, lambda trial: trial.group).values():
        takes = estimate(group, runs, jobs) / 60
        if spent + takes <= minutes:
            spent, fit = spent + takes, fit + len(group)
    rest = len(waiting) - fit
    message = f"{fit} more trials should fit into the {minutes:.0f} minutes that are left"
    return message + (f"; {rest} will be left out, the last of the plan." if rest else ".")


def units_at_equal_parameters(settings: Settings) -> dict[str, int]:
    """Return the units of the other cells that match the number of parameters of the largest."""
    parameters = {
        cell: models.cell_parameters(cell, settings.units, Trial.embedding)
        for cell in settings.cells
    }
    most = max(parameters, key=parameters.__getitem__)
    return {
        cell: models.units_for(cell, parameters[most], Trial.embedding)
        for cell in settings.cells
        if cell != most
    }


def both_arms(records: list[dict], settings: Settings) -> list[dict]:
    """Show the largest cell in both arms: its trials are the same in both and run once."""
    others = units_at_equal_parameters(settings)
    return records + [
        record | {"arm": EQUAL_PARAMETERS}
        for record in records
        if others and record["arm"] == EQUAL_UNITS and record["model"] not in others
    ]


def limit(settings: Settings) -> str:
    """Return what is read of each text."""
    task = TASKS[settings.task]
    if task.fitted != BOW:
        return f"Of each text the first {settings.tokens} {task.reads} are read."
    return (
        f"Of each text, networks read the first {settings.tokens} {task.reads}, and so does the "
        f"{report.words.label(task.blind)}; the {report.words.label(task.fitted)} reads the whole "
        "text."
    )


def facts(settings: Settings, sets: list, outcome: Outcome, seconds: float) -> dict:
    """Return the facts of the report: sources of the texts, what was cut, the machine."""
    task = TASKS[settings.task]
    cuts = []
    if outcome.cut:
        sizes = sorted({(trial.size, report.words.data(trial.data)) for trial in outcome.cut})
        where = ", ".join(f"{size:,} {name}" for size, name in sizes)
        cuts.append(
            f"The time budget left out {len(outcome.cut)} trials (on {where}): {program.RESUMES}."
        )
    return program.facts("recipes.compare_cells", cuts, outcome) | {
        "title": "Which cell for how much text?",
        "question": task.question,
        "seconds": seconds,
        "limits": [limit(settings)],
        "tuning": tuning.description(settings.tune) if settings.tune else None,
        "data": dict(zip(settings.data, sets, strict=True)),
    }


if __name__ == "__main__":
    program.start("recipes.compare_cells", Settings, main, __doc__)
