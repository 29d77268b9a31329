"""The statistics of the study: leads with their two errors, outcomes by place, and pooled leads.

A lead is the difference of two models' test accuracies. Differences of up to `MARGIN` count as the
same, so a lead has three outcomes: better, the same, or worse, by more than the margin. A large
p-value shows none of them: what is not shown is "not decided".
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from recipes.reports import stats, words
from recipes.reports.plan import FEW, MARGIN, Place, Plan
from recipes.reports.rows import grouped
from recipes.reports.stats import UNDECIDED, Crossed, Estimate
from recipes.reports.words import CELLS
from recipes.trials.replicate import EXPLORED, MAIN, OPEN, START, TUNED_ON, WIDTH
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
        spread: standard deviation between tasks.
    """

    estimate: Estimate
    new: Estimate
    verdict: str
    spread: float

    @property
    def needed(self) -> int:
        """Return the number of tasks for a verdict with 80% power, if mean and spread are so."""
        power = stats.Z + float(norm.ppf(stats.POWER))
        distance = max(abs(abs(self.estimate.mean) - MARGIN), 1e-6)
        return max(math.ceil((self.spread * power / distance) ** 2), self.estimate.count + 1)


def pooled(tasks: Sequence[Sequence[Crossed]], looks: int = 1) -> Pooled | None:
    """Return the mean over tasks, which all weigh the same; None for fewer than two.

    A task's value is the mean of its leads. The interval is Student's, from the spread of the
    values, in which each one's own error is included; with weights by precision the task with the
    smallest error would decide. In simulation with errors as in the study (0.05 to 1 point) and
    tasks that differ by 0.3 to 2.3 points (standard deviation) the interval of six tasks covers 95
    to 97% if tasks are normal, 89 to 97% if they are skewed or a third of them lies apart (four
    tasks: 95 to 97, 81 to 96%); the prediction interval 95 to 99, 93 to 99%.

    Args:
        tasks: the leads of each task.
        looks: how often the mean is looked at; the verdict's interval has a level of 1 - 5% / looks
            (Bonferroni).
    """
    tasks = [task for task in tasks if task]
    count = len(tasks)
    if count < 2:
        return None
    means = np.array([np.mean([lead.estimate.mean for lead in task]) for task in tasks])
    mean, spread = float(means.mean()), max(float(means.std(ddof=1)), 1e-6)
    error = spread / math.sqrt(count)
    estimate = stats.interval(mean, error, count - 1, count)
    new = stats.interval(mean, math.sqrt(spread**2 + error**2), count - 1, count)
    half = float(t.ppf(1 - 0.025 / looks, count - 1)) * error
    return Pooled(estimate, new, _verdict(mean - half, mean + half), spread)


def _verdict(low: float, high: float) -> str:
    """Return on which side of the borders an interval lies."""
    if low >= -MARGIN and high <= MARGIN:
        return SAME
    return BETTER if low > MARGIN else WORSE if high < -MARGIN else UNDECIDED


def compare(first, second, margin: float = MARGIN) -> Outcome:
    """Compare two models' scores: is the first better, the same or worse than the second?

    >>> found = compare([0.81, 0.84, 0.82, 0.83], [0.71, 0.72, 0.72, 0.70])
    >>> print(found)
    better: +11.3 points [+8.9, +13.6], p < 0.001
    >>> found.verdict, round(found.estimate.mean, 4)
    ('better', 0.1125)

    Args:
        first, second: scores from 0 to 1, one per seed `(seeds,)`, paired by position; or one per
            seed and test row, `(seeds, rows)`, such as which rows were classified correctly: then
            the interval also covers the sampling of test rows. Dictionaries, Series and DataFrames
            are paired by their labels.
        margin: the largest difference that counts as the same, as a share: 0.01 is one point.

    Returns:
        The verdict (`verdict`), the difference with its 95% interval (`estimate`) and the p-value
        of the verdict (`chance`). Differences that are equal for all seeds have no interval and
        decide nothing: accuracy is a count of rows, so seeds can agree by chance. Pass
        `(seeds, rows)` then.

    Raises:
        ValueError: for scores that cannot be paired or are not from 0 to 1, for fewer than two
            seeds, or for a margin that is not a share.
    """
    if not isinstance(margin, (int, float)) or not 0 <= margin < 1:
        raise ValueError(
            f"margin must be a share of at least 0 and less than 1, such as 0.01 for one point; "
            f"received {margin!r}."
        )
    values = np.subtract(*_paired(first, second))
    if values.ndim == 2:
        whole = np.isin(values, (-1, 0, 1)).all()
        lead = stats.crossed(values, unseen=(-1, 1) if whole else ())
        return outcomes({0: lead}, looks=1, margin=margin)[0]
    estimate, count = stats.mean(values), len(values)
    if estimate.half is None:  # equal differences
        return Outcome(Crossed(estimate, math.inf, count - 1, 0.0, None), UNDECIDED, 1.0)
    error = float(values.std(ddof=1)) / math.sqrt(count)
    lead = Crossed(estimate, error, count - 1, 0.0, estimate.half)
    return outcomes({0: lead}, looks=1, margin=margin)[0]


def _paired(first: Any, second: Any) -> list[np.ndarray]:
    """Return the scores of `compare` as two arrays of one shape.

    Raises:
        ValueError: if that is not possible.
    """
    labelled = [
        isinstance(scores, Mapping | pd.Series | pd.DataFrame) for scores in (first, second)
    ]
    if all(labelled):
        first, second = (_frame(scores) for scores in (first, second))
        if len(first.columns) == len(second.columns) == 1:  # its name is that of the model
            second = second.set_axis(first.columns, axis=1)
        for one, other in ((first.index, second.index), (first.columns, second.columns)):
            if {*one} != {*other} or len(one) != len(other):
                raise ValueError(
                    f"compare pairs scores by their labels, and these differ: {_some(one)} and "
                    f"{_some(other)}."
                )
            if one.has_duplicates:
                raise ValueError(f"compare takes each label once; {_some(one)} has copies.")
        second = second.loc[first.index, first.columns]
        first, second = (scores.to_numpy().squeeze(1) if scores.shape[1] == 1 else scores.to_numpy()
                         for scores in (first, second))  # fmt: skip
    elif any(labelled):
        raise ValueError("compare takes two scores of one kind, both with labels or both without.")
    try:
        pair = [np.asarray(scores, float) for scores in (first, second)]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"compare takes numbers, the same number of rows for every seed: {error}"
        ) from None
    shapes = [scores.shape for scores in pair]
    if shapes[0] != shapes[1] or len(shapes[0]) not in (1, 2) or len(pair[0]) < 2:
        raise ValueError(
            "compare takes two arrays of one shape, (seeds,) or (seeds, rows), of two seeds or "
            f"more; received {shapes[0]} and {shapes[1]}."
        )
    if len(shapes[0]) == 2 and shapes[0][1] < shapes[0][0]:
        raise ValueError(
            f"compare takes (seeds, rows), seeds first; received {shapes[0]}, fewer rows than "
            "seeds. Transpose them with `.T`."
        )
    for scores in pair:
        wrong = scores[~((scores >= 0) & (scores <= 1))]
        if len(wrong):
            raise ValueError(
                f"compare takes scores from 0 to 1; received {wrong[0]:g}. Divide percentages by "
                "100; of predictions, pass which are right (predicted == labels)."
            )
    return pair


def _frame(scores: Any) -> pd.DataFrame:
    """Return labelled scores as a table with a row for each seed.

    Raises:
        ValueError: for a dictionary of rows whose numbers or labels differ between seeds.
    """
    if isinstance(scores, Mapping):
        if not any(np.ndim(score) or isinstance(score, Mapping) for score in scores.values()):
            return pd.Series(scores, dtype=object).to_frame(0)
        of_seeds = {seed: pd.Series(rows) for seed, rows in scores.items()}
        if len({frozenset(rows.index) for rows in of_seeds.values()}) > 1:
            raise ValueError("compare takes the same test rows for every seed.")
        return pd.DataFrame(of_seeds).T
    return scores.to_frame(0) if isinstance(scores, pd.Series) else scores


def _some(labels: pd.Index) -> str:
    return f"[{', '.join(map(repr, labels[:8]))}{', ...' if len(labels) > 8 else ''}]"


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


def complete(
    plan: Plan, lines: Sequence[Line], place: Place, model: str, arm: str | None = None
) -> dict[int, Line]:
    """Return a model's replicates of the last look that is complete; empty before the first."""
    replicates = of(lines, place, model, arm)
    return looked(replicates, plan.looks[1]) or looked(replicates, plan.looks[0])


def planned_variants(plan: Plan, place: Place) -> list[tuple]:
    """Return the (model, arm, units) of all widths, initializations, cells and two baselines."""
    if not place.varied:
        return []
    arms = [*sorted([(64, MAIN), *((units, WIDTH) for units in plan.widths)])]
    if plan.widths:
        arms.append((64, START))
    return [
        *((cell, arm, units) for cell in CELLS for units, arm in arms),
        *([("gru", OPEN, 64)] if plan.widths else []),
        *((cell, EXPLORED, 64) for cell in plan.explored),
        *((name, BASELINE, None) for name in place.baselines[:2]),
    ]


@dataclasses.dataclass(frozen=True)
class Starts:
    """What matched starts change at a place, over the replicates of the first look.

    Attributes:
        default, matched: GRU minus LSTM with Keras's initialization, and with matched starts.
        change: the difference of the two.
        gru, lstm: of each cell, matched minus Keras's.
        mixed: GRU with the matched start minus LSTM with Keras's.
        opened: GRU with the bias of the matched start alone minus GRU with Keras's; None if that
            has not run.
    """

    default: Crossed
    matched: Crossed
    change: Crossed
    gru: Crossed
    lstm: Crossed
    mixed: Crossed
    opened: Crossed | None


def by_start(plan: Plan, lines: Sequence[Line]) -> dict[Place, Starts]:
    """Return what matched starts change at each place at which both cells have run with both."""
    by_place = {}
    for place in plan.places:
        of_kind = variants(plan, place, lines)
        kinds = [(cell, arm, 64) for arm in (MAIN, START) for cell in ("gru", "lstm")]
        if not {*kinds} <= {*of_kind}:
            continue
        scores = [
            np.stack([right(of_kind[kind][seed]) for seed in range(plan.looks[0])])
            for kind in kinds
        ]
        gru, lstm, new_gru, new_lstm = scores
        bits = isinstance(of_kind[kinds[0]][0]["test_right"], str)
        differences = {
            "default": gru - lstm, "matched": new_gru - new_lstm, "gru": new_gru - gru,
            "lstm": new_lstm - lstm, "mixed": new_gru - lstm,
        }  # fmt: skip
        change = stats.crossed(new_gru - new_lstm - gru + lstm, unseen=(-2, 2) if bits else ())
        opened = lead(of_kind.get(("gru", OPEN, 64), {}), of_kind[kinds[0]])
        by_place[place] = Starts(change=change, opened=opened, **{
            name: stats.crossed(values, unseen=(-1, 1) if bits else ())
            for name, values in differences.items()
        })  # fmt: skip
    return by_place


def leads(
    plan: Plan, lines: Sequence[Line], first: str, second: str
) -> dict[Place, Crossed | None]:
    """Return the lead of one cell over another at each place of the plan.

    None where fewer replicates have run than the plan's first look takes. Replicates of the second
    look count once all of them have run. Anything else would be a look that the plan does not have.
    """
    return {
        place: lead(*(complete(plan, lines, place, model, MAIN) for model in (first, second)))
        for place in plan.places
    }


def primary(leads: Mapping[Place, Crossed | None], looks: int = 1) -> Pooled | None:
    """Return the mean over tasks of the leads at up to `FEW` texts."""
    few = {place: lead for place, lead in leads.items() if lead is not None and place.size <= FEW}
    tasks = grouped(few, lambda place: place.data).values()
    return pooled([[few[place] for place in places] for places in tasks], looks)


def undecided(plan: Plan, lines: Sequence[Line]) -> list[Place]:
    """Return the places at which GRU against LSTM is not decided: they get more replicates."""
    by_place = leads(plan, lines, "gru", "lstm")
    verdicts = {place: outcome.verdict for place, outcome in outcomes(by_place).items()}
    return [place for place in plan.places if verdicts.get(place, UNDECIDED) == UNDECIDED]


def per_doubling(leads: Mapping[Place, Crossed | None]) -> dict[str, float]:
    """Return the change of a lead per doubling of the texts, by task with several sizes.

    Least squares on log2(texts) with weights of 1 / error^2. Their mean over tasks, by
    `stats.mean`, is the trend: tasks have slopes of their own, and a common slope would be that of
    the task with the smallest errors.
    """
    ran = {place: lead for place, lead in leads.items() if lead is not None}
    slopes = {}
    for data, places in grouped(ran, lambda place: place.data).items():
        if len({place.size for place in places}) > 1:
            doublings = [math.log2(place.size) for place in places]
            means = [ran[place].estimate.mean for place in places]
            weights = [1 / ran[place].error for place in places]  # of residuals, not squares
            slopes[data] = float(np.polyfit(doublings, means, 1, w=weights)[0])
    return slopes


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
    # Of settings that validate alike, the first drawn is chosen, whatever its test accuracy.
    means = [tuple(np.mean(scores, axis=0)) for scores in tried.values()]
    means = sorted(reversed(means), key=lambda scores: scores[0])
    count = len(means)
    return [
        sum(math.comb(i, k - 1) * test for i, (_, test) in enumerate(means)) / math.comb(count, k)
        for k in range(1, count + 1)
    ]
