"""Data sets of TFDS by name: prepared data first, files put there by hand next, then the network.

Without a network TFDS tries a download for minutes. Here each download first asks, for three
seconds, whether its host answers; and where it does not, says at once what is missing.
"""

import contextlib
import dataclasses
import io
import os
import queue
import sys
import tempfile
import threading
import urllib.parse
from typing import Any, NamedTuple

import numpy as np
import requests
import tensorflow_datasets as tfds

import recipes.common.builders  # noqa: F401  registers the embedded sets
from recipes.common.names import unknown
from recipes.common.splits import Split, Uncut


class Keys(NamedTuple):
    """Where a data set keeps what.

    Attributes:
        text, label: names of its features.
        classes: names of the labels that count, where TFDS gives none; other labels are dropped.
        row: feature that holds the place in the source, where there is one.
        block: how many neighbouring rows must stay together when it is split.
    """

    text: str = "text"
    label: str = "label"
    classes: dict[int, str] | None = None
    row: str | None = None
    block: int = 1


KEYS = {
    "embedded_imdb": Keys(row="row", block=100),
    "embedded_rotten_tomatoes": Keys(row="row"),
    "imdb_reviews": Keys(),
    "ag_news_subset": Keys(text="description"),
    "yelp_polarity_reviews": Keys(),
    "glue/sst2": Keys(text="sentence"),
    "trec": Keys(label="label-coarse"),
    # Its test split also holds neutral tweets (2), its training split none.
    "sentiment140": Keys(label="polarity", classes={0: "negative", 4: "positive"}),
}


def has(name: str) -> bool:
    """Tell whether TFDS knows a name, "glue" as well as "glue/sst2"."""
    return name.split("/")[0] in tfds.list_builders(with_community_datasets=False)


def read(name: str, text: str | None, label: str | None, data_dir: Any = None) -> Uncut:
    """Return the texts of a data set, prepared now where they were not."""
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except Exception as error:  # TFDS has a class of error for each part of a name
        reason = str(error).splitlines()[0]
        raise ValueError(f"TFDS has no data set {name!r}: {reason}") from error
    keys = _keys(name, builder.info.features, text, label)
    builder = prepare(builder, name)
    parts, notes = _parts(name, builder, keys)
    classes, parts = _classes(name, builder.info.features[keys.label], keys, parts)
    info = builder.info
    return Uncut(
        parts=parts,
        classes=classes,
        source=f"TFDS {info.full_name}: {getattr(builder, 'origin', info.homepage)}",
        licence=info.redistribution_info.license.strip() or "TFDS names none; see the source",
        notes=tuple(notes),
        block=keys.block,
    )


def _keys(name: str, features, text: str | None, label: str | None) -> Keys:
    """Return which features hold the text and the label, once they are seen to be such."""
    keys = KEYS.get(name.split(":")[0], Keys("", ""))
    keys = keys._replace(text=text or keys.text, label=label or keys.label)
    if not (keys.text and keys.label):
        raise ValueError(
            f"which features of {name} hold the text and the label is not known here; say "
            f"text=NAME and label=NAME. It has: {', '.join(features)}."
        )
    for feature in (keys.text, keys.label):
        if feature not in features:
            raise ValueError(f"{name}: {unknown('feature', feature, features)}")
    if not isinstance(features[keys.text], tfds.features.Text):
        raise ValueError(f"{name}: {keys.text!r} is no text but {features[keys.text]}.")
    one = features[keys.label]
    if one.shape != () or not np.issubdtype(one.np_dtype, np.integer):
        raise ValueError(
            f"{name}: {keys.label!r} is no class but {one}; name a feature that is one whole "
            "number for each text."
        )
    return keys


def _parts(name: str, builder, keys: Keys) -> tuple[dict[str, Split], list[str]]:
    """Return the splits that have labels, and notes on what is not among them."""
    parts: dict[str, Split] = {}
    notes: list[str] = []
    for split in builder.info.splits:
        if split not in ("train", "validation", "test"):
            notes.append(f"the split {split!r} of {name} is not used")
            continue
        part = _read(builder, split, keys)
        # TFDS writes -1 where there is no label.
        known = part.labels >= 0 if keys.classes is None else np.isin(part.labels, [*keys.classes])
        if not known.any():
            notes.append(f"the split {split!r} of {name} has no labels; it is not used")
            continue
        if not known.all():
            lost = f"{np.sum(~known):,} of {len(part):,} texts"
            classes = f" of {', '.join(keys.classes.values())}" if keys.classes else ""
            notes.append(f"{split}: {lost} have no label{classes}; dropped")
        parts["valid" if split == "validation" else split] = part.take(known)
    if "train" not in parts:
        raise ValueError(
            f"{name} has no split 'train' with labels, only {', '.join(builder.info.splits)}; "
            "choose another data set."
        )
    if "test" not in parts and "valid" in parts:
        parts["test"] = parts.pop("valid")
        notes.append(f"test: the validation split of {name}, which has no test split with labels")
    return parts if "test" in parts else {"all": parts["train"]}, notes


def _classes(
    name: str, feature, keys: Keys, parts: dict[str, Split]
) -> tuple[tuple[str, ...], dict[str, Split]]:
    """Return the names of the classes, and the parts with labels that count through them."""
    values = np.unique(np.concatenate([part.labels for part in parts.values()]))
    if len(values) < 2:
        raise ValueError(
            f"{name}: each text has the label {values[0]} in {keys.label!r}; there is nothing to "
            "tell apart. Name another label."
        )
    if names := getattr(feature, "names", None):
        return tuple(names), parts
    classes = tuple((keys.classes or {}).get(int(value), str(value)) for value in values)
    return classes, {
        part: dataclasses.replace(one, labels=np.searchsorted(values, one.labels).astype(np.int32))
        for part, one in parts.items()
    }


def _read(builder: tfds.core.DatasetBuilder, split: str, keys: Keys) -> Split:
    """Return a prepared split, in the order in which it was written."""
    # One file after the other: in parallel, the order would hang on the number of files.
    in_order = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
    examples = builder.as_dataset(split=split, read_config=in_order)
    names = [keys.text, keys.label] + ([keys.row] if keys.row else [])
    columns: dict[str, list] = {name: [] for name in names}
    for batch in tfds.as_numpy(examples.map(lambda one: {n: one[n] for n in names}).batch(4096)):
        for name in names:
            columns[name].extend(batch[name])
    texts = [text.decode("utf-8", "replace") for text in columns[keys.text]]
    rows = columns[keys.row] if keys.row else range(len(texts))
    return Split.of(texts, columns[keys.label], rows)


def prepare(builder: tfds.core.DatasetBuilder, name: str) -> tfds.core.DatasetBuilder:
    """Prepare a data set where that has not been done, and return a builder that can read it.

    Quietly but for one line for each file that is downloaded: TFDS's progress bars flood a
    terminal, and cannot be switched off and back on. (Preparing imports `importlib_resources`,
    which TFDS does not name as a dependency on Python 3.11; the extra `recipes` does.)

    Raises:
        ConnectionError: a file is missing, and the network does not give it.
        OSError: the folder of the prepared data cannot be written.
    """
    if builder.data_path.exists():  # it is moved there whole
        return builder
    root = os.fspath(builder.data_dir_root)
    _writable(root)
    terminal = sys.stderr
    make = builder._make_download_manager

    def make_manager(**kwargs):
        manager = make(**kwargs)
        download = manager._download  # called for a file that is neither cached nor put by hand

        def ask_first(resource):
            if reason := silence(resource.url):
                raise ConnectionError(_missing(builder, name, manager, resource.url, reason))
            print(f"{name}: downloading {resource.url}", file=terminal, flush=True)
            return download(resource)

        manager._download = ask_first
        return manager

    # TFDS has no public place to ask before a download; this one was tried on 4.9.10.
    builder._make_download_manager = make_manager
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            builder.download_and_prepare()
    except tfds.download.DownloadError as error:
        raise ConnectionError(f"{builder.name}: the download failed: {error}") from error
    except tfds.core.download.download_manager.NonMatchingChecksumError as error:
        raise ValueError(
            f"{builder.name}: a file is not the one that TFDS knows; take it away or get it "
            f"again. {' '.join(str(error).split())}"
        ) from error
    except AssertionError as error:  # how TFDS asks for files that nobody can download
        raise ValueError(f"{builder.name}: {' '.join(str(error).split())}") from error
    except OSError:
        # Another process may have prepared the same meanwhile; then all is well.
        if not builder.data_path.exists():
            raise
    return tfds.builder(name, data_dir=root)


def silence(url: str, seconds: float = 3.0) -> str | None:
    """Return why a file cannot be had from the network, or None where its host offers it.

    In a thread, as looking up the name of a host knows no time limit.
    """
    answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            with requests.head(url, timeout=seconds, allow_redirects=True) as answer:
                # 405 and 501: it answers, but would rather be asked for the whole file.
                offered = answer.status_code < 400 or answer.status_code in (405, 501)
                answers.put(None if offered else f"answers {answer.status_code}")
        except requests.RequestException:
            answers.put("does not answer")

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return f"does not answer within {seconds:g} seconds"


def _missing(builder, name: str, manager, url: str, reason: str) -> str:
    """Return one line: what is missing, and the three ways to go on."""
    host = urllib.parse.urlsplit(url).hostname
    by_hand = (builder.url_infos or {}).get(url)
    put = (
        f"put {by_hand.filename} into {manager._manual_dir}, or "
        if by_hand and by_hand.filename
        else ""
    )
    return (
        f"{name} is not prepared in {builder.data_dir_root}, and {host} {reason}; "
        f"run `tfds build {name}` where there is a network and copy "
        f"{builder.data_dir_root / builder.name} from there, or {put}"
        "take data that needs no network: embedded_imdb or embedded_rotten_tomatoes."
    )


def _writable(folder: str) -> None:
    """Refuse a folder that nothing can be written to, before anything is downloaded."""
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(
            f"the data sets are prepared in {folder}, which cannot be written "
            f"({error.strerror}); name another folder: data_dir=FOLDER or TFDS_DATA_DIR=FOLDER."
        ) from error
