"""Preparation of a user's texts for many trials: checked, split and stored.

The three splits are written to one file beside the trials, in a folder named by their digest. A
trial thus reads the same rows even if the user's file changes, and changed rows are other trials.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from recipes.data import splits, tables, texts
from recipes.data.splits import Split, Uncut

SPLITS = 3  # each class needs a different text in each of them
QUANTITY = 50  # more distinct integers than this are a quantity, not classes
MOST = 500  # classes


@dataclass(frozen=True)
class Intake:
    """The prepared texts.

    Attributes:
        path: the file of the three splits, for `recipes.data.texts.load`.
        name, source, licence: of the user's data.
        notes: how it was split and what was left out, one note per line.
        free: whether it may be split anew: a file without splits of its own.
    """

    path: Path
    name: str
    source: str
    licence: str
    notes: tuple[str, ...]
    free: bool


def take(
    name: str, text: str | None, label: str | None, folder: Path, encoding: str | None = None
) -> Intake:
    """Read a file or a data set by name, and write its splits into a folder.

    Classes with fewer than three different texts are left out and noted: they cannot be in train,
    valid and test, so their error cannot be measured. They are not merged, since only the owner
    knows what "other" would mean.

    Raises:
        ValueError, OSError, RuntimeError: for data that cannot be read, and for labels that are not
            classes (quantities, unique names); the message says what to write.
    """
    path = Path(name).expanduser()
    if tables.is_file(name):
        uncut = tables.read(path, text or "text", label or "label", None, encoding)
        common, left_out = _with_common_classes(uncut, label or "label")
        parts, notes = splits.cut(common, seed=0)
        classes, source, licence = common.classes, common.source, common.licence
        notes, title = [*common.notes, *notes, *left_out], path.name
        free = "all" in common.parts
    else:
        data = texts.load(name, text=text, label=label)
        parts = {part: getattr(data, part) for part in ("train", "valid", "test")}
        classes, source, licence = data.classes, data.source, data.licence
        notes, title, free = list(data.notes), data.name, False
    table = pd.DataFrame(
        {
            "text": np.concatenate([part.texts for part in parts.values()]),
            "label": [classes[k] for part in parts.values() for k in part.labels],
            "split": [name for name, part in parts.items() for _ in range(len(part))],
        }
    )
    # In a folder named by the digest, so the file keeps the name of the user's file in displays.
    stem = re.sub(r"[^\w.-]+", "_", title)[:80]
    written = folder / f"texts-{_digest(table)}" / f"{stem}.parquet"
    if not written.exists():
        unfinished = written.with_suffix(".unfinished")
        written.parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(unfinished, index=False)
        unfinished.rename(written)
    return Intake(written, title, source, licence, tuple(notes), free)


def _with_common_classes(uncut: Uncut, column: str) -> tuple[Uncut, list[str]]:
    """Return the texts of classes that can be split, and a note on those that cannot.

    Splits of the file itself are left to `splits.cut`, which raises an error if they do not fit.
    """
    names, whole = uncut.classes, uncut.parts.get("all")
    if len(names) > QUANTITY and all(_is_whole(name) for name in names):
        raise ValueError(
            f"{uncut.source}: {column!r} holds {len(names)} different numbers, from {names[0]} to "
            f"{names[-1]}. It looks like a regression target, an amount: put it in a few "
            "classes (low, middle, high), or name another column with --label. If each number is "
            "a class, write it as a name (c1, c2)."
        )
    if whole is None:
        return uncut, []
    different, _ = splits.clean({"all": whole}, uncut.plain)
    counts = np.bincount(different["all"].labels, minlength=len(names))
    common = counts >= SPLITS
    rare = np.flatnonzero(~common)
    rows = int(np.isin(whole.labels, rare).sum())
    lost = len(whole) - len(different["all"])
    if lost > len(whole) / 2 and common.sum() < 2:
        raise ValueError(
            f"{uncut.source}: {lost:,} of {len(whole):,} texts are empty, repeat another, or have "
            "a copy with another label, so that too few are left to learn from. Is this the column "
            "of the texts? Name another with --text."
        )
    if len(names) > MOST or (rows > len(whole) / 2 and len(names) > 2):
        raise ValueError(
            f"{uncut.source}: {column!r} holds {len(names)} different labels in {len(whole):,} "
            f"rows, {len(rare)} of them on fewer than {SPLITS} different texts. It looks like an "
            "id or free text, not like classes: name another column with --label."
        )
    if common.sum() < 2:
        sizes = ", ".join(f"{name!r} {n}" for name, n in zip(names, counts, strict=True))
        raise ValueError(
            f"{uncut.source}: fewer than two classes have the {SPLITS} different texts that train, "
            f"valid and test need, once empty texts and copies are out ({sizes}); "
            "add texts, of two classes or more."
        )
    if not len(rare):
        return uncut, []
    is_common = np.isin(whole.labels, np.flatnonzero(common))
    new = np.cumsum(common) - 1
    part = Split.of(whole.texts[is_common], new[whole.labels[is_common]], whole.rows[is_common])
    named = ", ".join(f"{names[k]!r}" for k in rare[:10]) + (" ..." if len(rare) > 10 else "")
    are = "class has" if len(rare) == 1 else "classes have"
    note = (
        f"left out: {len(rare)} {are} fewer than {SPLITS} different texts, too few for train, "
        f"valid and test ({named}; {rows:,} of {len(whole):,} rows). The model will never say "
        "such a class: add texts of it, or give its rows the label of a class that it belongs to."
    )
    classes = tuple(name for name, there in zip(names, common, strict=True) if there)
    return replace(uncut, parts={"all": part}, classes=classes), [note]


def lengths(data) -> np.ndarray:
    """Return the number of words of each training text, as counted by the vectorizer."""
    return np.array([len(text.split()) for text in data.train.texts])


def words_read(data, most: int = 200) -> int:
    """Return the number of words to read: enough for all of 95% of the texts, at most `most`."""
    return int(np.clip(np.ceil(np.quantile(lengths(data), 0.95)), 5, most))


def described(data, tokens: int) -> Iterator[str]:
    """Yield facts on the texts that a user should know before trusting any result."""
    counts = np.bincount(data.train.labels, minlength=len(data.classes))
    shares = 100 * counts / counts.sum()
    order = np.argsort(-counts, kind="stable")
    largest = ", ".join(f"{data.classes[k]} {shares[k]:.1f}%" for k in order[:8])
    more = f" and {len(order) - 8} rarer ones" if len(order) > 8 else ""
    yield f"classes in train: {largest}{more}"
    few = [data.classes[k] for k in order if counts[k] < 20]
    if few:
        named = ", ".join(few[:8]) + (" ..." if len(few) > 8 else "")
        yield f"fewer than 20 texts to learn from: {named}; expect little of them"
    words = lengths(data)
    at = ", ".join(
        f"{name} {int(np.quantile(words, share)):,}"
        for name, share in (("shortest", 0), ("median", 0.5), ("95%", 0.95), ("longest", 1))
    )
    yield f"words a text: {at}"
    if np.median(words) < 2:
        yield (
            "most texts hold no space, so each is one word to every model: put spaces between the "
            "words, also of Chinese, Japanese or Thai"
        )
    cut = int((words > tokens).sum())
    yield (
        f"networks read the first {tokens} words; {cut:,} of {len(words):,} training texts "
        f"({100 * cut / len(words):.0f}%) are longer. The bag of words reads all of each text."
    )


def _digest(table: pd.DataFrame) -> str:
    digest = hashlib.sha256()
    for column in table.columns:
        for value in table[column]:
            digest.update(f"{len(value)}:{value}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:12]


def _is_whole(name: str) -> bool:
    return name.removesuffix(".0").lstrip("+-").isdigit()
