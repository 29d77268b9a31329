"""Passages of Shakespeare, with the next character of each: a language model as a tagging task.

    data = load()
    data.train.texts[0], data.train.labels[0]    # "84 111 ...", labels of the next ones

A passage has `LENGTH` characters. In a text each is written as its code point, separated by spaces,
so word-level models read characters. A network starts each passage with a state of zero.
"""

import numpy as np

from recipes.data import builders, splits
from recipes.data.splits import Split
from recipes.data.tagged import Tagged, order

NAME = "shakespeare_characters"
LENGTH = 100  # characters
TEST = 5_000  # passages
VALID = 500
LICENCE, SOURCE = builders.EmbeddedShakespeare.licence, builders.EmbeddedShakespeare.origin


def load(seed: int = 0) -> Tagged:
    """Load the passages of all works, split by work: a third of the works is the test set.

    Works of test are in no other part; of their passages `TEST` are drawn, of those of validation
    `VALID`.

    Args:
        seed: seed of the split, and of the order of passages.
    """
    works = dict(builders.works())
    names = list(works)
    classes = sorted({letter for text in works.values() for letter in text})
    numbers = {letter: number for number, letter in enumerate(classes)}
    shuffled = np.argsort(splits.places(names, seed), kind="stable")
    third, tenth = -(-len(names) // 3), -(-len(names) // 10)
    test, valid, train = np.split(shuffled, [third, third + tenth])
    parts = {"test": (test, TEST), "valid": (valid, VALID), "train": (train, None)}
    of_part = {}
    for part, (chosen, most) in parts.items():
        whole = _passages([works[names[row]] for row in chosen], chosen, numbers)
        of_part[part] = whole.take(order(whole, seed)[:most])
    counts = ", ".join(f"{len(of_part[part]):,} {part}" for part in ("train", "valid", "test"))
    notes = (
        f"split: {counts} passages of {LENGTH} characters (by work: {len(test)} of {len(names)} "
        f"works in test, {len(valid)} in valid, by seed {seed})",
    )
    return Tagged(NAME, SOURCE, LICENCE, tuple(classes), notes, **of_part)


def _passages(texts: list[str], rows: np.ndarray, numbers: dict[str, int]) -> Split:
    """Return the passages of works, with the numbers of the next characters as labels."""
    passages, labels, of_work = [], [], []
    for row, text in zip(rows, texts, strict=True):
        for start in range(0, len(text) - LENGTH, LENGTH):
            passages.append(" ".join(str(ord(letter)) for letter in text[start : start + LENGTH]))
            following = text[start + 1 : start + LENGTH + 1]
            labels.append(np.array([numbers[letter] for letter in following], "int32"))
            of_work.append(row)
    array = np.empty(len(labels), object)
    array[:] = labels
    return Split(Split.of(passages, (), ()).texts, array, np.array(of_work, np.int64))
