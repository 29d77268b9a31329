"""The statistics of the study: leads with their two errors, outcomes by place, and pooled leads.

A lead is the difference of two models' test accuracies. Differences of up to `MARGIN` count as the
same, so a lead has three outcomes: better, the same, or worse, by more than the margin. A large
p-value shows none of them: what is not shown is "not decided".
"""

import dataclasses
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.formula.api as formula
from scipy.stats import t
from statsmodels.stats.meta_analysis import combine_effects

from recipes.reports import stats, words
from recipes.reports.plan import FEW, MARGIN, Place, Plan
from recipes.reports.rows import grouped
from recipes.reports.stats import UNDECIDED, Crossed, Estimate
from recipes.reports.words import CELLS
from recipes.trials.replicate import EXPLORED, MAIN, START, TUNED_ON, WIDTH
from recipes.trials.trial import BASELINE, unpacked

BETTER, SAME, WORSE = "better", "the same", "worse"
Line = Mapping[str, Any]


def right(line: Line) -> np.ndarray:
    """Return the test accuracy of a record as one value per block, whose mean is the accuracy.

    Blocks of different sizes give the values of a ratio estimator, so that the spread of the sizes
    is no error: acc + (right - acc * rows) * blocks / all rows, for a block of `rows` test rows
    (Cochran 1977, section 6.3).
    """
    found = line["test_right"]
    if isinstance(found, str):
        return unpacked(found, line["test_rows"]).astype(float)
    equal = [line["test_rows"] / len(found)] * len(found)  # records of the first study
    accuracy, rows = sum(found) / line["test_rows"], np.array(line.get("test_blocks", equal))
    return accuracy + (np.array(found, float) - accuracy * rows) * len(rows) / line["test_rows"]


def of(lines: Sequence[Line], place: Place, model: str, arm: str | None = None, units: Any = 64):
    """Return a model's finished records at a place by replicate, without tuning trials."""
    return {
        line["seed"]: line
        for line in lines
        if (line["data"], line["size"], line["model"]) == (place.data, place.size, model)
        and (arm is None or (line["arm"], line["units"]) == (arm, units))
        and line["status"] == "done"
        and line["seed"] < TUNED_ON
    }


def lead(first: Mapping[int, Line], second: Mapping[int, Line]) -> Crossed | None:
    """Return the lead of the first over their common replicates; None for fewer than two."""
    both = [seed for seed in first if seed in second]
    if len(both) < 2:
        return None
    values = np.stack([right(first[seed]) - right(second[seed]) for seed in both])
    bits = isinstance(first[both[0]]["test_right"], str)
    return stats.crossed(values, unseen=(-1, 1) if bits else ())


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The outcome of a lead.

    Attributes:
        lead: the lead.
        verdict: better, the same, worse, or not decided.
        chance: the corrected p-value of the verdict.
    """

    lead: Crossed
    verdict: str
    chance: float

    @property
    def estimate(self) -> Estimate:
        """Return the lead with its 95% interval."""
        return self.lead.estimate

    def __str__(self) -> str:
        chance = words.p_value(self.chance) if self.chance < 0.001 else f"= {self.chance:.3f}"
        lead = words.points(self.estimate).replace("\u00a0", " ").replace("\u2212", "-")
        return f"{self.verdict}: {lead}, p {chance}"


def chances(lead: Crossed, margin: float = MARGIN) -> dict[str, float]:
    """Return the one-sided p-value against each outcome.

    "the same" is shown by two one-sided tests (Schuirmann 1987); its p-value is the larger of the
    two.
    """
    low = float(t.sf((lead.estimate.mean + margin) / lead.error, lead.degrees))
    high = float(t.cdf((lead.estimate.mean - margin) / lead.error, lead.degrees))
    return {SAME: max(low, high), BETTER: 1 - high, WORSE: 1 - low}


def outcomes(
    leads: Mapping[Any, Crossed | None], looks: int = 2, margin: float = MARGIN
) -> dict[Any, Outcome]:
    """Return the outcome of each lead of a family, with a family-wise error of at most 5%.

    At a true lead of exactly `margin` two outcomes are wrong, so the smallest of the three p-values
    is doubled. With two looks at the data it is doubled again (Bonferroni). Holm's correction is
    over the family, leads that have not run yet (None) included, so that a study can be looked at
    before its end. In simulation at the margin (10 and 20 replicates that differ by a point, 2,000
    test rows) 3% of verdicts are wrong with one look, 1.2% at each of two.
    """
    ran = {name: lead for name, lead in leads.items() if lead is not None}
    best = {name: min((p, verdict) for verdict, p in chances(lead, margin).items())
            for name, lead in ran.items()}  # fmt: skip
    corrected = stats.holm(
        {name: min(1.0, 2 * looks * best[name][0]) if name in ran else 1.0 for name in leads}
    )
    return {
        name: Outcome(lead, best[name][1] if corrected[name] <= 0.05 else UNDECIDED,
                      corrected[name])
        for name, lead in ran.items()
    }  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Pooled:
    """The mean of leads over tasks.

    Attributes:
        estimate: the mean with its 95% interval.
        new: 95% prediction interval of the lead at a new task of the same kind.
        verdict: better, the same, worse, or not decided.
    """

    estimate: Estimate
    new: Estimate
    verdict: str


def pooled(tasks: Sequence[Sequence[Crossed]]) -> Pooled | None:
    """Return the random-effects mean over tasks; None for fewer than two.

    The leads of one task are averaged first, as if they were perfectly correlated. The interval is
    that of Hartung and Knapp (2001), with the between-task variance of Paule and Mandel (1982); the
    prediction interval adds this variance (Higgins, Thompson and Spiegelhalter 2009). In simulation
    with four and six tasks the first covers 96 to 100%, the second 90 to 100%.
    """
    tasks = [task for task in tasks if task]
    if len(tasks) < 2:
        return None
    means = np.array([np.mean([lead.estimate.mean for lead in task]) for task in tasks])
    errors = np.array([np.mean([lead.error for lead in task]) for task in tasks])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        effects = combine_effects(means, errors**2, method_re="iterated", use_t=True)
    mean, between = float(effects.mean_effect_re), max(float(effects.tau2), 0.0)
    # Never narrower than without between-task variance: with few tasks the sample variance may be
    # small by chance.
    error = max(float(effects.sd_eff_w_re_hksj), float(effects.sd_eff_w_re))
    estimate = stats.interval(mean, error, len(tasks) - 1, len(tasks))
    new = stats.interval(mean, math.sqrt(between + error**2), max(len(tasks) - 2, 1), len(tasks))
    low, high, verdict = estimate.low or 0.0, estimate.high or 0.0, UNDECIDED
    if low >= -MARGIN and high <= MARGIN:
        verdict = SAME
    elif low > MARGIN:
        verdict = BETTER
    elif high < -MARGIN:
        verdict = WORSE
    return Pooled(estimate, new, verdict)


def compare(first, second, margin: float = MARGIN) -> Outcome:
    """Compare two models' scores: is the first better, the same or worse than the second?

    >>> found = compare([0.81, 0.84, 0.82, 0.83], [0.71, 0.72, 0.72, 0.70])
    >>> print(found)
    better: +11.3 points [+8.9, +13.6], p < 0.001

    Args:
        first, second: scores from 0 to 1, one per seed `(seeds,)`, paired by seed; or one per seed
            and test row, `(seeds, rows)`: then the interval also covers the sampling of test rows.
        margin: the largest difference that counts as the same.

    Raises:
        ValueError: for arrays of different or other shapes, or fewer than two seeds.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape or first.ndim not in (1, 2) or len(first) < 2:
        raise ValueError(
            "compare takes two arrays of one shape, (seeds,) or (seeds, rows), of two seeds or "
            f"more; received {first.shape} and {second.shape}."
        )
    values = first - second
    if values.ndim == 2:
        whole = np.isin(values, (-1, 0, 1)).all()
        lead = stats.crossed(values, unseen=(-1, 1) if whole else ())
    else:
        count = len(values)
        # Equal differences are no certainty: use a standard error of at least a millionth.
        error = max(float(values.std(ddof=1)) / math.sqrt(count), 1e-6)
        estimate = stats.interval(float(values.mean()), error, count - 1, count)
        lead = Crossed(estimate, error, count - 1, 0.0, estimate.half)
    return outcomes({0: lead}, looks=1, margin=margin)[0]


def variants(plan: Plan, place: Place, lines: Sequence[Line]) -> dict[tuple, dict[int, Line]]:
    """Return the replicates of each (model, arm, units) whose first look is complete at a place.

    They are those of the first look: the same for every variant. Empty if nothing is varied there.
    """
    replicates = {
        kind: looked(of(lines, place, *kind), plan.looks[0])
        for kind in planned_variants(plan, place)
    }
    return {kind: of_kind for kind, of_kind in replicates.items() if of_kind}


def looked(replicates: Mapping[int, Line], look: int) -> dict[int, Line]:
    """Return the replicates of a look; empty until all of them have run."""
    seeds = range(look)
    return {s: replicates[s] for s in seeds} if {*seeds} <= {*replicates} else {}


def planned_variants(plan: Plan, place: Place) -> list[tuple]:
    """Return the (model, arm, units) of all widths, initializations, cells and two baselines."""
    if not place.varied:
        return []
    arms = [*sorted([(64, MAIN), *((units, WIDTH) for units in plan.widths)])]
    if plan.widths:
        arms.append((64, START))
    return [
        *((cell, arm, units) for cell in CELLS for units, arm in arms),
        *((cell, EXPLORED, 64) for cell in plan.explored),
        *((name, BASELINE, None) for name in place.baselines[:2]),
    ]


def by_start(plan: Plan, lines: Sequence[Line]) -> dict[Place, tuple[Crossed, Crossed, Crossed]]:
    """Return GRU minus LSTM by Keras's initialization, by matched starts, and the change.

    Of the places at which both cells have run with both.
    """
    leads = {}
    for place in plan.places:
        of_kind = variants(plan, place, lines)
        kinds = [(cell, arm, 64) for arm in (MAIN, START) for cell in ("gru", "lstm")]
        if {*kinds} <= {*of_kind}:
            gru, lstm, matched_gru, matched_lstm = (of_kind[kind] for kind in kinds)
            default, matched = lead(gru, lstm), lead(matched_gru, matched_lstm)
            values = [
                (right(matched_gru[seed]) - right(matched_lstm[seed]))
                - (right(gru[seed]) - right(lstm[seed]))
                for seed in gru
            ]
            bits = isinstance(gru[0]["test_right"], str)
            change = stats.crossed(np.stack(values), unseen=(-2, 2) if bits else ())
            if default and matched:
                leads[place] = default, matched, change
    return leads


def leads(
    plan: Plan, lines: Sequence[Line], first: str, second: str
) -> dict[Place, Crossed | None]:
    """Return the lead of one cell over another at each place of the plan.

    None where fewer replicates have run than the plan's first look takes. Replicates of the second
    look count once all of them have run. Anything else would be a look that the plan does not have.
    """
    leads: dict[Place, Crossed | None] = {}
    for place in plan.places:
        pair = [of(lines, place, model, MAIN) for model in (first, second)]
        leads[place] = None
        for look in plan.looks:
            leads[place] = lead(*(looked(of_model, look) for of_model in pair)) or leads[place]
    return leads


def primary(leads: Mapping[Place, Crossed | None]) -> Pooled | None:
    """Return the mean over tasks of the leads at up to `FEW` texts."""
    few = {place: lead for place, lead in leads.items() if lead is not None and place.size <= FEW}
    tasks = grouped(few, lambda place: place.data).values()
    return pooled([[few[place] for place in places] for places in tasks])


def undecided(plan: Plan, lines: Sequence[Line]) -> list[Place]:
    """Return the places at which GRU against LSTM is not decided: they get more replicates."""
    by_place = leads(plan, lines, "gru", "lstm")
    verdicts = {place: outcome.verdict for place, outcome in outcomes(by_place).items()}
    return [place for place in plan.places if verdicts.get(place, UNDECIDED) == UNDECIDED]


def per_doubling(leads: Mapping[Place, Crossed | None]) -> Estimate | None:
    """Return the change of a lead per doubling of the texts, within tasks, with its interval.

    Least squares of the leads on log2(texts) with an intercept for each task and weights of 1 /
    error^2. None if no degree of freedom is left.
    """
    rows = [
        {"task": place.data, "doublings": math.log2(place.size), "lead": of_place.estimate.mean,
         "weight": of_place.error**-2}
        for place, of_place in leads.items() if of_place is not None
    ]  # fmt: skip
    if len(rows) < len({row["task"] for row in rows}) + 2:
        return None
    table = pd.DataFrame(rows)
    fit = formula.wls("lead ~ C(task) + doublings", table, weights=table.weight).fit()
    low, high = fit.conf_int().loc["doublings"]
    return Estimate(float(fit.params["doublings"]), float(low), float(high), len(rows))


def by_settings_tried(lines: Sequence[Line], place: Place, model: str) -> list[float]:
    """Return the expected test accuracy after trying 1, 2, ... settings, chosen on validation.

    It is the mean over all subsets of k settings: the best of k is the i-th worst of all with
    probability C(i - 1, k - 1) / C(n, k).

    Dodge et al., "Show your work: improved reporting of experimental results", EMNLP 2019,
    https://arxiv.org/abs/1909.03004; without replacement.
    """
    tried: dict[tuple, list[tuple[float, float]]] = {}
    for line in lines:
        if (line["data"], line["size"], line["model"]) != (place.data, place.size, model):
            continue
        if line["seed"] >= TUNED_ON and line["status"] == "done":
            setting = (line["settings"]["learning_rate"], line["settings"]["dropout"])
            scores = (line["valid_accuracy"], line["test_accuracy"])
            tried.setdefault(setting, []).append(scores)
    means = sorted(tuple(np.mean(scores, axis=0)) for scores in tried.values())
    count = len(means)
    return [
        sum(math.comb(i, k - 1) * test for i, (_, test) in enumerate(means)) / math.comb(count, k)
        for k in range(1, count + 1)
    ]
