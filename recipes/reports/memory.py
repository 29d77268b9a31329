"""The report of the memory tasks: records in, one HTML page and figures out."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from rich import box
from rich.table import Table

from recipes.reports import figures, stats, words
from recipes.reports.stats import CONTRADICTED, SUPPORTED, UNDECIDED, Estimate
from recipes.trials.memory_tasks import TASKS
from recipes.trials.starts import DEFAULT, STARTS

CLAIM = "A vanilla RNN loses the first word of a 100-word sentence."
CLAIMED = ("first_word", DEFAULT, "simple_rnn", 100)
LEAST = 1e-8  # smallest share of the gradient that is drawn
ORDER = ("simple_rnn", "lstm", "gru")

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """The trials of one model with one initialization on one task at one length."""

    task: str
    start: str
    model: str
    length: int
    records: tuple[Record, ...]

    @property
    def label(self) -> str:
        """Return the model's name, with its initialization if it is not the default."""
        label = words.label(self.model)
        return label if self.start == DEFAULT else f"{label}, {self.start}"

    @property
    def scores(self) -> dict[int, float]:
        """Return the test accuracy of each seed."""
        return {record["seed"]: record["test_accuracy"] for record in self.records}

    @property
    def accuracy(self) -> Estimate:
        """Return the mean accuracy over seeds, with its interval."""
        return stats.mean(self.scores.values())

    @property
    def score(self) -> str:
        """Return the accuracy, its interval and its seeds in words."""
        return f"{words.score(self.accuracy)}, {words.count(self.accuracy.count, 'seed')}"

    @property
    def verdict(self) -> str:
        """Return whether "it loses the word" is supported.

        The word counts as lost if the accuracy is less than half-way from chance to 100%. The
        interval over seeds decides. If all of several seeds have exactly the same accuracy there is
        no such interval, and the sampling interval of the test examples is used.
        """
        middle = (1 + TASKS[self.task].chance) / 2
        low, high = self.accuracy.low, self.accuracy.high
        if low is None or high is None:
            if self.accuracy.count < 2:
                return UNDECIDED
            rows = min(record["test_rows"] for record in self.records)
            low, high = stats.wilson(self.accuracy.mean, rows)
        return SUPPORTED if high < middle else CONTRADICTED if low > middle else UNDECIDED


def rows(records: Sequence[Record]) -> list[Row]:
    """Return the finished trials as rows: by task, start, model and length."""
    groups: dict[tuple, list[Record]] = {}
    for record in records:
        if record["status"] == "done":
            point = (record["data"], record["arm"], record["model"], record["size"])
            groups.setdefault(point, []).append(record)

    def order(row: Row) -> tuple:
        known = ORDER.index(row.model) if row.model in ORDER else len(ORDER)
        return [*TASKS].index(row.task), STARTS.index(row.start), known, row.model, row.length

    finished = [
        Row(task, start, model, length, tuple(members))
        for (task, start, model, length), members in groups.items()
    ]
    return sorted(finished, key=order)


def claim(rows: Sequence[Row]) -> dict[str, str]:
    """Return the claim with its verdict and the numbers behind it."""
    row = next((r for r in rows if (r.task, r.start, r.model, r.length) == CLAIMED), None)
    if row is None:
        return {"claim": CLAIM, "verdict": UNDECIDED, "reason": "No trial of it has finished."}
    task = TASKS[row.task]
    reason = (
        f"The simple RNN recalls it in {row.score}, with {row.length} words in between. Chance is "
        f"{100 * task.chance:.1f}%; half-way to perfect is {50 * (1 + task.chance):.1f}%."
    )
    others = [
        f"{other.label} {other.score}"
        for other in rows
        if (other.task, other.length) == (row.task, row.length) and other is not row
    ]
    if others:
        reason += f" Beside it: {'; '.join(others)}."
    return {"claim": CLAIM, "verdict": row.verdict, "reason": reason}


def pairs(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the pairwise comparisons of models, a family at each length of each task and start."""
    families: dict[tuple, list[Row]] = {}
    for row in rows:
        families.setdefault((row.task, row.start, row.length), []).append(row)
    compared = []
    for (task, start, length), family in sorted(families.items(), key=lambda item: item[0][2]):
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


def table(records: Sequence[Record]) -> Table:
    """Return the table for the terminal: accuracy by length, a row for each model."""
    finished = rows(records)
    lengths = sorted({row.length for row in finished})
    out = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    out.caption = "Test accuracy in percent, mean over seeds; N steps lie in between."
    out.add_column("task, model", no_wrap=True)
    for length in lengths:
        out.add_column(f"{length:,}", justify="right")
    for task in dict.fromkeys(row.task for row in finished):
        out.add_row(f"[cyan]{TASKS[task].title}[/], chance {100 * TASKS[task].chance:.1f}")
        for label, line in lines([row for row in finished if row.task == task]).items():
            means = (f"{100 * line[n].accuracy.mean:.1f}" if n in line else "" for n in lengths)
            out.add_row(f" {label}", *means)
    return out


def lines(rows: Sequence[Row]) -> dict[str, dict[int, Row]]:
    """Return the rows of a task by label and length."""
    by_label: dict[str, dict[int, Row]] = {}
    for row in rows:
        by_label.setdefault(row.label, {})[row.length] = row
    return by_label


def write(folder: Path, records: Sequence[Record], facts: Mapping[str, Any]) -> Path:
    """Write `report.html` and its figures, each also as a separate file; return its path.

    Args:
        folder: created if it does not exist.
        records: the records of the trials.
        facts: what records do not contain: `command`, `machine`, `versions`, `commit`, `seconds`,
            `cuts` (a list of sentences), `source` (of the words in between).
    """
    finished = rows(records)
    looks = figures.looks(row.model for row in finished)
    tasks: list[dict[str, Any]] = []
    for name in dict.fromkeys(row.task for row in finished):
        of_task = [row for row in finished if row.task == name]
        tasks.append(
            {
                "name": name,
                "task": TASKS[name],
                "panels": curves(name, of_task, looks),
                "flows": flows(name, of_task, looks),
                "lengths": sorted({row.length for row in of_task}),
                "lines": lines(of_task),
            }
        )
    path = words.write(
        folder / "report.html",
        "memory.html.j2",
        facts=facts,
        tasks=tasks,
        claim=claim(finished),
        pairs=pairs(finished),
        failed=[record for record in records if record["status"] == "failed"],
        settings=json.dumps(_settings(records), indent=1),
        enough=stats.ENOUGH,
        done=sum(len(row.records) for row in finished),
    )
    for task in tasks:
        for panel in (*task["panels"], *task["flows"]):
            (folder / f"{panel['name']}.svg").write_text(figures.alone(panel["svg"]))
    return path


def curves(name: str, rows: Sequence[Row], looks) -> list[dict[str, Any]]:
    """Return a panel for each start of a task: accuracy by length, chance as a dotted line."""
    panels = []
    for start in dict.fromkeys(row.start for row in rows):
        of_start = [row for row in rows if row.start == start]
        drawn = []
        for model in dict.fromkeys(row.model for row in of_start):
            line = {row.length: row.accuracy for row in of_start if row.model == model}
            label = words.label(model)
            drawn.append(figures.Curve(label, looks[model], [*line], [*line.values()]))
        title = f"{TASKS[name].title}: test accuracy over the steps in between, {start} start."
        svg = figures.curves(
            f"{name}-{start}", title, drawn, over="steps in between", span=(-0.01, 1.03),
            level=("chance", TASKS[name].chance),
        )  # fmt: skip
        panels.append({"name": f"{name}_{start}", "title": f"{start} start", "svg": Markup(svg)})
    return panels


def flows(name: str, rows: Sequence[Row], looks) -> list[dict[str, Any]]:
    """Return panels of the gradient by steps back, before and after training, for each start.

    They are drawn at the length of the claim if available, else at the longest.
    """
    measured = [row for row in rows if any(record.get("flow") for record in row.records)]
    lengths = {row.length for row in measured}
    if not lengths:
        return []
    length = CLAIMED[-1] if CLAIMED[-1] in lengths else max(lengths)
    measured = [row for row in measured if row.length == length]
    panels = []
    for start in dict.fromkeys(row.start for row in measured):
        for when, during in (("before", "at the start"), ("after", "after training")):
            drawn = []
            for row in measured:
                if row.start == start:
                    back, shares = _shares(row, when)
                    values = figures.exact(np.maximum(shares, LEAST))
                    label = words.label(row.model)
                    drawn.append(figures.Curve(label, looks[row.model], back, values, marked=0))
            most = max(point.mean for line in drawn for point in line.values)
            svg = figures.curves(
                f"flow-{name}-{start}-{when}",
                f"Norm of the loss's gradient by the state, over steps back, {during}.",
                drawn,
                over="steps from the end, the last is 1",
                span=(LEAST / 2, max(most, 1.0) * 2), form="g", log="xy", shared=False,
            )  # fmt: skip
            title = f"N = {length:,}, {start} start, {during}"
            key = f"{name}_{start}_gradient_{when}"
            panels.append({"name": key, "title": title, "svg": Markup(svg)})
    return panels


def _shares(row: Row, when: str) -> tuple[list[int], np.ndarray]:
    """Return steps back, and the geometric mean over seeds of the gradient's share there.

    For a cell with several states the norm is over all states: a gradient that flows through one of
    them is not lost.
    """
    flows = [record["flow"][when] for record in row.records if record.get("flow")]
    logs = []
    for flow in flows:
        norm = np.sqrt(sum(np.square(flow[state]) for state in flow if state != "back"))
        logs.append(np.log(np.maximum(norm / max(norm[0], 1e-30), 1e-30)))
    return [back + 1 for back in flows[0]["back"]], np.exp(np.mean(logs, axis=0))


def _settings(records: Sequence[Record]) -> dict[str, Any]:
    """Return each setting, and a list of its values where trials differ."""
    values: dict[str, set] = {}
    for record in records:
        for name, value in (record["settings"] | {"units": record["units"]}).items():
            values.setdefault(name, set()).add(value)
    return {name: min(some) if len(some) == 1 else sorted(some) for name, some in values.items()}
