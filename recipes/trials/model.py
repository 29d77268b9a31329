"""The networks of trials, built by the templates, and the number of parameters of cells."""

import functools
import re
from typing import Any

import keras
import numpy as np
from keras import ops

import keras_gated
from recipes import classify_text, tag_words
from recipes.data.tasks import AVERAGE, BLIND, CHARACTERS, EMBEDDING, TAGGING, WORDS

cell = keras_gated.get


def template(task: str):
    """Return the template of a task."""
    return tag_words if task == TAGGING else classify_text


def vectorizer(texts, vocabulary: int, tokens: int, task: str = WORDS):
    """Return the layer from strings to ids: of words, or of characters for `CHARACTERS`.

    Args:
        texts: training texts.
        vocabulary: maximum number of ids, including 0 for padding and 1 for unknown words.
        tokens: number of words (or characters) that are read, from the start of a text.
        task: "words", "characters" or "tagging".

    Raises:
        ValueError: for a vocabulary of less than 3, or texts without words.
    """
    if vocabulary < 3:
        raise ValueError(
            "vocabulary must be at least 3, for padding, the unknown word and one other; "
            f"got {vocabulary}."
        )
    letters = {"standardize": "lower", "split": "character"} if task == CHARACTERS else {}
    try:
        return template(task).vectorizer(texts, tokens, vocabulary - 2, **letters)
    except ValueError as error:  # raised by Keras for an empty vocabulary
        raise ValueError("texts hold no word; give training texts with words in them.") from error


@keras.saving.register_keras_serializable(package="recipes")
class MaskedAverage(keras.layers.Layer):
    """The mean over unmasked timesteps; zeros if all are masked.

    Keras's `GlobalAveragePooling1D` divides by the number of unmasked timesteps. For a text without
    words it gives NaN, and training then makes every weight NaN.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        """Return None: the output has no time axis."""
        return None

    def call(self, inputs, mask=None):
        if mask is None:
            return ops.mean(inputs, axis=1)
        weights = ops.cast(ops.expand_dims(mask, -1), inputs.dtype)
        return ops.sum(inputs * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1)


def network(trial, classes: int, words: int, **options: Any) -> keras.Sequential:
    """Return the model of a trial, from token ids to the probabilities of its task.

    Args:
        trial: the settings, a `recipes.trials.trial.Trial` or `recipes.trials.replicate.Trial`.
        classes: number of classes.
        words: number of token ids.
        **options: arguments of the recurrent layer.
    """
    build = template(trial.task).build
    sizes = (classes, words, trial.embedding, trial.dropout)
    if trial.model == EMBEDDING:
        return build([], *sizes)
    if trial.model == AVERAGE:
        return build(MaskedAverage(name=AVERAGE), *sizes)
    options = {"name": re.sub(r"\W+", "_", trial.model)} | options
    if trial.task == TAGGING:
        return build([cell(trial.model)(trial.units, return_sequences=True, **options)], *sizes)
    return build(cell(trial.model)(trial.units, **options), *sizes)


def implementation(trial) -> dict[str, Any]:
    """Return the arguments of a layer of keras_gated that select how it runs; else none."""
    if trial.model in BLIND:
        return {}
    if not isinstance(cell(trial.model)(trial.units), keras_gated.Recurrent):
        return {}
    return {"jit_compile": None if trial.compiled else False, "engine": trial.engine}


def encoded(vectorize, texts) -> np.ndarray:
    """Return the token ids of texts, `(texts, tokens)`."""
    parts = (list(texts[start : start + 2048]) for start in range(0, len(texts), 2048))
    return np.concatenate([np.asarray(vectorize(part), "int32") for part in parts])


def parameters_of_cell(model: keras.Sequential, name: str) -> int | None:
    """Return the number of parameters of the cell of a `network`; None for a baseline."""
    return None if name in BLIND else int(model.layers[1].count_params())


@functools.cache
def cell_parameters(name: str, units: int, features: int) -> int:
    """Return the number of parameters of a cell (kernel, recurrent kernel, biases)."""
    layer = cell(name)(units)
    layer.build((None, None, features))
    return sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)


def units_for(name: str, parameters: int, features: int) -> int:
    """Return the units at which a cell's number of parameters is nearest to `parameters`."""
    low, high = 1, 2
    while cell_parameters(name, high, features) < parameters:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        below = cell_parameters(name, middle, features) < parameters
        low, high = (middle, high) if below else (low, middle)
    return min(
        (low, high), key=lambda units: abs(cell_parameters(name, units, features) - parameters)
    )
