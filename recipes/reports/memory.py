"""The report of the memory tasks: records in, one HTML page and figures out."""

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
from recipes.reports.words import LABELS
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
        label = LABELS.get(self.model, self.model)
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
    def said(self) -> str:
        """Return the accuracy, its interval and its seeds in words."""
        seeds = f"{self.accuracy.count} seed{'s' if self.accuracy.count > 1 else ''}"
        return f"{words.score(self.accuracy)}, {seeds}"

    @property
    def verdict(self) -> str:
        """Return whether "it loses the word" is supported.

        The word counts as lost if the accuracy is less than half-way from chance to 100%. The
        interval over seeds decides. If all of several seeds have exactly the same accuracy there is
        no such interval, and the sampling interval of the test examples is used.
        """
        middle = (1 + TASKS[self.task].chance) / 2
        found = self.accuracy
        low, high = found.low, found.high
        if low is None or high is None:
            if found.count < 2:
                return UNDECIDED
            low, high = stats.wilson(found.mean, min(r["test_rows"] for r in self.records))
        return SUPPORTED if high < middle else CONTRADICTED if low > middle else UNDECIDED


def rows(records: Sequence[Record]) -> list[Row]:
    """Return the finished trials as rows: by task, start, model and length."""
    groups: dict[tuple, list[Record]] = {}
    for record in records:
        if record["status"] == "done":
            place = (record["data"], record["arm"], record["model"], record["size"])
            groups.setdefault(place, []).append(record)
    found = [
        Row(task, start, model, length, tuple(members))
        for (task, start, model, length), members in groups.items()
    ]

    def order(row: Row):
        known = ORDER.index(row.model) if row.model in ORDER else len(ORDER)
        return [*TASKS].index(row.task), STARTS.index(row.start), known, row.model, row.length

    return sorted(found, key=order)


def claim(found: Sequence[Row]) -> dict[str, str]:
    """Return the claim with its verdict and the numbers behind it."""
    own = next((r for r in found if (r.task, r.start, r.model, r.length) == CLAIMED), None)
    if own is None:
        return {"claim": CLAIM, "verdict": UNDECIDED, "said": "No trial of it has finished."}
    task = TASKS[own.task]
    said = (
        f"The simple RNN recalls it in {own.said}, with {own.length} words in between. Chance is "
        f"{100 * task.chance:.1f}%; half-way to perfect is {50 * (1 + task.chance):.1f}%."
    )
    others = [
        f"{row.label} {row.said}"
        for row in found
        if (row.task, row.length) == (own.task, own.length) and row is not own
    ]
    if others:
        said += f" Beside it: {'; '.join(others)}."
    return {"claim": CLAIM, "verdict": own.verdict, "said": said}


def pairs(found: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the pairwise comparisons of models, a family at each length of each task and start."""
    families: dict[tuple, list[Row]] = {}
    for row in found:
        families.setdefault((row.task, row.start, row.length), []).append(row)
    compared = []
    for (task, start, length), members in sorted(families.items(), key=lambda item: item[0][2]):
        family = {
            (one.model, two.model): (one.scores, two.scores)
            for n, two in enumerate(members)
            for one in members[n + 1 :]
        }
        for (one, two), result in stats.compare(family).items():
            if result is not None:
                first, second = LABELS.get(one, one), LABELS.get(two, two)
                compared.append(
                    {"task": TASKS[task].title, "start": start, "length": length,
                     "claim": f"{first} is right more often than {second}", "found": result}
                )  # fmt: skip
    return compared


def table(records: Sequence[Record]) -> Table:
    """Return the table for the terminal: accuracy by length, a row for each model."""
    found = rows(records)
    lengths = sorted({row.length for row in found})
    out = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    out.caption = "Test accuracy in percent, mean over seeds; N steps lie in between."
    out.add_column("task, model", no_wrap=True)
    for length in lengths:
        out.add_column(f"{length:,}", justify="right")
    for task in dict.fromkeys(row.task for row in found):
        out.add_row(f"[cyan]{TASKS[task].title}[/], guessing {100 * TASKS[task].chance:.1f}")
        for label in dict.fromkeys(row.label for row in found if row.task == task):
            own = {r.length: r for r in found if r.task == task and r.label == label}
            out.add_row(
                f" {label}",
                *(f"{100 * own[n].accuracy.mean:.1f}" if n in own else "" for n in lengths),
            )
    return out


def write(folder: Path, records: Sequence[Record], facts: Mapping[str, Any]) -> Path:
    """Write `report.html` and its figures, each also as a separate file; return its path.

    Args:
        folder: created if it does not exist.
        records: the records of the trials.
        facts: what records do not contain: `command`, `machine`, `versions`, `commit`, `seconds`,
            `cuts` (a list of sentences), `source` (of the words in between), `curriculum`.
    """
    found = rows(records)
    looks = figures.looks(row.model for row in found)
    tasks: list[dict[str, Any]] = []
    for name in dict.fromkeys(row.task for row in found):
        own = [row for row in found if row.task == name]
        tasks.append(
            {
                "name": name,
                "task": TASKS[name],
                "panels": curves(name, own, looks),
                "flows": flows(name, own, looks),
                "lengths": sorted({row.length for row in own}),
                "lines": {
                    label: {row.length: row for row in own if row.label == label}
                    for label in dict.fromkeys(row.label for row in own)
                },
            }
        )
    path = words.write(
        folder / "report.html",
        "memory.html.j2",
        facts=facts,
        tasks=tasks,
        claim=claim(found),
        pairs=pairs(found),
        failed=[record for record in records if record["status"] == "failed"],
        settings=json.dumps(_settings(records), indent=1),
        enough=stats.ENOUGH,
        done=sum(len(row.records) for row in found),
    )
    for one in tasks:
        for panel in (*one["panels"], *one["flows"]):
            (folder / f"{panel['name']}.svg").write_text(figures.alone(panel["svg"]))
    return path


def curves(name: str, own: Sequence[Row], looks) -> list[dict[str, Any]]:
    """Return a panel for each start of a task: accuracy by length, chance as a dotted line."""
    chance = TASKS[name].chance
    panels = []
    for start in dict.fromkeys(row.start for row in own):
        lines = []
        for model in dict.fromkeys(row.model for row in own if row.start == start):
            line = [row for row in own if (row.start, row.model) == (start, model)]
            lines.append(
                figures.Curve(
                    LABELS.get(model, model),
                    looks[model],
                    [row.length for row in line],
                    [row.accuracy for row in line],
                )
            )
        title = f"{TASKS[name].title}: test accuracy over the steps in between, {start} start."
        drawn = figures.curves(
            f"{name}-{start}", title, lines, over="steps in between", span=(-0.01, 1.03),
            level=("guessing", chance),
        )  # fmt: skip
        panels.append({"name": f"{name}_{start}", "title": f"{start} start", "svg": Markup(drawn)})
    return panels


def flows(name: str, own: Sequence[Row], looks) -> list[dict[str, Any]]:
    """Return panels of the gradient by steps back, before and after training, for each start.

    They are drawn at the length of the claim if available, else at the longest.
    """
    read = [row for row in own if any(record.get("flow") for record in row.records)]
    lengths = {row.length for row in read}
    if not lengths:
        return []
    length = CLAIMED[-1] if CLAIMED[-1] in lengths else max(lengths)
    panels = []
    for start in dict.fromkeys(row.start for row in read if row.length == length):
        for when, said in (("before", "at the start"), ("after", "after training")):
            lines = [
                figures.Curve(
                    LABELS.get(row.model, row.model),
                    looks[row.model],
                    [back + 1 for back in _back(row)],
                    figures.exact(max(share, LEAST) for share in _left(row, when)),
                    marked=0,
                )
                for row in read
                if (row.length, row.start) == (length, start)
            ]
            title = f"Norm of the loss's gradient by the state, over steps back, {said}."
            most = max(point.mean for line in lines for point in line.values)
            drawn = figures.curves(
                f"flow-{name}-{start}-{when}", title, lines,
                over="steps from the end, the last is 1",
                span=(LEAST / 2, max(most, 1.0) * 2), form="g", log="xy", shared=False,
            )  # fmt: skip
            panels.append(
                {"name": f"{name}_{start}_gradient_{when}", "svg": Markup(drawn),
                 "title": f"N = {length:,}, {start} start, {said}"}
            )  # fmt: skip
    return panels


def _back(row: Row) -> list[int]:
    return next(record["flow"]["after"]["back"] for record in row.records if record.get("flow"))


def _left(row: Row, when: str) -> list[float]:
    """Return the geometric mean over seeds of the gradient's share, by steps back.

    For a cell with several states the norm is over all states: a gradient that flows through one of
    them is not lost.
    """
    flows = [record["flow"][when] for record in row.records if record.get("flow")]
    shares = []
    for flow in flows:
        norm = np.sqrt(sum(np.square(flow[s]) for s in flow if s != "back"))
        shares.append(np.log(np.maximum(norm / max(norm[0], 1e-30), 1e-30)))
    return np.exp(np.mean(shares, axis=0)).tolist()


def _settings(records: Sequence[Record]) -> dict[str, Any]:
    settings = [record["settings"] | {"units": record["units"]} for record in records]
    names = dict.fromkeys(name for one in settings for name in one)
    values = {name: sorted({one[name] for one in settings if name in one}) for name in names}
    return {name: one[0] if len(one) == 1 else one for name, one in values.items()}
