"""A saved model at work on one text: which words it read, and every gate and state at each."""

import dataclasses
import reprlib
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import keras_gated
from recipes.trials import export
from recipes.trials import model as models

AT_ONCE = 64  # beginnings of a text that are predicted in one batch


@dataclasses.dataclass(frozen=True)
class Saved:
    """A model that `recipes.classify_text` wrote.

    Attributes:
        folder: where it lies, `NAME/VERSION`.
        model: from strings `(batch,)` to probabilities `(batch, classes)`.
        card: what its `card.json` says.
    """

    folder: Path
    model: keras.Model
    card: dict

    @property
    def name(self) -> str:
        """Return the model's name and version."""
        return f"{self.card.get('name', self.folder.parent.name)}, version {self.folder.name}"

    @property
    def vectorizer(self) -> Any:
        """Return the layer from strings to word numbers."""
        kind = keras.layers.TextVectorization
        return next(layer for layer in self.model.layers if isinstance(layer, kind))


@dataclasses.dataclass(frozen=True)
class Word:
    """A word as it stands in the text, and the steps that it is to the model: mostly one.

    A sign that stands alone is none; steps past the last that the model takes are not here.
    """

    text: str
    steps: tuple[int, ...]
    known: bool
    read: bool


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a model made of a text.

    Attributes:
        words: of the whole text, in order.
        steps: how many steps the model took.
        layers: what each recurrent layer did, by name.
        so_far: the probabilities had the text ended after each step, `(steps, classes)`.
    """

    words: list[Word]
    steps: int
    layers: dict[str, keras_gated.Record]
    so_far: np.ndarray

    @property
    def probabilities(self) -> np.ndarray:
        """Return what the model says of the text, `(classes,)`."""
        return self.so_far[-1]


def load(path: Path) -> Saved:
    """Load a model from `NAME/VERSION` or, in its newest version, from `NAME`.

    Raises:
        ValueError: if there is none, it has no recurrent layer to look into, or its `card.json`
            is damaged.
    """
    folder = [path, *export.versions(path)][-1]
    file = folder / "model.keras"
    if not file.is_file():
        beside = sorted({str(f.parent.parent) for f in path.parent.glob("*/*/model.keras")})
        others = f" There are {', '.join(beside)}." if beside else ""
        raise ValueError(
            f"{path} holds no model: there is no {file}.{others} "
            "`python -m recipes.classify_text --cell lstm --data embedded_imdb` writes one."
        )
    known = export.card(folder)
    model = keras.saving.load_model(file)
    saved = Saved(folder.resolve(), model, known)
    kinds = {type(layer) for layer in model.layers}
    if keras.layers.TextVectorization not in kinds:
        raise ValueError(
            f"{file} reads no text; look needs a model that recipes.classify_text wrote."
        )
    if known.get("model") == models.AVERAGE:
        raise ValueError(f"{file} averages word vectors: it has no gates and no states to look at.")
    classes, outputs = known.get("classes"), model.output_shape[-1]
    if classes is not None:
        names = isinstance(classes, list) and all(isinstance(name, str) for name in classes)
        if not names or len(classes) != outputs:
            raise ValueError(
                f'{folder / "card.json"}: "classes" must be the names of the model\'s {outputs} '
                f"classes; received {reprlib.repr(classes)}."
            )
    return saved


def read(saved: Saved, text: str) -> Reading:
    """Let a model read a text, and look on.

    Raises:
        ValueError: for a text without a word.
    """
    words = split(saved.vectorizer, text)
    steps = sum(len(word.steps) for word in words)
    if not steps:
        raise ValueError("The text holds no word; write some, as in --text 'a fine film'.")
    seen = keras_gated.trace(saved.model, tf.constant([text]))
    # Of the words that are read alone: a long text may have many more behind them.
    ends = [
        " ".join(w.text for w in words[: place + 1])
        for place, word in enumerate(words)
        for _ in word.steps
    ]
    so_far = [
        np.asarray(saved.model(tf.constant(ends[start : start + AT_ONCE]), training=False))
        for start in range(0, len(ends), AT_ONCE)
    ]
    return Reading(words, steps, dict(seen), np.concatenate(so_far))


def split(vectorizer, text: str) -> list[Word]:
    """Return the words of a text, each with the model's steps.

    Split where the vectorizer splits, at ASCII's white space; what it then makes of each word by
    itself (lower case, no punctuation) is what it makes of it in the text.
    """
    texts = [part.decode("utf-8", "replace") for part in text.encode("utf-8", "replace").split()]
    if not texts:
        return []
    numbers = np.asarray(vectorizer(tf.constant(texts)))
    words, step, limit = [], 0, numbers.shape[1]
    for own, row in zip(texts, numbers, strict=True):
        row = row[row > 0]  # 0 is padding, 1 a word that the model does not know
        steps = range(step, min(step + len(row), limit))
        words.append(Word(own, tuple(steps), bool((row != 1).all()), step < limit))
        step += len(row)
    return words
