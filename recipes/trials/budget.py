"""What fits into a time budget: sizes, seeds and learning rates, from what trials took here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recipes.trials.candidate import Candidate, work

LEAST = 100  # texts of the smallest size
SEEDS = 10
RATES = (7e-4, Candidate.learning_rate, 6e-3)
SEARCH = 0.3  # share of the time that the search for a learning rate may take

Record = Mapping[str, Any]


def sizes(texts: int, classes: int) -> list[int]:
    """Return nested numbers of texts: an eighth, a quarter, half and all, none of them tiny."""
    least = max(LEAST, classes)
    return [texts // part for part in (8, 4, 2) if texts // part >= least] + [texts]


def seconds(records: Iterable[Record], model: str, size: int) -> float | None:
    """Return what a trial may take: the longest of the largest one like it, scaled to its size."""
    done = [r for r in records if r["status"] == "done" and r["model"] == model]
    like = [r for r in done if r["size"] <= size] or done
    if not like:
        return None
    nearest = max(r["size"] for r in like)
    longest = max(r["seconds"] for r in like if r["size"] == nearest)
    return longest * work(model, size) / work(model, nearest)


def together(each: Sequence[float], jobs: int) -> float:
    """Return the seconds of trials that run side by side."""
    return max(*each, sum(each) / jobs, 0.0) if each else 0.0


def search_size(
    records: Sequence[Record], models: Sequence[str], sizes: Sequence[int], left: float, jobs: int
) -> int | None:
    """Return the largest size at which trying each rate is affordable, or None.

    A search that was begun goes on where it was, however much time there is now: its trials on
    file would otherwise be lost, and with another rate those after it too.
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
    """Return each model's rate: the best on validation where all were tried, else the default."""
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
    """Return sizes and seeds in the order in which they are wanted.

    First one seed of everything, all texts before the others: it makes the answer and the curve.
    Then seeds, of all texts more than of the others: they make it sure.
    """
    *smaller, full = sizes
    order = [(full, 0), *((size, 0) for size in smaller)]
    for of_full, of_smaller in (((1, 2), (1,)), ((3, 4), (2,)), (range(5, SEEDS), (3, 4))):
        order += [(full, seed) for seed in of_full]
        order += [(size, seed) for seed in of_smaller for size in smaller]
    return order


@dataclass(frozen=True)
class Forecast:
    """What a budget should have room for.

    Attributes:
        seeds: number of seeds by size and model.
        seconds: what that should take.
        lacking: seconds that one seed of all texts takes, of the models that do not fit.
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
    """Return what should fit into the seconds that are left, as a sweep will choose it.

    Args:
        records: finished trials.
        models: networks, in the order in which they are wanted.
        sizes: numbers of texts, ascending.
        done: model, size and seed of what is on file.
        left: seconds.
        jobs: trials side by side.
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
