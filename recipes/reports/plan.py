"""What the study asks, and what it runs to answer: fixed before the first trial.

Three sentences are tested:

1. With weights and a learning rate that suit it, each of the three cells remembers the first word.
2. A GRU is within one point of an LSTM.
3. With up to 1,000 texts a GRU is better than an LSTM and than a vanilla RNN by more than a point.

The primary endpoint is the mean of GRU less LSTM over tasks at up to 1,000 texts, in points of
test accuracy. A **place** is a number of training texts of a data set. At each place every network
is tuned: the same `settings` on the same `tuned_on` replicates, of which validation chooses; then
come replicates with the chosen setting, `looks[0]` of them, and up to `looks[1]` where GRU against
LSTM is not decided by then. As there are two looks, a p-value counts double.
"""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from scipy.stats import qmc

from recipes.data.tasks import AVERAGE, BOW, EMBEDDING, MOST_FREQUENT, TAGGING, WORDS
from recipes.sweeps.runs import Runs
from recipes.trials import memory, starts
from recipes.trials.replicate import BASELINE, MAIN, START, TUNED_ON, WIDTH, Trial

CELLS = ("simple_rnn", "lstm", "gru")
MARGIN = 0.01  # of accuracy: what counts as the same
FEW = 1_000  # texts: what counts as little
RATES = (3e-4, 3e-2)  # learning rates, drawn log-uniformly
DROPOUT = (0.0, 0.6)  # drawn uniformly


@dataclasses.dataclass(frozen=True)
class Place:
    """A number of training texts of a data set.

    Attributes:
        data, task: which texts, and what is learnt of them.
        size: number of training texts.
        tokens: words read of a text.
        middle: whether widths and starts are varied here.
    """

    data: str
    task: str
    size: int
    tokens: int
    middle: bool = False

    @property
    def name(self) -> str:
        """What a page calls it."""
        return f"{TITLES[self.data]}, {self.size:,}"

    @property
    def baselines(self) -> tuple[str, ...]:
        """Return the baselines: blind to order, and fitted in one go."""
        return (EMBEDDING, MOST_FREQUENT) if self.task == TAGGING else (AVERAGE, BOW, MOST_FREQUENT)


TITLES = {
    "embedded_rotten_tomatoes": "sentences of reviews",
    "embedded_imdb": "film reviews",
    "brown": "parts of speech",
    "embedded_newsgroups": "topics of posts",
}


@dataclasses.dataclass(frozen=True)
class Memory:
    """The grid that asks for the first word.

    Attributes:
        lengths: N, how many words lie in between.
        rates: learning rates.
        arms: starts of the weights, `recipes.trials.starts`.
        seeds: trials of each point.
        steps: most updates.
    """

    lengths: tuple[int, ...]
    rates: tuple[float, ...]
    arms: tuple[str, ...] = (starts.DEFAULT, starts.TORCH, starts.ORTHOGONAL, starts.CHRONO)
    seeds: int = 5
    steps: int = 1_500

    def trials(self) -> list[memory.Trial]:
        """Return all trials, a seed of every point before the next seed."""
        return [
            memory.Trial(
                "first_word", cell, arm, length, seed,
                learning_rate=rate, curriculum=curriculum, steps=self.steps,
            )
            for seed in range(self.seeds)
            for length in self.lengths
            for rate in self.rates
            for arm in self.arms
            for curriculum in ((False, True) if arm == starts.DEFAULT else (False,))
            for cell in CELLS
            if starts.known(cell, arm)
        ]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Plan:
    """A study of one scale.

    Attributes:
        scale, takes: its name, and what it takes, in words.
        places: in the order in which they are run.
        memory: the grid of the first word.
        settings: tried for each network at each place.
        tuned_on: replicates on which they are tried.
        looks: replicates at the first and the last look.
        widths: units that are tried beside 64 at the middle places.
    """

    scale: str
    takes: str
    places: tuple[Place, ...]
    memory: Memory
    settings: int = 8
    tuned_on: int = 2
    looks: tuple[int, int] = (10, 20)
    widths: tuple[int, ...] = (16, 256)


_REVIEWS, _TAGS = ("embedded_rotten_tomatoes", WORDS), ("brown", TAGGING)
_IMDB, _TOPICS = ("embedded_imdb", WORDS), ("embedded_newsgroups", WORDS)
SMALL = Plan(
    scale="small",
    takes="about an hour on two cores",
    places=(Place(*_REVIEWS, 1_000, 60), Place(*_TAGS, 1_000, 60)),
    memory=Memory((30,), (2e-3, 1e-2), seeds=2),
    settings=4,
    tuned_on=1,
    looks=(5, 5),
    widths=(),
)
MEDIUM = Plan(
    scale="medium",
    takes="about 16 core-hours",
    places=(
        Place(*_REVIEWS, 1_000, 60, middle=True),
        Place(*_TAGS, 1_000, 60, middle=True),
        Place(*_REVIEWS, 250, 60),
        Place(*_TAGS, 250, 60),
        Place(*_REVIEWS, 3_000, 60),
        Place(*_TAGS, 4_000, 60),
        Place(*_TOPICS, 500, 100),
        Place(*_IMDB, 500, 200),
        Place(*_TOPICS, 2_000, 100, middle=True),
        Place(*_IMDB, 2_000, 200, middle=True),
        Place(*_IMDB, 8_000, 200),
    ),
    memory=Memory((10, 30, 100), (5e-4, 2e-3, 1e-2)),
)
SCALES = {plan.scale: plan for plan in (SMALL, MEDIUM)}


def folder(runs: Path, plan: Plan, part: str) -> Path:
    """Return where the trials of a part, "texts" or "memory", are kept."""
    return runs / f"study_{plan.scale}" / part


class Setting(NamedTuple):
    """What is tuned, under the names that `Trial` has for it."""

    learning_rate: float
    dropout: float


def settings(count: int) -> list[Setting]:
    """Return the settings to try: even over the plane, and the same ones every time.

    >>> settings(8)[:3] == settings(3)
    True
    """
    low, high = map(math.log, RATES)
    return [
        Setting(float(f"{math.exp(low + x * (high - low)):.3g}"), round(DROPOUT[1] * y, 2))
        for x, y in qmc.Halton(2, seed=0).random(count)
    ]


def kinds(place: Place) -> list[Trial]:
    """Return the networks that are tuned at a place, each as a trial without a replicate."""
    common: dict[str, Any] = {"task": place.task, "tokens": place.tokens}
    cells = [Trial(place.data, cell, MAIN, place.size, units=64, **common) for cell in CELLS]
    blind = place.baselines[0]
    return [*cells, Trial(place.data, blind, BASELINE, place.size, **common)]


def tries(plan: Plan, place: Place) -> list[Trial]:
    """Return the trials that choose a setting for each network of a place."""
    return [
        dataclasses.replace(kind, seed=TUNED_ON + number, **setting._asdict())
        for number in range(plan.tuned_on)
        for setting in settings(plan.settings)
        for kind in kinds(place)
    ]


def chosen(plan: Plan, kind: Trial, runs: Runs) -> Setting | None:
    """Return the setting with the best mean validation accuracy; None before all were tried.

    A trial that failed counts as the worst. Of equal settings the one drawn first is taken.
    """
    best, most = None, -1.0
    for setting in settings(plan.settings):
        tried = [
            dataclasses.replace(kind, seed=TUNED_ON + n, **setting._asdict())
            for n in range(plan.tuned_on)
        ]
        records = runs.records([trial.key for trial in tried])
        if len(records) < len(tried):
            return None
        mean = sum(r.get("valid_accuracy", -1.0) for r in records) / len(records)
        if mean > most:
            best, most = setting, mean
    return best


def finals(plan: Plan, place: Place, replicates: Iterable[int], runs: Runs) -> list[Trial]:
    """Return the trials of a place that its sentences are decided by, replicate by replicate."""
    tuned = [(kind, chosen(plan, kind, runs)) for kind in kinds(place)]
    fixed = [
        Trial(place.data, name, BASELINE, place.size, task=place.task, tokens=place.tokens)
        for name in place.baselines[1:]
    ]
    return [
        dataclasses.replace(trial, seed=seed)
        for seed in replicates
        for trial in (
            *(dataclasses.replace(kind, **s._asdict()) for kind, s in tuned if s is not None),
            *fixed,
        )
    ]


def varied(plan: Plan, place: Place, replicates: Sequence[int], runs: Runs) -> list[Trial]:
    """Return the trials of other widths and of matched starts, with the settings of 64 units."""
    cells = [one for one in finals(plan, place, replicates, runs) if one.arm == MAIN]
    started = [dataclasses.replace(one, arm=START, matched=True) for one in cells]
    if not place.middle or not plan.widths:
        return []
    return started + [
        dataclasses.replace(one, arm=WIDTH, units=units) for units in plan.widths for one in cells
    ]
