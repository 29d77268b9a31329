"""Text classifiers: words to integers, an embedding, one recurrent layer (or a mean), a softmax."""

import difflib
import functools
import re
from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf
from keras import ops

import keras_gated
from recipes.data.tasks import AVERAGE, CHARACTERS, EMBEDDING, TAGGING, WORDS

# Every public layer of the library that makes its own cell, by its name in lower case. Records on
# file hold these names.
CELLS = {
    re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(): getattr(keras_gated, name)
    for name in keras_gated.__all__
    if hasattr(getattr(keras_gated, name), "Cell")
}


# What Unicode takes for the end of a line. A .keras file holds a word a line and is read by all of
# these: with U+0085 in a word, as old web pages leave it, the model could not be loaded.
LINE_END = r"[\n\v\f\r\x1c-\x1e\x{85}\x{2028}\x{2029}]"


@keras.saving.register_keras_serializable(package="recipes")
def lower(texts):
    """Return texts in lower case (of ASCII's letters), with spaces for ends of lines."""
    return tf.strings.regex_replace(tf.strings.lower(texts), LINE_END, " ")


@keras.saving.register_keras_serializable(package="recipes")
def lower_without_punctuation(texts):
    """Return texts as `lower` does, without ASCII's punctuation."""
    return tf.strings.regex_replace(lower(texts), r"[[:punct:]]", "")


def vectorizer(
    texts, vocabulary: int, tokens: int, task: str = WORDS
) -> keras.layers.TextVectorization:
    """Return the layer from strings to numbers: of words without punctuation, split at spaces.

    For characters each is a number, punctuation and spaces too; for tagging, texts are words with
    spaces between, and a punctuation mark is one. All is in lower case.

    Of the words that are met once, none has a number unless the vocabulary has room for all. If
    only a few had none, the vector of the unknown word would be learnt from these few, and every
    word that is new in a text would vote as they do.

    Args:
        texts: training texts; the `vocabulary` most frequent of their words get a number.
        vocabulary: largest size of the vocabulary, with 0 for padding and 1 for unknown words.
        tokens: how many words (or characters) of a text are read, from its start.
        task: "words", "characters" or "tagging".

    Raises:
        ValueError: for a vocabulary of less than 3, or texts without a word.
    """
    if vocabulary < 3:
        raise ValueError(
            "vocabulary must be at least 3, for padding, the unknown word and one other; "
            f"got {vocabulary}."
        )
    # Not an array of strings, which is as wide as the longest of them at every place.
    batches = tf.data.Dataset.from_tensor_slices(tf.constant(list(texts))).batch(1024)
    how = {
        "standardize": lower if task in (CHARACTERS, TAGGING) else lower_without_punctuation,
        "split": "character" if task == CHARACTERS else "whitespace",
    }
    every = keras.layers.TextVectorization(**how, ragged=True)
    every.adapt(batches)
    words = every.get_vocabulary(include_special_tokens=False)
    if not words:
        raise ValueError("texts hold no word; give training texts with words in them.")
    own = vocabulary - 2
    if len(words) > own:
        counts = np.zeros(len(words) + 2, int)
        for batch in batches:
            counts += np.bincount(every(batch).flat_values, minlength=len(counts))
        once = counts[2:] == 1
        twice = [word for word, one in zip(words, once, strict=True) if not one]
        words = twice if once[own] and twice else words[:own]
    layer = keras.layers.TextVectorization(
        **how, max_tokens=vocabulary, output_mode="int", output_sequence_length=tokens
    )
    layer.set_vocabulary(words)
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
    path: str = "auto",
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
        path: how the cell is carried over time, as `keras_gated.Recurrent` takes it.
    """
    compile_it = None if compiled else False
    middle = (
        MaskedAverage(name=AVERAGE)
        if name == AVERAGE
        else cell(name)(units, jit_compile=compile_it, engine=path, name=name)
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
    path: str = "auto",
) -> keras.Sequential:
    """Return the model from word numbers `(batch, tokens)` to `(batch, tokens, classes)`.

    Each word's probabilities are of it and the words before. Arguments as in `classifier`;
    the name "embedding" leaves the cell out, and so knows the word alone.
    """
    known = keras.layers.Embedding(vocabulary, embedding, mask_zero=True, name=EMBEDDING)
    compile_it = None if compiled else False
    how = dict(return_sequences=True, jit_compile=compile_it, engine=path, name=name)
    middle = [] if name == EMBEDDING else [cell(name)(units, **how)]
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


def cell_name(name: str) -> str:
    """Return the name in `CELLS` of a cell, however its words are joined and capitalized.

    >>> cell_name("RGLRU"), cell_name("rg_lru"), cell_name("rglru"), cell_name("MinGRU")
    ('rglru', 'rglru', 'rglru', 'min_gru')

    Raises:
        ValueError: for a cell that is not in `CELLS`.
    """
    if name in CELLS:
        return name
    letters = {known.replace("_", ""): known for known in CELLS}
    wanted = name.lower().replace("_", "").replace("-", "").removesuffix("cell")
    if wanted not in letters:
        near = difflib.get_close_matches(wanted, letters, n=1)
        hint = f" Did you mean {letters[near[0]]!r}?" if near else ""
        raise ValueError(f"Unknown cell {name!r}; known are {', '.join(sorted(CELLS))}.{hint}")
    return letters[wanted]


def cell_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names in `CELLS` of cells, as `cell_name` does for one."""
    return tuple(map(cell_name, names))


def cell(name: str) -> type[keras_gated.Recurrent]:
    """Return the layer of a cell, by any spelling that `cell_name` takes."""
    return CELLS[cell_name(name)]


@functools.cache
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
