"""Intervals, tests and fits: by hand, by counting every case, against scipy, and in simulation."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, mannwhitneyu, nct, ttest_1samp, ttest_rel

from recipes.reports import stats
from recipes.reports.stats import Estimate


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


# Many seeds: the interquartile mean


@pytest.mark.parametrize(
    ("values", "middle"),
    [
        ([1, 2, 3, 100], 2.5),  # one of four is left out at either end
        ([0, 10, 11, 12, 13, 14, 15, 1000], 12.5),
        (range(10), 4.5),
        ([1, 2, 6], 3),  # of three a quarter is none
    ],
)
def test_interquartile_mean_by_hand(values, middle):
    assert stats.iqm(values).mean == middle
    assert stats.iqm(values).count == len(list(values))


def test_an_outlier_moves_the_mean_and_not_the_iqm():
    values = np.random.default_rng(0).normal(0.8, 0.01, 12)
    spoilt = [*values[1:], 0.1]
    assert abs(stats.iqm(spoilt).mean - stats.iqm(values).mean) < 0.005
    assert abs(stats.mean(spoilt).mean - stats.mean(values).mean) > 0.05


@pytest.mark.parametrize("values", [[0.8], [0.8] * 12])
def test_no_spread_is_no_bootstrap_interval(values):
    assert stats.iqm(values).low is None


def test_strata_keep_their_weight():
    # Two tasks far apart: drawn without strata, the share of each would vary, and the mean with it.
    rng = np.random.default_rng(0)
    tasks = [rng.normal(level, 0.01, 20) for level in (0.2, 0.9)]
    apart = stats.iqm(*tasks)
    together = stats.iqm(np.concatenate(tasks))
    assert apart.mean == together.mean
    assert apart.half < together.half / 3


@pytest.mark.parametrize(("tasks", "least"), [(1, 0.86), (5, 0.9)])
def test_coverage_of_the_bootstrap_interval(tasks, least):
    rng = np.random.default_rng(1)
    covered = [
        one.low <= 0 <= one.high
        for one in (stats.iqm(*rng.normal(size=(tasks, 10)), seed=n) for n in range(200))
    ]
    assert least < np.mean(covered) < 0.99


def test_few_seeds_have_student_s_interval_and_many_the_bootstrap_s():
    values = np.random.default_rng(0).normal(size=stats.ENOUGH)
    assert stats.centre(values) == stats.iqm(values)
    assert stats.centre(values[1:]) == stats.mean(values[1:])


# Tests of differences


def flipped(differences):
    """The p-value by its definition: every flip of signs, one after the other."""
    seen = abs(np.mean(differences))
    flips = itertools.product((1, -1), repeat=len(differences))
    return np.mean([abs(np.mean(np.multiply(f, differences))) >= seen - 1e-12 for f in flips])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=7))
def test_permutation_counts_every_flip(differences):
    assert stats.permutation(differences) == pytest.approx(flipped(differences))


def test_the_least_p_of_n_pairs():
    for count in (2, 5, 6, 10):
        assert stats.permutation(range(1, count + 1)) == 2 / 2**count
    assert stats.permutation(np.arange(1, 31)) == pytest.approx(2 / (2**13 + 1))


@pytest.mark.parametrize(("count", "draws"), [(8, 1000), (16, 200)])
def test_level_of_the_permutation_test(count, draws):
    rng = np.random.default_rng(2)
    wild = rng.standard_t(2, size=(draws, count))  # symmetric, with tails that no t-test expects
    wrong = np.mean([stats.permutation(row, seed=n) <= 0.05 for n, row in enumerate(wild)])
    assert wrong < 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)
    assert wrong > 0.005, "a test that never rejects has that level too"
    there = np.mean([stats.permutation(row + 4) <= 0.05 for row in wild[:50]])
    assert there > 0.8


def closed(chances):
    """Holm as closed testing: corrected is the largest Bonferroni p of any set it is in."""
    names = list(chances)
    sets = [s for n in range(1, len(names) + 1) for s in itertools.combinations(names, n)]
    return {
        name: min(1, max(len(s) * min(chances[one] for one in s) for s in sets if name in s))
        for name in names
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_holm_is_closed_testing(values):
    chances = dict(enumerate(values))
    assert stats.holm(chances) == pytest.approx(closed(chances))
    assert list(stats.holm(chances)) == list(chances)


def test_holm_keeps_the_level_of_a_family():
    rng = np.random.default_rng(3)
    families = rng.uniform(size=(2000, 6))
    wrong = [min(stats.holm(dict(enumerate(row))).values()) <= 0.05 for row in families]
    assert 0.035 < np.mean(wrong) < 0.065
    assert np.mean(families.min(1) <= 0.05) > 0.2, "uncorrected, one in four families is wrong"


@pytest.mark.parametrize("count", [2, 7])
def test_improvement_is_mann_whitney_s(count):
    rng = np.random.default_rng(count)
    one, two = rng.integers(0, 5, count), rng.integers(0, 5, count)
    theirs = mannwhitneyu(one, two).statistic / count**2
    assert stats.improvement([one], [two]).mean == pytest.approx(theirs)
    other = [np.arange(count) + 10, np.arange(count)]
    of_both = stats.improvement([one, other[0]], [two, other[1]]).mean
    assert of_both == pytest.approx((theirs + 1) / 2)


def test_improvement_has_an_interval_where_runs_overlap():
    rng = np.random.default_rng(0)
    found = stats.improvement([rng.normal(1, 1, 20)], [rng.normal(0, 1, 20)])
    assert 0.5 < found.low < found.mean < found.high < 1
    assert stats.improvement([[3, 4]], [[1, 2]]) == Estimate(1, None, None, 2)
    with pytest.raises(ValueError, match="the same tasks"):
        stats.improvement([[1]], [])


def test_effect_by_hand_and_by_its_own_definition():
    found = stats.effect([1.0, 2.0, 3.0])
    assert found.mean == pytest.approx(2)  # mean 2, deviation 1
    for bound, chance in ((found.low, 0.975), (found.high, 0.025)):
        shift = math.sqrt(3) * bound
        assert nct.cdf(math.sqrt(3) * 2, 2, shift) == pytest.approx(chance, abs=1e-6)
    turned = stats.effect([-1.0, -2.0, -3.0])
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    with pytest.raises(ValueError, match="vary"):
        stats.effect([0.1, 0.1])


def test_coverage_of_the_effect():
    rng = np.random.default_rng(4)
    found = [stats.effect(rng.normal(0.5, 1, 8)) for _ in range(300)]
    assert 0.91 < np.mean([one.low <= 0.5 <= one.high for one in found]) < 0.98


@pytest.mark.parametrize(("effect", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_smallest_difference_as_in_the_tables(effect, pairs):
    # Pairs that a t-test at 5% needs for a power of 80%, as G*Power and Cohen's tables give them.
    assert stats.smallest_difference(1, pairs) <= effect < stats.smallest_difference(1, pairs - 1)
    assert stats.smallest_difference(3, pairs) == pytest.approx(
        3 * stats.smallest_difference(1, pairs)
    )


def test_smallest_difference_is_seen_in_four_cases_of_five():
    rng = np.random.default_rng(5)
    least = stats.smallest_difference(1.0, 6, comparisons=3)
    seen = ttest_1samp(rng.normal(least, 1, (4000, 6)), 0, axis=1).pvalue <= 0.05 / 3
    assert seen.mean() == pytest.approx(0.8, abs=0.025)
    assert least > stats.smallest_difference(1.0, 6)
    assert stats.smallest_difference(1.0, 1) is None


def test_a_family_is_corrected_together():
    rng = np.random.default_rng(6)
    nothing = dict.fromkeys(range(12), 0.0)
    lead = {seed: 0.02 + rng.normal(0, 0.02) for seed in nothing}
    sure = {seed: 0.2 + rng.normal(0, 0.02) for seed in nothing}
    alone = stats.compare({"lead": (lead, nothing)})["lead"]
    assert alone.chance < 0.05
    assert alone.verdict == "supported"
    family = {f"none {n}": (dict(enumerate(rng.normal(size=12))), nothing) for n in range(60)}
    among = stats.compare({"lead": (lead, nothing), "sure": (nothing, sure)} | family)
    assert among["lead"].difference == alone.difference
    assert among["lead"].chance > 0.05
    assert among["lead"].verdict == "not decided"
    assert among["sure"].verdict == "contradicted"
    assert among["sure"].difference == stats.paired(nothing, sure)
    assert among["lead"].smallest > alone.smallest


def test_few_seeds_are_compared_by_student_s_test():
    one, two = {0: 0.85, 1: 0.86, 2: 0.855}, {0: 0.8, 1: 0.8, 2: 0.8}
    found = stats.compare({"pair": (one, two)})["pair"]
    theirs = ttest_rel(list(one.values()), list(two.values()))
    assert found.chance == pytest.approx(theirs.pvalue)
    assert found.verdict == "supported"
    assert stats.compare({"pair": (one, {7: 0.8})})["pair"] is None
    single = stats.compare({"pair": ({0: 0.9}, two)})["pair"]
    assert (single.verdict, single.chance, single.smallest) == ("not decided", None, None)


# Learning curves


def curve(size, a=0.1, b=2.0, c=0.4):
    return a + b * size**-c


SIZES = (250, 500, 1000, 2000, 4000, 8000)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 0.3), st.floats(0.5, 5), st.floats(0.1, 1.2))
def test_a_power_law_is_found_again(a, b, c):
    found = stats.power_law({size: [curve(size, a, b, c)] for size in SIZES})
    assert found.c == pytest.approx(c, rel=0.02)
    for size in (*SIZES, 16_000):
        assert found(size).mean == pytest.approx(curve(size, a, b, c), abs=2e-3)
    assert found(500).low is None, "one seed a size has no band"


def test_a_flat_curve_and_one_that_rises_are_no_law_of_their_own():
    assert stats.power_law({size: [0.3] for size in SIZES})(10**6).mean == pytest.approx(0.3)
    rising = stats.power_law({size: [size / 10_000] for size in SIZES})
    assert rising.b == pytest.approx(0)
    with pytest.raises(ValueError, match="as many sizes"):
        stats.power_law({100: [0.5], 200: [0.4]})


def test_coverage_of_the_band():
    rng = np.random.default_rng(7)
    within, beyond = [], []
    for seed in range(60):
        errors = {size: curve(size) + rng.normal(0, 0.01, 5) for size in SIZES}
        found = stats.power_law(errors, draws=200, seed=seed)
        within.append(found(4000).low <= curve(4000) <= found(4000).high)
        beyond.append(found(32_000).low <= curve(32_000) <= found(32_000).high)
        assert found(32_000).half > found(4000).half / 2
    assert np.mean(within) > 0.85
    assert np.mean(beyond) > 0.75


def test_rounding_is_no_spread():
    """Accuracies come in float32: 20 rows of 854 more with each seed, and no interval of that."""
    first = {seed: float(np.float32((509 + seed) / 854)) for seed in range(2)}
    second = {seed: float(np.float32((489 + seed) / 854)) for seed in range(2)}
    assert first[0] - second[0] != first[1] - second[1]
    found = stats.compare({"other": (first, second)})["other"]
    assert found.difference.low is None
    assert found.effect is None
    assert found.verdict == stats.UNDECIDED
