"""A long text in three parts, by name or from your own file, for a language model.

    corpus = load("embedded_shakespeare")
    corpus = load("tiny_shakespeare")                 # or lm1b, or another set of TFDS with `text`
    corpus = load("my.txt")                           # also .csv, .tsv, .jsonl, .parquet

    corpus.train, corpus.valid, corpus.test           # strings
    print(*corpus.notes, sep="\n")                    # how it was split

Several documents (the works of Shakespeare, the rows of a table) are split by document. Those of
`train` are then cut into passages, in an order that depends only on their texts, so the first part
of `train` is a fair sample at any length. A single document is cut in three and keeps its order.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from recipes.data import catalogue, downloads, splits, tables
from recipes.data.names import unknown

KNOWN = ("embedded_shakespeare", "tiny_shakespeare", "lm1b")
SHARE = 0.05  # of all characters, for validation and for test each
# Maximum number of characters read from a split of TFDS: lm1b has four thousand million.
MOST = {"train": 20_000_000, "validation": 1_000_000, "test": 1_000_000}
BETWEEN = "\n"
PASSAGE = 5_000  # characters, up to the next end of a line


@dataclass(frozen=True, eq=False)
class Corpus:
    """A long text, ready to be read.

    Attributes:
        name: its name.
        source: source of the text.
        licence: its terms of use.
        notes: how it was split, one note per line.
        train, valid, test: the three parts, for training, model selection and final evaluation.
    """

    name: str
    source: str
    licence: str
    notes: tuple[str, ...]
    train: str
    valid: str
    test: str


def load(name: str, text: str | None = None, data_dir: Any = None) -> Corpus:
    """Load a text.

    Args:
        name: one of `KNOWN`, another data set of TFDS, or the path of a .txt, .csv, .tsv, .jsonl or
            .parquet file in UTF-8.
        text: column of a table, or feature of a TFDS data set; "text" by default.
        data_dir: TFDS's folder of prepared data.

    Raises:
        ValueError, OSError, RuntimeError: for an unknown name, a file that cannot be read or is too
            short, a package that is not installed, and data that is missing and cannot be
            downloaded; the message says what to do.
    """
    path = Path(name).expanduser()
    endings = (".txt", *tables.READERS)
    if path.suffix.lower() in endings or path.exists():
        return _own(path, text)
    if not catalogue.has(name.split(":")[0]):
        raise ValueError(
            f"{unknown('text', name, KNOWN)} Give one of them, another name of TFDS, or the path "
            f"of a {', '.join(endings)} file."
        )
    builder = tfds.builder(name, data_dir=data_dir)
    feature, features = text or "text", builder.info.features
    of_text = [key for key in features if isinstance(features[key], tfds.features.Text)]
    if feature not in of_text:
        raise ValueError(f"{name}: {unknown('text', feature, of_text)} Name one: --text NAME.")
    builder = downloads.prepare(builder, name)
    parts, notes = {}, []
    for split, most in MOST.items():
        if split in builder.info.splits:
            parts[split], cut = _read(builder, split, feature, most)
            if cut:
                notes.append(f"{split}: the first {most:,} characters of it")
    return _split(parts, name=name, notes=notes, **downloads.origin(builder))


def _own(path: Path, text: str | None) -> Corpus:
    """Return the corpus of a user's file."""
    if path.suffix.lower() in tables.READERS:
        documents = tables.texts(path, text or "text")
    elif text is not None:
        raise ValueError(f"{path} has no columns, so --text {text} names nothing; leave it out.")
    else:
        documents = [tables.characters(path)]
    digest = hashlib.sha256("\0".join(documents).encode()).hexdigest()[:12]
    return _split(
        {"train": documents},
        name=path.name,
        source=f"{path} (sha256 of its text {digest}...)",
        licence="the user's own file; it names none",
        notes=[],
    )


def _read(builder, split: str, feature: str, most: int) -> tuple[list[str], bool]:
    """Return the documents of a split up to `most` characters, and whether it was truncated."""
    documents: list[str] = []
    count = 0
    for example in tfds.as_numpy(downloads.in_order(builder, split)):
        if count >= most:
            return documents, True
        documents.append(example[feature].decode("utf-8", "replace"))
        count += len(documents[-1])
    return documents, False


def _split(parts: dict[str, list[str]], *, name, source, licence, notes) -> Corpus:
    """Return the corpus of documents, split here if the source does not split them."""
    cleaned = {part: list(_clean(documents)) for part, documents in parts.items()}
    train = cleaned["train"]
    if not train:
        raise ValueError(f"{source}: there is no text in it.")
    valid, test = cleaned.get("validation"), cleaned.get("test")
    if len(train) >= 20:
        order = splits.places(train, 0).argsort(kind="stable")
        train = [train[k] for k in order]
        if test is None:
            test, train = _first(train)
        if valid is None:
            valid, train = _first(train)
        how = "of whole documents, by their texts' hash"
        train = [passage for document in train for passage in _passages(document)]
        train = [train[k] for k in splits.places(train, 0).argsort(kind="stable")]
    else:
        whole = BETWEEN.join(train)
        cut = round(SHARE * len(whole))
        held = "" if test is not None else whole[len(whole) - cut :]
        whole = whole[: len(whole) - len(held)]
        test = test or [held]
        held = "" if valid is not None else whole[len(whole) - cut :]
        train, valid = [whole[: len(whole) - len(held)]], valid or [held]
        how = "from its end"
    provided = [split for split in ("validation", "test") if split in cleaned]
    how = (
        "all three from the source"
        if len(provided) == 2
        else f"what the source does not split, {how}"
    )
    joined = [BETWEEN.join(part) for part in (train, valid, test)]
    sizes = ", ".join(
        f"{len(part):,} {to}" for part, to in zip(joined, ("train", "valid", "test"), strict=True)
    )
    return Corpus(name, source, licence, (f"characters: {sizes} ({how})", *notes), *joined)


def _clean(documents: list[str]) -> Iterator[str]:
    """Yield each non-empty document once, with line breaks as single characters."""
    for document in dict.fromkeys(documents):
        if document.strip():
            yield document.replace("\r\n", "\n").replace("\r", "\n")


def _passages(document: str) -> Iterator[str]:
    """Yield a document in passages of whole lines."""
    start = 0
    while start < len(document):
        end = document.find("\n", start + PASSAGE) + 1 or len(document)
        yield document[start:end]
        start = end


def _first(documents: list[str]) -> tuple[list[str], list[str]]:
    """Return the first documents that make up `SHARE` of all characters, and the others."""
    ends = np.cumsum([len(document) for document in documents])
    taken = int(np.searchsorted(ends, SHARE * ends[-1])) + 1
    return documents[:taken], documents[taken:]
