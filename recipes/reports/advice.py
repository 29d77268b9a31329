"""The results of `recipes.advise`: which model, at what cost, and what more texts would bring.

Every row is tested once, in the fold that holds it out, and models are compared row by row. The
choice is the model with the best score; its cost (regret) is by how much the best of the others may
truly be better. Intervals combine the error of the test rows and that of training, by
`stats.cross_validated`, or by `stats.crossed` for the seeds of a single test set. On a single test
set the choice is made on validation.
"""

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from recipes.data.tasks import MOST_FREQUENT
from recipes.reports import stats
from recipes.reports.rows import grouped
from recipes.reports.stats import Crossed, Estimate
from recipes.reports.words import LABELS as OTHERS
from recipes.trials.candidate import ACCURACY, FIXED, HeldOut, shares
from recipes.trials.trial import unpacked

CLEAR, SAFE, BOUNDED, UNDECIDED = "clear", "safe", "bounded", "not decided"
MARGIN = 0.02  # a difference that does not matter: two points
# Two folds give two scores of training, of which no interval covers what it says (84% in a
# simulation where three folds covered 95%); and a cost of half of all texts says nothing.
TOO_FEW_FOLDS, VACUOUS = 2, 0.5
DRAWS = 300
LABELS = OTHERS | {MOST_FREQUENT: "most frequent class"}

Record = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Standing:
    """The finished trials of a model at one number of texts, one per seed, tested on `held`."""

    model: str
    size: int
    records: tuple[Record, ...]
    held: HeldOut

    @property
    def name(self) -> str:
        return LABELS.get(self.model, self.model)

    @property
    def fitted(self) -> bool:
        """Whether the model is deterministic, the same for every seed."""
        return self.model in FIXED

    @property
    def valid(self) -> float:
        return self.mean("valid_score")

    @property
    def score(self) -> float:
        """The criterion of the choice."""
        return self.valid if self.held.folds == 1 else self.test.mean

    @functools.cached_property
    def rights(self) -> dict[int, np.ndarray]:
        """Return by seed which rows of its fold were right; NaN for rows that it did not test."""
        rights = {}
        for record in self.records:
            tested = self.held.fold == record["seed"] % self.held.folds
            right = np.full(len(tested), np.nan)
            right[tested] = unpacked(record["test_right"], int(tested.sum()))
            rights[record["seed"]] = right
        return rights

    @functools.cached_property
    def crossed(self) -> Crossed:
        """Return the test score with its two errors."""
        # "Plus four" rule: an observed accuracy of 100% does not make the next row certain.
        return _estimate([*self.rights.values()], self.held, (0, 0, 1, 1))

    @functools.cached_property
    def test(self) -> Estimate:
        """Return the test score with its interval over training and test rows.

        For a network with one seed the interval covers the test rows only.
        """
        estimate = self.crossed.estimate
        low, high = max(estimate.low or 0.0, 0.0), min(estimate.high or 1.0, 1.0)
        return Estimate(estimate.mean, low, high, estimate.count)

    def outcome(self, seed: int) -> np.ndarray | None:
        """Return which rows a seed got right; a fitted model is the same in each repeat."""
        return self.rights.get(seed % self.held.folds if self.fitted else seed)

    def mean(self, key: str) -> float:
        """Return the mean over seeds of a field of the records."""
        return float(np.mean([record[key] for record in self.records]))

    def recall(self, label: int) -> float:
        """Return the share of a class's test rows that were right."""
        return float(np.nanmean(np.array([*self.rights.values()])[:, self.held.labels == label]))


def _estimate(values: Sequence[np.ndarray], held: HeldOut, unseen: Sequence[float]) -> Crossed:
    """Return the weighted mean of values by seed and row; NaN where a row was not tested."""
    by_seed, strata = np.array(values), _strata(held)
    if held.folds == 1:
        return stats.crossed(by_seed, strata, unseen)
    tested = ~np.isnan(by_seed).all(0)
    rows = np.nanmean(by_seed[:, tested], 0)
    ratio = len(held.labels) / held.folds / held.train
    return stats.cross_validated(rows, held.fold[tested], strata[tested], unseen, ratio)


def _strata(held: HeldOut) -> np.ndarray:
    """Return the stratum of each row: with balanced accuracy, its class."""
    return np.zeros_like(held.labels) if held.measure == ACCURACY else held.labels


@dataclass(frozen=True)
class Lead:
    """The lead of one model over another.

    Attributes:
        difference: of the scores; without an interval if the error of training is unknown.
        crossed: the same with its two errors, or None if no seed is common. Of one seed of a
            network it holds the error of the test rows alone.
    """

    difference: Estimate
    crossed: Crossed | None

    def cost(self, level: float) -> float | None:
        """Return the upper bound on how much better the second is, or None if there is none."""
        if self.crossed is None or self.difference.low is None:
            return None
        return -self.crossed.at_least(level)


def lead(first: Standing, second: Standing) -> Lead:
    """Return the lead of the first over the second, paired by seed and by test row.

    A deterministic model is compared with each seed of the other. For a network with a single seed,
    or no seed in common, the error of training is unknown, so there is no interval.
    """
    seeds = dict.fromkeys([*first.rights, *second.rights])
    pairs = [(first.outcome(seed), second.outcome(seed)) for seed in seeds]
    values = [one - two for one, two in pairs if one is not None and two is not None]
    if not values:
        return Lead(Estimate(first.test.mean - second.test.mean, None, None, 0), None)
    crossed = _estimate(values, first.held, (-1, 1))
    estimate = crossed.estimate
    if crossed.seeds is None and not (first.fitted and second.fitted):
        return Lead(Estimate(estimate.mean, None, None, 1), crossed)
    # Scores are at most 1; with two folds an interval of differences is often wider than that.
    bounds = np.array([estimate.low, estimate.high], float)
    low, high = np.clip(bounds, (first.test.low or 0.0) - 1, first.test.high or 1.0).tolist()
    return Lead(Estimate(estimate.mean, low, high, estimate.count), crossed)


@dataclass(frozen=True)
class Curve:
    """A model's learning curve, extrapolated to more texts.

    Attributes:
        fitted: score by number of texts, measured and extrapolated.
        gains: increase of the score from all texts to two and four times as many.
        seeds: the minimum number of seeds per size.
    """

    model: str
    fitted: dict[int, Estimate]
    gains: dict[int, Estimate]
    seeds: int


def curve(standings: Sequence[Standing]) -> Curve | None:
    """Fit error = a + b n^-c to a model at several sizes; None for fewer than three.

    The bootstrap resamples the test rows, the same for all sizes, and adds noise as large as the
    misfit of the curve, as which texts a size contains is random too. The band does not cover the
    possibility that the curve stops following a power law.
    """
    by_size = {one.size: one for one in sorted(standings, key=lambda one: one.size)}
    if len(by_size) < 3:
        return None
    rng = np.random.default_rng(0)
    held = standings[0].held
    weights = shares(held.labels, held.measure)
    sizes = np.array([*by_size], float)
    rights = np.array([np.mean([*one.rights.values()], 0) for one in by_size.values()])
    seeds = np.array([len(one.records) for one in by_size.values()], float)
    last = int(sizes[-1])
    places = [*by_size, 2 * last, 4 * last]

    def scores(errors: np.ndarray) -> np.ndarray:
        a, b, c = stats.fit_power_laws(sizes, errors, seeds).T[..., None]
        return 1 - a - b * np.array(places, float) ** -c

    (middle,) = scores(1 - (rights @ weights)[None])
    off = middle[: len(sizes)] - rights @ weights
    misfit = math.sqrt((off**2).sum() / max(len(sizes) - 3, 1))
    drawn = np.zeros((DRAWS, len(weights)))
    for stratum in np.unique(_strata(held)):
        own = _strata(held) == stratum
        drawn[:, own] = rng.multinomial(own.sum(), np.full(own.sum(), 1 / own.sum()), DRAWS)
    errors = 1 - (drawn * weights) @ rights.T + rng.normal(0, misfit, (DRAWS, len(sizes)))
    spread = scores(np.clip(errors, 0, 1))

    def band(middle: np.ndarray, spread: np.ndarray) -> dict[int, Estimate]:
        low, high = np.quantile(spread, [(1 - stats.LEVEL) / 2, (1 + stats.LEVEL) / 2], axis=0)
        bounds = np.stack([middle, np.minimum(low, middle), np.maximum(high, middle)], axis=1)
        return {
            place: Estimate(mean, low, high, DRAWS)
            for place, (mean, low, high) in zip(places, bounds.tolist(), strict=True)
        }

    now = len(sizes) - 1
    gains = band(middle - middle[now], spread - spread[:, [now]])
    return Curve(
        standings[0].model,
        band(middle, spread),
        {place: gains[place] for place in places[-2:]},
        int(seeds.min()),
    )


@dataclass(frozen=True)
class Advice:
    """The results of the trials.

    Attributes:
        standings: every model at every size, the best first; those of the answer before all others.
        winner: the chosen model.
        leads: of the winner over each other model of the answer, the best first.
        network: the best network, of the answer if there is one.
        curves: by model.
        missing: networks without a finished trial for the answer.
    """

    standings: list[Standing]
    winner: Standing
    leads: dict[Standing, Lead]
    network: Standing | None
    curves: dict[str, Curve]
    missing: list[str]

    @property
    def crossed(self) -> bool:
        """Whether the answer is cross-validated."""
        return self.winner.held.folds > 1

    @property
    def verdict(self) -> str:
        """How certain the choice is; undecided if a network was not tried."""
        if self.missing or (self.leads and self.cost is None):
            return UNDECIDED
        if not self.cost:
            return CLEAR
        return SAFE if self.cost <= MARGIN else BOUNDED

    @functools.cached_property
    def cost(self) -> float | None:
        """An upper bound on the regret, at 95% confidence: what the choice costs at most.

        The best of the others is one of them, and each is ahead by at most its own bound. The
        choice is made by the scores themselves, so each bound has Sidak's level for the number of
        models to choose from (Hsu's multiple comparisons with the best). No score is above 1, so
        the cost is at most 1 minus the lower bound of the choice's own score, at half the error
        for each of those models; of few folds that is the smaller bound. None if a network has a
        single seed, since the error of training is unknown, with two folds, and for a bound so
        large that it says nothing.

        Hsu, "Simultaneous confidence intervals for all distances from the best", Annals of
        Statistics 9 (1981), https://doi.org/10.1214/aos/1176345582
        """
        choices = sum(one.model != MOST_FREQUENT for one in self.leads) if self.crossed else 1
        level = stats.LEVEL ** (1 / max(choices, 1))
        bounds = [lead.cost(level) for lead in self.leads.values()]
        known = [bound for bound in bounds if bound is not None]
        if not known or len(known) < len(bounds) or self.winner.held.folds == TOO_FEW_FOLDS:
            return None
        alone = (1 - (1 - stats.LEVEL) / 2) ** (1 / (choices + 1))
        bound = min(max(known), 1 - self.winner.crossed.at_least(alone))
        return max(0.0, bound) if bound < VACUOUS else None

    @property
    def rival(self) -> Standing:
        """The other model that may be better by the most."""
        bounds = {other: lead.cost(stats.LEVEL) for other, lead in self.leads.items()}
        return max(bounds, key=lambda other: (bounds[other] is None, bounds[other] or 0.0))


def find(
    records: Iterable[Record], held: Mapping[int, HeldOut], networks: Sequence[str]
) -> Advice | None:
    """Return the results of finished trials; None if no trial on all texts has ended.

    Args:
        records: one record per trial, of each model at its own learning rate.
        held: the test rows by number of folds. The answer is about those with most folds that have
            a finished trial.
        networks: names of the requested networks.
    """
    groups = grouped(records, lambda r: (r["model"], r["size"], r["settings"]["folds"]))
    standings = [
        Standing(model, size, tuple(sorted(members, key=itemgetter("seed"))), held[folds])
        for (model, size, folds), members in groups.items()
        # With a trial of each fold, so that all models have the same rows.
        if folds in held and {record["seed"] % folds for record in members} == {*range(folds)}
    ]
    standings.sort(key=lambda one: (-one.held.folds, -one.size, -one.score, one.mean("seconds")))
    answers = [one for one in standings if one.size == one.held.train]
    if not answers:
        return None
    winner, *others = [one for one in answers if one.held is answers[0].held]
    trained = [one for one in standings if not one.fitted]
    curves = {}
    for model in dict.fromkeys(one.model for one in (winner, *others[:1], *trained[:1])):
        alone = [one for one in standings if one.model == model and one.held.folds == 1]
        if model != MOST_FREQUENT and (fitted := curve(alone)):
            curves[model] = fitted
    leads = {other: lead(winner, other) for other in others}
    tried = {one.model for one in (winner, *others)}
    missing = [name for name in networks if name not in tried]
    return Advice(standings, winner, leads, next(iter(trained), None), curves, missing)
