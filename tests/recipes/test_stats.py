"""Intervals, tests and fits: by hand, by enumeration, against scipy, and in simulation."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import (
    binomtest,
    nct,
    permutation_test,
    t,
    ttest_1samp,
    ttest_rel,
)
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from recipes.reports import choice, stats
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
    # Control: the normal interval, which ignores that the spread is estimated too, is narrower.
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
    # What the seeds share cancels: the paired test decides what two separate intervals do not.
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


# Tests of differences


def flipped(differences):
    """The p-value by its definition: every sign flip, one after the other."""
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


def test_permutation_counts_ties_that_float32_breaks():
    rng = np.random.default_rng(9)
    broken = 0
    for _ in range(40):
        right = rng.integers(600, 606, (2, 8))
        exact = stats.permutation(right[0] - right[1])
        as_float32 = (right / 854).astype("float32")
        differences = as_float32[0].astype(float) - as_float32[1].astype(float)
        assert stats.permutation(differences) == pytest.approx(exact)
        theirs = permutation_test((differences,), np.mean, permutation_type="samples").pvalue
        broken += abs(theirs - exact) > 1e-6
    assert broken > 5, "unrounded, the ties of these are lost"


@pytest.mark.parametrize(("count", "draws"), [(8, 1000), (16, 200)])
def test_level_of_the_permutation_test(count, draws):
    rng = np.random.default_rng(2)
    wild = rng.standard_t(2, size=(draws, count))  # symmetric, with heavy tails
    wrong = np.mean([stats.permutation(row) <= 0.05 for row in wild])
    assert wrong < 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)
    assert wrong > 0.005, "a test that never rejects has that level too"
    there = np.mean([stats.permutation(row + 4) <= 0.05 for row in wild[:50]])
    assert there > 0.8


def closed(chances):
    """Holm as closed testing: the adjusted p is the largest Bonferroni p of all sets with it."""
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


def test_holm_as_statsmodels():
    values = np.random.default_rng(3).uniform(0, 0.2, 8)
    theirs = multipletests(values, method="holm")[1]
    assert [*stats.holm(dict(enumerate(values))).values()] == pytest.approx(theirs)


def test_holm_keeps_the_level_of_a_family():
    rng = np.random.default_rng(3)
    families = rng.uniform(size=(2000, 6))
    wrong = [min(stats.holm(dict(enumerate(row))).values()) <= 0.05 for row in families]
    assert 0.035 < np.mean(wrong) < 0.065
    assert np.mean(families.min(1) <= 0.05) > 0.2, "uncorrected, one in four families is wrong"


@pytest.mark.parametrize(("effect", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_smallest_difference_as_in_the_tables(effect, pairs):
    # Pairs that a t-test at 5% needs for a power of 80%, as G*Power and Cohen's tables give them.
    assert stats.smallest_difference(1, pairs) <= effect < stats.smallest_difference(1, pairs - 1)
    assert stats.smallest_difference(3, pairs) == pytest.approx(
        3 * stats.smallest_difference(1, pairs)
    )


@pytest.mark.parametrize("comparisons", [1, 2, 3, 6, 60])
@pytest.mark.parametrize("seeds", [2, 3, 4, 5, 34])
def test_the_smallest_difference_has_a_power_of_80_percent(seeds, comparisons):
    least = stats.smallest_difference(1.0, seeds, comparisons)
    critical = t.ppf(1 - 0.05 / comparisons / 2, seeds - 1)
    power = nct.sf(critical, seeds - 1, least * math.sqrt(seeds))
    assert power == pytest.approx(0.8, abs=1e-4)


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


def test_what_could_be_detected_is_of_seeds_and_test_rows():
    """A difference that is not decided by its interval is not above what can be detected."""
    rng = np.random.default_rng(8)
    first, second = ({s: rng.random(200) < share for s in range(4)} for share in (0.75, 0.70))
    found = stats.compare({"pair": (first, second)})["pair"]
    assert found.verdict == "not decided"
    assert found.smallest > found.difference.half
    alone = stats.compare({"pair": tuple({s: v.mean() for s, v in each.items()}
                                         for each in (first, second))})["pair"]  # fmt: skip
    assert found.smallest == pytest.approx(
        stats.detectable(found.crossed.error, found.crossed.degrees)
    )
    assert alone.smallest == pytest.approx(
        stats.smallest_difference(
            np.std([first[s].mean() - second[s].mean() for s in range(4)], ddof=1), 4
        )
    )


# Seeds and test rows at once


def answers(rng, seeds, rows, between, lead=0.0):
    """Return which rows each seed of two models got right, `(seeds, rows)` each."""
    ease, liking = rng.normal(0.8, 1, rows), rng.normal(0, 0.4, rows)
    return [
        ease + sign * (liking + lead / 2) + rng.normal(0, between, (seeds, 1))
        + rng.normal(0, 0.35, (seeds, rows)) > 0
        for sign in (1, -1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seeds", "rows", "between"), [(2, 250, 0.0), (3, 250, 0.05), (5, 1000, 0.05), (5, 250, 0.15)]
)
def test_coverage_over_seeds_and_rows(seeds, rows, between):
    rng = np.random.default_rng(10)
    found = []
    for _ in range(300):
        one, two = answers(rng, seeds, rows, between)
        found.append(stats.crossed(one.astype(float) - two))
    covered = np.mean([one.estimate.low <= 0 <= one.estimate.high for one in found])
    assert 0.915 < covered < 0.995
    bounds = np.mean([one.at_least() <= 0 for one in found])
    assert bounds > 0.91, "the one-sided bound lies below the truth in 95 of 100"
    assert np.mean([one.chance <= 0.05 for one in found]) == pytest.approx(1 - covered, abs=1e-9)


def test_seeds_alone_and_rows_alone_are_not_enough():
    rng = np.random.default_rng(11)
    of_seeds, of_rows = [], []
    for _ in range(200):
        one, two = answers(rng, 5, 250, 0.0)
        seeds = stats.mean(one.mean(1) - two.mean(1))
        of_seeds.append(seeds.low <= 0 <= seeds.high)
        one, two = answers(rng, 5, 250, 0.15)
        values = one.astype(float) - two
        of_rows.append(abs(values.mean()) <= stats.crossed(values).rows)
    assert np.mean(of_seeds) < 0.9
    assert np.mean(of_rows) < 0.85


def test_one_seed_has_the_interval_of_its_rows():
    values = np.repeat([1.0, 0.0, -1.0], [30, 60, 10])
    found = stats.crossed(values)
    error = math.sqrt((np.sum((values - 0.2) ** 2) + 2 + 0.04 * 2) / 100 / 100)
    assert found.estimate.half == pytest.approx(1.98 * error, rel=0.03)
    assert (found.seeds, found.estimate.count) == (None, 1)
    sure = stats.crossed(np.zeros(50)).estimate
    assert sure.low < 0 < sure.high, "rows that all agree are not taken for certainty"


def test_strata_of_rows_count_by_their_share():
    values = np.zeros((3, 100))
    values[:, :10] = 1
    mask = np.arange(100) < 10
    balanced = stats.crossed(values, mask)
    assert balanced.estimate.mean == pytest.approx(0.5)
    assert stats.crossed(values).estimate.mean == pytest.approx(0.1)


def test_models_with_rows_are_compared_over_both():
    rng = np.random.default_rng(12)
    one, two = (dict(enumerate(rows)) for rows in answers(rng, 5, 400, 0.02, lead=0.6))
    found = stats.compare({"pair": (one, two)})["pair"]
    whole = stats.crossed(np.array([one[s].astype(float) - two[s] for s in one]))
    assert found.difference == whole.estimate
    assert found.verdict == "supported"
    alone = stats.compare({"pair": ({0: one[0]}, {0: two[0]})})["pair"]
    assert alone.difference.count == 1
    assert alone.difference.low is not None


def test_level_is_two_one_sided_tests():
    rng = np.random.default_rng(13)
    margin = choice.MARGIN
    for _ in range(30):
        values = rng.normal(0, 2 * 0.012, 8)
        theirs = ttost_paired(values, np.zeros(8), -margin, margin)[0] <= 0.025
        decided = stats.verdict(stats.mean(values)) != stats.UNDECIDED
        assert (choice.standing(stats.mean(values)) == choice.LEVEL) == (theirs and not decided)


# Learning curves


def curve(size, a=0.1, b=2.0, c=0.4):
    return a + b * size**-c


SIZES = (250, 500, 1000, 2000, 4000, 8000)


def fitted(errors):
    return stats.fit_power_laws(np.array(SIZES), np.atleast_2d(errors), np.ones(len(SIZES)))


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 0.3), st.floats(0.5, 5), st.floats(0.1, 1.2))
def test_a_power_law_is_found_again(a, b, c):
    (found,) = fitted([curve(size, a, b, c) for size in SIZES])
    assert found[2] == pytest.approx(c, rel=0.02)
    for size in (*SIZES, 16_000):
        assert curve(size, *found) == pytest.approx(curve(size, a, b, c), abs=2e-3)


def test_curves_are_fitted_as_each_alone():
    rng = np.random.default_rng(7)
    errors = curve(np.array(SIZES)) + rng.normal(0, 0.01, (5, len(SIZES)))
    together = fitted(errors)
    assert together == pytest.approx(np.concatenate([fitted(one) for one in errors]))
    assert np.ptp(together[:, 2]) > 0.01, "the control: they differ"


def test_a_flat_curve_and_one_that_rises_are_no_law_of_their_own():
    flat, rising = fitted([[0.3] * len(SIZES), np.array(SIZES) / 10_000])
    assert curve(10**6, *flat) == pytest.approx(0.3)
    assert rising[1] == pytest.approx(0)
    with pytest.raises(ValueError, match="as many sizes"):
        stats.fit_power_laws(np.array([100, 200]), np.array([[0.5, 0.4]]), np.ones(2))


def test_rounding_is_no_spread():
    """Accuracies are float32: 20 rows of 854 more with each seed, hence no interval."""
    first = {seed: float(np.float32((509 + seed) / 854)) for seed in range(2)}
    second = {seed: float(np.float32((489 + seed) / 854)) for seed in range(2)}
    assert first[0] - second[0] != first[1] - second[1]
    found = stats.compare({"other": (first, second)})["other"]
    assert found.difference.low is None
    assert found.verdict == stats.UNDECIDED
