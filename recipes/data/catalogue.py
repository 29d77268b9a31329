"""Data sets of TFDS by name: their text and label features, and how each is split."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import tensorflow_datasets as tfds

import recipes.data.builders  # noqa: F401  registers the embedded sets
from recipes.data import downloads
from recipes.data.names import unknown
from recipes.data.splits import Split, Uncut


class Keys(NamedTuple):
    """The features of a data set.

    Attributes:
        text, label: names of its features.
        classes: names of the labels to use, if TFDS has none; other labels are dropped.
        row: feature with the position in the source, if there is one.
        block: number of neighbouring rows that must stay together in a split.
    """

    text: str = "text"
    label: str = "label"
    classes: dict[int, str] | None = None
    row: str | None = None
    block: int = 1


KEYS = {
    "embedded_imdb": Keys(row="row", block=100),
    "embedded_rotten_tomatoes": Keys(row="row"),
    "embedded_newsgroups": Keys(row="row"),
    "embedded_trec": Keys(row="row"),
    "imdb_reviews": Keys(),
    "ag_news_subset": Keys(text="description"),
    "yelp_polarity_reviews": Keys(),
    "glue/sst2": Keys(text="sentence"),
    "trec": Keys(label="label-coarse"),
    # Its test split also has neutral tweets (2), its training split has none.
    "sentiment140": Keys(label="polarity", classes={0: "negative", 4: "positive"}),
}


def has(name: str) -> bool:
    """Return whether TFDS knows a name, "glue" as well as "glue/sst2"."""
    return name.split("/")[0] in tfds.list_builders(with_community_datasets=False)


def read(name: str, text: str | None, label: str | None, data_dir: Any = None) -> Uncut:
    """Return the texts of a data set, which is prepared if necessary."""
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except Exception as error:  # TFDS has a separate error class for each part of a name
        reason = str(error).splitlines()[0]
        raise ValueError(f"TFDS has no data set {name!r}: {reason}") from error
    keys = _keys(name, builder.info.features, text, label)
    builder = downloads.prepare(builder, name)
    parts, notes = _parts(name, builder, keys)
    classes, parts = _classes(name, builder.info.features[keys.label], keys, parts)
    origin = downloads.origin(builder)
    return Uncut(parts, classes, notes=tuple(notes), block=keys.block, plain=False, **origin)


def _keys(name: str, features, text: str | None, label: str | None) -> Keys:
    """Return the features with the text and the label, after checking their types."""
    keys = KEYS.get(name.split(":")[0], Keys("", ""))
    keys = keys._replace(text=text or keys.text, label=label or keys.label)
    if not (keys.text and keys.label):
        raise ValueError(
            f"which features of {name} hold the text and the label is not known here; name them "
            f"with --text and --label. It has: {', '.join(sorted(features))}."
        )
    for feature in (keys.text, keys.label):
        if feature not in features:
            raise ValueError(f"{name}: {unknown('feature', feature, sorted(features))}")
    if not isinstance(features[keys.text], tfds.features.Text):
        raise ValueError(f"{name}: {keys.text!r} is no text but {features[keys.text]}.")
    target = features[keys.label]
    whole = np.issubdtype(target.np_dtype, np.integer) or target.np_dtype == np.bool_
    if target.shape != () or not whole:
        raise ValueError(
            f"{name}: {keys.label!r} is no class but {target}; name a feature that is one whole "
            "number for each text."
        )
    return keys


def _parts(name: str, builder, keys: Keys) -> tuple[dict[str, Split], list[str]]:
    """Return the splits that have labels, and notes on the splits that are left out."""
    parts: dict[str, Split] = {}
    notes: list[str] = []
    for split in builder.info.splits:
        if split not in ("train", "validation", "test"):
            notes.append(f"the split {split!r} of {name} is not used")
            continue
        part = _read(builder, split, keys)
        # TFDS writes -1 for missing labels.
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
    """Return the names of the classes, and the parts with labels renumbered to match."""
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
        part: dataclasses.replace(
            split, labels=np.searchsorted(values, split.labels).astype(np.int32)
        )
        for part, split in parts.items()
    }


def _read(builder: tfds.core.DatasetBuilder, split: str, keys: Keys) -> Split:
    """Return a prepared split, in the order in which it was written."""
    examples = downloads.in_order(builder, split)
    names = [keys.text, keys.label] + ([keys.row] if keys.row else [])
    columns: dict[str, list] = {name: [] for name in names}
    for batch in tfds.as_numpy(
        examples.map(lambda example: {n: example[n] for n in names}).batch(4096)
    ):
        for name in names:
            columns[name].extend(batch[name])
    texts = [text.decode("utf-8", "replace") for text in columns[keys.text]]
    rows = columns[keys.row] if keys.row else range(len(texts))
    return Split.of(texts, columns[keys.label], rows)
