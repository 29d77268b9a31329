"""Statistics of a few seeds: confidence intervals, tests, verdicts, learning curves.

Two sources of error are separated here, because more seeds do not reduce the second:

- training: another seed has other initial weights and another order of rows (`mean`);
- sampling: another test set has other rows (`wilson`, `difference_error`).

`crossed` combines both, from the test rows that each seed got right; `compare` uses it if trials
record them. `cross_validated` does so for rows that are each tested in one fold. Wilson's interval
is that of statsmodels.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import nctdtrinc
from scipy.stats import norm, permutation_test, t, ttest_1samp
from statsmodels.stats.proportion import proportion_confint

LEVEL, POWER = 0.95, 0.8
SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "not decided"
ENOUGH = 10  # pairs; from here on the p-value is that of a permutation test
EXACT = 13  # maximum number of pairs for which all sign flips are enumerated: 8,192
Z = float(norm.ppf((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Estimate:
    """A mean over `count` values with the bounds of its interval, or None if there is none."""

    mean: float
    low: float | None
    high: float | None
    count: int

    @property
    def half(self) -> float | None:
        """Half the width of the interval, the number after the ±, if it is symmetric."""
        return None if self.high is None or self.low is None else (self.high - self.low) / 2

    def holds(self, value: float) -> bool:
        """Return whether there is an interval, and a value is in it."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


def mean(values: Iterable[float]) -> Estimate:
    """Return the mean of independent values with its Student-t 95% interval.

    A single value has no interval. Neither have values that are all equal: accuracy is a count of
    rows, so three seeds can agree by chance, and a width of zero would look like certainty.

    >>> round(mean([0.80, 0.82, 0.84]).half, 4)
    0.0497
    >>> mean([0.80]).half is None
    True

    Raises:
        ValueError: if there is no value, or one that is not finite.
    """
    numbers = _finite(values)
    middle = math.fsum(numbers) / len(numbers)
    if len(numbers) == 1 or _equal(numbers):
        return Estimate(middle, None, None, len(numbers))
    low, high = ttest_1samp(numbers, 0).confidence_interval(LEVEL)
    return Estimate(middle, float(low), float(high), len(numbers))


def interval(middle: float, error: float, degrees: float, count: int) -> Estimate:
    """Return a mean with the Student-t 95% interval of its standard error."""
    half = _half(error, degrees)
    return Estimate(middle, middle - half, middle + half, count)


def _half(error: float, degrees: float) -> float:
    return float(t.ppf((1 + LEVEL) / 2, degrees)) * error


@dataclass(frozen=True)
class Crossed:
    """A mean over seeds and test rows.

    Attributes:
        estimate: the mean, its 95% interval and the number of seeds. With one seed the interval
            covers the test rows only, not the error of training.
        error: its standard error.
        degrees: degrees of freedom of that error.
        rows, seeds: half-widths of the intervals due to rows only and to seeds only; None for one.
    """

    estimate: Estimate
    error: float
    degrees: float
    rows: float
    seeds: float | None

    @property
    def chance(self) -> float:
        """Return the two-sided p-value of the hypothesis that the mean is 0."""
        return float(2 * t.sf(abs(self.estimate.mean) / self.error, self.degrees))

    def at_least(self, level: float = LEVEL) -> float:
        """Return the one-sided lower confidence bound of the true mean."""
        return self.estimate.mean - float(t.ppf(level, self.degrees)) * self.error


def crossed(
    values: np.ndarray,
    strata: np.ndarray | None = None,
    unseen: Sequence[float] = (-1, 1),
) -> Crossed:
    """Return the mean of values crossed by seeds and test rows, with both sources of error.

    With effects a of a seed, b of a row and residuals e, the mean of S seeds and R rows has
    variance var(a)/S + var(b)/R + var(e)/SR. The three are estimated by a two-way analysis of
    variance, the degrees of freedom by Satterthwaite's formula. For differences of two models the
    values are -1, 0 and 1.

    In simulation (250 and 1,000 rows, 2 to 10 seeds, no, small and large effects of seeds) the
    interval covers 91 to 99%; with two seeds that differ much, 87%.

    Args:
        values: `(seeds, rows)`.
        strata: the stratum of each row; all strata weigh the same. By default there is one.
        unseen: values of rows added to each stratum's variance, so rows that all agree are not
            taken for certainty (Agresti and Coull 1998); for scores 0, 0, 1, 1.
    """
    values = np.atleast_2d(np.asarray(values, float))
    count, rows = values.shape
    of_seeds, of_rows, rest = np.zeros(count), 0.0, 0.0
    for own, share in _masks(strata, rows):
        part, size = values[:, own], int(own.sum())
        by_row = part.mean(0)
        of_seeds += share * part.mean(1)
        of_rows += share**2 * np.concatenate([by_row, unseen]).var(ddof=1) / size
        if count > 1:
            left = part - by_row - part.mean(1, keepdims=True) + part.mean()
            rest += share**2 * (left**2).sum() / ((count - 1) * max(size - 1, 1)) / (count * size)
    training = observed = None
    if count > 1:  # if all values are equal: a millionth, not certainty
        observed = max(float(np.var(of_seeds, ddof=1)) / count, 1e-12)
        training = max(observed, rest)
    return _combined(float(np.mean(of_seeds)), count, of_rows, rows, training, rest, observed)


def _masks(strata: np.ndarray | None, rows: int) -> list[tuple[np.ndarray, float]]:
    """Return a mask of the rows of each stratum, and its weight."""
    of_rows = np.zeros(rows) if strata is None else strata
    names = np.unique(of_rows)
    return [(of_rows == name, 1 / len(names)) for name in names]


def _combined(
    middle: float,
    count: int,
    of_rows: float,
    size: int,
    training: float | None,
    shared: float = 0.0,
    observed: float | None = None,
) -> Crossed:
    """Return a mean with the two parts of its variance, and Satterthwaite's degrees of freedom.

    `of_rows` is the variance due to `size` rows, `training` that due to `count` seeds or folds
    (None for one), `shared` what is in both, `observed` the part of `training` that has
    `count - 1` degrees of freedom, by default all of it.
    """
    degrees = size - 1.0 or 1.0
    rows, variance, seeds = _half(math.sqrt(of_rows), degrees), of_rows, None
    if training is not None:
        seeds = _half(math.sqrt(training), count - 1)
        variance = training + of_rows - shared
        least = min(degrees, count - 1.0)
        own = training if observed is None else observed
        degrees = max(variance**2 / (own**2 / (count - 1) + of_rows**2 / degrees), least)
    error = math.sqrt(variance)
    return Crossed(interval(middle, error, degrees, count), error, degrees, rows, seeds)


def cross_validated(
    values: np.ndarray,
    folds: np.ndarray,
    strata: np.ndarray | None = None,
    unseen: Sequence[float] = (-1, 1),
    ratio: float | None = None,
) -> Crossed:
    """Return the mean of out-of-fold values, with the errors of test rows and of training.

    Each row is tested once, so the error of the rows is their variance over their number. The folds
    differ by more than that if training (its texts and its seed) matters; what is left of their
    variance takes the correction of Nadeau and Bengio, as the training sets overlap:

        variance = var(rows) / R + max(0, var(folds) - F var(rows) / R) (1/F + test / train)

    for F folds and R rows, with Satterthwaite's degrees of freedom. Corrected is the error of
    training alone: no row is in the test of two folds. In simulation (250 and 2,500 rows, 3 to 10
    folds, two to five models) the bound of `recipes.advise` that is built on it covers 95 to 100%
    if folds share 1/F of the variance of training, as the correction assumes; with 30% shared and
    two models as few as 87%.

    Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52 (2003),
    https://doi.org/10.1023/A:1024068626366

    Args:
        values: of each row, the mean over repeats; for the lead of a model, differences.
        folds: the fold in which each row was tested. With one fold the interval covers the test
            rows only.
        strata, unseen: as in `crossed`.
        ratio: number of test texts over training texts; by default 1 / (F - 1).
    """
    values, folds = np.asarray(values, float), np.unique(folds, return_inverse=True)[1]
    rows, count = len(values), int(folds.max()) + 1
    left, middle, of_rows = np.zeros(rows), 0.0, 0.0
    for own, share in _masks(strata, rows):
        part = values[own]
        middle += share * float(part.mean())
        left[own] = (part - part.mean()) * share * rows / len(part)
        of_rows += share**2 * float(np.concatenate([part, unseen]).var(ddof=1)) / len(part)
    training = None
    if count > 1:
        by_fold = np.bincount(folds, left) / np.bincount(folds)
        factor = 1 / count + (1 / (count - 1) if ratio is None else ratio)
        training = factor * max(0.0, float(np.var(by_fold, ddof=1)) - count * of_rows)
    return _combined(middle, count, of_rows, rows, training)


def differences(first: Mapping[Any, Any], second: Mapping[Any, Any]) -> np.ndarray:
    """Return the first minus the second by common seed: `(seeds,)`, or `(seeds, rows)`."""
    return np.array([np.subtract(first[s], second[s], dtype=float) for s in first if s in second])


def paired(first: Mapping[Any, Any], second: Mapping[Any, Any]) -> Estimate | None:
    """Return the mean of `first - second` over their common seeds; None if there are none.

    Args:
        first, second: by seed a score, or which test rows were right; then the interval is
            that of `crossed`.

    >>> paired({0: 0.9, 1: 0.8, 2: 0.7}, {0: 0.8, 1: 0.7, 3: 0.1}).count
    2
    """
    values = differences(first, second)
    if not len(values):
        return None
    return mean(values) if values.ndim == 1 else crossed(values).estimate


def permutation(differences: Iterable[float]) -> float:
    """Return the two-sided p-value of paired differences by a sign-flip permutation test.

    It is the share of sign flips whose mean is at least as far from zero, out of all 2^n for up to
    13 pairs, else out of 8,192 random ones. With n pairs p is therefore at least 2 / 2^n.
    Differences are rounded to a millionth: Keras's accuracies are float32, and ties must be
    counted.

    Fisher, "The design of experiments", 1935, section 21.

    >>> permutation([1.0, 2.0, 3.0])                  # 2 of 8 flips
    0.25
    """
    numbers = np.rint(1e6 * np.array(_finite(differences)))
    if len(numbers) == 1:
        return 1.0
    test = permutation_test(
        (numbers,),
        np.sum,
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**EXACT,
        rng=np.random.default_rng(0),
    )
    return min(float(test.pvalue), 1.0)


def holm(chances: Mapping[Any, float]) -> dict[Any, float]:
    """Return p-values adjusted by Holm's method, for a family-wise error of 5%.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    # statsmodels' multipletests collects garbage in every call: 0.4 s with TensorFlow loaded.
    order = sorted(chances, key=chances.__getitem__)
    steps = [(len(order) - place) * chances[name] for place, name in enumerate(order)]
    corrected = dict(zip(order, np.minimum(np.maximum.accumulate(steps), 1.0), strict=True))
    return {name: float(corrected[name]) for name in chances}


def smallest_difference(deviation: float, seeds: int, comparisons: int = 1) -> float | None:
    """Return the minimum detectable difference of the paired design, at 80% power.

    It is that of a two-sided t-test at a level of 5% / comparisons (Bonferroni). None for fewer
    than two seeds.

    Args:
        deviation: standard deviation of the paired differences.
        seeds: number of pairs.
        comparisons: number of comparisons that are tested together.

    >>> round(smallest_difference(1.0, 34), 3)        # d = 0.5 takes 34 pairs, in any table
    0.495
    """
    if seeds < 2:
        return None
    return detectable(deviation / math.sqrt(seeds), seeds - 1, comparisons)


def detectable(error: float, degrees: float, comparisons: int = 1) -> float:
    """Return the minimum detectable difference of a t-test with a standard error, at 80% power."""
    critical = t.ppf(1 - (1 - LEVEL) / comparisons / 2, degrees)
    # The other tail is less than a millionth. statsmodels' TTestPower.solve_power stops early with
    # few pairs: at 10 instead of 34.6 deviations for two pairs and three comparisons.
    return error * float(nctdtrinc(degrees, 1 - POWER, critical))


def verdict(difference: Estimate | None, chance: float | None = None) -> str:
    """Return the verdict on the claim "the first is better".

    `supported` if the whole interval is above zero, `contradicted` if it is below, `not decided`
    otherwise, and also if there is no interval or the adjusted p-value is above 5%.
    """
    if difference is None or difference.low is None or difference.high is None:
        return UNDECIDED
    if chance is not None and chance > 1 - LEVEL:
        return UNDECIDED
    if difference.low > 0:
        return SUPPORTED
    return CONTRADICTED if difference.high < 0 else UNDECIDED


@dataclass(frozen=True)
class Comparison:
    """The comparison of two models over their common seeds: is the first better?

    Attributes:
        difference: the first minus the second, paired, with its interval: over seeds and test
            rows if trials record which rows were right, else over seeds.
        chance: p-value of that mean, adjusted by Holm's method in its family, or None.
        verdict: supported, contradicted or not decided.
        smallest: minimum detectable difference at 80% power with so many seeds and, if trials
            record which were right, test rows; or None.
        crossed: the two errors separately, if trials record which rows were right.
    """

    difference: Estimate
    chance: float | None
    verdict: str
    smallest: float | None
    crossed: Crossed | None = None


def compare(
    family: Mapping[Any, tuple[Mapping[Any, Any], Mapping[Any, Any]]],
) -> dict[Any, Comparison | None]:
    """Return each comparison of a family, such as all pairs of cells at one size of one task.

    Args:
        family: by name the first and the second model, each by seed: a score, or which test rows
            were right (for all seeds of both models).

    Returns:
        A `Comparison` by name, or None if two models have no seed in common.
    """
    pairs = {name: differences(*both) for name, both in family.items()}
    by_rows = {name: crossed(v) for name, v in pairs.items() if len(v) and v.ndim == 2}
    by_seed = {name: v if v.ndim == 1 else v.mean(1) for name, v in pairs.items() if len(v)}
    alone = {name: _chance(values) for name, values in by_seed.items() if len(values) > 1}
    chances = holm(alone | {name: errors.chance for name, errors in by_rows.items()})
    comparisons: dict[Any, Comparison | None] = dict.fromkeys(family)
    for name, values in by_seed.items():
        errors, chance = by_rows.get(name), chances.get(name)
        difference = errors.estimate if errors else mean(values)
        smallest = None
        if errors and len(values) > 1:
            smallest = detectable(errors.error, errors.degrees, len(chances))
        elif not _equal(values):
            spread = float(np.std(values, ddof=1))
            smallest = smallest_difference(spread, len(values), len(chances))
        decided = verdict(difference, chance)
        comparisons[name] = Comparison(difference, chance, decided, smallest, errors)
    return comparisons


def _chance(differences: np.ndarray) -> float:
    """Return the p-value of two or more differences."""
    if len(differences) >= ENOUGH:
        return permutation(differences)
    if _equal(differences):
        return 1.0  # an observed spread of zero is no certainty
    return float(ttest_1samp(differences, 0).pvalue)


def fit_power_laws(sizes: np.ndarray, errors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fit error = a + b n^-c, with a and b at least 0 and c in [0.01, 3], by least squares.

    For a given c the best a and b have a closed form, so only c is searched, on a grid: no initial
    guess is needed and there are no local minima.

    Hestness et al., "Deep learning scaling is predictable, empirically", 2017,
    https://arxiv.org/abs/1712.00409

    Args:
        sizes: numbers of training texts, three or more.
        errors: mean errors of some learning curves, `(curves, sizes)`.
        weights: weight of each size.

    Returns:
        a, b and c of each curve, `(curves, 3)`.

    Raises:
        ValueError: for fewer than three sizes.
    """
    if len(sizes) < 3 or min(sizes) <= 0:
        raise ValueError(
            f"A power law has three numbers to find and needs as many sizes above 0; got {sizes}."
        )
    c = np.geomspace(0.01, 3, 1_200)
    x = (sizes / sizes[0]) ** -c[:, None]  # (exponents, sizes)
    w = weights / weights.sum()
    y = errors[:, None]  # (curves, 1, sizes)
    mean_x, mean_y = x @ w, errors @ w
    spread = ((x - mean_x[:, None]) ** 2) @ w
    slope = (w * (x - mean_x[:, None]) * (y - mean_y[:, None, None])).sum(-1) / spread
    b = np.maximum(slope, 0)
    a = mean_y[:, None] - b * mean_x
    through_zero = np.maximum(errors @ (w * x).T / ((x * x) @ w), 0)
    b, a = np.where(a < 0, through_zero, b), np.maximum(a, 0)
    loss = (((y - a[..., None] - b[..., None] * x) ** 2) @ w).argmin(1)
    row = np.arange(len(errors))
    return np.stack([a[row, loss], b[row, loss] * sizes[0] ** c[loss], c[loss]], axis=1)


def wilson(accuracy: float, rows: int) -> tuple[float, float]:
    """Return the 95% interval of an accuracy that was measured on `rows` independent rows.

    >>> low, high = wilson(0.8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)

    Raises:
        ValueError: for an accuracy outside 0 and 1, or fewer than one row.
    """
    if not 0 <= accuracy <= 1 or rows < 1:
        raise ValueError(
            f"wilson takes an accuracy between 0 and 1 on at least one row; "
            f"got {accuracy} on {rows} rows."
        )
    low, high = proportion_confint(accuracy * rows, rows, 1 - LEVEL, method="wilson")
    return float(low), float(high)


def difference_error(first: float, second: float, rows: int) -> float:
    """Return the 95% sampling error of the difference of two accuracies on one test set.

    It assumes that the two models err independently. Models tested on the same rows mostly err on
    the same ones, and the error is then smaller: read it as "up to about".

    >>> round(difference_error(0.8, 0.8, 2500), 3)
    0.022
    """
    return Z * math.sqrt((first * (1 - first) + second * (1 - second)) / rows)


def _finite(values: Iterable[float]) -> list[float]:
    numbers = [float(value) for value in values]
    if not numbers or not all(map(math.isfinite, numbers)):
        raise ValueError(f"A mean needs finite numbers, at least one; got {numbers}.")
    return numbers


def _equal(numbers: Sequence[float] | np.ndarray) -> bool:
    # Keras's accuracies are float32: the same number of correct rows differs by 1e-7 or less.
    return bool(np.ptp(numbers) <= 1e-6)
