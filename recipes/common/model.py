"""Text classifiers: words to integers, an embedding, one recurrent layer (or a mean), a softmax."""

import difflib
import re

import keras
import numpy as np
import tensorflow as tf
from keras import ops

import keras_gated
from recipes.common.tasks import AVERAGE, CHARACTERS, EMBEDDING, TAGGING, WORDS

# Every public layer of the library that makes its own cell, by its name in lower case.
CELLS = {
    re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(): getattr(keras_gated, name)
    for name in keras_gated.__all__
    if hasattr(getattr(keras_gated, name), "Cell")
}


def vectorizer(
    texts, vocabulary: int, tokens: int, task: str = WORDS
) -> keras.layers.TextVectorization:
    """Return the layer from strings to numbers: of words without punctuation, split at spaces.

    For characters each is a number, punctuation and spaces too; for tagging, texts are words with
    spaces between, and a punctuation mark is one. All is in lower case.

    Args:
        texts: training texts; the `vocabulary` most frequent of their words get a number.
        vocabulary: size of the vocabulary, with 0 for padding and 1 for unknown words.
        tokens: how many words (or characters) of a text are read, from its start.
        task: "words", "characters" or "tagging".
    """
    layer = keras.layers.TextVectorization(
        max_tokens=vocabulary,
        standardize="lower" if task in (CHARACTERS, TAGGING) else "lower_and_strip_punctuation",
        split="character" if task == CHARACTERS else "whitespace",
        output_mode="int",
        output_sequence_length=tokens,
    )
    # Not an array of strings, which is as wide as the longest of them at every place.
    layer.adapt(tf.data.Dataset.from_tensor_slices(tf.constant(list(texts))).batch(1024))
    # A .keras file holds a word a line, and is read by every sign that Unicode has for the end of
    # a line: with U+0085 in a word, as old web pages leave it, the model could not be loaded.
    words = layer.get_vocabulary(include_special_tokens=False)
    whole = [word for word in words if word.splitlines() == [word]]
    if len(whole) < len(words):
        layer.set_vocabulary(whole)
    return layer


@keras.saving.register_keras_serializable(package="recipes")
class MaskedAverage(keras.layers.Layer):
    """The mean over the steps that a mask shows; zeros where it shows none.

    Keras's `GlobalAveragePooling1D` divides by the number of shown steps, and so gives NaN for a
    text without a word, which then spoils every weight.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        """Return None: there is no time left to mask."""
        return None

    def call(self, inputs, mask=None):
        if mask is None:
            return ops.mean(inputs, axis=1)
        shown = ops.cast(ops.expand_dims(mask, -1), inputs.dtype)
        return ops.sum(inputs * shown, axis=1) / ops.maximum(ops.sum(shown, axis=1), 1)


def classifier(
    name: str,
    units: int | None,
    classes: int,
    vocabulary: int,
    embedding: int,
    dropout: float,
    compiled: bool = True,
) -> keras.Sequential:
    """Return the model from word numbers `(batch, tokens)` to probabilities `(batch, classes)`.

    Args:
        name: a cell of `CELLS`, or "average".
        units: size of the cell; not used by "average".
        classes: number of classes.
        vocabulary: number of word numbers.
        embedding: size of a word's vector.
        dropout: fraction of the last state to drop before the softmax, in training.
        compiled: whether XLA may compile the recurrence, which pays after hundreds of steps.
    """
    compile_it = None if compiled else False
    middle = (
        MaskedAverage(name=AVERAGE)
        if name == AVERAGE
        else cell(name)(units, jit_compile=compile_it, name=name)
    )
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(vocabulary, embedding, mask_zero=True, name="embedding"),
            middle,
            keras.layers.Dropout(dropout, name="dropout"),
            keras.layers.Dense(classes, activation="softmax", name="probabilities"),
        ],
        name=f"{name}_classifier",
    )
    return model


def tagger(
    name: str,
    units: int | None,
    classes: int,
    vocabulary: int,
    embedding: int,
    dropout: float,
    compiled: bool = True,
) -> keras.Sequential:
    """Return the model from word numbers `(batch, tokens)` to `(batch, tokens, classes)`.

    Each word's probabilities are of it and the words before. Arguments as in `classifier`;
    the name "embedding" leaves the cell out, and so knows the word alone.
    """
    known = keras.layers.Embedding(vocabulary, embedding, mask_zero=True, name=EMBEDDING)
    compile_it = None if compiled else False
    middle = (
        []
        if name == EMBEDDING
        else [cell(name)(units, return_sequences=True, jit_compile=compile_it, name=name)]
    )
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            known,
            *middle,
            keras.layers.Dropout(dropout, name="dropout"),
            keras.layers.Dense(classes, activation="softmax", name="probabilities"),
        ],
        name=f"{name}_tagger",
    )


def cell(name: str) -> type[keras_gated.Recurrent]:
    """Return the layer of a name, or refuse with the names that there are."""
    if name not in CELLS:
        near = difflib.get_close_matches(name, CELLS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"Unknown cell {name!r}; known are {', '.join(sorted(CELLS))}.{hint}")
    return CELLS[name]


def cell_parameters(name: str, units: int, features: int) -> int:
    """Return how many numbers a cell has (kernel, recurrent kernel, biases)."""
    built = cell(name).Cell(units)
    built.build((None, features))
    return sum(int(np.prod(weight.shape)) for weight in built.trainable_weights)


def units_for(name: str, parameters: int, features: int) -> int:
    """Return the size at which a cell's number of parameters comes nearest to the one asked for."""
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
