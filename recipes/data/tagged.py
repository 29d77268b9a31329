"""Sequences with a label for each item: tagged sentences, characters with the next one."""

import dataclasses

import numpy as np

from recipes.data import splits
from recipes.data.splits import Split
from recipes.data.texts import Data


@dataclasses.dataclass(frozen=True, eq=False)
class Tagged(Data):
    """Sentences with a tag for each word, ready for training.

    The `labels` of a split are an object array of int32 arrays, one for each sentence, and `rows`
    are the numbers of the documents.
    """

    def subset(self, size: int) -> "Tagged":
        """Return the data with only `size` training sentences; subsets are nested."""
        if not 1 <= size <= len(self.train):
            raise ValueError(
                f"size {size} is not within 1 and the {len(self.train)} training sentences of "
                f"{self.name}; ask for one that is."
            )
        return dataclasses.replace(self, train=self.train.take(slice(int(size))))

    @property
    def chance(self) -> float:
        """Accuracy of always predicting the most frequent tag of the test set."""
        tags = np.concatenate(list(self.test.labels))
        return float(np.bincount(tags).max() / len(tags))


def order(sentences: Split, seed: int) -> np.ndarray:
    """Return a pseudorandom order of sentences; positions count, as short sentences repeat."""
    rows = enumerate(zip(sentences.rows, sentences.texts, strict=True))
    values = (f"{row} {number} {text}" for number, (row, text) in rows)
    return np.argsort(splits.places(values, seed), kind="stable")
