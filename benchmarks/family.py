"""How fast is each cell? A training step of its layer, side by side with `keras.layers.LSTM`.

    python -m benchmarks.family                  # every public cell, about five minutes; goes on
    python -m benchmarks.family --only GRU MGU   # some
    python -m benchmarks.readme                  # writes the README's table of cells

Outputs and gradients must be equal to those of the plain loop (`engine="loop"`), in the same
process, before anything is timed; if they are not on any of three draws of inputs, the exit code is
1. Three, because rounding may cross a kink: a relu in the cell whose argument is nearly 0 has a
slope of 0 on one path and 1 on the other, and the gradients of that one unit at that one step
differ. A wrong equation differs on all draws. The record keeps what failed.

Keras's LSTM with and without XLA and our layer as it is take turns, each in a `tf.function`; the
fastest turn of each counts. What is on file, of this machine and these versions, is not measured
again.
Writes `benchmarks/results/family.json`.
"""

import dataclasses
import sys
from pathlib import Path

import tyro
from rich.console import Console

from benchmarks import catalogue, table
from benchmarks.cases import Case, beside
from benchmarks.clock import Patience
from benchmarks.layer_call import LayerCall
from benchmarks.record import Record
from benchmarks.row import FAILED, measure
from benchmarks.sides import OURS
from benchmarks.speed import RESULTS

# The rival, whose sizes all cells get.
RIVAL = LayerCall("lstm", batch=64, time=100, features=128, units=256)
DRAWS = (1, 2, 3)
PATIENCE = Patience(seconds=2.5, fewest=10, most=40)


@dataclasses.dataclass(frozen=True)
class Settings:
    """How fast is each cell? Compare each one's layer with keras.layers.LSTM, side by side."""

    only: tuple[str, ...] = ()
    """Layers by name; by default those of all public cells."""
    rounds: int | None = None
    """Turns of each side; by default as many as some seconds allow."""
    out: Path = RESULTS / "family.json"
    """The file to write."""
    fresh: bool = False
    """Drop what is on file."""


def main(settings: Settings, console: Console) -> int:
    """Run the comparison; return the exit code: 0 done, 1 refused or not equal."""
    try:
        plan = planned(settings)
        record = Record(settings.out, settings.fresh)
    except ValueError as refusal:
        console.print(f"{refusal}", style="red", markup=False, highlight=False)
        return 1
    for part in record.about.values():
        console.print(", ".join(f"{key} {value}" for key, value in part.items()), style="dim")
    if record.dropped:
        console.print(f"{record.dropped} rows on file are of other versions: dropped")
    todo = [name for name in plan if not record.done(name)]
    console.print(f"{len(plan)} cells, {len(plan) - len(todo)} of them on file")
    patience = None
    if settings.rounds is not None:
        patience = Patience(seconds=0, fewest=settings.rounds, most=settings.rounds)

    rows = []
    for place, name in enumerate(todo, 1):
        row = measured(name, patience)
        record.add(row)
        rows.append(row)
        console.print(f"{place}/{len(todo)} {table.line(row)}", highlight=False)
    if rows:
        console.print(table.times(rows, torch=False))
    console.print(f"{record.path.name} holds {len(record.rows)} rows", highlight=False)
    return int(any(row["status"] == FAILED for row in rows))


def planned(settings: Settings) -> list[str]:
    """Return the names of the layers that were asked for.

    Raises:
        ValueError: for a name that no public cell's layer has, and for too few rounds.
    """
    if settings.rounds is not None and settings.rounds < 1:
        raise ValueError(f"--rounds must be at least 1; received {settings.rounds}.")
    names = [layer.__name__ for layer in catalogue.layers()]
    for wish in settings.only:
        if wish not in names:
            raise ValueError(f"no cell's layer is called {wish!r}; known: {', '.join(names)}.")
    return [name for name in names if not settings.only or name in settings.only]


def measured(name: str, patience: Patience | None = None) -> dict:
    """Return the record of a layer, of the first draw of inputs on which it does not fail.

    It has the `draw`, and of those before it, as `failed`, what was known of our side.
    """
    failed: dict[str, dict] = {}
    for draw in DRAWS:
        row = measure(case(name, draw), patience=patience) | {"draw": draw, "failed": dict(failed)}
        if row["status"] != FAILED:
            break
        failed[str(draw)] = row["sides"].get(OURS, {})
    return row


def case(name: str, draw: int) -> Case:
    """Return the comparison of a layer with Keras's LSTM on one draw of inputs."""
    call = dataclasses.replace(RIVAL, layer=name, draw=draw)
    return Case(
        name,
        f"{name} beside keras.layers.LSTM, training",
        call,
        patience=PATIENCE,
        sides=lambda: beside(call, RIVAL.layer),
    )


if __name__ == "__main__":
    given = tyro.cli(Settings, prog="python -m benchmarks.family", description=__doc__)
    # The table is wider than the 80 columns of a file or a pipe.
    screen = Console()
    if not screen.is_terminal:
        screen = Console(width=170)
    try:
        sys.exit(main(given, screen))
    except KeyboardInterrupt:
        screen.print("interrupted; the rows that were finished are on file")
        sys.exit(130)
