"""Splits into training, validation and test set.

The position of a text is a hash of the seed and the text, not a draw from a random generator. So it
is the same on every machine and with every NumPy version; copies of a text have the same position;
and rows added to a file leave the others where they are, except one or two at a boundary.

Empty texts and copies are removed before the split: a text in both train and test could be
memorized, and the test would count that as skill. The test set is filled first, then validation.
"""

import dataclasses
import hashlib
import string
from collections.abc import Iterable, Iterator

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Texts with their labels.

    Attributes:
        texts: strings, object array of shape `(texts,)`.
        labels: class numbers, int32 array of shape `(texts,)`.
        rows: position of each text in its source, int64 array of shape `(texts,)`.
    """

    texts: np.ndarray
    labels: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, texts: Iterable[str], labels: Iterable[int], rows: Iterable[int]) -> "Split":
        """Return a split of any three sequences."""
        texts = list(texts)
        array = np.empty(len(texts), dtype=object)  # np.array(texts) would have fixed-width strings
        array[:] = texts
        return cls(array, np.asarray(labels, np.int32), np.asarray(rows, np.int64))

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, which: np.ndarray | slice) -> "Split":
        """Return the texts that a mask, an index array or a slice selects."""
        return Split(self.texts[which], self.labels[which], self.rows[which])

    def dataset(self):
        """Return a `tf.data.Dataset` of `(text, label)`: scalars, string and int32."""
        import tensorflow as tf  # takes seconds, and is needed only here

        texts = tf.constant(self.texts.tolist(), tf.string)
        return tf.data.Dataset.from_tensor_slices((texts, self.labels))


@dataclasses.dataclass(frozen=True, eq=False)
class Uncut:
    """Texts as their source provides them, before any are dropped or split.

    Attributes:
        parts: the splits of the source ("train", "valid", "test"), or only "all".
        classes: names of the classes, by label.
        source: source of the texts.
        licence: their terms of use.
        notes: what was done to them so far.
        block: number of neighbouring rows that must stay together when "all" is split; 1 for none.
        plain: whether texts of one class that differ only in punctuation are copies.
            Published results are of embedded sets without this: 14 of 57,604 texts would go.
    """

    parts: dict[str, Split]
    classes: tuple[str, ...]
    source: str
    licence: str
    notes: tuple[str, ...] = ()
    block: int = 1
    plain: bool = False


def places(values: Iterable[str], seed: int) -> np.ndarray:
    """Return a number for each value; it depends only on the seed and the value."""
    numbers = (
        int.from_bytes(hashlib.blake2b(f"{seed}\n{value}".encode(), digest_size=8).digest())
        for value in values
    )
    return np.fromiter(numbers, np.uint64)


def of_texts(split: Split, seed: int) -> np.ndarray:
    """Return the position of each text; texts that differ only in case or spaces have the same."""
    return places((" ".join(text.split()).casefold() for text in split.texts), seed)


def _unpunctuated(split: Split) -> Iterator[str]:
    """Yield a string for each text, equal for texts of one class that no model can tell apart.

    TF-IDF splits words at punctuation, `TextVectorization` removes it; the string has both forms.
    A text that is nothing but punctuation stays as it is.
    """
    removed = str.maketrans("", "", string.punctuation)
    spaced = str.maketrans(dict.fromkeys(string.punctuation, " "))
    for text, label in zip(split.texts, split.labels, strict=True):
        forms = [text.translate(removed), text.translate(spaced)]
        forms = forms if forms[0].strip() else [text]
        yield "\n".join([f"class {label}", *(" ".join(f.split()).casefold() for f in forms)])


def clean(parts: dict[str, Split], plain: bool = False) -> tuple[dict[str, Split], list[str]]:
    """Return the parts without empty texts and copies, and a note for each reason.

    Copies are equal but for case and spaces and, if `plain` and of one class, punctuation.
    """
    notes: list[str] = []
    cleaned: dict[str, Split] = {}
    taken: dict[str, np.ndarray] = {}

    def tell(name: str, lost: np.ndarray, split: Split, what: str) -> None:
        if count := int(lost.sum()):
            first = split.rows[lost.argmax()]
            of = f"{count:,} of {len(split):,} texts"
            notes.append(f"{name}: {of} {what} (first: row {first})")

    for name in (name for name in ("test", "valid", "train", "all") if name in parts):
        whole = parts[name]
        empty = np.array([not text.strip() for text in whole.texts], bool)
        tell(name, empty, whole, "are empty; dropped")
        split = whole.take(~empty)
        keys = of_texts(split, 0)
        plain_keys = places(_unpunctuated(split), 0) if plain else keys

        elsewhere = np.zeros(len(split), bool)
        for other, theirs in taken.items():
            copies = ~elsewhere & (np.isin(keys, theirs) | np.isin(plain_keys, theirs))
            tell(name, copies, split, f"are also in {other}; dropped here")
            elsewhere |= copies
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        differs = split.labels != split.labels[first][inverse]
        disputed = (np.bincount(inverse, differs) > 0)[inverse] & ~elsewhere
        _, first, inverse = np.unique(plain_keys, return_index=True, return_inverse=True)
        repeated = (np.arange(len(split)) != first[inverse]) & ~disputed & ~elsewhere
        if name == "test":
            # A test split of the source stays whole, so scores are comparable with published ones.
            reason = "kept, as the test split is the source's own"
            tell(name, disputed, split, f"have a copy with another label; {reason}")
            tell(name, repeated, split, f"repeat an earlier text; {reason}")
            keep = np.ones(len(split), bool)
        else:
            tell(name, disputed, split, "have a copy with another label; all dropped")
            tell(name, repeated, split, "repeat an earlier text; dropped")
            keep = ~(elsewhere | disputed | repeated)
        cleaned[name], taken[name] = split.take(keep), np.union1d(keys[keep], plain_keys[keep])
    return cleaned, notes


def cut(uncut: Uncut, seed: int) -> tuple[dict[str, Split], list[str]]:
    """Return train, valid and test, and notes on how they were made.

    Data without splits is split 80/10/10; a missing validation set is a tenth of train. Both are
    stratified by class, with at least one text of each class in each split.
    """
    parts, notes = clean(uncut.parts, uncut.plain)
    blocks = f", in blocks of {uncut.block} consecutive rows" if uncut.block > 1 else ""
    if "all" in parts:
        whole = parts["all"]
        _enough(whole, uncut, 3, "train, valid and test")
        test = _held(whole, uncut.block, seed, one_in=10)
        rest = whole.take(~test)
        valid = _held(rest, uncut.block, seed, one_in=9)
        parts = {"train": rest.take(~valid), "valid": rest.take(valid), "test": whole.take(test)}
        how = f"80/10/10 by seed {seed}, class by class{blocks}"
    elif "valid" not in parts:
        whole = parts["train"]
        _enough(whole, uncut, 2, "train and valid")
        valid = _held(whole, uncut.block, seed, one_in=10)
        parts |= {"train": whole.take(~valid), "valid": whole.take(valid)}
        how = f"test from the source; valid: a tenth of train by seed {seed}, class by class"
    else:
        how = "all three from the source"
    for name in ("valid", "test"):
        if not len(parts[name]):
            raise ValueError(
                f"{uncut.source}: no text of {name} is left; {'; '.join(notes)}. "
                f"Give {name} texts that are in no other split."
            )
        new = ~np.isin(parts[name].labels, parts["train"].labels)
        if new.any():
            row, label = parts[name].rows[new][0], parts[name].labels[new][0]
            raise ValueError(
                f"{uncut.source}: row {row} of {name} has the class {uncut.classes[label]!r}, "
                f"which train does not have; move a text of it to train, or drop the row."
            )
    sizes = ", ".join(f"{len(parts[name]):,} {name}" for name in ("train", "valid", "test"))
    return parts, [f"split: {sizes} ({how})", *notes]


def nested(split: Split, seed: int) -> Split:
    """Return the same texts in an order in which the first k are a fair sample, for every k.

    The k-th of a class's n texts is at k / n of the way. So every prefix has the classes in their
    proportions, and the first texts are one of each class.
    """
    rank = of_texts(split, seed)
    way = np.empty(len(split))
    for label in np.unique(split.labels):
        (members,) = np.nonzero(split.labels == label)
        way[members[np.argsort(rank[members], kind="stable")]] = np.arange(len(members)) / len(
            members
        )
    return split.take(np.lexsort((rank, way)))


def _held(split: Split, block: int, seed: int, one_in: int) -> np.ndarray:
    """Return which texts to hold out: of each class one text, or block, in `one_in`."""
    units = of_texts(split, seed)
    if block > 1:
        numbers, inverse = np.unique(split.rows // block, return_inverse=True)
        units = places((f"block {number}" for number in numbers), seed)[inverse]
    held = np.zeros(len(split), bool)
    for label in np.unique(split.labels):
        members = split.labels == label
        first = np.unique(units[members])  # sorted
        held |= members & np.isin(units, first[: -(-len(first) // one_in)])  # rounded up
    return held


def _enough(split: Split, uncut: Uncut, need: int, splits: str) -> None:
    """Raise an error for a class with too few texts, or blocks of them, to be in each split."""
    present = np.unique(np.concatenate([part.labels for part in uncut.parts.values()]))
    for label in present:
        rows = split.rows[split.labels == label]
        if len(np.unique(rows // uncut.block)) < need:
            where = f" (rows {', '.join(map(str, rows))})" if len(rows) else ""
            raise ValueError(
                f"{uncut.source}: class {uncut.classes[label]!r} has {len(rows)} different "
                f"texts{where}, but {splits} need one each; add texts of it, or drop its rows."
            )
