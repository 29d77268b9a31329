"""Leads, outcomes and their mean, on made-up records with known answers."""

import math

import numpy as np
import pandas as pd
import pytest

from recipes.reports import evidence, plan, stats
from recipes.reports.plan import Place
from recipes.trials.replicate import MAIN, TUNED_ON
from recipes.trials.trial import packed

PLACE = Place("embedded_rotten_tomatoes", "words", 250, 60)


def line(model, seed, right, place=PLACE, **more):
    """A finished record; `right` is a row of bits, or counts of blocks of 100."""
    right = np.asarray(right)
    bits = right.dtype == bool
    rows = right.size if bits else 100 * right.size
    return {
        "data": place.data, "size": place.size, "model": model, "arm": MAIN, "units": 64,
        "seed": seed, "status": "done", "test_rows": rows,
        "test_right": packed(right) if bits else right.tolist(),
        "test_accuracy": right.sum() / rows, "valid_accuracy": right.sum() / rows,
    } | more  # fmt: skip


def lines(models, replicates=10, rows=1_000, spread=0.005, place=PLACE):
    """Records of models with these accuracies; the same rows are hard for all of them."""
    rng = np.random.default_rng(0)
    hard = rng.random(rows)
    return [
        line(model, seed, hard < mean + spread * rng.normal() + 0.05 * rng.normal(size=rows), place)
        for model, mean in models.items()
        for seed in range(replicates)
    ]


def lead(first, second, **more):
    own = lines({"gru": first, "lstm": second}, **more)
    return evidence.lead(evidence.of(own, PLACE, "gru"), evidence.of(own, PLACE, "lstm"))


def test_a_line_gives_back_what_was_right():
    right = np.random.default_rng(0).random(13) < 0.6
    assert evidence.right(line("gru", 0, right)).tolist() == right.tolist()
    blocks = evidence.right(line("gru", 0, np.array([60, 80])))
    assert blocks == pytest.approx([0.6, 0.8])
    assert blocks.mean() == pytest.approx(0.7)


def test_blocks_of_different_sizes_give_no_error_of_their_own():
    sizes = np.array([8, 46, 300, 563])
    rows = {"test_rows": int(sizes.sum()), "test_blocks": sizes.tolist()}
    accuracy = 0.25
    same = evidence.right(line("gru", 0, sizes * accuracy, **rows))
    assert same == pytest.approx([accuracy] * 4)
    other = evidence.right(line("gru", 0, [8, 30, 100, 90], **rows))
    assert other.mean() == pytest.approx(228 / sizes.sum())
    assert other.std() > 0.1


@pytest.mark.parametrize(
    ("first", "verdict"),
    [(0.85, evidence.BETTER), (0.75, evidence.WORSE), (0.80, evidence.SAME)],
)
def test_outcomes(first, verdict):
    found = evidence.outcomes({0: lead(first, 0.8, replicates=40, rows=20_000)})[0]
    assert found.verdict == verdict
    assert found.estimate.mean == pytest.approx(first - 0.8, abs=0.005)


def test_few_replicates_and_rows_decide_nothing():
    found = evidence.outcomes({0: lead(0.81, 0.8, replicates=3, rows=200)})[0]
    assert found.verdict == stats.UNDECIDED
    assert evidence.outcomes({0: None}) == {}


def test_a_family_and_a_second_look_ask_for_more():
    one = lead(0.84, 0.8, replicates=10, rows=2_000)
    alone, twice = (evidence.outcomes({0: one}, looks=looks)[0].chance for looks in (1, 2))
    assert twice == pytest.approx(2 * alone)
    many = evidence.outcomes({k: one for k in range(5)}, looks=1)
    assert many[0].chance == pytest.approx(5 * alone)
    early = evidence.outcomes({0: one, 1: None, 2: None}, looks=1)
    assert early[0].chance == pytest.approx(3 * alone), "what has not run yet counts"


def test_at_the_margin_few_verdicts_are_wrong():
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(300):
        values = rng.normal(0.01, 0.01, (10, 1)) + rng.choice(
            [-1, 0, 1], (10, 2_000), p=[0.1, 0.8, 0.1]
        )
        found = evidence.outcomes({0: stats.crossed(values, unseen=())})[0]
        wrong += found.verdict != stats.UNDECIDED
    assert wrong / 300 < 0.03


def test_replicates_that_only_one_model_has_and_tries_are_left_out():
    own = lines({"gru": 0.85, "lstm": 0.8}, replicates=4)
    own = [one for one in own if (one["model"], one["seed"]) != ("lstm", 3)]
    own += [line("gru", TUNED_ON, np.ones(1_000, bool)), line("gru", 5, [0], status="failed")]
    gru, lstm = (evidence.of(own, PLACE, name, MAIN) for name in ("gru", "lstm"))
    assert sorted(gru) == [0, 1, 2, 3]
    assert evidence.lead(gru, lstm).estimate.count == 3
    assert evidence.lead({0: gru[0]}, lstm) is None


def one(mean, error):
    return stats.Crossed(
        stats.Estimate(mean, mean - 2 * error, mean + 2 * error, 10), error, 30, 0, 0
    )


def test_the_mean_over_tasks_is_that_of_the_tasks_not_of_the_places():
    found = evidence.pooled([[one(0.02, 0.001)] * 3, [one(0.0, 0.001)]])
    assert found.estimate.mean == pytest.approx(0.01, abs=0.001)
    assert found.estimate.count == 2
    assert found.verdict == stats.UNDECIDED
    same = evidence.pooled([[one(m, 0.001)] for m in (0.001, 0.0, -0.001, 0.0005)])
    assert same.verdict == evidence.SAME
    assert same.new.low < same.estimate.low
    assert (
        evidence.pooled([[one(m, 0.001)] for m in (0.03, 0.031, 0.032)]).verdict == evidence.BETTER
    )
    assert evidence.pooled([[one(0.0, 1.0)]]) is None


def test_the_mean_over_tasks_and_a_new_task_are_covered():
    """True leads of tasks vary by a point around 2, and are measured with very different errors."""
    rng = np.random.default_rng(0)
    errors = (0.0005, 0.001, 0.001, 0.0025, 0.0055, 0.0099)
    held = new = 0
    for _ in range(1_000):
        truth = zip(rng.normal(0.02, 0.01, 6), errors, strict=True)
        found = evidence.pooled([[one(rng.normal(t, error), error)] for t, error in truth])
        held += found.estimate.low <= 0.02 <= found.estimate.high
        new += found.new.low <= rng.normal(0.02, 0.01) <= found.new.high
    assert held / 1_000 > 0.94
    assert new / 1_000 > 0.93


def test_the_number_of_tasks_that_decides():
    """With that many tasks of the same mean and spread about 80% of the means are decided."""
    rng = np.random.default_rng(0)
    found = evidence.pooled([[one(mean, 0.001)] for mean in (-0.04, 0.0, -0.03, 0.01)])
    tasks = rng.normal(found.estimate.mean, found.spread, (400, found.needed))
    verdicts = [evidence.pooled([[one(mean, 0.001)] for mean in means]).verdict for means in tasks]
    assert found.needed > 100
    assert (
        0.7
        < np.mean([verdict == evidence.SAME for verdict in verdicts])
        + np.mean([verdict == evidence.WORSE for verdict in verdicts])
        < 0.9
    )


def test_looks_at_the_mean_widen_the_interval_of_its_verdict():
    tasks = [[one(mean, 0.001)] for mean in (0.018, 0.021, 0.024, 0.03, 0.034)]
    verdicts = [evidence.pooled(tasks, looks).verdict for looks in (1, 10)]
    assert verdicts == [evidence.BETTER, stats.UNDECIDED]


def test_only_few_texts_count_for_the_mean():
    many = Place("brown", "tagging", 4_000, 60)
    few = [Place("brown", "tagging", 250, 60), PLACE]
    found = {many: one(0.5, 0.01), few[0]: one(0.01, 0.01), few[1]: one(0.01, 0.01)}
    assert evidence.primary(found).estimate.mean == pytest.approx(0.01)


def test_change_per_doubling_within_tasks():
    found = {
        Place(data, "words", size, 60): one(start + 0.01 * math.log2(size), 0.001)
        for data, start in (("a", 0.0), ("b", 0.5))
        for size in (250, 1_000, 4_000)
    }
    assert evidence.per_doubling(found) == pytest.approx({"a": 0.01, "b": 0.01})
    assert evidence.per_doubling({PLACE: one(0.0, 0.1)}) == {}


def test_accuracy_by_settings_tried():
    """With two settings validation chooses the better; with one it is either, half of the time."""
    own = [
        line("gru", TUNED_ON + k, np.ones(4, bool), valid_accuracy=valid, test_accuracy=test,
             settings={"learning_rate": rate, "dropout": 0.1})
        for k in range(2)
        for rate, valid, test in ((0.1, 0.9, 0.7), (0.2, 0.6, 0.8))
    ]  # fmt: skip
    assert evidence.by_settings_tried(own, PLACE, "gru") == pytest.approx([0.75, 0.7])
    assert evidence.by_settings_tried(own, PLACE, "lstm") == []


def test_compare_takes_scores_and_rows():
    rng = np.random.default_rng(0)
    found = evidence.compare([0.9, 0.91, 0.93], [0.8, 0.82, 0.82])
    assert found.verdict == evidence.BETTER
    assert found.estimate.low < found.estimate.mean == pytest.approx(0.1)
    found = evidence.compare([0.9, 0.91, 0.92], [0.8, 0.81, 0.82])
    assert str(found).startswith("not decided: +10.0 points, the same in 3 seeds")
    assert found.lead.chance == 1.0
    rows = rng.random((5, 4_000))
    assert evidence.compare(rows < 0.8, rows < 0.7).verdict == evidence.BETTER
    assert evidence.compare(rows < 0.8, rows < 0.8).verdict == evidence.SAME
    assert evidence.compare([0.5, 0.9], [0.6, 0.7]).verdict == stats.UNDECIDED


@pytest.mark.parametrize(("first", "second"), [([0.9], [0.8]), ([0.9, 0.8], [0.9]), (0.9, 0.8)])
def test_compare_refuses_what_it_cannot(first, second):
    with pytest.raises(ValueError, match=r"of two seeds or more; received \("):
        evidence.compare(first, second)


A, B = [0.81, 0.84, 0.82, 0.83], [0.71, 0.72, 0.72, 0.70]


@pytest.mark.parametrize(
    ("scores", "margin", "message"),
    [
        (([81.0, 84.0], [71.0, 72.0]), 0.01, "received 81. Divide percentages by 100"),
        (([0.8, float("nan")], [0.7, 0.7]), 0.01, "scores from 0 to 1; received nan"),
        (([0.8, None], [0.7, 0.7]), 0.01, "scores from 0 to 1; received nan"),
        (([[1, 0], [1]], [[1, 0], [1]]), 0.01, "the same number of rows for every seed"),
        ((["a", "b"], [0.7, 0.7]), 0.01, "compare takes numbers"),
        ((np.ones((20, 3)), np.zeros((20, 3))), 0.01, "seeds first"),
        ((np.ones((3, 0)), np.ones((3, 0))), 0.01, "seeds first"),
        ((np.full((2, 9), 4), np.zeros((2, 9))), 0.01, "predicted == labels"),
        ((A, B), 1, "margin must be a share"),
        ((A, B), -0.1, "margin must be a share"),
        ((A, B), float("nan"), "margin must be a share"),
        ((A, B), "0.01", "margin must be a share"),
        (({0: 0.8, 1: 0.9}, {0: 0.8, 2: 0.9}), 0.01, "by their labels, and these differ"),
        (({0: 0.8, 1: 0.9}, [0.8, 0.9]), 0.01, "both with labels or both without"),
        (({0: [1, 0], 1: [1]},) * 2, 0.01, "the same test rows for every seed"),
        ((pd.Series(A, [0, 0, 1, 2]),) * 2, 0.01, r"each label once; \[0, 0, 1, 2\] has copies"),
        (
            (pd.DataFrame(np.ones((2, 3))), pd.DataFrame(np.ones((2, 3)), columns=[1, 2, 3])),
            0.01,
            r"these differ: \[0, 1, 2\] and \[1, 2, 3\]",
        ),
    ],
)
def test_compare_names_what_is_wrong(scores, margin, message):
    with pytest.raises(ValueError, match=message):
        evidence.compare(*scores, margin=margin)


def test_compare_pairs_by_labels():
    expected = evidence.compare(A, B)
    series = pd.Series(A), pd.Series(B)[::-1]
    frames = tuple(pd.DataFrame({"score": scores}) for scores in series)
    for pair in (series, frames, tuple(dict(enumerate(scores)) for scores in (A, B))):
        assert str(evidence.compare(*pair)) == str(expected)
    rows = np.random.default_rng(0).random((3, 500)) < 0.8
    frame = pd.DataFrame(rows)
    assert evidence.compare(frame, frame[::-1]).estimate.mean == 0.0
    for same in (frame.iloc[::-1, ::-1], frame):
        found = evidence.compare(frame, same)
        assert (found.estimate.low, found.estimate.high) == pytest.approx((0, 0), abs=0.01)
    others = np.random.default_rng(1).random((3, 500)) < 0.6
    expected = str(evidence.compare(rows, others))
    of_seeds = [{seed: row for seed, row in enumerate(part)} for part in (rows, others)]
    assert str(evidence.compare(*of_seeds)) == expected
    of_texts = [{seed: dict(zip("abcdefgh", row, strict=False)) for seed, row in part.items()}
                for part in of_seeds]  # fmt: skip
    backwards = {seed: dict(reversed(row.items())) for seed, row in of_texts[1].items()}
    assert str(evidence.compare(of_texts[0], backwards)) == str(evidence.compare(*of_texts))


def test_plans_fix_what_is_run():
    medium = plan.MEDIUM
    assert len({place.name for place in medium.places}) == len(medium.places)
    assert len({place.data for place in medium.places if place.size <= plan.FEW}) >= 4
    for one_plan in plan.SCALES.values():
        keys = [t.key for p in one_plan.places for t in plan.tries(one_plan, plan.kinds(p))]
        keys += [t.key for t in one_plan.memory.trials()]
        assert len(keys) == len(set(keys))
