"""Tables of rows for the terminal."""

from rich import box
from rich.markup import escape
from rich.table import Table

from benchmarks.memory import LOW
from benchmarks.row import FAILED, SKIPPED, met
from benchmarks.sides import KERAS, KERAS_XLA, OURS, OURS_XLA, TORCH

TIMES = ("batch", "time", "features", "units")


def times(rows: list[dict], torch: bool) -> Table:
    """Return a table of times in milliseconds: the fastest turn, followed by the median."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("case", no_wrap=True)
    table.add_column("shape", no_wrap=True)
    names = [KERAS, KERAS_XLA, OURS]
    names += [OURS_XLA] * any(OURS_XLA in row["sides"] for row in rows) + [TORCH] * torch
    for name in (*names, "limit"):
        table.add_column(f"{name} ms", justify="right", no_wrap=True)
    for name in ("x keras", *(["x torch"] if torch else []), "ours/limit", "error"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        sides = row["sides"]
        table.add_row(
            row["name"],
            shape(row),
            *(_time(sides, name) for name in names),
            f"{row['limit_ms']:.1f}" if "limit_ms" in row else "",
            ratio(row, KERAS),
            *([ratio(row, TORCH)] if torch else []),
            f"{row['ours_to_limit']:.2f}" if "ours_to_limit" in row else "",
            _error(sides.get(OURS, {})),
        )
    return table


def peaks(rows: list[dict]) -> Table:
    """Return a table of peak memory in MiB, and as a fraction of that of Keras's better side."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("case", no_wrap=True)
    table.add_column("shape", no_wrap=True)
    for name in (KERAS, KERAS_XLA, OURS, LOW):
        table.add_column(f"{name}, MiB", justify="right")
    table.add_column("of Keras's", justify="right", no_wrap=True)
    table.add_column("low, of Keras's", justify="right", no_wrap=True)
    for row in rows:
        sides = row["sides"]
        peaks_of_sides = (
            sides.get(name, {}).get("peak_mib") for name in (KERAS, KERAS_XLA, OURS, LOW)
        )
        table.add_row(
            row["name"],
            shape(row),
            *("" if peak is None else f"{peak:,.0f}" for peak in peaks_of_sides),
            ratio(row, OURS),
            ratio(row, LOW),
        )
    return table


def shape(row: dict) -> str:
    """Return batch x time x features -> units."""
    sizes = row["shape"]
    return f"{sizes['batch']}x{sizes['time']}x{sizes['features']} -> {sizes['units']}"


def ratio(row: dict, target: str) -> str:
    """Return a ratio and its target, green if the target is met."""
    if target not in row["ratios"]:
        return "[red]failed[/]" if row["status"] == FAILED and target in row["targets"] else ""
    text = f"{row['ratios'][target]:.2f}"
    if target not in row["targets"]:
        return text
    sign = "<=" if row.get("at_most") else ">="
    colour = "green" if met(row, target) else "red"
    return f"[{colour}]{text}[/] ({sign} {row['targets'][target]:g})"


def line(row: dict) -> str:
    """Return the line that is printed when a row is finished."""
    if row["status"] == SKIPPED:
        return f"{row['name']}: left out: {escape(row['reason'])}"
    reasons = [row["reason"]] if "reason" in row else []
    reasons += [f"{name}: {s['reason']}" for name, s in row["sides"].items() if "reason" in s]
    if reasons:
        return f"{row['name']}: [red]failed[/]: {escape('; '.join(reasons))}"
    if row.get("at_most"):
        parts = [f"{name}: {ratio(row, name)} of {row['better']}'s" for name in row["ratios"]]
    else:
        parts = [f"{ratio(row, name)} x {name}" for name in row["ratios"]]
    timed = [f"{n} {s['min_ms']:.4g}" for n, s in row["sides"].items() if "min_ms" in s]
    timed += [f"{n} {s['peak_mib']:.0f} MiB" for n, s in row["sides"].items() if "peak_mib" in s]
    return f"{row['name']}: {', '.join(parts)}  [dim]{', '.join(timed)}[/]"


def _time(sides: dict, name: str) -> str:
    side = sides.get(name, {})
    if "reason" in side:
        return "[red]failed[/]"
    return f"{side['min_ms']:.4g} ({side['median_ms']:.4g})" if "min_ms" in side else ""


def _error(side: dict) -> str:
    return f"{max(side['errors'].values()):.0e}" if side.get("errors") else ""
