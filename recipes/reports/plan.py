"""What the study runs, in one table: tasks, sizes, cells, arms, seeds and the budget of tuning.

Each part is a comparison that `recipes.compare_cells` or `recipes.first_word` could run by itself,
and is planned by them.
"""

import dataclasses
from pathlib import Path

from recipes import compare_cells, first_word
from recipes.data.tasks import EVERY
from recipes.trials.starts import CHRONO, DEFAULT, GLOROT, ORTHOGONAL


@dataclasses.dataclass(frozen=True)
class Texts:
    """A part that compares cells on the texts of one set.

    Attributes:
        name: of its folder and its files.
        task, data: what is learnt, and from what.
        sizes: numbers of training texts, smaller ones within larger ones.
        tokens: how many words (or characters) of a text are read.
        seeds: final trials of each model, arm and size.
        tune: settings tried for each of them before.
        cells: cells to compare.
        units: of a cell in the arm of equal units.
        compiled: whether XLA may compile the recurrence.
    """

    name: str
    task: str
    data: str
    sizes: tuple[int, ...]
    tokens: int
    seeds: int
    tune: int
    cells: tuple[str, ...] = ("simple_rnn", "lstm", "gru")
    units: int = 64
    compiled: bool = True

    def settings(self) -> compare_cells.Settings:
        """Return the part as `recipes.compare_cells` is told it."""
        return compare_cells.completed(
            compare_cells.Settings(
                task=self.task,  # type: ignore[arg-type]  # one of the names that it lists
                data=(self.data,),
                sizes=self.sizes,
                tokens=self.tokens,
                seeds=self.seeds,
                tune=self.tune,
                cells=self.cells,
                units=self.units,
                name=self.name,
            )
        )


@dataclasses.dataclass(frozen=True)
class Memory:
    """The part that asks for the first word.

    Attributes:
        name: of its folder and its files.
        tasks: of `recipes.trials.memory_tasks`.
        lengths: how many steps lie in between.
        seeds: trials of each cell, by the start of its weights.
        steps: most steps of training.
        filler: set whose words lie in between.
        cells: cells to compare.
    """

    name: str
    tasks: tuple[str, ...]
    lengths: tuple[int, ...]
    seeds: tuple[tuple[str, int], ...]
    steps: int = 1_500
    filler: str = "embedded_imdb"
    cells: tuple[str, ...] = ("simple_rnn", "lstm", "gru")

    def settings(self) -> list[first_word.Settings]:
        """Return the part as `recipes.first_word` is told it, once for each start."""
        return [
            first_word.Settings(
                tasks=self.tasks,
                cells=self.cells,
                starts=(start,),
                lengths=self.lengths,
                seeds=seeds,
                steps=self.steps,
                filler=self.filler,
                name=self.name,
            )
            for start, seeds in self.seeds
        ]


@dataclasses.dataclass(frozen=True)
class Plan:
    """A study of one scale: its parts, and what it takes, in words."""

    scale: str
    takes: str
    memory: Memory
    texts: tuple[Texts, ...]

    @property
    def parts(self) -> tuple[Texts | Memory, ...]:
        """Return all parts, in the order in which they are run."""
        return (self.memory, *self.texts)


NESTED = (250, 500, 1_000, 2_000, 4_000, 8_000, EVERY)
SMALL = Plan(
    scale="small",
    takes="about 70 minutes on two busy cores",
    memory=Memory(
        name="first_word",
        tasks=("first_word",),
        lengths=(100,),
        seeds=((DEFAULT, 10), (CHRONO, 3), (ORTHOGONAL, 3), (GLOROT, 3)),
    ),
    texts=(
        Texts("words", "words", "embedded_rotten_tomatoes", (1_000,), 50, 10, 6, compiled=False),
        Texts("tagging", "tagging", "brown", (250, 500), 50, 10, 6, compiled=False),
    ),
)
FULL = Plan(
    scale="full",
    takes="days on a machine with many cores",
    memory=Memory(
        name="first_word",
        tasks=("first_word", "adding", "copy"),
        lengths=(5, 10, 20, 50, 100, 200, 500, 1_000),
        seeds=((DEFAULT, 20), (CHRONO, 10), (ORTHOGONAL, 10), (GLOROT, 10)),
        steps=10_000,
    ),
    texts=(
        Texts("words", "words", "embedded_rotten_tomatoes", (*NESTED[:-2], EVERY), 60, 20, 16),
        Texts("reviews", "words", "embedded_imdb", NESTED, 400, 10, 16),
        Texts("characters", "characters", "embedded_imdb", NESTED, 1_000, 10, 16),
        Texts("tagging", "tagging", "brown", NESTED, 200, 20, 16),
        Texts("topics", "topics", "embedded_newsgroups", NESTED, 400, 10, 16),
    ),
)
SCALES = {plan.scale: plan for plan in (SMALL, FULL)}


def folder(runs: Path, plan: Plan, part: Texts | Memory) -> Path:
    """Return where the trials of a part are kept."""
    return runs / f"study_{plan.scale}" / part.name
