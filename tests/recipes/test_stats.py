"""The intervals against numbers worked out by hand and against scipy's own."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_1samp, ttest_rel

from recipes.common import stats
from recipes.common.stats import Estimate


def test_three_values_by_hand():
    # Mean 2, standard deviation 1, and t(2, 0.975) = 4.302653 from any table.
    estimate = stats.mean([1.0, 2.0, 3.0])
    assert estimate.mean == 2
    assert estimate.count == 3
    assert estimate.half == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    assert estimate.low == pytest.approx(2 - 2.484138, rel=1e-6)


@pytest.mark.parametrize("count", [2, 3, 5, 12])
def test_mean_as_scipy(count):
    values = np.random.default_rng(count).uniform(0.5, 0.9, count)
    theirs = ttest_1samp(values, 0).confidence_interval(0.95)
    ours = stats.mean(values)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    # Control: the normal interval, which forgets that the spread is estimated too, is narrower.
    assert ours.half > 1.96 * values.std(ddof=1) / math.sqrt(count)


@pytest.mark.parametrize("values", [[0.8], [0.8, 0.8], [0.1 + 0.2, 0.3, 0.3]])
def test_no_spread_is_no_interval(values):
    estimate = stats.mean(values)
    assert estimate.low is estimate.high is estimate.half is None
    assert stats.verdict(estimate) == "not decided"


@pytest.mark.parametrize("values", [[], [0.5, math.nan], [math.inf]])
def test_a_mean_of_nothing_is_refused(values):
    with pytest.raises(ValueError, match="finite numbers"):
        stats.mean(values)


def test_paired_as_scipy():
    random = np.random.default_rng(0)
    common = random.normal(0.8, 0.05, 4)
    one, two = common + random.normal(0.02, 0.005, 4), common + random.normal(0, 0.005, 4)
    theirs = ttest_rel(one, two).confidence_interval(0.95)
    ours = stats.paired(dict(enumerate(one)), dict(enumerate(two)))
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    # What the seeds share cancels: paired decides what two separate intervals do not.
    assert stats.verdict(ours) == "supported"
    assert stats.mean(one).low < stats.mean(two).high


def test_paired_by_seed_not_by_place():
    first, second = {0: 0.9, 1: 0.7, 2: 0.8}, {2: 0.7, 0: 0.8, 7: 0.1}
    assert stats.paired(first, second) == Estimate(pytest.approx(0.1), None, None, 2)
    assert stats.paired({0: 0.9}, {1: 0.8}) is None


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.03, "supported"),
        (-0.03, -0.01, "contradicted"),
        (-0.01, 0.03, "not decided"),
        (0.0, 0.04, "not decided"),
    ],
)
def test_verdict(low, high, verdict):
    assert stats.verdict(Estimate((low + high) / 2, low, high, 3)) == verdict


def test_verdict_without_a_difference():
    assert stats.verdict(None) == "not decided"


@pytest.mark.parametrize(("right", "rows"), [(8, 10), (0, 20), (20, 20), (2175, 2500)])
def test_wilson_as_scipy(right, rows):
    theirs = binomtest(right, rows).proportion_ci(0.95, method="wilson")
    assert stats.wilson(right / rows, rows) == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize(("accuracy", "rows"), [(1.1, 10), (-0.1, 10), (math.nan, 10), (0.5, 0)])
def test_wilson_refuses(accuracy, rows):
    with pytest.raises(ValueError, match="between 0 and 1"):
        stats.wilson(accuracy, rows)


def test_difference_error_by_hand():
    # 0.8 and 0.8 on 100 rows: 1.96 sqrt(2 x 0.16 / 100).
    assert stats.difference_error(0.8, 0.8, 100) == pytest.approx(
        1.96 * math.sqrt(0.0032), rel=1e-4
    )
