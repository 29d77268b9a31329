"""Plots of traces and gradient flow. The only module that needs matplotlib.

Each function returns a `matplotlib.figure.Figure`, which a notebook displays, to save or change:

    from keras_gated import trace
    from keras_gated.inspection import plots
    plots.heat_map(trace(model, texts).only, "forget", words).savefig("forget.png", dpi=150)
"""

import functools
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from keras_gated.inspection.gradient_flow import Flow
from keras_gated.inspection.trace import Record

# After Okabe and Ito (https://jfly.uni-koeln.de/color): suitable for colour-blind readers. Markers
# distinguish lines without colour.
COLOURS = ("#0072b2", "#c04c00", "#007d5c", "#a5457f", "#8a6500", "#5b55c0", "#23272b")
MARKERS = "os^DvPX"
INK, GREY, FAINT = "#23272b", "#5a6268", "#d5d9dd"
SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif", "font.size": 9, "text.parse_math": False,
    "text.color": INK, "axes.titlesize": 10, "axes.titlelocation": "left", "axes.titlecolor": INK,
    "axes.edgecolor": GREY, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
    "figure.constrained_layout.use": True,
}  # fmt: skip
SHUT, OPEN = 0.1, 0.9  # below and above which a gate counts as saturated


def _dark_on_white(draw: Callable) -> Callable:
    """Call a plotting function with these settings; raise an error without matplotlib."""

    @functools.wraps(draw)
    def draw_with_settings(*args, **kwargs):
        try:
            import matplotlib
        except ImportError as missing:
            raise ImportError(
                "keras_gated.inspection.plots draws with matplotlib, which is not installed; "
                "write: pip install matplotlib"
            ) from missing
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(SETTINGS)
            return draw(*args, **kwargs)

    return draw_with_settings


@_dark_on_white
def heat_map(
    record: Record,
    gate: str,
    words: Sequence[str] | None = None,
    *,
    row: int = 0,
    limits: tuple[float, float] | None = None,
):
    """Draw a heat map of a gate or state of one row: units by timesteps.

    Units are sorted by the timestep at which they are largest. Masked timesteps are left out.
    Colours span 0 to 1, or -1 to 1 if a value is negative, and more only if values are larger, so
    that maps can be compared.

    Args:
        record: the `Record` of a layer, from `trace`.
        gate: a gate by letter or word, or a state by letter.
        words: labels, one for each timestep or for each unmasked one; numbers by default.
        row: index of the row in the batch.
        limits: the values of the first and the last colour, for example (0.6, 0.9) for a gate
            that hardly moves.

    Raises:
        ValueError: if the number of words is not that of the timesteps, or the row is masked
            throughout.
    """
    name, values = _read(record, gate)
    mask = record.seen[row]
    if not mask.any():
        raise ValueError(f"row {row} is masked throughout, so there is nothing to draw.")
    values = values[row]
    words = [str(t + 1) for t in range(len(values))] if words is None else list(words)
    if len(words) not in (len(values), mask.sum()):
        raise ValueError(
            f"received {len(words)} words for {len(values)} steps, of which {mask.sum()} are not "
            "masked; pass one word for each step."
        )
    values = values[mask].T
    if len(words) != values.shape[1]:
        words = [word for word, unmasked in zip(words, mask, strict=True) if unmasked]
    values = values[np.argsort(np.argmax(values, axis=1), kind="stable")]
    low, high, colours = _span(values)
    low, high = limits or (low, high)
    width = min(max(4.0, 1.6 + 0.27 * len(words)), 16.0)
    figure, axes = _figure(width, min(max(2.6, 1.3 + 0.055 * len(values)), 6.0))
    image = axes.imshow(
        values, aspect="auto", interpolation="nearest", vmin=low, vmax=high, cmap=colours
    )
    ticks = _thinned(len(words), int((width - 1.6) / 0.15))
    axes.set_xticks(ticks, [_short(words[t]) for t in ticks], rotation=60, ha="right",
                    rotation_mode="anchor")  # fmt: skip
    axes.set_yticks([])
    axes.set_ylabel(f"{len(values)} units")
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, pad=0.02, aspect=18)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    axes.set_title(f"{name}, layer {record.name}")
    return figure


@_dark_on_white
def saturation(record: Record):
    """Draw a histogram of each gate's values over all units and unmasked timesteps.

    The fractions of closed (below 0.1) and open (above 0.9) values are marked; for a gate that can
    be negative, the fraction beyond ±0.9. A gate that is nearly always saturated learns little,
    since its activation is flat there.
    """
    gates = record.gates
    figure, panels = _figure(2.5 * len(gates) + 0.4, 2.7, columns=len(gates))
    for axes, (letter, word) in zip(panels, gates.words.items(), strict=True):
        values = gates[letter][record.seen].ravel()
        low = -1.0 if values.min(initial=0.0) < 0 else 0.0
        high = max(1.0, float(values.max(initial=1.0)))
        low = min(low, float(values.min(initial=low)))
        edges = np.linspace(low, high, 41)
        heights = np.histogram(values, edges)[0] / max(values.size, 1)
        middle = (edges[1:] + edges[:-1]) / 2
        colours = np.select([np.abs(middle) > OPEN, middle < SHUT], COLOURS[1::-1], GREY)
        marks = [(1.0, np.abs(values) > OPEN, f"above {OPEN}", COLOURS[1])]
        if low < 0:
            colours = np.where(colours == COLOURS[0], GREY, colours)
            marks = [(1.0, np.abs(values) > OPEN, f"beyond ±{OPEN}", COLOURS[1])]
        else:
            marks.append((0.0, values < SHUT, f"below {SHUT}", COLOURS[0]))
        axes.bar(edges[:-1], heights, np.diff(edges), align="edge", color=list(colours))
        for x, saturated, text, colour in marks:
            share = np.mean(saturated)
            axes.annotate(
                f"{100 * share:.0f}%\n{text}", (x, 1.0), (0, 4), textcoords="offset points",
                xycoords="axes fraction", ha="left" if x == 0 else "right", va="bottom",
                color=colour, fontsize=8,
            )  # fmt: skip
        axes.set_title(f"{word} {letter}", pad=30)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlim(low, high)
    panels[0].set_ylabel("share of values")
    return figure


@_dark_on_white
def half_life(record: Record, state: str | None = None):
    """Draw the half-life of each unit, in increasing order.

    Args:
        record: the `Record` of a layer, from `trace`.
        state: a state's letter; by default the last that a gate keeps. See `Record.half_life`.
    """
    steps = np.sort(record.half_life(state))
    state = state or list(record.kept)[-1]
    finite = steps[np.isfinite(steps)]
    longest = finite.max(initial=1.0)
    wide = longest > 20 * max(np.median(finite) if finite.size else 1.0, 1e-9)
    top = (2 if wide else 1.15) * longest
    bottom = min(0.5, finite[finite > 0].min(initial=0.5)) if wide else 0.0
    figure, axes = _figure(4.8, 3.2)
    unit = np.arange(1, len(steps) + 1)
    heights = np.clip(steps, bottom, top)
    axes.vlines(unit, bottom, heights, color=FAINT, linewidth=1.2)
    axes.plot(unit, heights, "o", color=COLOURS[0], markersize=4, clip_on=False)
    middle = float(np.median(steps))
    if np.isfinite(middle):
        axes.axhline(middle, color=COLOURS[1], linewidth=1, linestyle=(0, (4, 2)))
        median = f"{middle:.3g}"
        axes.annotate(
            f"median {median} step{'s' * (median != '1')}", (0, middle), (3, 3),
            textcoords="offset points",
            xycoords=("axes fraction", "data"), color=COLOURS[1],
        )  # fmt: skip
    if wide:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_ylim(bottom, top)
    axes.set_xlabel(f"unit of {record.name}, sorted")
    axes.set_ylabel(f"half-life of {state}, steps")
    endless = len(steps) - len(finite)
    axes.set_title(f"How long each unit remembers{f' ({endless} never forget)' * bool(endless)}")
    return figure


@_dark_on_white
def flow(flows: Mapping[str, Flow], state: str = "h", *, share: float = 0.01):
    """Draw how the gradient of the loss decays over the timesteps before the last.

    Args:
        flows: one `Flow` per line, by the name of the line.
        state: a state's letter.
        share: threshold of the memory horizon, drawn as a dotted line.
    """
    figure, axes = _figure(5.6, 3.4)
    floor, last = share / 1000, 1
    for index, (name, flow) in enumerate(flows.items()):
        shares = flow.back(state)
        last = max(last, np.flatnonzero(shares > floor).max(initial=1))
        horizon = flow.horizon(state, share)
        reach = f"{horizon} steps" if horizon is not None else f"over {len(shares) - 1} steps"
        axes.plot(
            shares, color=COLOURS[index % len(COLOURS)], marker=MARKERS[index % len(MARKERS)],
            markevery=(index * 2, max(len(shares) // 8, 1)), markersize=4.5, linewidth=1.5,
            label=f"{name}: {reach}",
        )  # fmt: skip
    axes.axhline(share, color=GREY, linewidth=1, linestyle=":")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_ylim(bottom=max(axes.get_ylim()[0], floor))
    axes.set_xlim(-0.02 * last, 1.04 * last)
    axes.set_xlabel("steps before the last")
    axes.set_ylabel(f"‖d loss / d {state}‖, share of the last")
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.legend(
        title=f"above {100 * share:g}% for", loc="upper left", bbox_to_anchor=(1.01, 1.02),
        alignment="left",
    )  # fmt: skip
    axes.set_title("How far back the loss reaches")
    return figure


def _read(record: Record, name: str) -> tuple[str, np.ndarray]:
    """Return a gate's or a state's full name and its values."""
    gates = record.gates
    for letter, word in gates.words.items():
        if name in (letter, word) and (name == word or letter not in record.states):
            return f"{word} {letter}", gates[letter]
    if name in record.states:
        return f"state {name}", record.states[name]
    known = [f"{letter!r} ({word})" for letter, word in gates.words.items()]
    raise ValueError(
        f"{record.name} has no gate or state {name!r}; it has the gates {', '.join(known)} and the "
        f"states {', '.join(record.states)}."
    )


def _span(values: np.ndarray) -> tuple[float, float, str]:
    """Return the limits and the colour map of values: sequential, or diverging about zero."""
    most = max(1.0, float(np.abs(values).max(initial=0.0)))
    return (-most, most, "PuOr_r") if values.min(initial=0.0) < 0 else (0.0, most, "Blues")


def _thinned(count: int, capacity: int) -> list[int]:
    """Return the indices of evenly spaced labels, at most `capacity` of them."""
    return list(range(0, count, max(1, -(-count // max(capacity, 1)))))


def _short(word: str) -> str:
    """Return a word, shortened to fit a label."""
    return word if len(word) <= 18 else word[:17] + "…"


def _figure(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    """Return a figure and its axes, without pyplot, which would keep a reference to it."""
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(width, height), facecolor="white")
    # A notebook asks for this method. Of figures that pyplot does not know it shows only the name.
    figure._repr_png_ = functools.partial(_png, figure)
    panels = figure.subplots(1, columns)
    return figure, panels if columns == 1 else list(panels)


def _png(figure) -> bytes:
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=110)
    return written.getvalue()
