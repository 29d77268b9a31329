"""Tasks of any length: information at the start of a sequence is needed at its end.

Each task draws any number of fresh examples, so no cell can memorize a training set.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable

import numpy as np

from recipes.sweeps import record
from recipes.trials import trial as texts

KEYS = ("amber", "basil", "cobalt", "denim", "ember", "fennel", "garnet", "hazel")
QUESTION = len(KEYS)  # id of "?"; next come the ids of unknown words, then of known ones
KNOWN = 2_000  # words of the reviews with an id of their own
REVIEWS = {"train": 4_000, "valid": 1_000, "test": 1_000}  # number of reviews read: plenty
SYMBOLS, COPIED = 8, 10  # for copy memory


@dataclasses.dataclass(frozen=True)
class Task:
    """A task of any length.

    Attributes:
        title: its name.
        asks: its description, in one sentence.
        chance: accuracy of the best guess without memory.
        guess: description of that guess.
        numbers: number of different ids in its inputs; None if inputs are not ids.
        classes: number of classes; None for regression.
        every_step: whether there is an output at every timestep, or only at the last.
        draw: function from a random generator, a number of examples, their length and the part of
            the data ("train", "valid", "test") to inputs `(examples, steps, ...)` and targets.
        right: function from outputs and targets to booleans.
    """

    title: str
    asks: str
    chance: float
    guess: str
    numbers: int | None
    classes: int | None
    every_step: bool
    draw: Callable[..., tuple[np.ndarray, np.ndarray]]
    right: Callable[[np.ndarray, np.ndarray], np.ndarray]


@record.cached(maxsize=2)
def filler(name: str) -> dict[str, np.ndarray]:
    """Return real texts as one stream of token ids for each part, without the key words."""
    data = texts.load(name, None, None, 0)
    streams = {
        part: [
            word
            for text in getattr(data, part).texts[:most]
            for word in re.findall(r"[a-z']+", text.lower().replace("<br />", " "))
            if word not in KEYS
        ]
        for part, most in REVIEWS.items()
    }
    frequent = [word for word, _ in Counter(streams["train"]).most_common(KNOWN)]
    numbers = {word: QUESTION + 2 + place for place, word in enumerate(frequent)}
    return {
        part: np.array([numbers.get(word, QUESTION + 1) for word in words], "int32")
        for part, words in streams.items()
    }


def _first_word(rng, count: int, length: int, part: str, name: str):
    """Draw a key, `length` consecutive words of one or more reviews, and a "?"."""
    stream = filler(name)[part]
    if len(stream) <= length:
        raise ValueError(
            f"the texts of {name} for {part} have {len(stream)} words, too few to put {length} "
            "behind a key; name larger texts, or shorter --lengths."
        )
    keys = rng.integers(len(KEYS), size=count).astype("int32")
    start = rng.integers(len(stream) - length, size=count)
    words = stream[start[:, None] + np.arange(length)]
    asked = np.full((count, 1), QUESTION, "int32")
    return np.concatenate([keys[:, None], words, asked], axis=1), keys


def _adding(rng, count: int, length: int, part: str, name: str):
    """Draw numbers from U(-1, 1), two of them marked: one of the first ten, one in the first half.

    As in the paper, except that unmarked timesteps have 0 and the ends have no mark of their own.
    """
    values = rng.uniform(-1, 1, (count, length))
    border = max(1, min(10, length // 4))
    first = rng.integers(border, size=count)
    second = rng.integers(border, max(border + 1, length // 2), size=count)
    marks = np.zeros((count, length))
    rows = np.arange(count)
    marks[rows, first] = marks[rows, second] = 1
    total = 0.5 + (values[rows, first] + values[rows, second]) / 4
    return np.stack([values, marks], axis=-1).astype("float32"), total.astype("float32")[:, None]


def _adding_by_halves(rng, count: int, length: int, part: str, name: str):
    """Draw numbers from U(0, 1), one of them marked in each half; the target is their sum."""
    values, rows = rng.uniform(0, 1, (count, length)), np.arange(count)
    first = rng.integers(length // 2, size=count)
    second = rng.integers(length // 2, length, size=count)
    marks = np.zeros((count, length))
    marks[rows, first] = marks[rows, second] = 1
    total = values[rows, first] + values[rows, second]
    return np.stack([values, marks], axis=-1).astype("float32"), total.astype("float32")[:, None]


def _copy(rng, count: int, length: int, part: str, name: str):
    """Draw ten symbols, `length` - 1 blanks, a signal and ten blanks; the target is the symbols."""
    symbols = rng.integers(1, SYMBOLS + 1, (count, COPIED))
    steps = length + 2 * COPIED
    inputs, targets = np.zeros((2, count, steps), "int32")
    inputs[:, :COPIED] = targets[:, -COPIED:] = symbols
    inputs[:, COPIED + length - 1] = SYMBOLS + 1
    return inputs, targets


TASKS = {
    "first_word": Task(
        title="the first word",
        asks="One of eight key words, N words of reviews, and the question which key it was.",
        chance=1 / len(KEYS),
        guess="one of eight keys",
        numbers=QUESTION + 2 + KNOWN,
        classes=len(KEYS),
        every_step=False,
        draw=_first_word,
        right=lambda outputs, wanted: outputs.argmax(-1) == wanted,
    ),
    "adding": Task(
        title="adding",
        asks="The sum of the two marked numbers of N, to within 0.04 of half their mean "
        "(Hochreiter and Schmidhuber 1997).",
        # P(|x1 + x2| / 4 < 0.04) for two numbers from U(-1, 1), whose sum has a triangular density.
        chance=0.16 - 0.16**2 / 4,
        guess="their mean, 0.5",
        numbers=None,
        classes=None,
        every_step=False,
        draw=_adding,
        right=lambda outputs, wanted: np.abs(outputs - wanted)[:, 0] < 0.04,
    ),
    "adding_by_halves": Task(
        title="adding by halves",
        asks="The sum of two marked numbers of N, one in each half, to within 0.08 (Arjovsky, Shah "
        "and Bengio 2016).",
        chance=0.16 - 0.16**2 / 4,  # the sum of two numbers from U(0, 1) has a triangular density
        guess="their mean, 1",
        numbers=None,
        classes=None,
        every_step=False,
        draw=_adding_by_halves,
        right=lambda outputs, wanted: np.abs(outputs - wanted)[:, 0] < 0.08,
    ),
    "copy": Task(
        title="copy memory",
        asks="Ten symbols, to be said again after N blanks (Arjovsky, Shah and Bengio 2016).",
        chance=1 / SYMBOLS,
        guess="one of eight symbols",
        numbers=SYMBOLS + 2,
        classes=SYMBOLS + 1,
        every_step=True,
        draw=_copy,
        right=lambda outputs, wanted: outputs[:, -COPIED:].argmax(-1) == wanted[:, -COPIED:],
    ),
}
