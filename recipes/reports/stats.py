"""What a few seeds tell and what they leave open: intervals, tests, verdicts, learning curves.

Two errors are told apart here, because no number of seeds makes the second smaller:

- training: another seed starts elsewhere and sees the rows in another order (`mean`, `iqm`,
  `paired`, `compare`);
- sampling: another test set would hold other rows (`wilson`, `difference_error`).

With fewer than `ENOUGH` seeds a model is told by its mean with Student's interval, with more by its
interquartile mean with a bootstrap interval, as Agarwal et al. recommend: one seed that failed
then no longer moves the number, and no shape of the distribution is assumed.
"""

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct, norm, permutation_test, t, trim_mean, ttest_1samp

LEVEL = 0.95
SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "not decided"
ENOUGH = 10  # seeds: with fewer a bootstrap interval is too narrow, see `iqm`
RESAMPLES = 2_000
EXACT = 13  # most pairs of which every flip of signs is counted: 8,192 of them


@dataclass(frozen=True)
class Estimate:
    """A mean over `count` values with the bounds of its interval, or None where there is none."""

    mean: float
    low: float | None
    high: float | None
    count: int

    @property
    def half(self) -> float | None:
        """Half the width of the interval: the number after the ±, if it is an even one."""
        return None if self.high is None or self.low is None else (self.high - self.low) / 2


def mean(values: Iterable[float]) -> Estimate:
    """Return the mean of independent values with its Student-t 95% interval.

        m ± t(n - 1, 0.975) s / sqrt(n),    s² = Σ (x - m)² / (n - 1)

    It assumes values that are roughly normal, and pays for few of them: t is 12.7 for two values,
    4.30 for three, 2.78 for five. One value has no interval. Neither have values that are all
    equal: accuracy is a count of rows, so three seeds can agree by chance, and a width of zero
    would call that certainty.

    Student, "The probable error of a mean", Biometrika 6 (1908), https://doi.org/10.2307/2331554

    >>> round(mean([0.80, 0.82, 0.84]).half, 4)
    0.0497
    >>> mean([0.80]).half is None
    True

    Raises:
        ValueError: for no value at all, or one that is not finite.
    """
    numbers = _finite(values)
    count = len(numbers)
    middle = math.fsum(numbers) / count
    if count == 1 or _equal(numbers):
        return Estimate(middle, None, None, count)
    half = float(t.ppf((1 + LEVEL) / 2, count - 1)) * _deviation(numbers) / math.sqrt(count)
    return Estimate(middle, middle - half, middle + half, count)


def iqm(*strata: Iterable[float], seed: int = 0) -> Estimate:
    """Return the interquartile mean of the values with its stratified bootstrap 95% interval.

    The mean of the middle half: a quarter of the values is left out at either end (rounded
    down), so that it hears more of them than a median, and less of outliers than a mean. The
    bootstrap draws each stratum's values anew, with replacement, so that each keeps its weight;
    the interval is that of the draws' percentiles.

    It covers less than it says for few values: in simulation, with normal ones, 92% for ten of
    one stratum, 94% for ten in each of five.

    Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice",
    NeurIPS 2021, https://arxiv.org/abs/2108.13264

    Args:
        strata: the values of each task (data set), one a seed; a single stratum is one task.
        seed: of the bootstrap.

    >>> iqm([0.0, 0.7, 0.8, 1.0]).mean
    0.75

    Raises:
        ValueError: for a stratum without a value, or a value that is not finite.
    """
    numbers = [np.array(_finite(stratum)) for stratum in strata]
    pooled = np.concatenate(numbers) if numbers else np.array(_finite(()))
    middle = float(trim_mean(pooled, 0.25))
    if _equal(pooled.tolist()) or any(len(stratum) < 2 for stratum in numbers):
        return Estimate(middle, None, None, len(pooled))
    drawn = np.concatenate(_redrawn(numbers, seed), axis=1)
    low, high = _percentiles(trim_mean(drawn, 0.25, axis=1))
    return Estimate(middle, low, high, len(pooled))


def centre(values: Iterable[float]) -> Estimate:
    """Return the interquartile mean of enough values, the mean of fewer, with its interval."""
    numbers = _finite(values)
    return iqm(numbers) if len(numbers) >= ENOUGH else mean(numbers)


def paired(first: Mapping[Any, float], second: Mapping[Any, float]) -> Estimate | None:
    """Return the centre of `first - second` over the seeds both have; None if they share none.

    What a seed does to both models alike (the order of the rows) cancels in the difference, so
    this interval is the one to compare by. Whether two separate intervals overlap is not.

    >>> paired({0: 0.9, 1: 0.8, 2: 0.7}, {0: 0.8, 1: 0.7, 3: 0.1}).count
    2
    """
    differences = _differences(first, second)
    return centre(differences) if differences else None


def permutation(differences: Iterable[float], seed: int = 0) -> float:
    """Return the two-sided p-value of paired differences: would their signs at random do as well?

    If neither model were better, each difference could as well have had the other sign. p is the
    share of all flips of signs whose mean is at least as far from zero: of all 2^n up to 13
    pairs, beyond that of 8,192 drawn ones (and then never less than 2 in 8,193). So n pairs give
    no p below 2 / 2^n: five pairs cannot reach 5%, six can, ten can after a correction for 25.

    Fisher, "The design of experiments", 1935, section 21.

    Args:
        differences: one a seed.
        seed: of the flips, where they are drawn.

    >>> permutation([1.0, 2.0, 3.0])                  # 2 of 8 flips
    0.25
    """
    numbers = _finite(differences)
    if len(numbers) == 1:
        return 1.0
    test = permutation_test(
        (np.array(numbers),),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**EXACT,
        random_state=np.random.default_rng(seed),
    )
    return min(float(test.pvalue), 1.0)


def holm(chances: Mapping[Any, float]) -> dict[Any, float]:
    """Return p-values corrected for their number: a wrong rejection among them all stays at 5%.

        p'_(k) = max over j <= k of min(1, (m - j + 1) p_(j))

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979), https://www.jstor.org/stable/4615733

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    corrected: dict[Any, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(chances, key=chances.__getitem__)):
        highest = max(highest, min(1.0, (len(chances) - place) * chances[name]))
        corrected[name] = highest
    return {name: corrected[name] for name in chances}


def improvement(
    first: Sequence[Iterable[float]], second: Sequence[Iterable[float]], seed: int = 0
) -> Estimate:
    """Return the probability that a run of the first beats one of the second, with its interval.

        P(X > Y) + P(X = Y) / 2, over all pairs of runs of a task, and its mean over tasks

    The interval is from the stratified bootstrap of `iqm`; one without spread has none.
    Agarwal et al. 2021, section 4.3, https://arxiv.org/abs/2108.13264

    Args:
        first, second: the values of each task, the same tasks in the same order.
        seed: of the bootstrap.

    >>> improvement([[0.9, 0.8]], [[0.7, 0.8]]).mean
    0.875
    """
    ones, twos = ([np.array(_finite(values)) for values in side] for side in (first, second))
    if len(ones) != len(twos) or not ones:
        raise ValueError(
            f"improvement compares two models on the same tasks, at least one; "
            f"got {len(ones)} and {len(twos)}."
        )

    def over_tasks(ones, twos):
        wins = [
            (np.sign(one[..., :, None] - two[..., None, :]).mean((-2, -1)) + 1) / 2
            for one, two in zip(ones, twos, strict=True)
        ]
        return np.mean(wins, axis=0)

    count = min(len(values) for values in (*ones, *twos))
    middle = float(over_tasks(ones, twos))
    if count < 2:
        return Estimate(middle, None, None, count)
    draws = over_tasks(_redrawn(ones, seed), _redrawn(twos, seed + 1))
    low, high = _percentiles(draws)
    # Runs that lie apart give the same at every draw, which is not certainty.
    return Estimate(middle, low, high, count) if low < high else Estimate(middle, None, None, count)


def effect(differences: Iterable[float]) -> Estimate:
    """Return the paired effect size d = m / s of differences, with its 95% interval.

    m / s is the lead in units of what a seed changes: 0.2 is called small, 0.8 large. sqrt(n) d
    follows a noncentral t distribution with n - 1 degrees of freedom; the bounds are the effects
    at which the one seen lies on the 97.5% and on the 2.5% point. For normal differences.

    Cumming and Finch, "A primer on the understanding, use, and calculation of confidence
    intervals", Educational and Psychological Measurement 61 (2001),
    https://doi.org/10.1177/0013164401614002

    Raises:
        ValueError: for fewer than two differences, or ones that are all equal.
    """
    numbers = _finite(differences)
    if len(numbers) < 2 or _equal(numbers):
        raise ValueError(f"An effect size needs two or more differences that vary; got {numbers}.")
    count, root = len(numbers), math.sqrt(len(numbers))
    seen = root * math.fsum(numbers) / count / _deviation(numbers)

    def bound(chance: float) -> float:
        # Of |t|: where t is below zero and the shift above, scipy's distribution gives NaN.
        low = high = abs(seen)
        while nct.cdf(abs(seen), count - 1, low) < chance:
            low -= 1 + abs(seen)
        while nct.cdf(abs(seen), count - 1, high) > chance:
            high += 1 + abs(seen)
        found = brentq(lambda shift: nct.cdf(abs(seen), count - 1, shift) - chance, low, high)
        return float(found) / root

    tail = (1 - LEVEL) / 2
    low, high = bound(1 - tail), bound(tail)
    return Estimate(seen / root, *((low, high) if seen >= 0 else (-high, -low)), count)


def smallest_difference(
    deviation: float, seeds: int, comparisons: int = 1, power: float = 0.8
) -> float | None:
    """Return the smallest true difference that the paired design would have seen, mostly.

    The difference m at which a two-sided t-test of `seeds` pairs, at 5% shared by so many
    comparisons, decides with the given probability:

        P(|T| > t(n - 1, 1 - 0.05 / 2k)) = power,  T noncentral t with shift sqrt(n) m / s

    What is smaller may be there and would not be seen. None for fewer than two seeds.

    Args:
        deviation: s, the standard deviation of the paired differences.
        seeds: n, the number of pairs.
        comparisons: k, how many are tested together.
        power: probability to see it.

    >>> round(smallest_difference(1.0, 34), 3)        # d = 0.5 takes 34 pairs, in any table
    0.495
    """
    if seeds < 2:
        return None
    return _smallest_shift(seeds, comparisons, power) * deviation / math.sqrt(seeds)


@functools.cache
def _smallest_shift(seeds: int, comparisons: int, power: float) -> float:
    critical = float(t.ppf(1 - (1 - LEVEL) / (2 * comparisons), seeds - 1))

    def missing(shift: float) -> float:
        seen = nct.sf(critical, seeds - 1, shift) + nct.sf(critical, seeds - 1, -shift)
        return float(seen) - power

    high = critical + 1
    while missing(high) < 0:
        high *= 2
    return float(brentq(missing, 0.0, high))


def verdict(difference: Estimate | None, chance: float | None = None) -> str:
    """Return what a difference says of the claim "the first is better".

    `supported` if its whole interval is above zero, `contradicted` if it is below, `not decided`
    otherwise: also where there is no interval, or where the p-value, corrected for the others
    that it stands among, is above 5%.
    """
    if difference is None or difference.low is None or difference.high is None:
        return UNDECIDED
    if chance is not None and chance > 1 - LEVEL:
        return UNDECIDED
    if difference.low > 0:
        return SUPPORTED
    return CONTRADICTED if difference.high < 0 else UNDECIDED


def equivalent(difference: Estimate | None, margin: float = 0.01) -> str:
    """Return what a difference says of the claim "they do the same, to within the margin".

    `supported` if its whole interval lies within the margin to either side of zero, `contradicted`
    if it lies wholly beyond on one side, `not decided` otherwise: that no difference was found is
    not that there is none.

    Schuirmann, "A comparison of the two one-sided tests procedure and the power approach for
    assessing the equivalence of average bioavailability", Journal of Pharmacokinetics and
    Biopharmaceutics 15 (1987), https://doi.org/10.1007/BF01068419. The interval here is of 95%,
    not of 90%: the harder of the two.

    >>> equivalent(Estimate(0.002, -0.004, 0.008, 10)), equivalent(Estimate(0.0, -0.02, 0.02, 10))
    ('supported', 'not decided')
    """
    if difference is None or difference.low is None or difference.high is None:
        return UNDECIDED
    if -margin <= difference.low and difference.high <= margin:
        return SUPPORTED
    return CONTRADICTED if difference.low > margin or difference.high < -margin else UNDECIDED


@dataclass(frozen=True)
class Comparison:
    """What the seeds that two models share say of "the first is better".

    Attributes:
        difference: the first less the second, paired by seed, with its interval.
        chance: p-value of the difference, corrected by Holm for the family it stands in: of the
            permutation test with enough seeds, of the t-test with fewer; None for one seed.
        verdict: supported, contradicted or not decided.
        improvement: probability that a run of the first beats one of the second.
        effect: the difference in units of what a seed changes, or None where none changes it.
        smallest: what the design would have seen in four of five cases, or None.
    """

    difference: Estimate
    chance: float | None
    verdict: str
    improvement: Estimate
    effect: Estimate | None
    smallest: float | None


def compare(
    family: Mapping[Any, tuple[Mapping[Any, float], Mapping[Any, float]]],
) -> dict[Any, Comparison | None]:
    """Return each comparison of a family, such as all pairs of cells at one size of one task.

    Args:
        family: by name the scores of the first and of the second model, each by seed.

    Returns:
        A `Comparison` by name, or None where two models share no seed.
    """
    pairs = {name: _differences(*scores) for name, scores in family.items()}
    chances = holm({name: _chance(values) for name, values in pairs.items() if len(values) > 1})
    found: dict[Any, Comparison | None] = {}
    for name, values in pairs.items():
        if not values:
            found[name] = None
            continue
        first, second = family[name]
        shared = [seed for seed in first if seed in second]
        difference = centre(values)
        varied = len(values) > 1 and not _equal(values)
        found[name] = Comparison(
            difference,
            chances.get(name),
            verdict(difference, chances.get(name)),
            improvement([[first[s] for s in shared]], [[second[s] for s in shared]]),
            effect(values) if varied else None,
            smallest_difference(_deviation(values), len(values), len(chances)) if varied else None,
        )
    return found


def _chance(differences: Sequence[float]) -> float:
    """Return the p-value of two or more differences."""
    if len(differences) >= ENOUGH:
        return permutation(differences)
    if _equal(differences):
        return 1.0  # no spread seen is no certainty
    return float(ttest_1samp(differences, 0).pvalue)


@dataclass(frozen=True)
class PowerLaw:
    """A learning curve: error = a + b n^-c, and the same of each draw of the bootstrap.

    Attributes:
        a: what is left with endless text.
        b, c: how much more with little text, and how fast that goes.
        draws: a, b and c of each draw, `(draws, 3)`; of no rows where a size has one seed.
    """

    a: float
    b: float
    c: float
    draws: np.ndarray

    def __call__(self, size: float) -> Estimate:
        """Return the error expected at a size, with the bootstrap's 95% band."""
        a, b, c = self.draws.T
        error = self.a + self.b * size**-self.c
        if not len(a):
            return Estimate(error, None, None, 0)
        low, high = _percentiles(a + b * size**-c)
        return Estimate(error, low, high, len(a))


def power_law(errors: Mapping[float, Iterable[float]], draws: int = 500, seed: int = 0) -> PowerLaw:
    """Fit error = a + b n^-c, with a and b at least 0 and c in [0.01, 3], by least squares.

    For a given c the best a and b have a formula, so that c alone is searched, on a grid and then
    on a finer one: no start has to be guessed and no local minimum is met. The bootstrap draws
    each size's errors anew; their spread is widened by sqrt(n / (n - 1)), as n draws of n values
    spread less than n new values would. The band knows of seeds only: in simulation, with five of
    them, it covers 93% within the sizes seen and 87% at four times the largest, and whether the
    curve follows a power law there is not in it.

    Hestness et al., "Deep learning scaling is predictable, empirically", 2017,
    https://arxiv.org/abs/1712.00409

    Args:
        errors: the errors of each seed, by the number of training texts.
        draws: how many times the bootstrap draws.
        seed: of the bootstrap.

    Raises:
        ValueError: for fewer than three sizes.
    """
    sizes = sorted(errors)
    if len(sizes) < 3 or sizes[0] <= 0:
        raise ValueError(
            f"A power law has three numbers to find and needs as many sizes above 0; got {sizes}."
        )
    values = [np.array(_finite(errors[size])) for size in sizes]
    counts = np.array([len(one) for one in values], float)
    means = np.array([one.mean() for one in values])
    a, b, c = map(float, _fit(np.array(sizes, float), means[None], counts)[0])
    if counts.min() < 2:
        return PowerLaw(a, b, c, np.empty((0, 3)))
    drawn = np.stack([one.mean(1) for one in _redrawn(values, seed, draws)], axis=1)
    drawn = means + np.sqrt(counts / (counts - 1)) * (drawn - means)
    return PowerLaw(a, b, c, _fit(np.array(sizes, float), drawn, counts))


def _fit(sizes: np.ndarray, errors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return a, b and c, `(curves, 3)`, of curves of mean errors `(curves, sizes)`."""
    grid = np.geomspace(0.01, 3, 120)
    best = _best(sizes, errors, weights, np.broadcast_to(grid, (len(errors), len(grid))))
    for width in (0.05, 0.001):  # a step of the grid is a factor of 1.05
        fine = best[:, 2:] * np.geomspace(1 / (1 + width), 1 + width, 81)
        best = _best(sizes, errors, weights, np.clip(fine, 0.01, 3))
    return best


def _best(sizes, errors, weights, exponents) -> np.ndarray:
    """Return the best of the exponents `(curves, exponents)` of each curve, with its a and b."""
    x = (sizes / sizes[0]) ** -exponents[..., None]  # (curves, exponents, sizes)
    y = np.broadcast_to(errors[:, None], x.shape)
    w = weights / weights.sum()
    mean_x, mean_y = (w * x).sum(-1), (w * y).sum(-1)
    spread = (w * (x - mean_x[..., None]) ** 2).sum(-1)
    slope = (w * (x - mean_x[..., None]) * (y - mean_y[..., None])).sum(-1) / spread
    b = np.maximum(slope, 0)
    a = mean_y - b * mean_x
    through_zero = (w * x * y).sum(-1) / (w * x * x).sum(-1)
    b, a = np.where(a < 0, np.maximum(through_zero, 0), b), np.maximum(a, 0)
    loss = (w * (y - a[..., None] - b[..., None] * x) ** 2).sum(-1)
    row, place = np.arange(len(errors)), loss.argmin(1)
    c = exponents[row, place]
    return np.stack([a[row, place], b[row, place] * sizes[0] ** c, c], axis=1)


def wilson(accuracy: float, rows: int) -> tuple[float, float]:
    """Return the 95% interval of an accuracy that was measured on `rows` independent rows.

        (p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n),    z = 1.96

    Unlike p ± z sqrt(p(1 - p)/n) it stays within 0 and 1 and is not empty at either.

    Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927), https://doi.org/10.1080/01621459.1927.10502953

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
    z = float(norm.ppf((1 + LEVEL) / 2))
    centre = accuracy + z * z / (2 * rows)
    half = z * math.sqrt(accuracy * (1 - accuracy) / rows + z * z / (4 * rows * rows))
    return (centre - half) / (1 + z * z / rows), (centre + half) / (1 + z * z / rows)


def difference_error(first: float, second: float, rows: int) -> float:
    """Return the 95% sampling error of the difference of two accuracies on one test set.

        z sqrt((p(1 - p) + q(1 - q)) / n)

    This is the error of two models that err independently of each other. Models tested on the
    same rows mostly err on the same ones, and then it is smaller: read it as "up to about".

    >>> round(difference_error(0.8, 0.8, 2500), 3)
    0.022
    """
    z = float(norm.ppf((1 + LEVEL) / 2))
    return z * math.sqrt((first * (1 - first) + second * (1 - second)) / rows)


def _finite(values: Iterable[float]) -> list[float]:
    numbers = [float(value) for value in values]
    if not numbers or not all(map(math.isfinite, numbers)):
        raise ValueError(f"A mean needs finite numbers, at least one; got {numbers}.")
    return numbers


def _equal(numbers: Sequence[float]) -> bool:
    # Keras gives accuracies in float32: the same number of rows right differs by 1e-7 or less.
    return all(math.isclose(number, numbers[0], abs_tol=1e-6) for number in numbers)


def _deviation(numbers: Sequence[float]) -> float:
    """Return the standard deviation, with n - 1."""
    middle = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((one - middle) ** 2 for one in numbers) / (len(numbers) - 1))


def _differences(first: Mapping[Any, float], second: Mapping[Any, float]) -> list[float]:
    return [first[seed] - second[seed] for seed in first if seed in second]


def _redrawn(strata: Sequence[np.ndarray], seed: int, draws: int = RESAMPLES) -> list[np.ndarray]:
    """Return each stratum drawn anew with replacement, `(draws, values)`."""
    rng = np.random.default_rng(seed)
    return [one[rng.integers(len(one), size=(draws, len(one)))] for one in strata]


def _percentiles(draws: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
