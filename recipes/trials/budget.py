"""What fits into a time budget: sizes, seeds and learning rates, estimated from finished trials."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from recipes.data.tasks import BOW
from recipes.trials.bag import STRENGTHS
from recipes.trials.candidate import FIXED, Candidate, work

LEAST = 100  # texts in the smallest subset
FIRST = 4_000  # the most texts of the trials that measure what a trial costs
FOLDS = (10, 5, 3, 2)
REPEATS = 3  # of the folds, at most
SEEDS = 10  # of a single test set, at most
FEWER = (STRENGTHS, (1.0, 10.0), (10.0,))
CROSSED = 0.7  # share of the remaining time that the folds of all models may take
RATES = (7e-4, Candidate.learning_rate, 6e-3)
SEARCH = 0.3  # share of the time that the learning rate search may take

Record = Mapping[str, Any]


def sizes(texts: int, classes: int) -> list[int]:
    """Return nested training set sizes: an eighth, a quarter, a half and all, without tiny ones.

    Of many texts the first is a few thousand, on which the cost of a trial can be measured.
    """
    least = max(LEAST, classes)
    parts = [texts // part for part in (8, 4, 2) if texts // part >= least] + [texts]
    return parts if parts[0] <= 2 * FIRST else [max(FIRST, classes), *parts]


def seconds(records: Iterable[Record], model: str, size: int) -> float | None:
    """Estimate the seconds of a trial from the slowest trial at the nearest size.

    The epochs of a network take time in proportion to its work; what comes before (imports,
    compiling) takes the same for every size. Of a bag of words it is the time for every value of C.
    """
    done = [r for r in records if r["status"] == "done" and r["model"] == model]
    like = [r for r in done if r["size"] <= size] or done
    if not like:
        return None
    nearest = max(r["size"] for r in like)
    times = work(model, size) / work(model, nearest)

    def scaled(record: Record) -> float:
        whole = record["seconds"]
        if model in FIXED:
            return times * whole * len(STRENGTHS) / len(record["settings"]["strengths"])
        training = min(whole, sum(epoch["seconds"] for epoch in record["epochs"]))
        return whole - training + times * training

    return max(scaled(r) for r in like if r["size"] == nearest)


def together(each: Sequence[float], jobs: int) -> float:
    """Return the seconds of trials that run in parallel."""
    return max(*each, sum(each) / jobs, 0.0) if each else 0.0


def search_size(
    records: Sequence[Record], models: Sequence[str], sizes: Sequence[int], left: float, jobs: int
) -> int | None:
    """Return the largest size at which trying each learning rate is affordable, or None.

    A search that has begun continues at its size, whatever the remaining time. Otherwise its
    recorded trials would be lost, and, with another learning rate, later trials too. For the same
    reason none begins after the folds of a network, unless there is time to run them again.
    """
    for record in records:  # in the order in which they ran: the search was first
        if rate(record) != Candidate.learning_rate:
            return record["size"]
    again = sum(
        r["seconds"] for r in records if r["model"] in models and r["settings"]["folds"] > 1
    )
    left -= again / jobs
    single = [r for r in records if r["settings"]["folds"] == 1]
    for size in reversed(sizes):
        each = [seconds(single, model, size) for model in models]
        known = [one for one in each if one is not None for _ in RATES]
        if len(known) == len(RATES) * len(models) and together(known, jobs) <= SEARCH * left:
            return size
    return None


def rate(record: Record) -> float:
    """Return the learning rate of a record."""
    return record["settings"]["learning_rate"]


def best_rates(records: Iterable[Record], models: Iterable[str], size: int | None) -> dict:
    """Return each model's best rate on validation, or the default if not all rates were tried."""
    rates = {}
    for model in models:
        found = {
            rate(r): r["valid_score"]
            for r in records
            if r["status"] == "done" and (r["model"], r["size"], r["seed"]) == (model, size, 0)
        }
        whole = set(found) >= set(RATES)
        rates[model] = max(RATES, key=found.__getitem__) if whole else Candidate.learning_rate
    return rates


def choose_folds(
    records: Sequence[Record],
    models: Sequence[str],
    train: Mapping[int, int],
    left: float,
    jobs: int,
) -> int:
    """Return the largest number of folds that fits for every model; else the smallest of all.

    Cross-validation of a network that has begun continues with its folds, as its trials would be
    lost otherwise; but not with the smallest number, which does not decide anything, if there is
    time for more.

    Args:
        records: finished trials.
        models: models to cross-validate.
        train: number of training texts by number of folds.
        left: remaining seconds.
        jobs: number of parallel trials.
    """
    begun = {r["settings"]["folds"] for r in records if r["model"] not in FIXED} & set(train)
    if max(begun, default=0) > min(train):
        return max(begun)
    for folds in sorted(train, reverse=True):
        each = [seconds(records, model, train[folds]) for model in models]
        if together([one or 0.0 for one in each for _ in range(folds)], jobs) <= CROSSED * left:
            return folds
    return min(train)


def strengths(records: Sequence[Record], size: int, folds: int, left: float) -> tuple[float, ...]:
    """Return the values of C that a bag of words can try in its share of the remaining time.

    They are not fewer than those of its trials on file, which would else run again.
    """
    each = (seconds(records, BOW, size) or 0.0) * folds / len(STRENGTHS)
    tried = [
        len(r["settings"]["strengths"])
        for r in records
        if (r["model"], r["size"], r["settings"]["folds"]) == (BOW, size, folds)
    ]
    begun = max(tried, default=1)
    fits = (few for few in FEWER if len(few) <= begun or each * len(few) <= SEARCH * left)
    return next(fits)


@dataclass(frozen=True)
class Forecast:
    """What should fit into a budget.

    Attributes:
        fits, lacks: trials that fit, and that do not.
        seconds: expected duration of those that fit.
    """

    fits: list[Candidate]
    lacks: list[Candidate]
    seconds: float


def forecast(
    plan: Sequence[Candidate], records: Sequence[Record], left: float, jobs: int
) -> Forecast:
    """Estimate which trials fit into the remaining time, in the order in which a sweep runs them.

    Args:
        plan: trials that are not recorded yet; those of a group stand together.
        records: finished trials.
        left: remaining seconds.
        jobs: number of parallel trials.
    """
    fits: list[Candidate] = []
    lacks: list[Candidate] = []
    spent = 0.0
    for _, members in groupby(plan, key=lambda one: one.group):
        group = list(members)
        each = [
            (seconds(records, one.model, one.size) or 0.0) * len(one.strengths) / len(STRENGTHS)
            for one in group
        ]
        if not group[0].optional or spent + together(each, jobs) <= left:
            spent += sum(each) / jobs
            fits += group
        else:
            lacks += group
    return Forecast(fits, lacks, spent)
