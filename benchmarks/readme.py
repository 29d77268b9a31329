"""The README's table of speeds, from what is on file: `python -m benchmarks.readme`.

Writes what stands between `<!-- speed -->` and `<!-- /speed -->`.
"""

import dataclasses
import sys
from pathlib import Path

import tyro

from benchmarks import grid, memory
from benchmarks.record import read
from benchmarks.row import DONE
from benchmarks.sides import KERAS, OURS, TORCH
from benchmarks.speed import RESULTS
from benchmarks.table import shape

BEGIN, END = "<!-- speed -->", "<!-- /speed -->"


@dataclasses.dataclass(frozen=True)
class Settings:
    """Write the README's table of speeds from what is on file."""

    results: Path = RESULTS / "speed.json"
    """What `python -m benchmarks.speed` wrote."""
    grid: Path = RESULTS / "grid.json"
    """What `python -m benchmarks.speed --grid full` wrote; told in a line if it is there."""
    page: Path = RESULTS.parent.parent / "README.md"
    """The page to write to."""


def main(settings: Settings) -> None:
    """Write the table.

    Raises:
        ValueError: if the page has no markers, or the record no finished row.
    """
    record = read(settings.results)
    over = read(settings.grid) if settings.grid.exists() else None
    written = between(settings.page.read_text(), text(record, over))
    settings.page.write_text(written)


def between(page: str, told: str) -> str:
    """Return the page with `told` between its markers.

    Raises:
        ValueError: unless each marker is there once, in order.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"the page needs a line {BEGIN} and, behind it, a line {END}, once each.")
    return f"{before}{BEGIN}\n{told}\n{END}{after}"


def text(record: dict, over: dict | None = None) -> str:
    """Return the table in Markdown, what it was measured on, and the grid's worst point."""
    rows = [row for row in record["rows"] if row["status"] == DONE]
    timed = [row for row in rows if KERAS in row["ratios"]]
    if not timed:
        raise ValueError("the record has no finished row; run `python -m benchmarks.speed` first.")
    torch = any(TORCH in row["ratios"] for row in timed)
    heads = ["", "sizes", "Keras, ms", "ours, ms", "times faster"]
    heads += ["than torch.nn"] if torch else []
    lines = [_line(heads), _line(["---"] * 2 + ["---:"] * (len(heads) - 2))]
    for row in timed:
        cells = [row["title"], _sizes(row)]
        better, ours = row["sides"][row["better"]], row["sides"][OURS]
        cells += [f"{side['min_ms']:,.0f} ({side['median_ms']:,.0f})" for side in (better, ours)]
        cells += [f"**{row['ratios'][KERAS]:.1f}**"]
        if torch:
            cells += [f"{row['ratios'][TORCH]:.1f}" if TORCH in row["ratios"] else ""]
        lines.append(_line(cells))
    told = ["\n".join(lines), _about(record, timed)]
    told += [_memory(row) for row in rows if row["name"] == "memory" and row["ratios"]]
    if over is not None:
        told += [line for line in [_grid(over)] if line]
    return "\n\n".join(told)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _sizes(row: dict) -> str:
    return shape(row).replace("x", " × ").replace("->", "→")


def _about(record: dict, rows: list[dict]) -> str:
    machine, versions = record["machine"], record["versions"]
    torch = {side["note"] for row in rows for name, side in row["sides"].items() if name == TORCH}
    used = ", ".join(
        [f"TensorFlow {versions['tensorflow']}", f"Keras {versions['keras']}", *sorted(torch)]
    )
    return (
        f"`python -m benchmarks.speed` on {machine['cores']} cores ({machine['cpu']}), {used}: the "
        "fastest turn and, in brackets, the median; sizes are batch × time × features → units. "
        "Keras is the faster of a `tf.function` with and without `jit_compile=True`. Outputs and "
        "gradients were equal before anything was timed."
    )


def _memory(row: dict) -> str:
    told = [f"{row['ratios'][OURS]:.0%} of Keras's"] if OURS in row["ratios"] else []
    if memory.LOW in row["ratios"]:
        told.append(f'with `memory="low"` {row["ratios"][memory.LOW]:.0%}')
    steps = f"{row['shape']['time']:,} steps"
    return f"Peak memory of a training step, LSTM of {steps}: {', '.join(told)}."


def _grid(over: dict) -> str | None:
    rows = [row for row in over["rows"] if row["status"] == DONE and KERAS in row["ratios"]]
    if not rows:
        return None
    worst = min(rows, key=lambda row: row["ratios"][KERAS])
    below = sum(row["ratios"][KERAS] < grid.TARGET for row in rows)
    where = f"{_sizes(worst)} ({worst['title']})"
    return (
        f"Over {len(rows)} combinations of batch, time, units, padding and training "
        f"(`--grid full`) the worst is {worst['ratios'][KERAS]:.2f} times Keras's speed, at "
        f"{where}; {below} are below {grid.TARGET}."
    )


if __name__ == "__main__":
    try:
        main(tyro.cli(Settings, prog="python -m benchmarks.readme", description=__doc__))
    except (ValueError, OSError) as refusal:
        sys.exit(f"{refusal}")
