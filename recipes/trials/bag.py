"""The bag of words: TF-IDF with logistic regression, and its export.

    weight of an n-gram in a text = (1 + log count) idf,    scaled so that a text has length 1

for single words and pairs of words. The regularization strength C is chosen on the validation set;
ties go to the smallest.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

STRENGTHS = (0.1, 1.0, 10.0, 100.0)
NGRAMS = 200_000
MANY = 30_000  # texts from which on a stochastic solver is faster than L-BFGS


@dataclass(frozen=True)
class Bag:
    """A fitted bag of words.

    Attributes:
        tfidf, regression: scikit-learn's estimators.
        strength: C of the regression.
        tried: validation score by C.
    """

    tfidf: Any
    regression: Any
    strength: float
    tried: dict[str, float]

    def says(self, texts) -> np.ndarray:
        """Return the most probable class of each text, as an integer."""
        return self.regression.predict(self.tfidf.transform(texts))

    def loss(self, texts, labels) -> float:
        """Return the mean cross-entropy."""
        from sklearn.metrics import log_loss

        shares = self.regression.predict_proba(self.tfidf.transform(texts))
        return float(log_loss(labels, shares, labels=self.regression.classes_))


WORDS = {"ngram_range": (1, 2)}
CHARACTERS = {"analyzer": "char", "ngram_range": (1, 3)}


def fit(train, valid, score, strengths=STRENGTHS, counted=WORDS) -> Bag:
    """Fit one model for each C; return the one with the best validation score.

    Args:
        train, valid: splits.
        score: function from the labels and the predictions of `valid` to a number.
        strengths: the values of C, ascending.
        counted: arguments of scikit-learn's `TfidfVectorizer` that select the n-grams.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    tfidf = TfidfVectorizer(**counted, sublinear_tf=True, max_features=NGRAMS)
    try:
        weights = tfidf.fit_transform(train.texts)
    except ValueError as error:
        raise ValueError(
            "no training text holds a word of two letters or more, so there is nothing to count; "
            "is this the column of the texts?"
        ) from error
    held_back = tfidf.transform(valid.texts)

    def scored(said) -> float:
        return score(valid.labels, said)

    return Bag(tfidf, *regress(weights, train.labels, held_back, scored, strengths))


def regress(rows, labels, held_back, score, strengths=STRENGTHS) -> tuple[Any, float, dict]:
    """Fit logistic regression for each C; return the best by validation, its C, and all scores.

    Many texts are fitted by SAGA, whose time grows with the number of texts alone.
    Defazio, Bach and Lacoste-Julien, NeurIPS 2014, https://arxiv.org/abs/1407.0202

    Args:
        rows, labels: features and classes of the training texts.
        held_back: features of the validation texts.
        score: function from the predictions of `held_back` to a number.
        strengths: the values of C, ascending; of equals the first is taken.
    """
    from sklearn.linear_model import LogisticRegression

    stochastic = {"solver": "saga", "tol": 1e-2, "random_state": 0}
    solver: dict[str, Any] = stochastic if len(labels) >= MANY else {}
    fitted = {
        strength: LogisticRegression(C=strength, max_iter=1000, **solver).fit(rows, labels)
        for strength in strengths
    }
    tried = {strength: score(one.predict(held_back)) for strength, one in fitted.items()}
    best = max(tried, key=tried.__getitem__)
    return fitted[best], best, {f"{strength:g}": one for strength, one in tried.items()}


def softmax_weights(regression) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients `(features, classes)` and intercepts `(classes,)`, also for two classes.

    For two classes scikit-learn keeps the second's only.
    """
    coefficients, intercept = regression.coef_.T, regression.intercept_
    if coefficients.shape[1] == 1:
        coefficients = np.concatenate([np.zeros_like(coefficients), coefficients], axis=1)
        intercept = np.concatenate([[0.0], intercept])
    return coefficients.astype("float32"), intercept.astype("float32")


def write(folder: Path, bag: Bag, classes: tuple[str, ...]) -> None:
    """Write a SavedModel with the same signature as `classify_text.export`.

    It is not a pickled scikit-learn pipeline for three reasons: loading a pickle runs the code in
    it; a pickle needs the scikit-learn version that wrote it; and all models are served alike.
    """
    import tensorflow as tf

    grams = bag.tfidf.get_feature_names_out()
    coefficients, intercept = softmax_weights(bag.regression)
    served = tf.Module()
    served.table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            tf.constant(list(grams)), tf.range(len(grams), dtype=tf.int64)
        ),
        default_value=-1,
    )
    served.idf = tf.Variable(bag.tfidf.idf_.astype("float32"), trainable=False)
    served.coefficients = tf.Variable(coefficients, trainable=False)
    served.intercept = tf.Variable(intercept, trainable=False)
    served.names = tf.Variable([classes[k] for k in bag.regression.classes_], trainable=False)

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="text")])
    def serve(text):
        whole = tf.strings.unicode_transcode(text, "UTF-8", "UTF-8", errors="replace")
        lower = tf.strings.lower(whole, encoding="utf-8")
        # scikit-learn's words: two or more characters of Python's \w (letters, digits and "_").
        words = tf.strings.split(tf.strings.regex_replace(lower, r"[^\pL\pN_]+", " "))
        long = tf.strings.length(words.flat_values, unit="UTF8_CHAR") > 1
        words = tf.ragged.boolean_mask(words, words.with_flat_values(long))
        found = tf.concat([words, tf.strings.ngrams(words, 2, separator=" ")], axis=1)
        numbers = served.table.lookup(found.flat_values)
        known, texts = numbers >= 0, tf.shape(text, tf.int64)[0]
        place = found.value_rowids()[known] * len(grams) + numbers[known]
        place, _, count = tf.unique_with_counts(place)
        row, gram = place // len(grams), place % len(grams)
        weight = (1 + tf.math.log(tf.cast(count, "float32"))) * tf.gather(served.idf, gram)
        length = tf.sqrt(tf.math.unsorted_segment_sum(weight**2, row, texts))
        given = weight[:, None] * tf.gather(served.coefficients, gram)
        sums = tf.math.unsorted_segment_sum(given, row, texts)
        scores = tf.math.divide_no_nan(sums, length[:, None]) + served.intercept
        return {
            "probabilities": tf.nn.softmax(scores),
            "label": tf.gather(served.names, tf.argmax(scores, axis=-1)),
            "classes": tf.repeat(served.names[None], tf.shape(text)[0], axis=0),
        }

    served.serve = serve
    tf.saved_model.save(served, str(folder), signatures={"serving_default": serve})
