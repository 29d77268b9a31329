"""Tasks whose length is a number: what stands at the front is asked for at the end.

Each draws as many examples as are wanted, so that no cell can learn a set by heart.
"""

import dataclasses
import functools
import re
from collections import Counter
from collections.abc import Callable

import numpy as np

from recipes.trials import trial as texts

KEYS = ("amber", "basil", "cobalt", "denim", "ember", "fennel", "garnet", "hazel")
QUESTION = len(KEYS)  # the number of "?"; then that of unknown words, then those of known ones
KNOWN = 2_000  # words of the reviews that have a number of their own
REVIEWS = {"train": 4_000, "valid": 1_000, "test": 1_000}  # how many are read: plenty
SYMBOLS, COPIED = 8, 10  # of copy memory


@dataclasses.dataclass(frozen=True)
class Task:
    """A task of any length.

    Attributes:
        title: what it is called.
        asks: what is asked, in a sentence.
        chance: the accuracy of the best guess that has no memory.
        guess: what that guess is.
        numbers: how many different numbers its inputs have; None where they are no names.
        classes: how many answers there are; None where the answer is a number.
        every_step: whether an answer is given at every step, or at the last.
        draw: from a random generator, a number of examples, their length and the part of the data
            ("train", "valid", "test") to inputs `(examples, steps, ...)` and answers.
        right: from answers given and wanted to booleans.
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


@functools.lru_cache(maxsize=2)
def filler(name: str) -> dict[str, np.ndarray]:
    """Return the words of real texts as one stream of numbers for each part, the keys left out."""
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
    """Draw a key, `length` words that follow each other in some review or two, and a "?"."""
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
    """Draw numbers from U(-1, 1), two of them marked: one of the first ten, one before the middle.

    As in the paper, but that unmarked steps have 0 and the ends are not marked apart.
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


def _copy(rng, count: int, length: int, part: str, name: str):
    """Draw ten symbols, `length` - 1 blanks, a signal and ten blanks; the answer is the symbols."""
    symbols = rng.integers(1, SYMBOLS + 1, (count, COPIED))
    steps = length + 2 * COPIED
    given, wanted = np.zeros((2, count, steps), "int32")
    given[:, :COPIED] = wanted[:, -COPIED:] = symbols
    given[:, COPIED + length - 1] = SYMBOLS + 1
    return given, wanted


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
        right=lambda given, wanted: given.argmax(-1) == wanted,
    ),
    "adding": Task(
        title="adding",
        asks="The sum of the two marked numbers of N, to within 0.04 of half their mean "
        "(Hochreiter and Schmidhuber 1997).",
        # P(|x1 + x2| / 4 < 0.04) of two from U(-1, 1), whose sum has a triangular density.
        chance=0.16 - 0.16**2 / 4,
        guess="their mean, 0.5",
        numbers=None,
        classes=None,
        every_step=False,
        draw=_adding,
        right=lambda given, wanted: np.abs(given - wanted)[:, 0] < 0.04,
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
        right=lambda given, wanted: given[:, -COPIED:].argmax(-1) == wanted[:, -COPIED:],
    ),
}
