"""The questions of the study and its experiments, fixed before their trials.

Three claims are tested:

1. With suitable initial weights and learning rate, each of the three cells remembers the first
   word.
2. A GRU is within one point of an LSTM.
3. With up to 1,000 texts a GRU is better than an LSTM and than a vanilla RNN by more than a point.

The primary endpoint is the mean over tasks of GRU minus LSTM at up to 1,000 texts, in points of
test accuracy. A **place** is a number of training texts of a data set. At each place every network
is tuned: the same `settings` are tried on the same `tuned_on` replicates, and chosen on validation.
Then `looks[0]` replicates run with the chosen setting, and `looks[1]` where GRU against LSTM is
undecided by its corrected verdict. As there are two looks, p-values are doubled. `study.md.j2` says
what was changed after the first results.
"""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

from recipes.data.tasks import AVERAGE, BOW, EMBEDDING, ENCODER, MOST_FREQUENT, TAGGING, WORDS
from recipes.reports.words import CELLS
from recipes.sweeps.runs import Runs
from recipes.trials import memory, starts, tuning
from recipes.trials.replicate import EXPLORED, MAIN, OPEN, START, TUNED_ON, WIDTH, Trial
from recipes.trials.trial import BASELINE
from recipes.trials.tuning import Setting, drawn

MARGIN = 0.01  # of accuracy: the largest difference that counts as the same
FEW = 1_000  # texts: the upper limit of "little data"
RATES = (3e-4, 3e-2)  # learning rates, log-uniform


@dataclasses.dataclass(frozen=True)
class Place:
    """A number of training texts of a data set.

    Attributes:
        data, task: the texts, and what is predicted.
        size: number of training texts.
        tokens: words read of a text.
        varied: whether widths and starts are varied, and other cells tried, here.
    """

    data: str
    task: str
    size: int
    tokens: int
    varied: bool = False

    @property
    def name(self) -> str:
        """Its name on a page."""
        return f"{TITLES[self.data]}, {self.size:,}"

    @property
    def columns(self) -> dict[str, str | int]:
        """Its columns in a CSV file."""
        return {"data": self.data, "texts": self.size}

    @property
    def arms(self) -> dict[str, str | None]:
        """The models that are compared here, each with the arm of its records; None for any."""
        return dict.fromkeys(CELLS, MAIN) | dict.fromkeys(self.baselines)

    @property
    def baselines(self) -> tuple[str, ...]:
        """Return the baselines: one that ignores word order, and one that is fitted directly."""
        return (EMBEDDING, MOST_FREQUENT) if self.task == TAGGING else (AVERAGE, BOW, MOST_FREQUENT)


# Names of the data sets on a page, then what they are and what is predicted.
TITLES = {
    "embedded_rotten_tomatoes": "sentences of reviews",
    "embedded_imdb": "film reviews",
    "brown": "parts of speech",
    "embedded_newsgroups": "topics of posts",
    "embedded_trec": "questions",
    "shakespeare_characters": "next characters",
}
PREDICTED = {
    "embedded_rotten_tomatoes": "Rotten Tomatoes: positive or negative",
    "embedded_imdb": "IMDB: positive or negative",
    "brown": "Brown corpus: one of 92 tags for each word of a sentence",
    "embedded_newsgroups": "20 Newsgroups: one of 20 groups",
    "embedded_trec": "TREC: which of six kinds of answer a question asks for",
    "shakespeare_characters": "Shakespeare, passages of 100: the next of 84 characters, after each",
}


@dataclasses.dataclass(frozen=True)
class Memory:
    """The grid of trials of the first word.

    Attributes:
        lengths: N, the number of words in between.
        rates: learning rates.
        arms: initializations, see `recipes.trials.starts`.
        seeds: number of trials at each point.
        steps: maximum number of updates.
    """

    lengths: tuple[int, ...]
    rates: tuple[float, ...]
    arms: tuple[str, ...] = (starts.DEFAULT, starts.TORCH, starts.ORTHOGONAL, starts.CHRONO)
    seeds: int = 5
    steps: int = 1_500

    def trials(self) -> list[memory.Trial]:
        """Return all trials, one seed of every point before the next seed."""
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
class Known:
    """A published result that is repeated, or its task at another N; it decides none of the claims.

    Attributes:
        task, size: the task, a name in `memory_tasks.TASKS`, and its N.
        steps: maximum number of updates here.
        parameters: about the number in the paper.
        units: units of each cell with so many parameters.
        blind: the least test loss without memory.
        losses: the test loss of each cell in the paper; none at another N.
    """

    task: str
    size: int
    steps: int
    parameters: int
    units: dict[str, int]
    blind: float
    losses: dict[str, float] = dataclasses.field(default_factory=dict)

    def trials(self, rates: Sequence[float]) -> list[memory.Trial]:
        """Return a trial for each cell and learning rate."""
        return [
            memory.Trial(
                self.task, cell, starts.DEFAULT, self.size, 0, units,
                learning_rate=rate, steps=self.steps, flow=0,
            )
            for rate in rates
            for cell, units in self.units.items()
        ]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Plan:
    """A study of one scale.

    Attributes:
        scale, takes: its name, and its duration in words.
        places: in the order in which they run.
        memory: the grid of the first word.
        settings: number tried for each network at each place.
        tuned_on: number of replicates for tuning.
        looks: number of replicates at the first and the last look.
        mean_looks: how often the mean over tasks has been looked at.
        widths: units that are tried in addition to 64 at the varied places.
        explored: cells that are tried at the varied places in addition, tuned as the others; they
            decide none of the claims.
        known: published results that are repeated, with each of `known_rates`.
    """

    scale: str
    takes: str
    places: tuple[Place, ...]
    memory: Memory
    settings: int = 8
    tuned_on: int = 2
    looks: tuple[int, int] = (10, 20)
    mean_looks: int = 1
    widths: tuple[int, ...] = (16, 256)
    explored: tuple[str, ...] = ("mgu", "janet", "coupled_lstm", "min_gru")
    known: tuple[Known, ...] = ()
    known_rates: tuple[float, ...] = (2e-3, 1e-2)


_REVIEWS, _TAGS = ("embedded_rotten_tomatoes", WORDS), ("brown", TAGGING)
_QUESTIONS, _NEXT = ("embedded_trec", WORDS), ("shakespeare_characters", TAGGING)
_IMDB, _TOPICS = ("embedded_imdb", WORDS), ("embedded_newsgroups", WORDS)


# Table 1 of Bai, Kolter and Koltun, "An empirical evaluation of generic convolutional and recurrent
# networks for sequence modeling", 2018, https://arxiv.org/abs/1803.01271.
def _adding(size: int, **paper: float) -> Known:
    """Return the adding problem; always to guess the mean of a sum has its variance as loss."""
    units = {"simple_rnn": 260, "lstm": 130, "gru": 150}
    return Known("adding_by_halves", size, 3_000, 70_000, units, 1 / 6, paper)


def _copy(size: int, **paper: float) -> Known:
    """Return copy memory; of N + 20 timesteps, ten are one of eight symbols."""
    units = {"simple_rnn": 110, "lstm": 50, "gru": 60}
    return Known("copy", size, 1_000, 16_000, units, 10 * math.log(8) / (size + 20), paper)


_BAI = (
    _adding(600, simple_rnn=0.177, lstm=0.164, gru=5.3e-5),
    _copy(1_000, simple_rnn=0.0202, lstm=0.0204, gru=0.0197),
    *(_adding(size) for size in (200, 400)),
    *(_copy(size) for size in (100, 300)),
)
SMALL = Plan(
    scale="small",
    takes="about an hour on two cores",
    places=(Place(*_REVIEWS, 1_000, 60), Place(*_TAGS, 1_000, 60)),
    memory=Memory((30,), (2e-3, 1e-2), seeds=2),
    settings=4,
    tuned_on=1,
    looks=(5, 5),
    widths=(),
    explored=(),
)
MEDIUM = Plan(
    scale="medium",
    takes="about 35 core-hours",
    places=(
        Place(*_REVIEWS, 1_000, 60, varied=True),
        Place(*_TAGS, 1_000, 60, varied=True),
        Place(*_REVIEWS, 250, 60),
        Place(*_TAGS, 250, 60),
        Place(*_REVIEWS, 3_000, 60),
        Place(*_TAGS, 4_000, 60),
        Place(*_TOPICS, 500, 100, varied=True),
        Place(*_IMDB, 500, 200, varied=True),
        Place(*_QUESTIONS, 500, 20, varied=True),
        Place(*_NEXT, 1_000, 100),
        Place(*_QUESTIONS, 2_000, 20),
        Place(*_TOPICS, 2_000, 100),
        Place(*_IMDB, 2_000, 200),
        Place(*_IMDB, 8_000, 200),
        Place(*_NEXT, 4_000, 100),
    ),
    mean_looks=4,
    memory=Memory((10, 30, 100), (5e-4, 2e-3, 1e-2)),
    known=_BAI,
)
SCALES = {plan.scale: plan for plan in (SMALL, MEDIUM)}


def settings(count: int) -> list[Setting]:
    """Return the settings to try at each place."""
    return drawn(count, RATES)


def kinds(place: Place) -> list[Trial]:
    """Return the networks that are tuned at a place, each as a trial without a replicate."""
    blind = Trial(place.data, place.baselines[0], BASELINE, place.size, **_read(place))
    return [*_cells(place, CELLS, MAIN), blind]


def explored(plan: Plan, place: Place) -> list[Trial]:
    """Return the additional cells at a place, each as a trial without a replicate."""
    return _cells(place, plan.explored if place.varied else (), EXPLORED)


def _cells(place: Place, cells: Iterable[str], arm: str) -> list[Trial]:
    return [Trial(place.data, cell, arm, place.size, units=64, **_read(place)) for cell in cells]


def _read(place: Place) -> dict[str, Any]:
    return {"task": place.task, "tokens": place.tokens}


def tries(plan: Plan, networks: Sequence[Trial]) -> list[Trial]:
    """Return the tuning trials of networks, which are trials without a replicate."""
    return [
        dataclasses.replace(network, seed=TUNED_ON + number, **setting._asdict())
        for number in range(plan.tuned_on)
        for setting in settings(plan.settings)
        for network in networks
    ]


def chosen(plan: Plan, kind: Trial, runs: Runs) -> Setting | None:
    """Return the setting with the best mean validation accuracy; None until all have been tried."""
    replicates = [
        dataclasses.replace(kind, seed=TUNED_ON + number) for number in range(plan.tuned_on)
    ]
    return tuning.best(replicates, settings(plan.settings), runs)


def tuned(
    plan: Plan, networks: Sequence[Trial], replicates: Iterable[int], runs: Runs
) -> list[Trial]:
    """Return the trials of networks with their chosen settings, replicate by replicate.

    Networks of which not every setting has been tried are left out.
    """
    settings = [(network, chosen(plan, network, runs)) for network in networks]
    return [
        dataclasses.replace(network, seed=seed, **setting._asdict())
        for seed in replicates
        for network, setting in settings
        if setting is not None
    ]


def finals(plan: Plan, place: Place, replicates: Iterable[int], runs: Runs) -> list[Trial]:
    """Return the trials that decide the claims at a place, replicate by replicate."""
    fixed = [
        Trial(place.data, name, BASELINE, place.size, **_read(place))
        for name in place.baselines[1:]
    ]
    return [
        trial
        for seed in replicates
        for trial in (
            *tuned(plan, kinds(place), [seed], runs),
            *(dataclasses.replace(kind, seed=seed) for kind in fixed),
        )
    ]


def encoded(plan: Plan, replicates: Iterable[int]) -> list[Trial]:
    """Return the trials of the sentence encoder, which is optional and decides none of the claims.

    It has vectors of texts, not of words. All trials of a data set follow each other, since a
    process keeps the vectors of one data set.
    """
    places = [place for place in plan.places if place.task == WORDS]
    return [
        Trial(place.data, ENCODER, BASELINE, place.size, seed, **_read(place))
        for place in sorted(places, key=lambda place: place.data)
        for seed in replicates
    ]


def varied(plan: Plan, place: Place, replicates: Sequence[int], runs: Runs) -> list[Trial]:
    """Return the trials of other widths and initializations, with the settings of 64 units.

    The LSTM has no arm "open gate": Keras starts its forget gate with a bias of 1.
    """
    cells = tuned(plan, _cells(place, CELLS, MAIN), replicates, runs)
    started = [
        dataclasses.replace(trial, arm=arm, matched=True)
        for arm in (START, OPEN)
        for trial in cells
        if arm == START or trial.model == "gru"
    ]
    if not place.varied or not plan.widths:
        return []
    return started + [
        dataclasses.replace(trial, arm=WIDTH, units=units)
        for units in plan.widths
        for trial in cells
    ]
