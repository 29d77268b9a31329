"""Figures for a page: matplotlib figures as inline SVG in HTML.

A panel is narrow enough for a phone; the page places panels side by side on wider screens. Colours
are names of CSS variables, so one figure works on a light and a dark page. Text stays text: it uses
the page's font and can be searched.

No pyplot: `matplotlib.figure.Figure` has no global state and needs no display.
"""

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from markupsafe import Markup
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, MaxNLocator

from recipes.reports.stats import Estimate

# For a light and a dark page: after Okabe and Ito (https://jfly.uni-koeln.de/color), darkened until
# text has a contrast of 4.5 with the page. Blue, orange and green come first, as they are distinct
# for the colour-blind; each line also has its own marker.
COLOURS = {
    "paper": ("#ffffff", "#14181c"),
    "ink": ("#23272b", "#e8ebee"),
    "faint": ("#d5d9dd", "#3a4148"),
    "blue": ("#0072b2", "#56b4e9"),
    "orange": ("#c04c00", "#ff8f52"),
    "green": ("#007d5c", "#2cc498"),
    "purple": ("#a5457f", "#ea9ac8"),
    "gold": ("#8a6500", "#e3c04a"),
    "violet": ("#5b55c0", "#a9a4ff"),
    "grey": ("#5a6268", "#b3bac1"),
}
LIGHT = {name: light for name, (light, _) in COLOURS.items()}  # `inline` restores the names
NAMES = {light: f"var(--{name})" for name, light in LIGHT.items()}
STYLE: dict[Any, Any] = {
    "figure.facecolor": "none", "axes.facecolor": "none",
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    "axes.edgecolor": LIGHT["grey"], "axes.labelcolor": LIGHT["ink"], "text.color": LIGHT["ink"],
    "axes.grid": True, "axes.grid.axis": "y", "axes.axisbelow": True,
    "grid.color": LIGHT["faint"], "grid.linewidth": 0.6,
    "xtick.color": LIGHT["grey"], "xtick.labelcolor": LIGHT["ink"], "xtick.major.size": 3,
    "ytick.color": LIGHT["grey"], "ytick.labelcolor": LIGHT["ink"], "ytick.major.size": 0,
    "xtick.minor.size": 0, "ytick.minor.size": 0,
    "lines.linewidth": 1.4, "lines.markersize": 4.5, "errorbar.capsize": 2,
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the same layout everywhere
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name may contain two dollar signs
}  # fmt: skip
WIDTH, HEIGHT = 4.7, 3.2  # inches of 72 SVG units
GAP = 12.5  # SVG units between labels


@dataclass(frozen=True)
class Look:
    """The colour, marker and dashes of a model, the same in all figures."""

    colour: str
    marker: str
    dashes: str | tuple = "-"

    @property
    def line(self) -> dict[str, Any]:
        """The arguments of `Axes.plot`; markers of dashed lines are hollow."""
        inside = LIGHT[self.colour if self.dashes == "-" else "paper"]
        return {"color": LIGHT[self.colour], "linestyle": self.dashes, "marker": self.marker,
                "markerfacecolor": inside}  # fmt: skip


LOOKS = {
    "simple_rnn": Look("green", "^"),
    "lstm": Look("blue", "o"),
    "gru": Look("orange", "s"),
    # Each task has one baseline that ignores order and one that is fitted; these look alike.
    **dict.fromkeys(("average", "embedding"), Look("grey", "v", (0, (4, 2)))),
    **dict.fromkeys(("bow", "counts", "character_ngrams", "most_frequent"),
                    Look("ink", "D", (0, (1.5, 1.5)))),
}  # fmt: skip
SPARE = [Look(("purple", "gold", "violet")[n % 3], marker) for n, marker in enumerate("PXhpd*")]


def looks(models: Iterable[str]) -> dict[str, Look]:
    """Return a look for every model: known models have fixed ones, others get the remaining."""
    models = list(models)
    others = sorted({*models} - {*LOOKS})
    spare = {name: SPARE[number % len(SPARE)] for number, name in enumerate(others)}
    return {name: (LOOKS | spare)[name] for name in models}


@dataclass(frozen=True)
class Curve:
    """A line: values by position, with intervals where available.

    Attributes:
        label, look: its name and its style.
        points: positions and values.
        marked: index of the only point with a marker; by default all have one.
    """

    label: str
    look: Look
    points: Sequence[tuple[float, Estimate]]
    marked: int | None = None


def exact(values: Iterable[float]) -> list[Estimate]:
    """Return values without intervals."""
    return [Estimate(float(value), None, None, 1) for value in values]


def accuracy_range(curves: Iterable[Curve], chance: float | None) -> tuple[float, float]:
    """Return the lowest and the highest accuracy that panels of these curves should show.

    Intervals are shown up to 1, and down to 0.1 below all means and chance: with two very different
    seeds an interval can exceed the whole panel. A truncated bar has no cap.
    """
    values = [value for curve in curves for _, value in curve.points]
    means = [value.mean for value in values] + ([] if chance is None else [chance])
    low = min([value.low for value in values if value.low is not None] + means)
    high = max([value.high for value in values if value.high is not None] + means)
    low, high = max(low, min(means) - 0.1, 0.0), min(high, 1.0)
    margin = 0.04 * max(high - low, 0.02)
    return max(low - margin, -0.01), min(high + margin, 1.01)


def curves(
    name: str,
    title: str,
    lines: Sequence[Curve],
    *,
    over: str,
    span: tuple[float, float] | None = None,
    level: tuple[str, float] | None = None,
    form: str = "percent",
    log: str = "x",
    shared: bool = True,
) -> Markup:
    """Draw lines, each labelled at its end.

    A bar is an interval. A point without a bar has no interval, which does not mean a small one.

    Args:
        name: name of the figure, unique on the page.
        title: alternative text of the figure.
        lines: one per model.
        over: label of the horizontal axis.
        span: lowest and highest value shown, as from `accuracy_range`.
        level: name and value of a dotted line, such as chance.
        form: format of the values: "percent", or a format specification.
        log: the axes that are logarithmic: "x", "y", "xy" or "".
        shared: whether lines have the same positions: each position is then a tick, and points
            are shifted slightly, which keeps bars from hiding each other.
    """
    with style.context(STYLE | {"svg.hashsalt": name}, after_reset=True):
        right = 1 - (26 + 5.8 * max(len(line.label) for line in lines)) / (72 * WIDTH)
        left = 0.13 if "y" in log else 0.09
        axes = _axes(HEIGHT, left=left, right=max(right, 0.4), bottom=0.145, top=0.965)
        positions = sorted({position for line in lines for position, _ in line.points})
        first, last = positions[0], positions[-1]
        shift = 0.0
        if shared and "x" in log:
            shift = min(0.012, 0.05 / len(lines)) * max(math.log(last / first), 1.0)
        ends = {}
        for index, line in enumerate(lines):
            factor = math.exp(shift * (index - (len(lines) - 1) / 2))
            x = factor * np.array([position for position, _ in line.points])
            means = [y.mean for _, y in line.points]
            single = {} if line.marked is None else {"markevery": [line.marked], "linewidth": 1}
            axes.plot(x, means, zorder=3, **line.look.line | single)
            for at, (_, y) in zip(x, line.points, strict=True):
                if y.low is not None and y.high is not None:
                    bar = ([y.mean - y.low], [y.high - y.mean])
                    axes.errorbar(at, y.mean, bar, fmt="none", elinewidth=1, alpha=0.75, zorder=2,
                                  color=LIGHT[line.look.colour])  # fmt: skip
            ends[line.label] = (line.look, (x[-1], means[-1]))
        if "x" in log:
            margin = max((last / first) ** 0.05, 1.1)
            axes.set(xscale="log", xlim=(first / margin, last * margin))
            if shared:
                axes.set_xticks(_apart(positions))
            else:
                subs = (1, 2, 5) if last < 100 * first else (1, 3)  # labels that do not touch
                axes.xaxis.set_major_locator(LogLocator(subs=subs))
            axes.xaxis.set_major_formatter(
                lambda x, _: f"{x / 1000:.3g}k" if x >= 1000 else f"{x:.3g}"
            )
            axes.xaxis.set_minor_formatter("")
        else:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if "y" in log:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(numticks=6))
            axes.yaxis.set_minor_formatter("")
        else:
            axes.locator_params("y", nbins=6, steps=[1, 2, 5, 10])
        axes.set(xlabel=over, ylim=span or axes.get_ylim())
        axes.yaxis.set_major_formatter(
            lambda y, _: f"{100 * y:.3g}%" if form == "percent" else format(y, form)
        )
        if level is not None:
            axes.axhline(level[1], color=LIGHT["grey"], linestyle=":", linewidth=1, zorder=1)
            axes.annotate(
                level[0], (1, level[1]), (0, 2), ha="right", xycoords=("axes fraction", "data"),
                textcoords="offset points", color=LIGHT["grey"], fontsize=8,
            )  # fmt: skip
        label_lines(axes, ends)
        return inline(axes, title)


def strips(
    name: str, title: str, lines: Sequence[tuple[str, Look, Estimate]], *, over: str, band: float
) -> Markup:
    """Draw a row for each difference: its mean with the interval.

    Args:
        name: name of the figure, unique on the page.
        title: alternative text of the figure.
        lines: label, look and difference, from top to bottom; shown in points.
        over: label of the horizontal axis.
        band: half the width of the region that counts as no difference, shaded around 0.
    """
    grid = {"svg.hashsalt": name, "axes.grid.axis": "x", "errorbar.capsize": 0}
    with style.context(STYLE | grid, after_reset=True):
        height = 0.6 + 0.2 * len(lines)
        left = (12 + 5.9 * max(len(label) for label, *_ in lines)) / (72 * WIDTH)
        axes = _axes(height, left=left, right=0.97, bottom=0.45 / height, top=1 - 0.05 / height)
        axes.axvspan(-band, band, color=LIGHT["faint"], alpha=0.5, linewidth=0, zorder=0)
        axes.axvline(0, color=LIGHT["grey"], linestyle=":", linewidth=1, zorder=1)
        for row, (_, look, difference) in enumerate(lines):
            axes.hlines(row, difference.low, difference.high, color=LIGHT[look.colour])  # type: ignore[arg-type]
            axes.plot([difference.mean], [row], **look.line)
        axes.set_yticks(range(len(lines)), [label for label, *_ in lines])
        axes.set(ylim=(len(lines) - 0.3, -0.7), xlabel=over)
        axes.locator_params("x", nbins=6, steps=[1, 2, 5, 10])
        axes.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.3g}".replace("-", "\u2212"))
        return inline(axes, title)


def shares(
    name: str,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    counts: Mapping[tuple[int, int], tuple[int, int]],
    *,
    under: Sequence[str],
    over: str,
) -> str:
    """Draw a grid of cells, each coloured by a share and showing its count.

    Args:
        name: name of the figure, unique on the page.
        title: alternative text of the figure.
        rows, columns: labels, from top to bottom and from left to right.
        counts: `(how many, of how many)` by row and column; others stay blank.
        under: labels of groups of as many columns each, above the grid.
        over: label of the horizontal axis.
    """
    grid = {"svg.hashsalt": name, "axes.grid": False, "axes.spines.bottom": False}
    with style.context(STYLE | grid, after_reset=True):
        height = 0.85 + 0.21 * len(rows)
        left = (10 + 4.2 * max(map(len, rows))) / (72 * WIDTH)
        axes = _axes(height, left=left, right=0.98, bottom=0.6 / height, top=1 - 0.25 / height)
        for (row, column), (some, of) in counts.items():
            # White lies behind the colour: on a dark page the shares stay what they are.
            for colour, alpha in (("paper", 1.0), ("blue", 0.1 + 0.8 * some / of)):
                place = (column - 0.48, row - 0.46)
                axes.add_patch(Rectangle(place, 0.96, 0.92, color=LIGHT[colour], alpha=alpha, lw=0))
            ink = LIGHT["paper" if some > of / 2 else "ink"]
            axes.text(column, row, f"{some}/{of}", color=ink, ha="center", va="center_baseline",
                      fontsize=7)  # fmt: skip
        axes.set_xticks(range(len(columns)), list(columns), fontsize=7, rotation=45)
        axes.set_yticks(range(len(rows)), list(rows), fontsize=8)
        axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
        axes.set_xlabel(over, fontsize=8)
        wide = len(columns) // len(under)
        for number, label in enumerate(under):
            middle = (number + 0.5) * wide - 0.5
            axes.annotate(label, (middle, -0.5), (0, 4), textcoords="offset points", ha="center",
                          fontsize=8, annotation_clip=False)  # fmt: skip
            if number:
                axes.axvline(number * wide - 0.5, color=LIGHT["grey"], linewidth=1)
        return inline(axes, title)


def _axes(height: float, **margins: float) -> Axes:
    """Return the axes of a new figure; margins are shares of its width and height."""
    return Figure((WIDTH, height)).subplots(gridspec_kw=margins)


def _apart(positions: Sequence[float]) -> list[float]:
    """Return positions whose tick labels do not overlap; the ends have priority."""
    distance = 0.13 * math.log(positions[-1] / positions[0])
    ticks: list[float] = []
    for position in dict.fromkeys((positions[-1], positions[0], *positions)):
        if all(abs(math.log(position / tick)) > distance for tick in ticks):
            ticks.append(position)
    return sorted(ticks)


def label_lines(axes: Axes, ends: Mapping[str, tuple[Look, tuple[float, float]]]) -> None:
    """Write each label right of the panel, at least a gap apart, with a line to its last point."""
    to_axes = axes.transData + axes.transAxes.inverted()
    height = {label: max(to_axes.transform(end)[1], 0.0) for label, (_, end) in ends.items()}
    order = sorted(height, key=height.__getitem__)
    below = np.arange(len(order)) * GAP / (axes.get_window_extent().height / axes.figure.dpi * 72)
    raised = np.maximum.accumulate([height[label] for label in order] - below) + below
    for label, y in zip(order, np.minimum(raised, 1 - below[::-1]), strict=True):
        look, end = ends[label]
        ink = LIGHT[look.colour]
        axes.annotate(
            # XML has no control characters, and SVG no line breaks.
            "".join(letter if letter.isprintable() else "\ufffd" for letter in label),
            end, (1.07, y), textcoords=axes.transAxes, color=ink, va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": ink, "linewidth": 0.6, "alpha": 0.6,
                        "shrinkA": 2, "shrinkB": 3, "relpos": (0, 0.5)},
        )  # fmt: skip


def inline(axes: Axes, title: str) -> Markup:
    """Return a figure as an `<svg>` element; several can be in one HTML page.

    Ids of markers and clip paths contain a hash of the figure's name (`svg.hashsalt`). The others,
    such as axes_1, would occur in each figure, and matplotlib's style would apply to the page.
    """
    file = io.StringIO()
    undated = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    axes.get_figure().savefig(file, format="svg", metadata=undated)  # type: ignore[union-attr]
    _, _, content = file.getvalue().partition("<svg ")
    head, _, content = content.partition(">")
    content = re.sub(r"<style.*?</style>|<!--.*?-->", "", content, flags=re.DOTALL)
    content = re.sub(r' id="[A-Za-z.]+(2d)?_\d+"', "", content)
    content = re.sub("(?<=: )#[0-9a-f]{6}", lambda hit: NAMES.get(hit[0], hit[0]), content)
    head = re.sub(r'(width|height|version)="[^"]*"\s*', "", head)
    label = f'role="img" aria-label={quoteattr(title)}'
    return Markup(f'<svg {head} {label} stroke-linejoin="round">{content}')


def alone(svg: str) -> str:
    """Return a figure as a stand-alone file, with the colours defined in it."""
    light, dark = (
        "".join(f"--{name}:{colours[shade]};" for name, colours in COLOURS.items())
        for shade in (0, 1)
    )
    rules = (
        f"<style>svg{{{light}background:var(--paper);font-family:sans-serif}}"
        f"@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    )
    head, rest = svg.split(">", 1)
    return f"{head}>{rules}{rest}"
