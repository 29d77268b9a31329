"""Time of a training step against the length of the sequences, as SVG.

python -m benchmarks.speed --only lengths
python -m benchmarks.plot benchmarks/results/lengths.json docs/speed.svg
"""

import dataclasses
import io
import re
import sys
from pathlib import Path
from typing import Annotated

import matplotlib
import tyro
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.record import read
from benchmarks.row import DONE
from benchmarks.sides import OURS, TORCH
from recipes.reports.figures import COLOURS, SETTINGS, alone

WIDTH, HEIGHT = 5.6, 3.6
LIMIT, BETTER = "limit", "better"
# Label, colour, marker and dashes of each line, usually from top to bottom.
LINES = {
    BETTER: ("Keras", "orange", "s", "-"),
    TORCH: ("torch.nn", "green", "^", "-"),
    OURS: ("keras_gated", "blue", "o", "-"),
    LIMIT: ("matrix products alone", "grey", "", (0, (4, 2))),
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
        raise ValueError("no finished lengths on file; run `benchmarks.speed --only lengths`.")
    return {name: points for name, points in series.items() if points}


def draw(series: dict[str, list[tuple[int, float]]]) -> str:
    """Return the lines as an SVG, both axes logarithmic, each line labelled at its end."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="none")
        axes = figure.add_axes((0.09, 0.13, 0.62, 0.80), facecolor="none")
        for name, points in series.items():
            _, colour, marker, dashes = LINES[name]
            axes.plot(
                *zip(*points, strict=True), color=_ink(colour), marker=marker, markersize=4,
                linestyle=dashes, linewidth=1.5, zorder=3 if name == OURS else 2,
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        lengths = sorted({steps for points in series.values() for steps, _ in points})
        times = [time for points in series.values() for _, time in points]
        axes.set_ylim(min(times) / 1.25, max(times) * 1.25)
        axes.xaxis.set_major_locator(FixedLocator(lengths))
        axes.yaxis.set_major_locator(FixedLocator(_ticks(*axes.get_ylim())))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("steps in a sequence", color=_ink("ink"))
        axes.set_title(
            "milliseconds a training step, LSTM", loc="left", fontsize=9, color=_ink("ink")
        )
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(_ink("grey"))
        axes.tick_params(colors=_ink("grey"), labelcolor=_ink("ink"), length=3)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", color=_ink("faint"), linewidth=0.6)
        axes.set_axisbelow(True)
        _label(axes, series)
        file = io.StringIO()
        figure.savefig(
            file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    svg = re.sub(r"<metadata>.*?</metadata>", "", file.getvalue(), flags=re.DOTALL)
    svg = svg[svg.index("<svg") :]
    names = {colours[0]: f"var(--{name})" for name, colours in COLOURS.items()}
    return alone(re.sub("#[0-9a-f]{6}", lambda hit: names.get(hit[0], hit[0]), svg))


def _label(axes, series) -> None:
    """Write each line's name beside its last point, moved up if it would overlap another."""
    low, high = axes.get_ylim()
    # Heights of labels as fractions of the axis, at least a line of text apart.
    apart = 12.5 / (axes.get_position().height * 72 * HEIGHT)
    at = matplotlib.scale.LogTransform(10).transform
    ends = {name: points[-1] for name, points in series.items()}
    height = -apart
    for name in sorted(ends, key=lambda name: ends[name][1]):
        steps, time = ends[name]
        share = (at(time) - at(low)) / (at(high) - at(low))
        height = max(share, height + apart)
        axes.annotate(
            LINES[name][0], (steps, time), (1.03, height), textcoords="axes fraction",
            color=_ink(LINES[name][1]), va="center", annotation_clip=False,
        )  # fmt: skip


def _ticks(low: float, high: float) -> list[float]:
    """Return 1, 2, 5, 10, 20, ... between two times."""
    ladder = [step * 10.0**power for power in range(-2, 6) for step in (1, 2, 5)]
    return [tick for tick in ladder if low <= tick <= high]


def _ink(colour: str) -> str:
    return COLOURS[colour][0]


if __name__ == "__main__":
    try:
        main(tyro.cli(Settings, prog="python -m benchmarks.plot", description=__doc__))
    except (ValueError, OSError) as refusal:
        sys.exit(f"{refusal}")
