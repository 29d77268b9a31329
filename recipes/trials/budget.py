"""What fits into a time budget: sizes, seeds and learning rates, estimated from finished trials."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recipes.trials.candidate import Candidate, work

LEAST = 100  # texts in the smallest subset
SEEDS = 10
RATES = (7e-4, Candidate.learning_rate, 6e-3)
SEARCH = 0.3  # share of the time that the learning rate search may take

Record = Mapping[str, Any]


def sizes(texts: int, classes: int) -> list[int]:
    """Return nested training set sizes: an eighth, a quarter, a half and all, without tiny ones."""
    least = max(LEAST, classes)
    return [texts // part for part in (8, 4, 2) if texts // part >= least] + [texts]


def seconds(records: Iterable[Record], model: str, size: int) -> float | None:
    """Estimate the seconds of a trial: the slowest trial at the nearest size, scaled to `size`."""
    done = [r for r in records if r["status"] == "done" and r["model"] == model]
    like = [r for r in done if r["size"] <= size] or done
    if not like:
        return None
    nearest = max(r["size"] for r in like)
    longest = max(r["seconds"] for r in like if r["size"] == nearest)
    return longest * work(model, size) / work(model, nearest)


def together(each: Sequence[float], jobs: int) -> float:
    """Return the seconds of trials that run in parallel."""
    return max(*each, sum(each) / jobs, 0.0) if each else 0.0


def search_size(
    records: Sequence[Record], models: Sequence[str], sizes: Sequence[int], left: float, jobs: int
) -> int | None:
    """Return the largest size at which trying each learning rate is affordable, or None.

    A search that has begun continues at its size, whatever the remaining time. Otherwise its
    recorded trials would be lost, and, with another learning rate, later trials too.
    """
    begun = [r["size"] for r in records if rate(r) != Candidate.learning_rate]
    if begun:
        return max(begun)
    for size in reversed(sizes):
        each = [seconds(records, model, size) for model in models]
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


def wanted(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Return sizes and seeds in the order in which they run.

    First one seed of every size, the full size first: these give the answer and the learning curve.
    Then further seeds, more for the full size than for the others: these give the confidence.
    """
    *smaller, full = sizes
    order = [(full, 0), *((size, 0) for size in smaller)]
    for of_full, of_smaller in (((1, 2), (1,)), ((3, 4), (2,)), (range(5, SEEDS), (3, 4))):
        order += [(full, seed) for seed in of_full]
        order += [(size, seed) for seed in of_smaller for size in smaller]
    return order


@dataclass(frozen=True)
class Forecast:
    """What should fit into a budget.

    Attributes:
        seeds: number of seeds by size and model.
        seconds: expected duration.
        lacking: seconds for one seed on all texts of the models that do not fit.
    """

    seeds: dict[int, dict[str, int]]
    seconds: float
    lacking: float


def forecast(
    records: Sequence[Record],
    models: Sequence[str],
    sizes: Sequence[int],
    done: Iterable[tuple[str, int, int]],
    left: float,
    jobs: int,
) -> Forecast:
    """Estimate what fits into the remaining time, in the order in which a sweep runs it.

    Args:
        records: finished trials.
        models: networks, in the order in which they run.
        sizes: numbers of texts, ascending.
        done: model, size and seed of each recorded trial.
        left: remaining seconds.
        jobs: number of parallel trials.
    """
    there, spent, lacking = set(done), 0.0, 0.0
    counts = {size: dict.fromkeys(models, 0) for size in sizes}
    for size, seed in wanted(sizes):
        for group in [list(models)] if seed else [[model] for model in models]:
            missing = [model for model in group if (model, size, seed) not in there]
            each = [seconds(records, model, size) or 0.0 for model in missing]
            if not missing or spent + together(each, jobs) <= left:
                spent += sum(each) / jobs
                for model in group:
                    counts[size][model] += 1
            elif (size, seed) == (sizes[-1], 0):
                lacking += sum(each) / jobs
    return Forecast(counts, spent, lacking)
