"""Train one model on text and write it so that it can be served without this package.

    python -m recipes.train --cell gru --data embedded_imdb
    python -m recipes.train --cell lstm --data my.csv --text review --label stars --name reviews

Writes `saved_models/NAME/VERSION/`, which holds

    saved_model.pb, variables/, ...   a SavedModel; its signature takes strings `text` of shape
                                      (batch,) and gives `probabilities` (batch, classes) and
                                      `label` (batch,)
    model.keras                       the same model for Keras, from strings to probabilities
    card.json                         the command, versions, commit, data, scores and seconds

On two cores a GRU of 64 units takes a few minutes on all of embedded_imdb.
"""

import dataclasses
import json
import time
from pathlib import Path

from rich.console import Console

from recipes.data import names
from recipes.sweeps import interrupts, program, record
from recipes.trials import export, trial
from recipes.trials import model as models
from recipes.trials.trial import BASELINE, EQUAL_UNITS, Trial


@dataclasses.dataclass(frozen=True)
class Settings:
    """Train one model on text and write it so that it can be served without this package."""

    cell: str = "gru"
    """A cell by name, or "average" for the mean of the word vectors."""
    data: str = "embedded_imdb"
    """A data set by name, or a file: CSV, TSV, JSONL or Parquet."""
    text: str | None = None
    """Column of a file that holds the text."""
    label: str | None = None
    """Column of a file that holds the label."""
    size: int | None = None
    """Number of training texts; all by default."""
    units: int = 64
    """Size of the cell."""
    tokens: int = 250
    """Words read of each text."""
    epochs: int = Trial.epochs
    """Most passes over the texts; training stops earlier when the validation accuracy does."""
    seed: int = 0
    """Of the first weights, the order of the texts and dropout."""
    mirrored: bool = False
    """Part each batch among the GPUs of this machine, two or more."""
    name: str | None = None
    """Name of the model; by default the data's and the cell's."""
    saved_models: Path = Path("saved_models")
    """Folder of all models."""


def main(settings: Settings, console: Console) -> int:
    """Train, test, write; return the exit code: 0 done, 1 refused."""
    started = time.perf_counter()
    try:
        if settings.cell != models.AVERAGE:
            settings = dataclasses.replace(settings, cell=models.cell_name(settings.cell))
        data = trial.load(settings.data, settings.text, settings.label, 0)
        size = settings.size or len(data.train)
        data.subset(size)
        trial.replicas(settings.mirrored)  # refuses where there is one device
        name = settings.name
        if name is None:
            name = f"{Path(settings.data).stem}_{settings.cell}"
        names.check_folder(name)
    except (ValueError, OSError, RuntimeError) as refusal:
        console.print(f"{refusal}", style="red", markup=False, highlight=False)
        return 1
    for note in data.notes:
        console.print(note, markup=False, style="dim")
    recurrent = settings.cell != models.AVERAGE
    one = Trial(
        data=settings.data,
        model=settings.cell,
        arm=EQUAL_UNITS if recurrent else BASELINE,
        size=size,
        seed=settings.seed,
        units=settings.units if recurrent else None,
        text=settings.text,
        label=settings.label,
        tokens=settings.tokens,
        epochs=settings.epochs,
        mirrored=settings.mirrored,
    )
    console.print(f"training {one}", markup=False)

    def report(epoch: int, scores: dict) -> None:
        interrupts.heed()
        console.print(
            f"epoch {epoch + 1:2d}  loss {scores['train_loss']:.4f}  validation loss "
            f"{scores['valid_loss']:.4f}, right {scores['valid_accuracy']:.4f}  "
            f"({scores['seconds']:.0f} s)",
            highlight=False,
        )

    vectorizer, model, scores = trial.train(one, data, report)
    console.print(f"test: {scores['test_accuracy']:.4f} right, loss {scores['test_loss']:.4f}")

    target = export.next_version(settings.saved_models / name)
    with export.whole(target) as unfinished:
        export.write(unfinished, vectorizer, model, data.classes)
        card = described(one, name, data, scores, time.perf_counter() - started)
        (unfinished / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    console.print(f"written: {target}", markup=False, soft_wrap=True)
    return 0


def described(one: Trial, name: str, data, scores: dict, seconds: float) -> dict:
    """Return what `card.json` says of a model."""
    done = {"status": "done", "reason": None, **scores, "peak_memory_mb": record.peak()}
    line = record.line(one, done, seconds)
    return {
        "name": name,
        "command": program.command("recipes.train"),
        **{k: v for k, v in line.items() if k not in ("key", "status", "reason", "data", "arm")},
        "data": {
            "name": data.name,
            "source": data.source,
            "licence": data.licence,
            "notes": list(data.notes),
            "train": one.size,
            "valid": len(data.valid),
            "test": len(data.test),
        },
        "classes": list(data.classes),
    }


if __name__ == "__main__":
    anew = "interrupted; nothing was written. The same command starts anew."
    program.start("recipes.train", Settings, main, __doc__, anew)
