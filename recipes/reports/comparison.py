"""The report of a comparison: finished trials in, one HTML page and one terminal table out.

A trial is a dict as written by `recipes.compare_cells`, one JSON line each. Nothing here trains or
has state: a page can be made of an unfinished sweep, and says what is missing. Each sentence is
derived from the numbers beside it, and a difference counts as decided only if its interval says so.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from recipes.reports import choice, figures, stats, words
from recipes.reports.rows import (
    Row,
    Trial,
    best,
    curves,
    difference,
    grouped,
    is_share,
    outcomes_of,
    ranked,
    sort,
)
from recipes.reports.stats import CONTRADICTED, SUPPORTED, UNDECIDED
from recipes.reports.words import BASELINES, CELLS

PAIRS = (("gru", "lstm"), ("lstm", "simple_rnn"), ("gru", "simple_rnn"))
SENTIMENT = (
    "embedded_imdb", "embedded_rotten_tomatoes", "imdb_reviews", "yelp_polarity_reviews",
    "glue/sst2", "sentiment140",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """The evidence on one claim at one size: a verdict, the difference, and a note on it."""

    verdict: str
    difference: str
    note: str = ""


def table(trials: Iterable[Trial]) -> Table:
    """Return the table for the terminal: a block per data set and size, a row per model."""
    rows, failed = sort(trials)
    caption = "No trial finished."
    if rows:
        caption = f"Test accuracy, half its 95% interval over seeds. {_bold_means(rows)}"
    if failed:
        caption += f" {words.count(_distinct(failed), 'trial')} failed and left out."
    out = words.table("trained on", "units", "params", "accuracy", "± 95%", "sec", "seeds")
    out.caption = caption
    for (data, size), block in grouped(rows, attrgetter("data", "size")).items():
        out.add_row(Text(f"{words.data(data)}, {size:,}", style="cyan"))
        winners = best(block)
        for row in block:
            out.add_row(
                Text(f" {row.name}"),
                words.span(row.all("units")),
                words.span(row.all("parameters")),
                words.percent(row.accuracy.mean),
                row.interval.removeprefix("± "),
                row.seconds,
                "-" if row.seedless else str(row.accuracy.count),
                style="bold" if row in winners else "",
            )
        out.add_section()
    return out


def answer(trials: Iterable[Trial]) -> str:
    """Return the recommendation, in the words of the page."""
    chosen = choice.choose(sort(trials)[0])
    return " ".join([chosen.headline, *chosen.sentences]) if chosen else "No trial has finished."


def write(folder: Path, trials: Sequence[Trial], facts: Mapping[str, Any]) -> Path:
    """Write `report.html` into a folder and return its path.

    The learning curves of the first arm are also written as separate files,
    `learning_curve_DATA.svg`. `facts` are those of `recipes.compare_cells.facts`, and `planned`,
    the number of trials.
    """
    rows, failed = sort(trials)
    blocks = grouped(rows, attrgetter("data"))
    comparisons = {name: _comparisons(block) for name, block in blocks.items()}
    chances = {name: data.chance for name, data in facts["data"].items()}
    looks = figures.looks(row.model for row in rows)
    arms = _learning_curves(blocks, chances, looks)
    path = words.write(
        folder / "report.html",
        "report.html.j2",
        facts=facts,
        rows=rows,
        choice=choice.choose(rows),
        failed=failed,
        blocks=blocks,
        comparisons=comparisons,
        verdicts=[finding.verdict for claims in comparisons.values()
                  for sizes in claims.values() for finding in sizes.values()],
        # Of the claims, those that are also quoted above the table.
        quoted=("GRU is more accurate than LSTM",
                *(words.capital(words.label(model)) for model in BASELINES)),
        by_verdict=lambda sizes: grouped(sizes, lambda size: sizes[size].verdict),
        compared=_compared,
        guesses={name: [row for row in block if row.accuracy.holds(chances[name])]
                 for name, block in blocks.items()},
        done=_distinct(trial for row in rows for trial in row.trials),
        lost=_distinct(failed),
        sentiment=[
            words.data(name) for name, block in blocks.items()
            if name in SENTIMENT and not any(row.model == "character_ngrams" for row in block)
        ],
        by_rows=any(row.outcomes is not row.scores for row in rows),
        arms=arms,
        epochs=_epochs(blocks, looks),
        seconds=_seconds(blocks, looks),
        by_size={name: grouped(block, attrgetter("size")) for name, block in blocks.items()},
        stats=stats, best=best, difference=difference, ranked=ranked, test_rows=_test_rows,
        bold_means=_bold_means(rows),
        # Of trials that record it: the share of the seconds, and the megabytes.
        waited=max((share for row in rows for share in row.all("wait_share")), default=None),
        held=max((held for row in rows for held in row.all("peak_memory_mb")), default=None),
        finished=max((str(trial["finished"]) for trial in trials if trial.get("finished")),
                     default=None),
    )  # fmt: skip
    for panel in arms[0]["panels"] if arms else ():
        name = re.sub(r"\W+", "_", Path(panel["data"]).stem)
        (folder / f"learning_curve_{name}.svg").write_text(figures.alone(panel["svg"]))
    return path


# What is compared, and the sentences about it.


def _comparisons(rows: Sequence[Row]) -> dict[str, dict[int, Finding]]:
    """Return each claim about one data set with its findings by size.

    The pairs of cells of one arm at one size are a family: their p-values are corrected for
    multiple comparisons.
    """
    findings: dict[str, dict[int, Finding]] = {}
    cells = [row for row in rows if not row.baseline]
    for size in _compared(rows):
        at_size = [row for row in rows if row.size == size]
        for arm, members in grouped(cells, attrgetter("arm")).items():
            models = {row.model for row in members}
            known = {row.model: row for row in at_size if row.arm == arm}
            others = [(model, "gru") for model in sorted(models - {*CELLS})]
            pairs = [pair for pair in (*PAIRS, *others) if {*pair} <= models]
            results = stats.compare(
                {pair: outcomes_of(*(known[model] for model in pair))
                 for pair in pairs if {*pair} <= known.keys()}
            )  # fmt: skip
            for first, second in pairs:
                claim = f"{words.label(first)} is more accurate than {words.label(second)}, {arm}"
                missing = [words.label(m) for m in (first, second) if m not in known]
                findings.setdefault(words.capital(claim), {})[size] = (
                    Finding(UNDECIDED, f"no finished trial of {' or '.join(missing)}")
                    if missing
                    else _finding(known[first], known[second], results[first, second])
                )
        for model in BASELINES:
            if cells and any(row.model == model for row in rows):
                claim = f"{words.capital(words.label(model))} is more accurate than every cell"
                findings.setdefault(claim, {})[size] = _against_all(at_size, model)
    return findings


def _against_all(rows: Sequence[Row], model: str) -> Finding:
    """Return whether a baseline is more accurate than every cell: only if it is against each.

    The claim "better than each" needs no correction for the number of cells; the claim "some cell
    is better" does. The quoted cell is the one that decides: one that is better, else the nearest.
    """
    baseline = next((row for row in rows if row.model == model), None)
    cells = ranked(row for row in rows if not row.baseline)
    if baseline is None or not cells:
        absent = "any cell" if baseline else words.label(model)
        return Finding(UNDECIDED, f"no finished trial of {absent}")
    family = {cell: outcomes_of(baseline, cell) for cell in cells}
    alone = {cell: stats.compare({0: pair})[0] for cell, pair in family.items()}
    each = all(result and result.verdict == SUPPORTED for result in alone.values())
    results = alone if each else stats.compare(family)
    findings = {cell: _finding(baseline, cell, result) for cell, result in results.items()}
    order = (CONTRADICTED, UNDECIDED, SUPPORTED)
    # The first of the cells, as they are ranked by their means.
    cell = min(findings, key=lambda cell: order.index(findings[cell].verdict))
    finding = findings[cell]
    text = f"against {cell.phrase}: {finding.difference}"
    return Finding(finding.verdict, text, finding.note)


def _finding(first: Row, second: Row, result: stats.Comparison | None) -> Finding:
    if result is None:
        return Finding(UNDECIDED, words.points(None))
    rows = None if result.crossed else _test_rows((first, second))
    notes = []
    if result.crossed and result.difference.count == 1 and not (first.seedless and second.seedless):
        notes.append("of these trained models")
    if result.verdict != UNDECIDED and rows:
        error = stats.difference_error(first.accuracy.mean, second.accuracy.mean, rows)
        if abs(result.difference.mean) < error:
            most = f"up to {100 * error:.1f}"
            notes.append(f"smaller than the sampling error of the test set, {most}")
    if stats.verdict(result.difference) != result.verdict:
        notes.append(f"corrected for the other pairs of this size p is {result.chance:.2g}")
    elif result.verdict == UNDECIDED and result.smallest is not None:
        notes.append(f"minimum detectable difference {100 * result.smallest:.1f}")
    return Finding(result.verdict, words.points(result.difference), "; ".join(notes))


# What is drawn.


def _learning_curves(
    blocks: Mapping[str, list[Row]],
    chances: Mapping[str, float],
    looks: Mapping[str, figures.Look],
) -> list[dict[str, Any]]:
    """Return for each arm a panel for each data set, with the baselines."""
    arms = dict.fromkeys(row.arm for block in blocks.values() for row in block if not row.baseline)
    drawn = []
    for number, arm in enumerate(arms or (["baseline"] if blocks else [])):
        panels = []
        for index, (data, block) in enumerate(blocks.items()):
            members = _of_arm(block, arm)
            if arm != "baseline" and all(row.baseline for row in members):
                continue
            svg = figures.curves(
                f"learn-{number}-{index}",
                f"Test accuracy against training texts on {words.data(data)}, {arm}.",
                curves(members, looks),
                over="training texts",
                # The same in each arm.
                span=figures.accuracy_range(curves(block, looks), chances[data]),
                level=("chance", chances[data]),
            )
            panels.append(_panel(data, svg, _size_note(members)))
        drawn.append({"arm": arm, "panels": panels})
    return drawn


def _epochs(blocks: Mapping[str, list[Row]], looks: Mapping[str, figures.Look]) -> list[dict]:
    """Return panels of validation accuracy by epoch, at the largest size, a line for each seed."""
    panels = []
    for index, (data, block) in enumerate(blocks.items()):
        arm = _first_arm(block)
        cells = [row for row in block if not row.baseline and row.arm == arm]
        lines = []
        for row, trial in ((r, t) for r in cells if r.size == cells[-1].size for t in r.trials):
            scores = [epoch.get("valid_accuracy") for epoch in trial.get("epochs") or []]
            if scores and all(map(is_share, scores)):
                marked = (trial.get("best_epoch") or len(scores)) - 1
                points = [*enumerate(figures.exact(scores), start=1)]
                label = words.label(row.model)
                lines.append(figures.Curve(label, looks[row.model], points, marked))
        if lines:
            title = f"Validation accuracy by epoch on {words.data(data)}, {arm}."
            svg = figures.curves(f"epochs-{index}", title, lines, over="epoch", log="")
            panels.append(_panel(data, svg, f"{cells[-1].size:,} rows, {arm}"))
    return panels


def _seconds(blocks: Mapping[str, list[Row]], looks: Mapping[str, figures.Look]) -> list[dict]:
    """Return panels of test accuracy against the mean seconds of a trial."""
    panels = []
    for index, (data, block) in enumerate(blocks.items()):
        arm = _first_arm(block)
        timed = [row for row in _of_arm(block, arm) if row.mean_seconds]
        if lines := curves(timed, looks, over="mean_seconds"):
            title = f"Test accuracy against seconds a trial on {words.data(data)}."
            span = figures.accuracy_range(lines, None)
            svg = figures.curves(
                f"seconds-{index}", title, lines, over="seconds a trial", span=span, shared=False
            )
            panels.append(_panel(data, svg, arm))
    return panels


def _first_arm(block: Sequence[Row]) -> str:
    return next((row.arm for row in block if not row.baseline), "")


def _of_arm(block: Sequence[Row], arm: str) -> list[Row]:
    return [row for row in block if row.baseline or row.arm == arm]


def _panel(data: str, svg: str, note: str) -> dict[str, str]:
    return {"data": data, "title": words.data(data), "note": note, "svg": svg}


def _size_note(rows: Sequence[Row]) -> str:
    """Return the size of the cells in a panel."""
    cells = [row for row in rows if not row.baseline]
    units = words.span([number for row in cells for number in row.all("units")])
    sizes = words.span([number for row in cells for number in row.all("cell_parameters")])
    notes = (units and f"{units} units", sizes and f"{sizes} parameters a cell")
    return ", ".join(filter(None, notes))


# Rows and numbers in words.


def _compared(rows: Sequence[Row]) -> list[int]:
    """Return the smallest and the largest size, and the largest one with several seeds."""
    several = [row.size for row in rows if row.accuracy.count > 1]
    return sorted({rows[0].size, *several[-1:], rows[-1].size})


def _test_rows(rows: Iterable[Row]) -> int | None:
    return min((count for row in rows for count in row.all("test_rows")), default=None)


def _bold_means(rows: Sequence[Row]) -> str:
    if any(best(block) for block in grouped(rows, attrgetter("data", "size")).values()):
        return "Bold: better than each other of its block by a paired 95% interval."
    return "None is bold: no row is better than each other of its block by a paired 95% interval."


def _distinct(trials: Iterable[Trial]) -> int:
    """Return the number of distinct trials: one that is in two arms ran once."""
    return len({trial.get("key") or id(trial) for trial in trials})
