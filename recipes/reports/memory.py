"""The report of the memory tasks: records in, one HTML page and figures out."""

import itertools
import json
from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from recipes.reports import figures, stats, words
from recipes.reports.rows import Row, Trial, curves, grouped, sort
from recipes.reports.stats import CONTRADICTED, SUPPORTED, UNDECIDED
from recipes.reports.words import CELLS
from recipes.trials.memory_tasks import TASKS
from recipes.trials.starts import DEFAULT, STARTS

CLAIM = "A vanilla RNN loses the first word of a 100-word sentence."
CLAIMED = ("first_word", DEFAULT, "simple_rnn", 100)
LEAST = 1e-8  # smallest share of the gradient that is drawn


def label(row: Row) -> str:
    """Return the model's name, with its initialization if it is not the default."""
    name = words.label(row.model)
    return name if row.arm == DEFAULT else f"{name}, {row.arm}"


def score(row: Row) -> str:
    """Return the accuracy, its interval and its seeds in words."""
    return f"{words.score(row.accuracy)}, {words.count(row.accuracy.count, 'seed')}"


def lost(row: Row) -> str:
    """Return whether "it loses the word" is supported.

    The word counts as lost if the accuracy is less than half-way from chance to 100%. The interval
    over seeds decides. If all of several seeds have exactly the same accuracy there is no such
    interval, and the sampling interval of the test examples is used.
    """
    middle = (1 + TASKS[row.data].chance) / 2
    low, high = row.accuracy.low, row.accuracy.high
    if low is None or high is None:
        if row.accuracy.count < 2:
            return UNDECIDED
        low, high = stats.wilson(row.accuracy.mean, min(row.all("test_rows")))
    return SUPPORTED if high < middle else CONTRADICTED if low > middle else UNDECIDED


def rows(records: Sequence[Trial]) -> list[Row]:
    """Return the finished trials by task (`data`), start (`arm`), model and length (`size`)."""

    def order(row: Row) -> tuple:
        known = CELLS.index(row.model) if row.model in CELLS else len(CELLS)
        return [*TASKS].index(row.data), STARTS.index(row.arm), known, row.model, row.size

    return sorted(sort(records)[0], key=order)


def claim(rows: Sequence[Row]) -> dict[str, str]:
    """Return the claim with its verdict and the numbers behind it."""
    row = next((r for r in rows if (r.data, r.arm, r.model, r.size) == CLAIMED), None)
    if row is None:
        return {"claim": CLAIM, "verdict": UNDECIDED, "reason": "No trial of it has finished."}
    task = TASKS[row.data]
    reason = (
        f"The simple RNN recalls it in {score(row)}, with {row.size} words in between. Chance is "
        f"{100 * task.chance:.1f}%; half-way to perfect is {50 * (1 + task.chance):.1f}%."
    )
    others = [
        f"{label(other)} {score(other)}"
        for other in rows
        if (other.data, other.size) == (row.data, row.size) and other is not row
    ]
    if others:
        reason += f" Beside it: {'; '.join(others)}."
    return {"claim": CLAIM, "verdict": lost(row), "reason": reason}


def pairs(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the pairwise comparisons of models, a family at each length of each task and start."""
    families = grouped(rows, attrgetter("size", "data", "arm"))
    compared = []
    for (length, task, start), family in sorted(families.items(), key=lambda item: item[0][0]):
        scores = {
            (words.label(first.model), words.label(second.model)): (first.scores, second.scores)
            for second, first in itertools.combinations(family, 2)
        }
        compared += [
            {"task": TASKS[task].title, "start": start, "length": length, "result": result,
             "claim": f"{first} is right more often than {second}"}
            for (first, second), result in stats.compare(scores).items()
            if result is not None
        ]  # fmt: skip
    return compared


def table(records: Sequence[Trial]) -> Table:
    """Return the table for the terminal: accuracy by length, a row for each model."""
    finished = rows(records)
    lengths = sorted({row.size for row in finished})
    out = words.table("task, model", *(f"{length:,}" for length in lengths))
    out.caption = "Test accuracy in percent, mean over seeds; N steps lie in between."
    for task, of_task in grouped(finished, attrgetter("data")).items():
        out.add_row(f"[cyan]{TASKS[task].title}[/], chance {100 * TASKS[task].chance:.1f}")
        for name, line in lines(of_task).items():
            means = (f"{100 * line[n].accuracy.mean:.1f}" if n in line else "" for n in lengths)
            out.add_row(f" {name}", *means)
    return out


def lines(rows: Sequence[Row]) -> dict[str, dict[int, Row]]:
    """Return the rows of a task by label and length."""
    return {
        name: {row.size: row for row in members} for name, members in grouped(rows, label).items()
    }


def write(folder: Path, records: Sequence[Trial], facts: Mapping[str, Any]) -> Path:
    """Write `report.html` and its figures, each also as a separate file; return its path.

    `facts` are those of `recipes.first_word.facts`.
    """
    finished = rows(records)
    looks = figures.looks(row.model for row in finished)
    tasks = [
        {
            "name": name,
            "task": TASKS[name],
            "panels": accuracies(name, of_task, looks),
            "flows": flows(name, of_task, looks),
            "lengths": sorted({row.size for row in of_task}),
            "lines": lines(of_task),
        }
        for name, of_task in grouped(finished, attrgetter("data")).items()
    ]
    path = words.write(
        folder / "report.html",
        "memory.html.j2",
        facts=facts,
        tasks=tasks,
        claim=claim(finished),
        pairs=pairs(finished),
        failed=[record for record in records if record["status"] == "failed"],
        settings=json.dumps(_settings(records), indent=1),
        lost=lost,
        enough=stats.ENOUGH,
        done=sum(len(row.trials) for row in finished),
    )
    for task in tasks:
        for panel in (*task["panels"], *task["flows"]):
            (folder / f"{panel['name']}.svg").write_text(figures.alone(panel["svg"]))
    return path


def accuracies(name: str, rows: Sequence[Row], looks) -> list[dict[str, Any]]:
    """Return a panel for each start of a task: accuracy by length, chance as a dotted line."""
    panels = []
    for start, of_start in grouped(rows, attrgetter("arm")).items():
        title = f"{TASKS[name].title}: test accuracy over the steps in between, {start} start."
        svg = figures.curves(
            f"{name}-{start}", title, curves(of_start, looks), over="steps in between",
            span=(-0.01, 1.03), level=("chance", TASKS[name].chance),
        )  # fmt: skip
        panels.append({"name": f"{name}_{start}", "title": f"{start} start", "svg": svg})
    return panels


def flows(name: str, rows: Sequence[Row], looks) -> list[dict[str, Any]]:
    """Return panels of the gradient by steps back, before and after training, for each start.

    They are drawn at the length of the claim if available, else at the longest.
    """
    measured = [row for row in rows if any(row.all("flow"))]  # of a long N it is empty
    lengths = {row.size for row in measured}
    if not lengths:
        return []
    length = CLAIMED[-1] if CLAIMED[-1] in lengths else max(lengths)
    of_starts = grouped((row for row in measured if row.size == length), attrgetter("arm"))
    panels = []
    for start, of_start in of_starts.items():
        for when, during in (("before", "at the start"), ("after", "after training")):
            drawn = []
            for row in of_start:
                back, shares = _shares(row, when)
                points = zip(back, figures.exact(np.maximum(shares, LEAST)), strict=True)
                name_of_row = words.label(row.model)
                drawn.append(figures.Curve(name_of_row, looks[row.model], [*points], marked=0))
            most = max(share.mean for line in drawn for _, share in line.points)
            svg = figures.curves(
                f"flow-{name}-{start}-{when}",
                f"Norm of the loss's gradient by the state, over steps back, {during}.",
                drawn,
                over="steps from the end, the last is 1",
                span=(LEAST / 2, max(most, 1.0) * 2), form="g", log="xy", shared=False,
            )  # fmt: skip
            title = f"N = {length:,}, {start} start, {during}"
            key = f"{name}_{start}_gradient_{when}"
            panels.append({"name": key, "title": title, "svg": svg})
    return panels


def _shares(row: Row, when: str) -> tuple[list[int], np.ndarray]:
    """Return steps back, and the geometric mean over seeds of the gradient's share there.

    For a cell with several states the norm is over all states: a gradient that flows through one of
    them is not lost.
    """
    flows = [flow[when] for flow in row.all("flow")]
    logs = []
    for flow in flows:
        norm = np.sqrt(sum(np.square(flow[state]) for state in flow if state != "back"))
        logs.append(np.log(np.maximum(norm / max(norm[0], 1e-30), 1e-30)))
    return [back + 1 for back in flows[0]["back"]], np.exp(np.mean(logs, axis=0))


def _settings(records: Sequence[Trial]) -> dict[str, Any]:
    """Return each setting, and a list of its values where trials differ."""
    values: dict[str, set] = {}
    for record in records:
        for name, value in (record["settings"] | {"units": record["units"]}).items():
            values.setdefault(name, set()).add(value)
    return {name: min(some) if len(some) == 1 else sorted(some) for name, some in values.items()}
