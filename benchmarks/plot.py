"""Time of a training step against the length of the sequences, as SVG.

python -m benchmarks.speed --only lengths
python -m benchmarks.plot benchmarks/results/lengths.json docs/speed.svg
"""

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import tyro
from matplotlib import style
from matplotlib.figure import Figure

from benchmarks.record import read
from benchmarks.row import DONE
from benchmarks.sides import OURS, TORCH
from recipes.reports.figures import STYLE, Look, alone, inline, label_lines

WIDTH, HEIGHT = 5.6, 3.6
LIMIT, BETTER = "limit", "better"
LINES = {  # usually from top to bottom
    BETTER: ("Keras", Look("orange", "s")),
    TORCH: ("torch.nn", Look("green", "^")),
    OURS: ("keras_gated", Look("blue", "o")),
    LIMIT: ("matrix products alone", Look("grey", "", (0, (4, 2)))),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """Draw the time of a training step against the length of the sequences."""

    result: Annotated[Path, tyro.conf.Positional]
    """The file written by `python -m benchmarks.speed --only lengths`."""
    out: Annotated[Path, tyro.conf.Positional]
    """The SVG to write."""


def main(settings: Settings) -> None:
    """Write the figure."""
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    settings.out.write_text(draw(lines(read(settings.result))))


def lines(record: dict) -> dict[str, list[tuple[int, float]]]:
    """Return (timesteps, milliseconds) of each line that was measured.

    Raises:
        ValueError: if the record has no finished row of the case "lengths".
    """
    series: dict[str, list[tuple[int, float]]] = {name: [] for name in LINES}
    rows = [row for row in record["rows"] if row["name"].startswith("lengths-")]
    for row in sorted(rows, key=lambda row: row["shape"]["time"]):
        if row["status"] != DONE:
            continue
        times = {name: side["min_ms"] for name, side in row["sides"].items() if "min_ms" in side}
        times |= {BETTER: times[row["better"]], LIMIT: row["limit_ms"]}
        for name in LINES:
            if name in times:
                series[name].append((row["shape"]["time"], times[name]))
    if not series[OURS]:
        raise ValueError("no finished lengths recorded; run `benchmarks.speed --only lengths`.")
    return {name: points for name, points in series.items() if points}


def draw(series: dict[str, list[tuple[int, float]]]) -> str:
    """Return the lines as an SVG, both axes logarithmic, each line labelled at its end."""
    with style.context(STYLE | {"svg.hashsalt": "keras_gated"}, after_reset=True):
        axes = Figure(figsize=(WIDTH, HEIGHT)).add_axes((0.09, 0.13, 0.58, 0.80))
        ends = {}
        for name, points in series.items():
            label, look = LINES[name]
            x, y = zip(*points, strict=True)
            axes.plot(x, y, zorder=3 if name == OURS else 2, **look.line)
            ends[label] = (look, points[-1])
        axes.set(xscale="log", yscale="log", xlabel="timesteps in a sequence")
        lengths = sorted({steps for points in series.values() for steps, _ in points})
        times = [time for points in series.values() for _, time in points]
        axes.set_ylim(min(times) / 1.25, max(times) * 1.25)
        axes.set_xticks(lengths)
        axes.set_yticks(_ticks(*axes.get_ylim()))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_formatter("")
            axis.set_major_formatter("{x:,.0f}")
        title = "milliseconds a training step, LSTM"
        axes.set_title(title, loc="left", fontsize=9)
        label_lines(axes, ends)
        return alone(inline(axes, title))


def _ticks(low: float, high: float) -> list[float]:
    """Return 1, 2, 5, 10, 20, ... between two times."""
    ladder = [step * 10.0**power for power in range(-2, 6) for step in (1, 2, 5)]
    return [tick for tick in ladder if low <= tick <= high]


if __name__ == "__main__":
    try:
        main(tyro.cli(Settings, prog="python -m benchmarks.plot", description=__doc__))
    except (ValueError, OSError) as refusal:
        sys.exit(f"{refusal}")
