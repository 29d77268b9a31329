"""The recommendation: the model that is best over all data sets and sizes of a comparison.

A place is one number of training texts of one data set. The models compared are the baselines, and
the cells of one arm, that have trials at every place. The lead at a place is decided as in
`recipes.advise`: by its interval over seeds and test rows; with one seed, over test rows only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from recipes.reports import stats, words
from recipes.reports.rows import Row, difference, grouped, outcomes_of

BETTER, LEVEL, WORSE, OPEN = "better", "level", "worse", "not decided"
VERBS = {BETTER: "better than", LEVEL: "level with", WORSE: "behind",
         OPEN: "not distinguished from"}  # fmt: skip
MARGIN = 0.02  # a difference that does not matter: two points


def standing(lead: stats.Estimate | None) -> str:
    """Return the meaning of a lead: better, worse, level (within the margin), or not decided.

    Level is shown by two one-sided tests (Schuirmann 1987) at 2.5% each, since the interval is of
    95%, not of 90%: the stricter choice.

    >>> standing(stats.Estimate(0.01, -0.005, 0.018, 5)), standing(stats.Estimate(0.1, 0, 0.2, 1))
    ('level', 'not decided')
    """
    verdict = stats.verdict(lead)
    if verdict != stats.UNDECIDED:
        return BETTER if verdict == stats.SUPPORTED else WORSE
    if lead is None or lead.low is None or lead.high is None:
        return OPEN
    return LEVEL if lead.low >= -MARGIN and lead.high <= MARGIN else OPEN


@dataclass(frozen=True)
class Choice:
    """The recommended model, among those with trials at every place.

    Attributes:
        places: rows by model at each place, `{model: row}`.
        model: the model with the highest mean accuracy over the places.
        cell: the best cell, or None if no cell was tried.
        among: the arm of the cells, if there are others, which are not compared; or "".
    """

    places: list[dict[str, Row]]
    model: str
    cell: str | None
    among: str = ""

    @property
    def best_at(self) -> int:
        """Return at how many places its mean is the highest."""
        tops = [max(place, key=lambda m: place[m].accuracy.mean) for place in self.places]
        return tops.count(self.model)

    def standings(self, first: str, second: str) -> list[str]:
        """Return how the first model compares with the second, place by place."""
        return [standing(difference(place[first], place[second])) for place in self.places]

    @cached_property
    def decided(self) -> int:
        """Return at how many places it is better than every other model, by the interval."""
        others = [model for model in self.places[0] if model != self.model]
        leads = [self.standings(self.model, other) for other in others]
        return sum(all(at == BETTER for at in place) for place in zip(*leads, strict=True))

    @cached_property
    def cost(self) -> float | None:
        """Return the largest cost of choosing it at any place, in accuracy, at 95% confidence.

        At each place this is the upper bound on the lead of the best other model; all bounds hold
        together (Šidák 1967), since the model is chosen by the same scores. None if trials do not
        record which test rows were right.
        """
        leads = [
            stats.differences(*outcomes_of(place[self.model], row))
            for place in self.places
            for model, row in place.items()
            if model != self.model
        ]
        if not leads or any(lead.ndim == 1 for lead in leads):
            return None
        level = stats.LEVEL ** (1 / len(leads))
        return max(0.0, *(-stats.crossed(lead).at_least(level) for lead in leads))

    @property
    def single(self) -> int:
        """Return at how many places a network has one seed, hence no estimate of training error."""
        return sum(
            any(row.accuracy.count == 1 and not row.seedless for row in place.values())
            for place in self.places
        )

    @property
    def verdict(self) -> str:
        """Return how certain the choice is: clear, safe (within the margin) or not decided."""
        if len(self.places[0]) > 1 and self.decided == len(self.places):
            return "clear"
        if self.cost is not None and self.cost <= MARGIN:
            return "safe"
        return f"decided at {self.decided} of {len(self.places)}" if self.decided else OPEN

    @property
    def headline(self) -> str:
        """Return the recommendation in one sentence."""
        return f"Take the {words.label(self.model)}."

    @property
    def sentences(self) -> list[str]:
        """The answer: its accuracy and cost, and how the best cell compares."""
        return words.sentences("choice.txt.j2", "answer", choice=self)

    def reach(self, model: str) -> str:
        """Return a model's accuracies and seconds over the places."""
        rows = [place[model] for place in self.places]
        accuracies = words.span([100 * row.accuracy.mean for row in rows], ".1f")
        seconds = [float(np.mean(row.all("seconds"))) for row in rows if row.all("seconds")]
        if not seconds:
            return f"{accuracies}%"
        took = list(dict.fromkeys(words.seconds(bound) for bound in (min(seconds), max(seconds))))
        return f"{accuracies}%, trained in {' to '.join(took)}"

    def against(self, model: str) -> str:
        """Return how a model compares with the others, grouped by result."""
        others = [other for other in self.places[0] if other != model]

        def result(other: str) -> tuple[tuple[str, int], ...]:
            standings = sorted(self.standings(model, other), key=[*VERBS].index)
            return tuple(Counter(standings).most_common())

        phrases = []
        for ((first, count), *rest), members in grouped(others, result).items():
            phrase = f"{VERBS[first]} the {words.listed([*map(words.label, members)])}"
            if rest:
                at = [f"at {count} of {len(self.places)} sizes", *(f"{s} at {n}" for s, n in rest)]
                phrase += f" {', '.join(at)}"
            phrases.append(phrase)
        return "; ".join(phrases) + "."


def choose(rows: Sequence[Row]) -> Choice | None:
    """Return the choice among finished trials; None if there are none."""
    arms = list(dict.fromkeys(row.arm for row in rows if not row.baseline))
    arm = arms[0] if arms else None
    cells = {(row.data, row.size, row.model): row for row in rows if row.baseline or row.arm == arm}
    if not cells:
        return None
    places = pd.Series(cells).unstack(sort=False)
    whole = places[places.count(axis=1) == places.count(axis=1).max()]
    common = whole.dropna(axis=1)
    if common.empty:  # data sets with different baselines or cells: use those of the first
        common = whole.iloc[:1].dropna(axis=1)
    means = common.map(lambda row: row.accuracy.mean).mean()
    trained = [model for model in common if not common[model].iloc[0].baseline]
    return Choice(
        common.to_dict("records"), means.idxmax(), means[trained].idxmax() if trained else None,
        str(arm) if len(arms) > 1 else "",
    )  # fmt: skip
