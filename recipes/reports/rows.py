"""Rows of a table: the finished trials of one model, at one size of one data set, seed by seed."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any

from recipes.data.tasks import FITTED
from recipes.reports import figures, stats, words
from recipes.reports.stats import SUPPORTED, Estimate
from recipes.reports.words import BASELINES, CELLS
from recipes.trials.trial import unpacked

ARMS = ("equal units", "equal parameters", "baseline")
KIND = ("data", "size", "arm", "model")  # the fields of Row

Trial = Mapping[str, Any]


def grouped(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Return items by their key, both in order of appearance.

    >>> grouped(["gru", "lstm", "mgu"], len)
    {3: ['gru', 'mgu'], 4: ['lstm']}
    """
    groups: dict[Any, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


@dataclass(frozen=True, eq=False)
class Row:
    """A row of a table: the finished trials of a model in one arm, at one size of one data set."""

    data: str
    size: int
    arm: str
    model: str
    trials: tuple[Trial, ...]

    @property
    def baseline(self) -> bool:
        return self.arm == "baseline" or self.model in BASELINES

    @property
    def name(self) -> str:
        """The model, with its arm if it has one."""
        label = words.label(self.model)
        return label if self.baseline else f"{label}, {self.arm}"

    @property
    def phrase(self) -> str:
        """The same for use in a sentence."""
        return self.name.replace(f", {self.arm}", f" at {self.arm}")

    @cached_property
    def scores(self) -> dict[Any, float]:
        """The test accuracy of each seed."""
        return {trial.get("seed"): float(trial["test_accuracy"]) for trial in self.trials}

    @cached_property
    def accuracy(self) -> Estimate:
        """The mean test accuracy over seeds, with its interval."""
        return stats.mean(self.scores.values())

    @cached_property
    def outcomes(self) -> dict[Any, Any]:
        """By seed, which test rows were right if all trials record it, else the scores."""
        if not all(trial.get("test_right") and trial.get("test_rows") for trial in self.trials):
            return self.scores
        return {
            trial.get("seed"): unpacked(trial["test_right"], trial["test_rows"])
            for trial in self.trials
        }

    @property
    def seedless(self) -> bool:
        """Whether the model is deterministic: a fitted baseline has one optimum from any start."""
        return self.model in FITTED and len(set(self.scores.values())) == 1

    def same(self, other: "Row") -> bool:
        """Whether both have the same trials: the reference of equal parameters is in both arms."""
        return {*self.all("key")} == {*other.all("key")} != set()

    def all(self, key: str) -> list[Any]:
        """Return the trials' values of a field, without missing ones."""
        return [trial[key] for trial in self.trials if trial.get(key) is not None]

    @property
    def cell_size(self) -> int | None:
        """The number of parameters of the cell alone, if the trials record it."""
        return max(self.all("cell_parameters"), default=None)

    @property
    def seeds(self) -> str:
        """The number of trials in the mean, in words."""
        once = self.seedless and len(self.trials) == 1
        return "fitted once" if once else words.count(self.accuracy.count, "seed")

    @property
    def interval(self) -> str:
        """Half the width of the interval after a ±, or an empty string."""
        half = self.accuracy.half
        return "" if half is None else f"± {100 * half:.1f}"

    @property
    def spread(self) -> str:
        """The interval, or why there is none."""
        alone = self.seeds if self.accuracy.count == 1 else f"same in {self.seeds}"
        return self.interval or alone

    @property
    def score(self) -> str:
        """The mean, its interval and its number of seeds, for use in a sentence."""
        score = f"{words.percent(self.accuracy.mean)} {self.interval}".strip()
        return words.unbroken(f"{score} ({self.seeds})")

    @property
    def mean_seconds(self) -> float | None:
        """The mean seconds of a trial, if they are recorded."""
        seconds = [number for number in self.all("seconds") if number > 0]
        return sum(seconds) / len(seconds) if seconds else None

    @property
    def seconds(self) -> str:
        """The same for a table."""
        seconds = self.mean_seconds
        return "" if seconds is None else f"{seconds:.1f}" if seconds < 10 else f"{seconds:,.0f}"


def is_share(value: Any) -> bool:
    """Return whether a value is a number from 0 to 1."""
    return isinstance(value, int | float) and 0 <= value <= 1


def sort(trials: Iterable[Trial]) -> tuple[list[Row], list[Trial]]:
    """Return the rows of the finished trials, and the trials that failed.

    If a trial was run again, its last record counts. A record that is `done` without a test
    accuracy between 0 and 1 counts as failed.
    """
    kind = itemgetter(*KIND)
    last = {(*kind(trial), trial.get("seed")): trial for trial in trials}
    done: list[Trial] = []
    failed: list[Trial] = []
    for trial in last.values():
        accuracy = trial.get("test_accuracy")
        if trial.get("status") != "done":
            failed.append(trial)
        elif is_share(accuracy):
            done.append(trial)
        else:
            reason = f"the recorded test accuracy is no share: {json.dumps(accuracy)}"
            failed.append({**trial, "reason": reason})
    models = [*CELLS, None, *BASELINES]  # None: all others

    def order(row: Row) -> tuple:
        arm = ARMS.index(row.arm) if row.arm in ARMS else 1.5
        known = row.model if row.model in models else None
        return row.data, row.size, arm, models.index(known), row.model

    rows = [
        Row(data, size, arm, model, tuple(members))
        for (data, size, arm, model), members in grouped(done, kind).items()
    ]
    return sorted(rows, key=order), failed


def ranked(rows: Iterable[Row]) -> list[Row]:
    """Return rows by descending mean; trials that are in two arms appear once."""
    ranked: list[Row] = []
    for row in sorted(rows, key=lambda row: -row.accuracy.mean):
        if not any(row.same(before) for before in ranked):
            ranked.append(row)
    return ranked


def outcomes_of(first: Row, second: Row) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return the outcomes of two rows by seed: which test rows were right, or scores.

    A deterministic model is compared with every seed of the other.
    """
    outcomes, others = first.outcomes, second.outcomes
    lengths = {getattr(right, "shape", None) for right in (*outcomes.values(), *others.values())}
    if len(lengths) > 1:  # not both record test rows, or the test sets differ
        outcomes, others = first.scores, second.scores
    if first.seedless and not second.seedless:
        outcomes = dict.fromkeys(others, next(iter(outcomes.values())))
    elif second.seedless and not first.seedless:
        others = dict.fromkeys(outcomes, next(iter(others.values())))
    return outcomes, others


def difference(first: Row, second: Row) -> Estimate | None:
    """Return the lead in accuracy of the first, paired by seed; None without a common seed."""
    return stats.paired(*outcomes_of(first, second))


def best(rows: Sequence[Row]) -> list[Row]:
    """Return the row that is better than every other by a paired interval; usually there is none.

    It is returned twice if the same trials are in two arms.
    """
    first, *others = ranked(rows)
    decided = all(stats.verdict(difference(first, other)) == SUPPORTED for other in others)
    return [row for row in rows if row is first or row.same(first)] if others and decided else []


def curves(
    rows: Iterable[Row], looks: Mapping[str, figures.Look], over: str = "size"
) -> list[figures.Curve]:
    """Return the accuracy of each model in each arm over a field of its rows, to be drawn."""
    return [
        figures.Curve(
            words.SHORT.get(model, model),
            looks[model],
            [(getattr(row, over), row.accuracy) for row in line],
        )
        for (_, model), line in grouped(rows, attrgetter("arm", "model")).items()
    ]
