"""The most frequent tag of each word: the baseline of tagging, fitted by counting."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from recipes.data.splits import Split


def fit(train: Split, tokens: int) -> tuple[Callable[[Split], list[np.ndarray]], int]:
    """Return a function from sentences to which of their words it tags correctly, and its size.

    Words that occur once in training stand in for words that do not occur in it.

    Args:
        train: sentences with an array of tags each.
        tokens: number of words read of each sentence.
    """
    pairs = [
        (word, tag)
        for text, tags in zip(train.texts, train.labels, strict=True)
        for word, tag in zip(text.lower().split(), tags, strict=True)
    ]
    words = pd.DataFrame(pairs, columns=["word", "tag"])
    best = words.groupby("word").tag.agg(lambda tags: tags.mode()[0]).to_dict()
    rare = words[words.groupby("word").tag.transform("size") == 1]
    unknown = (rare if len(rare) else words).tag.mode()[0]

    def right(part: Split) -> list[np.ndarray]:
        return [
            np.array([best.get(word, unknown) for word in text.lower().split()[:tokens]])
            == tags[:tokens]
            for text, tags in zip(part.texts, part.labels, strict=True)
        ]

    return right, len(best)
