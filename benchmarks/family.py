"""How fast is each cell? A training step of its layer, side by side with `keras.layers.LSTM`.

    python -m benchmarks.family                  # every public cell, about five minutes; resumes
    python -m benchmarks.family --only GRU MGU   # some
    python -m benchmarks.readme                  # writes the README's table of cells

Before anything is timed, outputs and gradients must equal those of the plain loop (`engine="loop"`)
in the same process. If they differ on all of three draws of inputs, the exit code is 1. There are
three draws because rounding may cross a kink: a relu in a cell whose argument is nearly 0 may have
a slope of 0 in one implementation and 1 in the other, and the gradients of that unit at that
timestep then differ. A wrong equation differs on all draws. The record keeps the failures.

Keras's LSTM with and without XLA and our layer take turns, each in a `tf.function`; the fastest
turn of each counts. Layers with a record from this machine and these versions are not measured
again. Writes `benchmarks/results/family.json`.
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
from benchmarks.record import RESULTS, Record
from benchmarks.row import FAILED, measure
from benchmarks.sides import OURS

# The rival; all cells get its sizes.
RIVAL = LayerCall("lstm", batch=64, time=100, features=128, units=256)
DRAWS = (1, 2, 3)
PATIENCE = Patience(seconds=2.5, fewest=10, most=40)


@dataclasses.dataclass(frozen=True)
class Settings:
    """How fast is each cell? Compare each one's layer with keras.layers.LSTM, side by side."""

    only: tuple[str, ...] = ()
    """Names of layers; by default those of all public cells."""
    rounds: int | None = None
    """Turns of each side; by default as many as fit into a few seconds."""
    out: Path = RESULTS / "family.json"
    """The file to write."""
    fresh: bool = False
    """Discard the recorded results."""


def main(settings: Settings, console: Console) -> int:
    """Run the comparison. Return the exit code: 0 finished, 1 invalid settings or not equal."""
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
    for number, name in enumerate(todo, 1):
        row = measured(name, patience)
        record.add(row)
        rows.append(row)
        console.print(f"{number}/{len(todo)} {table.line(row)}", highlight=False)
    if rows:
        console.print(table.times(rows, torch=False))
    console.print(f"{record.path.name} holds {len(record.rows)} rows", highlight=False)
    return int(any(row["status"] == FAILED for row in rows))


def planned(settings: Settings) -> list[str]:
    """Return the names of the requested layers.

    Raises:
        ValueError: for an unknown layer, and for too few rounds.
    """
    if settings.rounds is not None and settings.rounds < 1:
        raise ValueError(f"--rounds must be at least 1; received {settings.rounds}.")
    names = [layer.__name__ for layer in catalogue.layers()]
    for wish in settings.only:
        if wish not in names:
            raise ValueError(f"no cell's layer is called {wish!r}; known: {', '.join(names)}.")
    return [name for name in names if not settings.only or name in settings.only]


def measured(name: str, patience: Patience | None = None) -> dict:
    """Return the record of a layer, from the first draw of inputs on which it does not fail.

    The record has the `draw`, and in `failed` the results of our side on the draws before it.
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
    settings = tyro.cli(Settings, prog="python -m benchmarks.family", description=__doc__)
    # The table is wider than the default of 80 columns for a file or a pipe.
    screen = Console()
    if not screen.is_terminal:
        screen = Console(width=170)
    try:
        sys.exit(main(settings, screen))
    except KeyboardInterrupt:
        screen.print("interrupted; the rows that were finished are on file")
        sys.exit(130)
