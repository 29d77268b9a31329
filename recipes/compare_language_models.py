"""How well does a cell predict the next character? Bits per character by units and text size.

    python -m recipes.compare_language_models                       # Shakespeare, ten minutes
    python -m recipes.compare_language_models --data my.txt --minutes 30
    python -m recipes.compare_language_models --data my.csv --text review --cells gru --units 256

For each cell there is one trial at each number of training characters (with the first of --units)
and at each number of units (on all characters), trained by `recipes.language_model` with truncated
backpropagation: the state is carried from chunk to chunk, gradients are not. Training stops when
the validation loss stops improving, and the best weights are evaluated once on the test set. The
baseline is an n-gram model, which counts what followed the last few characters. Nothing is tuned
per cell.

Writes one line per trial to `runs/NAME/trials.jsonl`, `runs/NAME/report.html` with two figures, and
the model with the fewest bits on validation to `saved_models/NAME/VERSION/`. To generate text:
`python -m recipes.language_model --name NAME --generate "..."`. The same command resumes an
interrupted run.
"""

import dataclasses
import functools
import json
import os
import shlex
import shutil
from pathlib import Path
from typing import Any

from rich.console import Console

from recipes.data import names
from recipes.reports import language as language_report
from recipes.sweeps import program
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import sweep
from recipes.trials import export, language
from recipes.trials.language import NGRAM, Trial


@dataclasses.dataclass(frozen=True)
class Settings:
    """How well does a cell predict the next character? Bits per character, units and text size."""

    data: str = "embedded_shakespeare"
    """A text by name (embedded_shakespeare, tiny_shakespeare, lm1b), or a file: plain text, CSV,
    TSV, JSONL or Parquet.
    """
    text: str | None = None
    """Column of a file with the text."""
    cells: tuple[str, ...] = ("simple_rnn", "lstm", "gru")
    """Cells to compare, by name."""
    characters: tuple[int, ...] = (100_000, 300_000)
    """Numbers of training characters."""
    units: tuple[int, ...] = (64, 128)
    """Units of each recurrent layer."""
    layers: int = Trial.layers
    """Number of stacked recurrent layers."""
    seeds: int = 1
    """Number of seeds; each has its own initial weights."""
    rows: int = Trial.rows
    """Batch size: positions of the text that are read in parallel."""
    steps: int = Trial.steps
    """Characters per chunk; gradients flow back within a chunk."""
    epochs: int = Trial.epochs
    """Maximum number of epochs."""
    learning_rate: float = Trial.learning_rate
    """Learning rate of Adam."""
    minutes: float | None = 10.0
    """Time budget: trials that do not fit are left out and listed in the report."""
    jobs: int = os.cpu_count() or 1
    """Number of trials to run in parallel."""
    name: str = "language_model"
    """Name of the folder under `runs/` and under `saved_models/`."""
    runs: Path = Path("runs")
    """Folder of all runs."""
    saved_models: Path = Path("saved_models")
    """Folder of all models."""


def main(settings: Settings, console: Console) -> int:
    """Run the comparison. Return the exit code: 0 finished, 1 invalid settings, 130 interrupted."""
    try:
        settings = dataclasses.replace(settings, cells=names.cells(settings.cells))
        check(settings)
        console.print("reading the text ...")
        with names.option("data"):
            corpus, letters = language.load(settings.data, settings.text, Trial.alphabet)
        plan = planned(settings, corpus)
        runs = Runs(settings.runs / settings.name, language.FIELDS, language.RESULTS)
    except (ValueError, OSError, RuntimeError) as error:
        return program.refuse(error, console)
    for note in corpus.notes:
        console.print(note, markup=False, style="dim")
    with runs:
        program.announce(plan, f"{len(plan)} trials", runs, console)
        run = functools.partial(language.run, folder=runs.folder / "models")
        try:
            outcome = sweep(plan, run, runs, settings.jobs, settings.minutes, console)
        except OSError as error:
            return program.refuse(error, console)
        records = runs.records([trial.key for trial in plan])
        done = [record for record in records if record["status"] == "done"]
        if done:
            console.print(language_report.table(done))
            cuts = [f"The time budget left out: {trial}." for trial in outcome.cut]
            facts = program.facts("recipes.compare_language_models", cuts, outcome)
            page = language_report.write(runs.folder, done, facts | source(corpus))
            console.print(f"report: {page}", markup=False, soft_wrap=True)
        code = program.conclude(outcome, records, console)
        if not outcome.interrupted:
            save(settings, runs, done, corpus, letters, console)
    return code


def check(settings: Settings) -> None:
    """Raise an error for invalid settings, before anything runs."""
    program.check(
        settings, ("cells", "characters", "units"),
        seeds=1, layers=1, rows=1, epochs=1, jobs=1, steps=2, minutes=0,
    )  # fmt: skip
    if min(settings.units) < 1:
        raise ValueError(f"--units must be at least 1; received {min(settings.units)}.")
    if not settings.learning_rate > 0:
        raise ValueError(f"--learning-rate must be above 0; received {settings.learning_rate}.")
    names.check_folder(settings.name)
    program.check_writable("saved-models", settings.saved_models / settings.name)


def planned(settings: Settings, corpus) -> list[Trial]:
    """Return the trials in the order in which they run, from the cheapest to the most expensive.

    Raises:
        ValueError: for a text too short for one batch, or for a number of characters asked for.
    """
    sizes = sorted({min(size, len(corpus.train)) for size in settings.characters})
    common: dict[str, Any] = dict(
        arm=language.ARM, data=settings.data, text=settings.text, layers=settings.layers,
        rows=settings.rows,
        steps=settings.steps, epochs=settings.epochs, learning_rate=settings.learning_rate,
    )  # fmt: skip
    needed = Trial(model=NGRAM, size=0, **common).needed
    for name, count in (
        ("the smallest of --characters", sizes[0]),
        ("the validation part", len(corpus.valid)),
        ("the test part", len(corpus.test)),
    ):
        if count < needed:
            raise ValueError(
                f"{corpus.name}: {name} has {count:,} characters, but {settings.rows} rows of "
                f"chunks of {settings.steps} need {needed:,}; give a longer text, or lower --rows "
                "or --steps."
            )
    plan = [Trial(model=NGRAM, size=size, **common) for size in sizes]
    for seed in range(settings.seeds):
        kinds = [(size, settings.units[0]) for size in sizes]
        kinds += [(sizes[-1], units) for units in settings.units[1:]]
        plan += [
            Trial(model=cell, size=size, units=units, seed=seed, **common)
            for size, units in kinds
            for cell in settings.cells
        ]
    return plan


def source(corpus) -> dict:
    """Return where a text is from."""
    return {
        "name": corpus.name,
        "source": corpus.source,
        "licence": corpus.licence,
        "notes": list(corpus.notes),
    }


def save(settings: Settings, runs: Runs, done, corpus, letters: str, console: Console):
    """Save the model with the fewest bits on validation, unless it is the latest version."""
    models = {r["key"]: runs.folder / "models" / f"{r['key']}.keras" for r in done}
    candidates = [record for record in done if models[record["key"]].exists()]
    if not candidates:
        return
    best = min(candidates, key=lambda record: record["valid_bits"])
    folder = settings.saved_models / settings.name
    for latest in export.versions(folder)[-1:]:
        if export.card(latest).get("key") == best["key"]:
            console.print(f"saved before: {latest}", markup=False, soft_wrap=True)
            return
    card = {
        "name": settings.name,
        "command": program.command("recipes.compare_language_models"),
        **best,
        "data": source(corpus),
        "alphabet": letters,
    }
    target = export.next_version(folder)
    with export.whole(target) as unfinished:
        unfinished.mkdir(parents=True)
        shutil.copy(models[best["key"]], unfinished / "model.keras")
        (unfinished / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    console.print(f"written: {target}", markup=False, soft_wrap=True)
    if settings.saved_models == Settings.saved_models:  # where the template looks for it
        name = shlex.quote(settings.name)
        writes = f'python -m recipes.language_model --name {name} --generate "..."'
        console.print(f"{writes} writes with it", markup=False, soft_wrap=True)


if __name__ == "__main__":
    program.start("recipes.compare_language_models", Settings, main, __doc__)
