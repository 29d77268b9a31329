"""Intervals: what a mean over a few seeds, or a score on a finite test set, leaves open.

Two errors are told apart here, because no number of seeds makes the second smaller:

- training: another seed starts elsewhere and sees the rows in another order (`mean`, `paired`);
- sampling: another test set would hold other rows (`wilson`, `difference_error`).
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from scipy.stats import norm, t

LEVEL = 0.95
SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "not decided"


@dataclass(frozen=True)
class Estimate:
    """A mean over `count` values with the bounds of its interval, or None where there is none."""

    mean: float
    low: float | None
    high: float | None
    count: int

    @property
    def half(self) -> float | None:
        """Half the width of the interval: the number after the ±."""
        return None if self.high is None else self.high - self.mean


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
    numbers = [float(value) for value in values]
    if not numbers or not all(map(math.isfinite, numbers)):
        raise ValueError(f"A mean needs finite numbers, at least one; got {numbers}.")
    count = len(numbers)
    middle = math.fsum(numbers) / count
    if count == 1 or all(math.isclose(number, numbers[0], abs_tol=1e-9) for number in numbers):
        return Estimate(middle, None, None, count)
    variance = math.fsum((number - middle) ** 2 for number in numbers) / (count - 1)
    half = float(t.ppf((1 + LEVEL) / 2, count - 1)) * math.sqrt(variance / count)
    return Estimate(middle, middle - half, middle + half, count)


def paired(first: Mapping[Hashable, float], second: Mapping[Hashable, float]) -> Estimate | None:
    """Return the mean of `first - second` over the seeds that both have; None if they share none.

    What a seed does to both models alike (the order of the rows) cancels in the difference, so
    this interval is the one to compare by. Whether two separate intervals overlap is not.

    >>> paired({0: 0.9, 1: 0.8, 2: 0.7}, {0: 0.8, 1: 0.7, 3: 0.1}).count
    2
    """
    shared = [seed for seed in first if seed in second]
    return mean(first[seed] - second[seed] for seed in shared) if shared else None


def verdict(difference: Estimate | None) -> str:
    """Return what a difference says of the claim "the first is better".

    `supported` if its whole interval is above zero, `contradicted` if it is below, `not decided`
    otherwise: also where there is no interval.
    """
    if difference is None or difference.low is None or difference.high is None:
        return UNDECIDED
    if difference.low > 0:
        return SUPPORTED
    return CONTRADICTED if difference.high < 0 else UNDECIDED


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
