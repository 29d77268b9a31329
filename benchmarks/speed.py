"""How fast are the layers? Side by side with Keras's, and with torch.nn if available.

    python -m benchmarks.speed                       # all cases, about a quarter of an hour
    python -m benchmarks.speed --only dense-lstm     # some
    python -m benchmarks.speed --grid full           # every size, about half an hour; resumes
    python -m benchmarks.speed --only lengths        # data for `benchmarks.plot`

A side is timed only after its outputs and gradients were equal to those of Keras's plain layer in
the same process; if they are not, the exit code is 1. Times are comparable only within a row: the
sides take turns, and the fastest turn of each counts. "Keras" is its faster side: in a plain
`tf.function`, or with `jit_compile=True`. Ours is the layer in a plain `tf.function`; on the grid
its faster side.

"limit" is the time that the row's matrix products alone would take, at the speed of one large one.
Writes `benchmarks/results/NAME.json`: speed, grid or lengths.
"""

import dataclasses
import statistics
import sys
from pathlib import Path
from typing import Literal

import tyro
from rich.console import Console

from benchmarks import grid, limit, table
from benchmarks.cases import Case, cases, chosen
from benchmarks.clock import Patience, interleave
from benchmarks.record import RESULTS, Record
from benchmarks.row import FAILED, measure, measure_memory
from benchmarks.sides import KERAS

OWN_TORCH = Path(__file__).parent.parent / ".venv-torch" / "bin" / "python"


@dataclasses.dataclass(frozen=True)
class Settings:
    """How fast are the layers? Compare them with Keras's and torch's, side by side."""

    only: tuple[str, ...] = ()
    """Names of cases, or prefixes of names; `--list` prints them."""
    grid: Literal["none", "full"] = "none"
    """Time every size instead; recorded points are not measured again."""
    layers: tuple[str, ...] = ("lstm",)
    """Layers of the grid: lstm, gru, simple_rnn."""
    rounds: int | None = None
    """Turns of each side; by default as many as fit into a few seconds."""
    torch: Path | None = None
    """A Python interpreter with torch; by default that of .venv-torch, if it exists."""
    out: Path | None = None
    """The file to write."""
    fresh: bool = False
    """Discard the recorded results."""
    list: bool = False
    """Print the cases and exit."""


MEMORY = "memory"


def main(settings: Settings, console: Console) -> int:
    """Run the comparison. Return the exit code: 0 finished, 1 invalid settings or not equal."""
    try:
        plan, memory = planned(settings)
        record = Record(settings.out or RESULTS / f"{name(settings)}.json", settings.fresh)
    except ValueError as refusal:
        console.print(f"{refusal}", style="red", markup=False, highlight=False)
        return 1
    if settings.list:
        for case in plan:
            console.print(f"{case.name:24} {case.title}", markup=False, highlight=False)
        console.print(f"{MEMORY:24} peak memory of a training step", highlight=False)
        return 0
    for part in record.about.values():
        console.print(", ".join(f"{key} {value}" for key, value in part.items()), style="dim")
    if record.dropped:
        console.print(f"{record.dropped} rows on file are of other versions: dropped")
    python = settings.torch or (OWN_TORCH if OWN_TORCH.exists() else None)
    if python is None and any(case.torch for case in plan):
        console.print("torch is left out: no .venv-torch; name a Python that has it with --torch")
    patience = None
    if settings.rounds is not None:
        patience = Patience(seconds=0, fewest=settings.rounds, most=settings.rounds)

    if settings.grid == "full":
        plan = remaining(plan, record, console)
    fresh_rows = []
    for number, case in enumerate(plan, 1):
        row = measure(case, python, patience)
        record.add(row)
        fresh_rows.append(row)
        console.print(f"{number}/{len(plan)} {table.line(row)}", highlight=False)
    if memory:
        row = measure_memory()
        record.add(row)
        fresh_rows.append(row)
        console.print(table.line(row), highlight=False)
    if settings.grid == "full":
        conclude_grid(record, console)
    else:
        timed = [row for row in fresh_rows if row["name"] != MEMORY]
        if timed:
            torch = any("torch" in row["sides"] for row in timed)
            console.print(table.times(timed, torch))
            if not torch and any(case.torch for case in plan):
                console.print("torch.nn was not at hand: no column")
        if memory:
            console.print(table.peaks(fresh_rows[-1:]))
    console.print(f"{record.path.name} holds {len(record.rows)} rows", highlight=False)
    return int(any(row["status"] == FAILED for row in fresh_rows))


def planned(settings: Settings) -> tuple[list[Case], bool]:
    """Return the requested cases, and whether memory was requested.

    Raises:
        ValueError: for settings that cannot be run.
    """
    if settings.rounds is not None and settings.rounds < 1:
        raise ValueError(f"--rounds must be at least 1; received {settings.rounds}.")
    if settings.torch is not None and not settings.torch.exists():
        raise ValueError(f"--torch names a Python interpreter; {settings.torch} is not there.")
    if settings.grid == "full":
        for layer in settings.layers:
            if layer not in ("lstm", "gru", "simple_rnn"):
                raise ValueError(f"--layers takes lstm, gru, simple_rnn; received {layer!r}.")
        return chosen(settings.only, grid.points(settings.layers)), False
    timed = [wish for wish in settings.only if wish != MEMORY]
    memory = not settings.only or MEMORY in settings.only
    return ([] if settings.only and not timed else chosen(timed, cases())), memory


def name(settings: Settings) -> str:
    """Return the default name of the output file."""
    if settings.grid == "full":
        return "grid"
    return "lengths" if settings.only == ("lengths",) else "speed"


def remaining(plan: list[Case], record: Record, console: Console) -> list[Case]:
    """Return the points that have no record and do not take too long on Keras."""
    todo = [case for case in plan if not record.done(case.name)]
    matmul = interleave(
        {side.name: side.step for side in limit.sides()}, Patience(1.0, fewest=5, most=20)
    )
    fastest = min(timing.least for timing in matmul.values())
    left = [case.name for case in todo if grid.too_long(case, fastest)]
    asked = {case.name for case in plan}
    record.skipped = [before for before in record.skipped if before not in asked] + left
    for left_out in left:
        console.print(f"left out, a step would take Keras too long: {left_out}", style="dim")
    console.print(f"{len(plan)} points, {len(plan) - len(todo)} of them on file")
    return [case for case in todo if case.name not in left]


def conclude_grid(record: Record, console: Console) -> None:
    """Print where ours is slowest relative to Keras, and the mean."""
    rows = [row for row in record.rows.values() if KERAS in row["ratios"]]
    if not rows:
        return
    worst = sorted(rows, key=lambda row: row["ratios"][KERAS])
    console.print(table.times(worst[:10], torch=False))
    ratios = [row["ratios"][KERAS] for row in rows]
    below = sum(ratio < grid.TARGET for ratio in ratios)
    console.print(
        f"{len(rows)} points: worst {table.ratio(worst[0], KERAS)} at {worst[0]['name']}, "
        f"geometric mean {statistics.geometric_mean(ratios):.2f}, {below} below "
        f"{grid.TARGET}; {len(record.skipped)} left out",
        highlight=False,
    )


if __name__ == "__main__":
    settings = tyro.cli(Settings, prog="python -m benchmarks.speed", description=__doc__)
    # The table is wider than the default of 80 columns for a file or a pipe.
    screen = Console()
    if not screen.is_terminal:
        screen = Console(width=170)
    try:
        sys.exit(main(settings, screen))
    except KeyboardInterrupt:
        screen.print("interrupted; the rows that were finished are on file")
        sys.exit(130)
