"""Texts with labels, in three splits, by name or from your own file.

    data = load("embedded_imdb", seed=0)
    data = load("imdb_reviews")                                  # any text set of TFDS
    data = load("reviews.csv", text="review", label="stars")     # also .tsv, .jsonl, .parquet

    data.train.texts, data.train.labels      # numpy
    data.valid.dataset()                     # tf.data
    data.subset(500)                         # the same, with 500 of the training texts
    print(*data.notes, sep="\n")             # how it was split, and what was dropped

`embedded_imdb` and `embedded_rotten_tomatoes` need no network: their texts come in a wheel.
"""

import dataclasses
import os
from pathlib import Path

import numpy as np

from recipes.data import catalogue, splits, tables
from recipes.data.names import unknown
from recipes.data.splits import Split

__all__ = ["Data", "Split", "known", "load"]


@dataclasses.dataclass(frozen=True, eq=False)
class Data:
    """A data set, ready for training.

    Attributes:
        name: its name.
        source: source of the texts.
        licence: their terms of use.
        classes: names of the classes; `classes[labels[i]]` is the class of text i.
        notes: how it was split and what was dropped, one note per line.
        train: training texts, in an order in which the first k are a fair sample, for every k.
        valid: texts for model selection.
        test: texts for the final evaluation.
    """

    name: str
    source: str
    licence: str
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    train: Split
    valid: Split
    test: Split

    @property
    def chance(self) -> float:
        """Accuracy of always predicting the most frequent class of the test set."""
        return float(np.bincount(self.test.labels).max() / len(self.test))

    def subset(self, size: int) -> "Data":
        """Return the data with only `size` training texts; subsets are nested."""
        least, most = len(np.unique(self.train.labels)), len(self.train)
        if isinstance(size, bool) or not isinstance(size, int | np.integer):
            raise ValueError(f"size is a number of texts, {least} to {most}; received {size!r}.")
        if size > most:
            raise ValueError(
                f"size {size} is more than the {most} training texts of {self.name}; "
                f"ask for {most} or fewer."
            )
        if size < least:
            raise ValueError(
                f"size {size} cannot hold a text of each of the {least} classes of {self.name}; "
                f"ask for {least} or more."
            )
        if size == most:
            return self
        note = f"train: {size:,} of {most:,} texts, class by class in proportion"
        train = self.train.take(slice(int(size)))
        return dataclasses.replace(self, train=train, notes=(*self.notes, note))


def known() -> tuple[str, ...]:
    """Return the names that `load` accepts without columns."""
    return tuple(catalogue.KEYS)


def load(
    name: str | os.PathLike,
    *,
    text: str | None = None,
    label: str | None = None,
    split: str | None = None,
    seed: int = 0,
    data_dir: str | os.PathLike | None = None,
) -> Data:
    """Load a data set.

    Args:
        name: one of `known()`, another name of TFDS (then with `text` and `label`), or the path
            of a .csv, .tsv, .jsonl or .parquet file in UTF-8.
        text, label: columns of a file, "text" and "label" by default; features of a TFDS data set.
        split: column of a file with "train", "valid" or "test" for each row; by default "split" if
            there is such a column, otherwise rows are split 80/10/10.
        seed: seed of the splits made here, and of the order of train.
        data_dir: TFDS's folder of prepared data; by default TFDS's own.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed is a whole number, 0 or more; received {seed!r}.")
    address = os.fspath(name)
    plain = address.split(":")[0]
    if plain not in catalogue.KEYS and _is_file(address):
        uncut = tables.read(Path(address).expanduser(), text or "text", label or "label", split)
        title = Path(address).name
    elif split is not None:
        raise ValueError(
            f"split={split!r} names a column of a file, but {address!r} is no file; leave it out."
        )
    elif catalogue.has(plain):
        uncut = catalogue.read(address, text, label, data_dir)
        title = address
    else:
        raise ValueError(
            f"{unknown('data set', address, known())} Give one of them, another name of TFDS with "
            f"its text and label, or the path of a {', '.join(tables.READERS)} file."
        )
    parts, notes = splits.cut(uncut, int(seed))
    parts["train"] = splits.nested(parts["train"], int(seed))
    return Data(
        name=title,
        source=uncut.source,
        licence=uncut.licence,
        classes=uncut.classes,
        notes=(*uncut.notes, *notes),
        **parts,
    )


def _is_file(name: str) -> bool:
    """Tell a path from a name of TFDS, which may contain "/" ("glue/sst2") and ":1.0.0"."""
    ending = Path(name).suffix[1:]
    return Path(name).expanduser().exists() or (bool(ending) and not ending.isdigit())
