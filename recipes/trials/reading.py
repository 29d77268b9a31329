"""A saved model applied to one text: the words it read, and every gate and state at each word."""

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

AT_ONCE = 64  # prefixes of a text that are predicted in one batch


@dataclasses.dataclass(frozen=True)
class Saved:
    """A model written by `recipes.classify_text`.

    Attributes:
        folder: its folder, `NAME/VERSION`.
        model: from strings `(batch,)` to probabilities `(batch, classes)`.
        card: the content of its `card.json`.
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
        """Return the layer from strings to token ids."""
        kind = keras.layers.TextVectorization
        return next(layer for layer in self.model.layers if isinstance(layer, kind))


@dataclasses.dataclass(frozen=True)
class Word:
    """A word as written in the text, and its timesteps in the model, usually one.

    Punctuation on its own has no timestep. Timesteps after the model's last are left out.
    """

    text: str
    steps: tuple[int, ...]
    known: bool
    read: bool


@dataclasses.dataclass(frozen=True)
class Reading:
    """A model's outputs, gates and states for one text.

    Attributes:
        words: of the whole text, in order.
        steps: number of timesteps that the model read.
        layers: gates and states of each recurrent layer, by name.
        so_far: probabilities if the text ended after each timestep, `(steps, classes)`.
    """

    words: list[Word]
    steps: int
    layers: dict[str, keras_gated.Record]
    so_far: np.ndarray

    @property
    def probabilities(self) -> np.ndarray:
        """Return the model's prediction for the text, `(classes,)`."""
        return self.so_far[-1]


def load(path: Path) -> Saved:
    """Load a model from `NAME/VERSION`, or the latest version from `NAME`.

    Raises:
        ValueError: if there is no model, it has no recurrent layer to inspect, or its
            `card.json` is damaged.
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
    if ":" in str(known.get("cell", "")):
        keras_gated.get(known["cell"])  # imports a cell of one's own
    try:
        model = keras.saving.load_model(file)
    except TypeError as error:
        raise ValueError(f"{file} cannot be loaded: {error!s:.300}") from error
    saved = Saved(folder.resolve(), model, known)
    kinds = {type(layer) for layer in model.layers}
    if keras.layers.TextVectorization not in kinds:
        raise ValueError(
            f"{file} reads no text; look needs a model that recipes.classify_text wrote."
        )
    if len(model.output_shape) != 2:
        raise ValueError(f"{file} answers for each word; look needs a model of whole texts.")
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
    """Return the words, gates, states and predictions of a model that reads a text.

    Raises:
        ValueError: for a text without words.
    """
    words = split(saved.vectorizer, text)
    steps = sum(len(word.steps) for word in words)
    if not steps:
        raise ValueError("The text holds no word; write some, as in --text 'a fine film'.")
    seen = keras_gated.trace(saved.model, tf.constant([text]))
    # Only of the words that the model reads; a long text may have many more.
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
    """Return the words of a text, each with its timesteps in the model.

    The text is split where the vectorizer splits, at ASCII white space. The vectorizer's other
    rules (lower case, no punctuation) give the same result for single words as for the text.
    """
    texts = [part.decode("utf-8", "replace") for part in text.encode("utf-8", "replace").split()]
    if not texts:
        return []
    numbers = np.asarray(vectorizer(tf.constant(texts)))
    words, step, limit = [], 0, numbers.shape[1]
    for own, row in zip(texts, numbers, strict=True):
        row = row[row > 0]  # 0 is padding, 1 an unknown word
        steps = range(step, min(step + len(row), limit))
        words.append(Word(own, tuple(steps), bool((row != 1).all()), step < limit))
        step += len(row)
    return words
