"""The results of `recipes.advise`: which model, how certain, and what more texts would bring.

Models are chosen on validation; the test set is used once, to measure how good the choice is.
Intervals combine two sources of error that `stats` separates, training (another seed) and sampling
(other test rows), by `stats.crossed`, on the rows on which two models differ.
"""

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recipes.data.tasks import FITTED, MOST_FREQUENT
from recipes.reports import stats
from recipes.reports.stats import Estimate
from recipes.reports.words import LABELS as OTHERS
from recipes.trials.candidate import ACCURACY, shares
from recipes.trials.trial import unpacked

CLEAR, EQUAL, SAFE, UNDECIDED = "clear", "about equal", "safe", "not decided"
BEHIND = "behind"  # on the test set, though chosen on validation
MARGIN = 0.02  # a difference that does not matter: two points
DRAWS = 300
LABELS = OTHERS | {MOST_FREQUENT: "most frequent class"}

Record = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Standing:
    """The finished trials of one model at one number of texts, one per seed.

    Attributes:
        model, size: the model and the number of texts.
        records: one record per seed.
        labels: labels of the test rows.
        measure: accuracy or balanced accuracy.
    """

    model: str
    size: int
    records: tuple[Record, ...]
    labels: np.ndarray
    measure: str

    @property
    def name(self) -> str:
        """Return the name of the model for use in a sentence."""
        return LABELS.get(self.model, self.model)

    @property
    def fitted(self) -> bool:
        """Whether the model is deterministic, the same for every seed."""
        return self.model in FITTED

    @property
    def valid(self) -> float:
        """Return the mean validation score, the criterion for choosing."""
        return float(np.mean([record["valid_score"] for record in self.records]))

    @property
    def tests(self) -> dict[int, float]:
        """Return the test score of each seed."""
        return {record["seed"]: record["test_score"] for record in self.records}

    @functools.cached_property
    def rights(self) -> np.ndarray:
        """Return which test rows each seed got right, `(seeds, rows)`."""
        rows = len(self.labels)
        return np.array([unpacked(record["test_right"], rows) for record in self.records])

    @functools.cached_property
    def test(self) -> Estimate:
        """Return the test score with its interval over seeds and test rows.

        For a network with one seed the interval covers the test rows only.
        """
        # "Plus four" rule: an observed accuracy of 100% does not make the next row certain.
        found = stats.crossed(self.rights, _strata(self), (0, 0, 1, 1)).estimate
        low, high = max(found.low or 0.0, 0.0), min(found.high or 1.0, 1.0)
        return Estimate(found.mean, low, high, found.count)

    def mean(self, key: str) -> float:
        """Return the mean over seeds of a field of the records."""
        return float(np.mean([record[key] for record in self.records]))

    def found(self, label: int) -> float:
        """Return the recall of a class on the test set."""
        return float(self.rights[:, self.labels == label].mean())


@dataclass(frozen=True)
class Lead:
    """The lead of one model over another.

    Attributes:
        difference: on the test set; without an interval if there are too few seeds.
        rows, seeds: half-widths of the intervals due to test rows only and to seeds only.
        least: lower bound of the true lead, one-sided, at 95% confidence; for a network with one
            seed, of these trained models only. None without a common seed.
    """

    difference: Estimate
    rows: float
    seeds: float | None
    least: float | None = None

    @property
    def verdict(self) -> str:
        """Return whether the first is better (clear), about equal, behind, or undecided."""
        low, high = self.difference.low, self.difference.high
        if low is None or high is None:
            return UNDECIDED
        if low > 0:
            return CLEAR
        if high < -MARGIN:
            return BEHIND
        return EQUAL if low >= -MARGIN and high <= MARGIN else UNDECIDED


def lead(first: Standing, second: Standing) -> Lead:
    """Return the lead of the first over the second, paired by seed and by test row.

    A deterministic model is compared with each seed of the other. For a network with a single seed,
    or no seed in common, the training error is unknown, so there is no interval.
    """
    seeds = [seed for seed in first.tests if seed in second.tests]
    if first.fitted or second.fitted:
        seeds = list((second if first.fitted else first).tests)
    if not seeds:
        middle = first.test.mean - second.test.mean
        return Lead(Estimate(middle, None, None, 0), 1.0, None, None)
    one, two = (
        side.rights[[0 if side.fitted else [*side.tests].index(seed) for seed in seeds]]
        for side in (first, second)
    )
    found = stats.crossed(one.astype(float) - two, _strata(first))
    sure = found.estimate.count > 1 or (first.fitted and second.fitted)
    fitted = 0.0 if found.seeds is None and sure else found.seeds
    middle = found.estimate.mean
    estimate = found.estimate if sure else Estimate(middle, None, None, 1)
    return Lead(estimate, found.rows, fitted, found.at_least())


def _strata(one: Standing) -> list[tuple[np.ndarray, float]]:
    """Return masks of rows with equal weight in the score, and the total weight of each mask."""
    if one.measure == ACCURACY:
        return [(np.ones(len(one.labels), bool), 1.0)]
    classes = np.unique(one.labels)
    return [(one.labels == label, 1 / len(classes)) for label in classes]


@dataclass(frozen=True)
class Curve:
    """A model's learning curve, extrapolated to more texts.

    Attributes:
        model: the model.
        fitted: score by number of texts, measured and extrapolated.
        gains: increase of the score from all texts to two and four times as many.
        seeds: the minimum number of seeds per size.
    """

    model: str
    fitted: dict[int, Estimate]
    gains: dict[int, Estimate]
    seeds: int


def curve(standings: Sequence[Standing], seed: int = 0) -> Curve | None:
    """Fit error = a + b n^-c to a model at several sizes; None for fewer than three.

    The bootstrap resamples the test rows, the same for all sizes, and each size's seeds, and adds
    noise as large as the misfit of the curve. The band does not cover the possibility that the
    curve stops following a power law.
    """
    by_size = {one.size: one for one in sorted(standings, key=lambda one: one.size)}
    if len(by_size) < 3:
        return None
    rng = np.random.default_rng(seed)
    first = standings[0]
    weights = shares(first.labels, first.measure)
    last = max(by_size)
    places = [*by_size, 2 * last, 4 * last]

    def predicted(errors: Mapping[int, float]) -> list[float]:
        law = stats.power_law({size: [error] for size, error in errors.items()})
        return [1 - law(place).mean for place in places]

    seen = {size: 1 - float(one.rights.mean(0) @ weights) for size, one in by_size.items()}
    middle = predicted(seen)
    # The misfit is part of the uncertainty: which texts a size contains is random too.
    off = [
        1 - score - error for score, error in zip(middle[: len(seen)], seen.values(), strict=True)
    ]
    misfit = math.sqrt(sum(one**2 for one in off) / max(len(seen) - 3, 1))
    draws = []
    for _ in range(DRAWS):
        drawn = np.zeros(len(weights))
        for rows, _share in _strata(first):
            own = np.flatnonzero(rows)
            np.add.at(drawn, rng.choice(own, len(own)), weights[own[0]])
        errors = {}
        for size, one in by_size.items():
            by_seed = 1 - one.rights @ drawn
            count = len(by_seed)
            some = by_seed[rng.integers(count, size=count)].mean()
            wider = math.sqrt(count / (count - 1)) if count > 1 else 1.0  # as in `stats.power_law`
            error = by_seed.mean() + wider * (some - by_seed.mean()) + rng.normal(0, misfit)
            errors[size] = min(max(float(error), 0.0), 1.0)
        draws.append(predicted(errors))
    spread = np.array(draws)

    def between(values: np.ndarray, middle: float) -> Estimate:
        low, high = np.quantile(values, [(1 - stats.LEVEL) / 2, (1 + stats.LEVEL) / 2])
        return Estimate(middle, float(min(low, middle)), float(max(high, middle)), DRAWS)

    now = places.index(last)
    return Curve(
        first.model,
        {place: between(spread[:, k], middle[k]) for k, place in enumerate(places)},
        {
            places[k]: between(spread[:, k] - spread[:, now], middle[k] - middle[now])
            for k in (now + 1, now + 2)
        },
        min(len(one.records) for one in by_size.values()),
    )


@dataclass(frozen=True)
class Advice:
    """The results of the trials.

    Attributes:
        size: the number of all texts, which the results are about.
        standings: every model at every size, best on validation first within a size.
        winner: the best on validation with all texts.
        others: the other models with all texts, in order.
        leads: of the winner over each of them.
        network: the best network on validation, with all texts if there is one.
        curves: by model.
        missing: networks without a finished trial on all texts.
    """

    size: int
    standings: list[Standing]
    winner: Standing
    others: list[Standing]
    leads: list[Lead]
    network: Standing | None
    curves: dict[str, Curve]
    missing: list[str]

    @property
    def verdict(self) -> str:
        """Return how certain the choice is; undecided if a network was not tried."""
        if self.missing:
            return UNDECIDED
        if not self.leads:
            return CLEAR
        found = self.leads[self.rival].verdict
        if found in (CLEAR, EQUAL):
            return found
        return SAFE if self.cost is not None and self.cost <= MARGIN else UNDECIDED

    @property
    def cost(self) -> float | None:
        """Return an upper bound on the cost of the choice (expected regret), at 95% confidence.

        The best of the others is one of them, and each is ahead by at most its own bound. None if a
        network has a single seed, since its bound does not include the error of training.
        """
        bounds = [ahead.least if ahead.difference.low is not None else None for ahead in self.leads]
        if not bounds or None in bounds:
            return None
        return max(0.0, *(-bound for bound in bounds if bound is not None))

    @property
    def rival(self) -> int:
        """Return the index in `others` of the model that makes the choice least certain.

        Ties go to the best on validation. A choice is clear if all leads are.
        """
        order = (BEHIND, UNDECIDED, EQUAL, CLEAR)
        return min(range(len(self.leads)), key=lambda one: order.index(self.leads[one].verdict))


def find(
    records: Iterable[Record],
    labels: np.ndarray,
    measure: str,
    size: int,
    networks: Sequence[str],
) -> Advice:
    """Return the results of finished trials; there must be baselines at `size` texts.

    Args:
        records: one record per trial, of each model at its own learning rate.
        labels: labels of the test rows.
        measure: accuracy or balanced accuracy.
        size: number of all texts.
        networks: names of the requested networks.
    """
    groups: dict[tuple[str, int], list[Record]] = {}
    for one in records:
        groups.setdefault((one["model"], one["size"]), []).append(one)
    standings = [
        Standing(model, number, tuple(sorted(own, key=lambda r: r["seed"])), labels, measure)
        for (model, number), own in groups.items()
    ]
    standings.sort(key=lambda one: (-one.size, -one.valid, one.mean("seconds")))
    winner, *others = [one for one in standings if one.size == size]
    trained = [one for one in standings if not one.fitted]
    shown = [winner, *others[:1], *trained[:1]]
    curves = {
        model: found
        for model in dict.fromkeys(one.model for one in shown if one.model != MOST_FREQUENT)
        if (found := curve([one for one in standings if one.model == model]))
    }
    leads = [lead(winner, other) for other in others]
    there = {one.model for one in (winner, *others)}
    missing = [name for name in networks if name not in there]
    network = next(iter(trained), None)
    return Advice(size, standings, winner, others, leads, network, curves, missing)
