"""Figures for a page: matplotlib figures as inline SVG in HTML.

A panel is narrow enough for a phone; the page places panels side by side on wider screens. Colours
are names of CSS variables, so one figure works on a light and a dark page. Text stays text: it uses
the page's font and can be searched.

No pyplot: `matplotlib.figure.Figure` has no global state and needs no display.
"""

import io
import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from recipes.reports.stats import Estimate

# A notebook sets MPLBACKEND for every child process, and importing matplotlib fails if that backend
# is not installed. Figures are written to files, so Agg is enough.
_backend = os.environ.get("MPLBACKEND")
os.environ["MPLBACKEND"] = "Agg"
try:
    import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
finally:
    del os.environ["MPLBACKEND"]
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend

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
SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the same layout everywhere
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "keras_gated",  # otherwise ids are random and files differ between runs
    "text.parse_math": False,  # a name may contain two dollar signs
}
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
WIDTH, HEIGHT = 4.7, 3.2  # inches of 72 SVG units
GAP = 12.5  # SVG units between labels


@dataclass(frozen=True)
class Look:
    """The colour, marker and dashes of a model, the same in all figures."""

    colour: str
    marker: str
    dashes: str | tuple = "-"


LOOKS = {
    "simple_rnn": Look("green", "^"),
    "lstm": Look("blue", "o"),
    "gru": Look("orange", "s"),
    "average": Look("grey", "v", (0, (4, 2))),
    "bow": Look("ink", "D", (0, (1.5, 1.5))),
    "counts": Look("ink", "D", (0, (1.5, 1.5))),
}
# Each task has one baseline that ignores order and one that is fitted; these look alike.
LOOKS |= {"embedding": LOOKS["average"]}
LOOKS |= dict.fromkeys(("character_ngrams", "most_frequent"), LOOKS["bow"])
SPARE = ("purple", "gold", "violet")


def looks(models: Iterable[str]) -> dict[str, Look]:
    """Return a look for every model: known models have fixed ones, others get the remaining."""
    models = list(models)
    strange = sorted(set(models) - set(LOOKS))
    spare = {
        name: Look(SPARE[index % len(SPARE)], "PXhpd*"[index % 6])
        for index, name in enumerate(strange)
    }
    return {name: LOOKS.get(name) or spare[name] for name in models}


@dataclass(frozen=True)
class Curve:
    """A line: values by position, with intervals where available.

    Attributes:
        label, look: its name and its style.
        places, values: coordinates of its points.
        marked: index of the only point with a marker; by default all have one.
    """

    label: str
    look: Look
    places: Sequence[float]
    values: Sequence[Estimate]
    marked: int | None = None


@dataclass(frozen=True)
class Strip:
    """A row of an interval plot: the value of each seed, and their mean with its interval."""

    label: str
    look: Look
    values: Sequence[float]
    centre: Estimate


def exact(values: Iterable[float]) -> list[Estimate]:
    """Return values without intervals."""
    return [Estimate(float(value), None, None, 1) for value in values]


def accuracy_range(curves: Iterable[Curve], chance: float | None) -> tuple[float, float]:
    """Return the lowest and the highest accuracy that panels of these curves should show.

    Intervals are shown up to 1, and down to 0.1 below all means and chance: with two very different
    seeds an interval can exceed the whole panel. A truncated bar has no cap.
    """
    points = [point for curve in curves for point in curve.values]
    means = [point.mean for point in points] + ([] if chance is None else [chance])
    low = min([point.low for point in points if point.low is not None] + means)
    high = max([point.high for point in points if point.high is not None] + means)
    low, high = max(low, min(means) - 0.1, 0.0), min(high, 1.0)
    air = 0.04 * max(high - low, 0.02)
    return max(low - air, -0.01), min(high + air, 1.01)


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
) -> str:
    """Draw lines, each labelled at its end.

    A bar is an interval. A point without a bar has no interval, which does not mean a small one.

    Args:
        name: prefix of the figure's ids, unique on the page.
        title: alternative text of the figure.
        lines: one per model.
        over: label of the horizontal axis.
        span: lowest and highest value shown, as from `accuracy_range`.
        level: name and value of a dotted line, such as guessing.
        form: format of the values: "percent", or a format specification.
        log: the axes that are logarithmic: "x", "y", "xy" or "".
        shared: whether lines have the same positions: each position is then a tick, and points
            are shifted slightly, which keeps bars from hiding each other.
    """
    with matplotlib.rc_context():
        figure = _figure([line.label for line in lines])
        axes = figure.axes[0]
        places = sorted({place for line in lines for place in line.places})
        aside = min(0.012, 0.05 / len(lines)) * max(math.log(places[-1] / places[0]), 1.0)
        aside *= shared and "x" in log
        ends = []
        for index, line in enumerate(lines):
            shift = math.exp(aside * (index - (len(lines) - 1) / 2))
            at, ink = [place * shift for place in line.places], _ink(line.look.colour)
            means = [point.mean for point in line.values]
            markers = {} if line.marked is None else {"markevery": [line.marked]}
            thin = {} if line.marked is None else {"linewidth": 1, "alpha": 0.8}
            axes.plot(at, means, zorder=3, **_stroke(line.look) | markers | thin)
            for place, point in zip(at, line.values, strict=True):
                if point.low is not None and point.high is not None:
                    axes.errorbar(
                        place, point.mean, [[point.mean - point.low], [point.high - point.mean]],
                        fmt="none", capsize=2, zorder=2, color=ink, elinewidth=1, alpha=0.75,
                    )  # fmt: skip
            ends.append((at[-1], means[-1]))
        if "x" in log:
            axes.set_xscale("log")
            edge = max((places[-1] / places[0]) ** 0.05, 1.1)
            axes.set_xlim(places[0] / edge, places[-1] * edge)
            ticks = FixedLocator(_apart(places)) if shared else LogLocator(subs=(1, 2, 5))
            axes.xaxis.set_major_locator(ticks)
            axes.xaxis.set_minor_locator(NullLocator())
            axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: _short(number)))
        else:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if "y" in log:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(numticks=6))
            axes.yaxis.set_minor_locator(NullLocator())
        if span:
            axes.set_ylim(*span)
        if form != "percent":
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format(value, form)))
        axes.set_xlabel(over)
        if level is not None:
            axes.axhline(level[1], color=_ink("grey"), linestyle=":", linewidth=1, zorder=1)
            axes.annotate(
                level[0], (1, level[1]), (0, 2), ha="right", xycoords=("axes fraction", "data"),
                textcoords="offset points", color=_ink("grey"), fontsize=8,
            )  # fmt: skip
        named = {line.label: (line, end) for line, end in zip(lines, ends, strict=True)}
        _name_lines(axes, *zip(*named.values(), strict=True))
        return _svg(figure, name, title)


def strips(
    name: str,
    title: str,
    lines: Sequence[Strip],
    *,
    over: str,
    mark: float | None = None,
    band: float | None = None,
) -> str:
    """Draw a row for each strip: its seeds as faint dots, its mean with the interval.

    Args:
        name: prefix of the figure's ids, unique on the page.
        title: alternative text of the figure.
        lines: from top to bottom; values are fractions, shown in per cent or points.
        over: label of the horizontal axis.
        mark: value of a dotted line, such as zero or guessing.
        band: half the width of the region that counts as no difference, shaded around 0.
    """
    with matplotlib.rc_context():
        figure = _figure(["" for _ in lines])
        axes = figure.axes[0]
        inches = 0.55 + 0.2 * len(lines)
        figure.set_size_inches(WIDTH, inches)
        left = (12 + 5.9 * max(len(line.label) for line in lines)) / (72 * WIDTH)
        axes.set_position((left, 0.4 / inches, 0.97 - left, 1 - 0.45 / inches))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", color=_ink("faint"), linewidth=0.6)
        if band is not None:
            axes.axvspan(-band, band, color=_ink("faint"), alpha=0.5, linewidth=0, zorder=0)
        if mark is not None:
            axes.axvline(mark, color=_ink("grey"), linestyle=":", linewidth=1, zorder=1)
        for height, line in zip(range(len(lines) - 1, -1, -1), lines, strict=True):
            ink = _ink(line.look.colour)
            axes.plot(
                line.values, [height] * len(line.values), linestyle="none", marker="o",
                markersize=3, markeredgewidth=0, color=ink, alpha=0.35, zorder=2,
            )  # fmt: skip
            if line.centre.low is not None and line.centre.high is not None:
                axes.plot(
                    [line.centre.low, line.centre.high], [height, height], color=ink,
                    linewidth=1.4, zorder=3,
                )  # fmt: skip
            stroke = _stroke(line.look) | {"linestyle": "none"}
            axes.plot([line.centre.mean], [height], zorder=4, **stroke)
        axes.set_ylim(-0.7, len(lines) - 0.3)
        axes.yaxis.set_major_locator(FixedLocator(list(range(len(lines)))))
        labels = [line.label for line in reversed(lines)]
        axes.yaxis.set_major_formatter(FuncFormatter(lambda at, _: labels[round(at)]))
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda share, _: f"{100 * share:.3g}".replace("-", "\u2212"))
        )
        axes.set_xlabel(over)
        return _svg(figure, name, title)


def _figure(labels: Sequence[str]) -> Figure:
    """Return a figure of one panel, with enough space on its right for these labels."""
    matplotlib.rcdefaults()  # ignore the user's matplotlibrc; the caller restores it
    matplotlib.rcParams.update(SETTINGS)
    right = 1 - (26 + 5.8 * max(map(len, labels))) / (72 * WIDTH)
    figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="none")
    axes = figure.add_axes((0.09, 0.145, max(right, 0.4) - 0.09, 0.82), facecolor="none")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_ink("grey"))
    axes.tick_params(colors=_ink("grey"), labelcolor=_ink("ink"), length=3)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=_ink("faint"), linewidth=0.6)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}%"))
    axes.xaxis.label.set_color(_ink("ink"))
    return figure


def _ink(colour: str) -> str:
    """Return a named colour in a form that matplotlib accepts; `_svg` restores the name."""
    return COLOURS[colour][0]


def _stroke(look: Look) -> dict[str, Any]:
    return {
        "color": _ink(look.colour),
        "linestyle": look.dashes,
        "linewidth": 1.4,
        "marker": look.marker,
        "markersize": 4.5,
        "markerfacecolor": _ink("paper" if look.dashes != "-" else look.colour),
    }


def _apart(places: Sequence[float]) -> list[float]:
    """Return positions whose tick labels do not overlap; the ends have priority."""
    room = 0.13 * math.log(places[-1] / places[0]) if len(places) > 1 else 0.0
    kept: list[float] = []
    for place in (places[-1], places[0], *places[1:-1]):
        if all(abs(math.log(place / other)) > room for other in kept):
            kept.append(place)
    return sorted(kept)


def _short(number: float) -> str:
    """Return 500 as "500", 2500 as "2.5k"; the table has exact sizes."""
    return f"{number / 1000:.3g}k" if number >= 1000 else f"{number:.3g}"


def _name_lines(axes: Axes, lines: Sequence[Curve], ends: Sequence[tuple[float, float]]) -> None:
    """Write each line's label to the right of the panel, connected to its last point."""
    spots = [axes.transAxes.inverted().transform(axes.transData.transform(end))[1] for end in ends]
    gap = GAP / (axes.get_position().height * 72 * HEIGHT)
    order = sorted(range(len(lines)), key=lambda index: (spots[index], index))
    heights: list[float] = []
    for index in order:  # upwards, at least a gap apart
        heights.append(max(spots[index], heights[-1] + gap if heights else 0.0))
    top = 1.0
    for place in reversed(range(len(order))):  # then downwards from the top
        heights[place] = top = min(heights[place], top)
        top -= gap
    for index, height in zip(order, heights, strict=True):
        ink = _ink(lines[index].look.colour)
        axes.annotate(
            # XML has no control characters, and SVG no line breaks.
            "".join(letter if letter.isprintable() else "\ufffd" for letter in lines[index].label),
            ends[index], (1.07, height), textcoords=axes.transAxes, color=ink, va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": ink, "linewidth": 0.6, "alpha": 0.6,
                        "shrinkA": 2, "shrinkB": 3, "relpos": (0, 0.5)},
        )  # fmt: skip


def _svg(figure: Figure, name: str, title: str) -> str:
    """Return a figure as an `<svg>` element; several can be in one HTML page."""
    file = io.BytesIO()
    undated = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(file, format="svg", metadata=undated)
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(file.getvalue())
    # matplotlib's only style rule is for `*`, which in HTML would apply to the whole page.
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}style", f"{{{SVG}}}metadata"):
                parent.remove(child)
    names = {colours[0]: f"var(--{colour})" for colour, colours in COLOURS.items()}
    used = set(
        re.findall(r"#([\w.-]+)", " ".join(" ".join(e.attrib.values()) for e in root.iter()))
    )
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "id":
                # All figures have ids such as axes_1: keep, and rename, those that are referenced.
                if value in used:
                    element.set(key, f"{name}-{value}")
                else:
                    del element.attrib[key]
            elif key == "style":
                element.set(key, re.sub("#[0-9a-f]{6}", lambda hit: names[hit[0]], value))
            elif key in ("clip-path", f"{{{XLINK}}}href"):
                element.set(key, value.replace("#", f"#{name}-"))
    for key in ("width", "height", "version"):
        del root.attrib[key]
    root.attrib |= {"role": "img", "aria-label": title, "stroke-linejoin": "round"}
    return ElementTree.tostring(root, encoding="unicode")


def alone(svg: str) -> str:
    """Return a figure as a stand-alone file, with the colours defined in it."""
    light, dark = (
        "".join(f"--{name}:{colours[shade]};" for name, colours in COLOURS.items())
        for shade in (0, 1)
    )
    style = (
        f"<style>svg{{{light}background:var(--paper);font-family:sans-serif}}"
        f"@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    )
    head, rest = svg.split(">", 1)
    return f"{head}>{style}{rest}"
