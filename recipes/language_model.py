"""How well does a cell tell the next character? Bits per character against size and text.

    python -m recipes.language_model                       # Shakespeare, ten minutes
    python -m recipes.language_model --data my.txt --minutes 30
    python -m recipes.language_model --data my.csv --text review --cells gru --units 256
    python -m recipes.language_model --generate "ROMEO:" --length 500 --temperature 0.8

For each cell a trial at each number of training characters (with the first of --units) and at
each number of units (on all the characters): an embedding, the cell, a layer of logits. The text
is read in chunks, many places of it side by side; the state is carried from chunk to chunk and
gradients end at its border (`keras_gated.truncated`). Training stops when validation does not get
better, and the best weights are tested once. Beside the cells a baseline that learns nothing: it
counts what followed the last few characters. Nothing is tuned per cell.

Writes `runs/NAME/trials.jsonl`, a line a trial, `runs/NAME/report.md` with two drawings, and the
model with the fewest bits on validation to `saved_models/NAME/VERSION/`: `model.keras`, and
`card.json` with the alphabet. Started again it goes on where it stopped. `--generate` writes with
the latest of these models, character by character.
"""

import dataclasses
import json
import shutil
import time
from pathlib import Path
from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from recipes.data import corpus as texts
from recipes.data import names
from recipes.reports import language as language_report
from recipes.sweeps import interrupts, program, record
from recipes.sweeps.runs import Runs
from recipes.trials import export, language
from recipes.trials import model as models
from recipes.trials.language import NGRAM, Alphabet, Trial


@dataclasses.dataclass(frozen=True)
class Settings:
    """How well does a cell tell the next character? Bits per character against size and text."""

    data: str = "embedded_shakespeare"
    """A text by name (embedded_shakespeare, tiny_shakespeare, lm1b), or a file: plain text, CSV,
    TSV, JSONL or Parquet."""
    text: str | None = None
    """Column of a file that holds the text."""
    cells: tuple[str, ...] = ("simple_rnn", "lstm", "gru")
    """Cells to compare, by name."""
    characters: tuple[int, ...] = (100_000, 300_000)
    """Numbers of training characters."""
    units: tuple[int, ...] = (64, 128)
    """Sizes of a recurrent layer."""
    layers: int = Trial.layers
    """Recurrent layers, one on the other."""
    seeds: int = 1
    """Trials of each kind, each with first weights of its own."""
    rows: int = Trial.rows
    """Places of the text that are read side by side."""
    steps: int = Trial.steps
    """Characters of a chunk, over which gradients flow back."""
    epochs: int = Trial.epochs
    """Most passes over the text."""
    learning_rate: float = Trial.learning_rate
    """Of Adam."""
    minutes: float | None = 10.0
    """Time budget: trials that do not fit are left out, and the report says which."""
    generate: str | None = None
    """Train nothing: write on from this, with a model that is saved."""
    length: int = 500
    """Characters to write."""
    temperature: float = 0.8
    """Below 1 the likely becomes likelier; at 0 the likeliest is always taken."""
    seed: int | None = None
    """Of what is written; by default something else each time."""
    model: Path | None = None
    """Folder of the model to write with; by default the latest of --name."""
    name: str = "language_model"
    """Name of the folder under `runs/` and under `saved_models/`."""
    runs: Path = Path("runs")
    """Folder of all runs."""
    saved_models: Path = Path("saved_models")
    """Folder of all models."""


def main(settings: Settings, console: Console) -> int:
    """Run the comparison, or write; return the exit code: 0 done, 1 refused, 130 interrupted."""
    try:
        settings = completed(settings)
        check(settings)
        if settings.generate is not None:
            return generate(settings, console)
        console.print("reading the text ...")
        corpus = texts.load(settings.data, settings.text)
        plan = planned(settings, corpus)
        runs = Runs(settings.runs / settings.name, language.FIELDS, language.RESULTS)
    except (ValueError, OSError, RuntimeError) as refusal:
        console.print(f"{refusal}", style="red", markup=False, highlight=False)
        return 1
    for note in corpus.notes:
        console.print(note, markup=False, style="dim")
    with runs:
        on_file = sum(runs.done(one.key) for one in plan)
        console.print(f"{len(plan)} trials, {on_file} of them on file in {runs.path}", markup=False)
        if runs.repaired:
            console.print(f"{runs.repaired} unreadable line(s) there; their trials run again")
        alphabet = Alphabet.of(corpus.train, Trial.alphabet)
        try:
            cut, interrupted = sweep(plan, runs, corpus, alphabet, settings.minutes, console)
        except OSError as refusal:
            console.print(f"{refusal}", style="red", markup=False, highlight=False)
            return 1
        records = runs.records([one.key for one in plan])
        done = [record for record in records if record["status"] == "done"]
        if done:
            facts = told(corpus, cut, interrupted)
            console.print(language_report.table(done))
            page = language_report.write(runs.folder, done, facts)
            console.print(f"report: {page}", markup=False, soft_wrap=True)
        for record in records:
            if record["status"] == "failed":
                console.print(
                    f"failed: {record['model']}: {record['reason']}", markup=False, style="red"
                )
        again = "the same command goes on from here"
        if interrupted:
            console.print(f"interrupted; {len(records)} records are on file, and {again}")
            return 130
        if cut:
            console.print(f"{len(cut)} trials were beyond the time budget; {again}")
        save(settings, runs, done, corpus, alphabet, console)
    return 0


def completed(settings: Settings) -> Settings:
    """Return the settings with cells by the names in `models.CELLS`."""
    return dataclasses.replace(settings, cells=models.cell_names(settings.cells))


def check(settings: Settings) -> None:
    """Refuse settings that cannot be run, before any work."""
    for name in ("cells", "characters", "units"):
        values = getattr(settings, name)
        if not values or len(set(values)) < len(values):
            raise ValueError(f"--{name} names one or more, each once; received {values}.")
    for name in settings.cells:
        models.cell(name)
    least = dict.fromkeys(("seeds", "layers", "rows", "epochs", "length"), 1) | {"steps": 2}
    for name, low in least.items():
        if getattr(settings, name) < low:
            raise ValueError(
                f"--{name} must be at least {low}; received {getattr(settings, name)}."
            )
    for units in settings.units:
        if units < 1:
            raise ValueError(f"--units must be at least 1; received {units}.")
    if not settings.learning_rate > 0:
        raise ValueError(f"--learning-rate must be above 0; received {settings.learning_rate}.")
    if not settings.temperature >= 0:
        raise ValueError(f"--temperature must be 0 or more; received {settings.temperature}.")
    if settings.minutes is not None and not settings.minutes >= 0:
        raise ValueError(f"--minutes must be 0 or more; received {settings.minutes}.")
    names.check_folder(settings.name)


def planned(settings: Settings, corpus) -> list[Trial]:
    """Return the trials in the order in which they are wanted: from little work to much.

    Raises:
        ValueError: for a text that is too short for one batch, or shorter than what is asked for.
    """
    sizes = sorted({min(size, len(corpus.train)) for size in settings.characters})
    common: dict[str, Any] = dict(
        data=settings.data, text=settings.text, layers=settings.layers, rows=settings.rows,
        steps=settings.steps, epochs=settings.epochs, learning_rate=settings.learning_rate,
    )  # fmt: skip
    needed = Trial(model=NGRAM, characters=0, **common).needed
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
    plan = [Trial(model=NGRAM, characters=size, **common) for size in sizes]
    for seed in range(settings.seeds):
        kinds = [(size, settings.units[0]) for size in sizes]
        kinds += [(sizes[-1], units) for units in settings.units[1:]]
        plan += [
            Trial(model=cell, characters=size, units=units, seed=seed, **common)
            for size, units in kinds
            for cell in settings.cells
        ]
    return plan


def sweep(plan, runs: Runs, corpus, alphabet: Alphabet, minutes, console: Console):
    """Run the trials that are not on file; return those cut by the budget, and if it was stopped.

    A trial starts only if it should end within the budget, by the time that others took for each
    character and number of the model. The first of all runs whatever it takes.
    """
    started = time.perf_counter()
    cut: list[Trial] = []
    waiting = [one for one in plan if not runs.done(one.key)]
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        whole = progress.add_task("all", total=len(plan), completed=len(plan) - len(waiting))
        try:
            for one in waiting:
                spent = time.perf_counter() - started
                if (
                    minutes is not None
                    and runs.records()
                    and spent + _estimate(one, runs, len(alphabet)) > 60 * minutes
                ):
                    cut.append(one)
                    continue
                bar = progress.add_task(str(one), total=one.epochs)

                def report(epoch, share, scores, bar=bar, one=one):
                    interrupts.heed()
                    best = min((e["valid_bits"] for e in scores), default=None)
                    best = "" if best is None else f", best {best:.3f} bits"
                    progress.update(
                        bar, completed=epoch + share, description=f"{one}, pass {epoch + 1}{best}"
                    )

                record = language.run(one, corpus, alphabet, runs.folder / "models", report)
                runs.append(record)
                progress.remove_task(bar)
                progress.advance(whole)
                if record["status"] == "done":
                    console.print(
                        f"{one}: {record['test_bits']:.3f} bits per character on test "
                        f"({record['seconds']:.0f} s)",
                        markup=False, highlight=False,
                    )  # fmt: skip
        except KeyboardInterrupt:
            return cut, True
    return cut, False


def _estimate(one: Trial, runs: Runs, letters: int) -> float:
    """Return the seconds that a trial may take, or 0 where no other is on file to tell from."""

    def work(characters, epochs, size):
        # A pass of a small model costs its steps, of a large one its multiplications.
        return characters * epochs * (size + 100_000)

    if one.model == NGRAM:
        return 0.0
    rates = [
        r["seconds"] / work(r["characters"], len(r["epochs"]), r["parameters"])
        for r in runs.records()
        if r["status"] == "done" and r["epochs"]
    ]
    size = language.parameters(one, letters)
    return max(rates, default=0.0) * work(one.characters, one.epochs, size)


def told(corpus, cut: list[Trial], interrupted: bool) -> dict:
    """Return what the report says of itself."""
    cuts = [f"The time budget left no room for: {one}." for one in cut]
    if interrupted:
        cuts.append("The sweep was interrupted; what had ended by then is shown.")
    return {
        "command": program.command("recipes.language_model"),
        "machine": program.machine(),
        "versions": record.versions(),
        "commit": record.commit(),
        "cuts": cuts,
        "name": corpus.name,
        "source": corpus.source,
        "licence": corpus.licence,
        "notes": list(corpus.notes),
    }


def save(settings: Settings, runs: Runs, done, corpus, alphabet: Alphabet, console: Console):
    """Write the model with the fewest bits on validation, unless it is the latest already."""
    models_of = {r["key"]: runs.folder / "models" / f"{r['key']}.keras" for r in done}
    have = [r for r in done if models_of[r["key"]].exists()]
    if not have:
        return
    best = min(have, key=lambda record: record["valid_bits"])
    folder = settings.saved_models / settings.name
    latest = export.versions(folder)
    if latest and export.card(latest[-1]).get("key") == best["key"]:
        console.print(f"saved before: {latest[-1]}", markup=False, soft_wrap=True)
        return
    target = folder / str(int(latest[-1].name) + 1 if latest else 1)
    unfinished = folder / f"{target.name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    shutil.copy(models_of[best["key"]], unfinished / "model.keras")
    card = {
        "name": settings.name,
        "command": program.command("recipes.language_model"),
        **best,
        "data": {
            "name": corpus.name,
            "source": corpus.source,
            "licence": corpus.licence,
            "notes": list(corpus.notes),
        },
        "alphabet": alphabet.letters,
    }
    (unfinished / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    unfinished.rename(target)  # a version is there whole or not at all
    console.print(f"written: {target}", markup=False, soft_wrap=True)
    console.print('python -m recipes.language_model --generate "..." writes with it', markup=False)


def generate(settings: Settings, console: Console) -> int:
    """Print the prompt and what a saved model writes after it, each character as it comes."""
    folder = settings.model or next(
        iter(export.versions(settings.saved_models / settings.name)[-1:]), None
    )
    if folder is None or not (folder / "card.json").exists():
        where = folder or settings.saved_models / settings.name
        raise ValueError(
            f"there is no language model in {where}; train one first: python -m "
            "recipes.language_model, or name its folder: --model FOLDER."
        )
    card = export.card(folder)
    if not isinstance(card.get("alphabet"), str):
        raise ValueError(
            f"{folder} holds no language model: its card names no alphabet; name the folder of "
            "one that python -m recipes.language_model has written."
        )
    alphabet = Alphabet(card["alphabet"])
    prompt = settings.generate or "\n"
    strange = sorted(set(prompt) - set(alphabet.letters))
    if strange:
        raise ValueError(
            f"--generate holds {', '.join(map(repr, strange))}, which the model in {folder} has "
            f"never read; write with its {len(alphabet.letters)} characters: "
            f"{alphabet.letters!r}."
        )
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    out = console.file
    out.write(prompt)
    try:
        for letter in language.write(
            model, alphabet, prompt, settings.length, settings.temperature, settings.seed
        ):
            out.write(letter)
            out.flush()
    except KeyboardInterrupt:
        out.write("\n")
        return 130
    out.write("\n")
    return 0


if __name__ == "__main__":
    program.start("recipes.language_model", Settings, main, __doc__)
