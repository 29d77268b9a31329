"""One trial: a model trained on some of the texts, tested once; a pure function of its settings."""

import dataclasses
import datetime
import functools
import hashlib
import importlib.metadata
import json
import math
import platform
import subprocess
import time

import numpy as np

from recipes.common import data as texts

BOW = "bow"  # the baseline that needs no neural network: TF-IDF and logistic regression
EQUAL_UNITS, EQUAL_PARAMETERS, BASELINE = "equal units", "equal parameters", "baseline"


@dataclasses.dataclass(frozen=True)
class Trial:
    """Everything that a trial's result depends on, but for the versions of what runs it.

    Attributes:
        data: name of a data set or path of a file, as `recipes.common.data.load` takes it.
        model: a cell's name, "average" or "bow".
        arm: what is held equal between cells: "equal units", "equal parameters"; or "baseline".
        size: number of training texts.
        seed: of the first weights, of the order of the texts and of dropout.
        units: size of the cell; None for a baseline.
        text, label: columns of the user's own file.
        data_seed: of the split into train, valid and test, and of which texts a subset holds.
        vocabulary: number of words that have a number of their own.
        tokens: number of words read of a text.
        embedding: size of a word's vector.
        dropout: fraction of the last state dropped in training.
        batch: texts a step.
        learning_rate: of Adam.
        epochs: most passes over the texts.
        patience: steps without a better validation accuracy before training stops, rounded up to
            passes, of which three at least. In steps, because a pass over few texts teaches
            little: counted in passes, small sets would stop before a cell has learnt anything.
    """

    data: str
    model: str
    arm: str
    size: int
    seed: int
    units: int | None = None
    text: str | None = None
    label: str | None = None
    data_seed: int = 0
    vocabulary: int = 10_000
    tokens: int = 100
    embedding: int = 64
    dropout: float = 0.3
    batch: int = 32
    learning_rate: float = 2e-3
    epochs: int = 40
    patience: int = 300

    @property
    def key(self) -> str:
        """Name of the trial: the same settings give the same key, in every process."""
        settings = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(settings.encode()).hexdigest()[:16]

    def __str__(self) -> str:
        units = f" {self.units} units," if self.units else ""
        return f"{self.model},{units} {self.size:,} texts of {self.data}, seed {self.seed}"


def run(trial: Trial) -> dict:
    """Run a trial and return its record. Whatever goes wrong in it becomes a failed record."""
    started = time.perf_counter()
    try:
        data = load(trial.data, trial.text, trial.label, trial.data_seed)
        result = (_bag_of_words if trial.model == BOW else _network)(trial, data)
        result = {"status": "done", "reason": None, "test_rows": len(data.test)} | result
    except Exception as error:  # one trial's fault must not end the others
        result = {"status": "failed", "reason": f"{type(error).__name__}: {error}"}
    return record(trial, result, time.perf_counter() - started)


def record(trial: Trial, result: dict, seconds: float) -> dict:
    """Return the line that is kept of a trial."""
    settings = dataclasses.asdict(trial)
    named = {name: settings.pop(name) for name in ("data", "model", "arm", "size", "seed", "units")}
    return {
        "key": trial.key,
        **named,
        **result,
        "seconds": round(seconds, 2),
        "settings": settings,
        "commit": commit(),
        "versions": versions(),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


@functools.lru_cache(maxsize=2)
def load(name: str, text: str | None, label: str | None, seed: int):
    """Load a data set once for all trials of a process."""
    columns = {k: v for k, v in (("text", text), ("label", label)) if v is not None}
    return texts.load(name, seed=seed, **columns)


@functools.lru_cache(maxsize=4)
def _numbers(name, text, label, seed, size, vocabulary, tokens):
    """Return the vectorizer and the word numbers of each split, `(texts, tokens)`."""
    from recipes.common import model

    data = load(name, text, label, seed).subset(size)
    vectorizer = model.vectorizer(data.train.texts, vocabulary, tokens)
    splits = [
        np.concatenate(
            [
                np.asarray(vectorizer(list(split.texts[start : start + 2048])), "int32")
                for start in range(0, len(split), 2048)
            ]
        )
        for split in (data.train, data.valid, data.test)
    ]
    # No text may be as long as is read: cut the columns that hold only padding.
    used = max(1, max(int((split != 0).any(0).sum()) for split in splits))
    return vectorizer, [split[:, :used] for split in splits]


def train(trial: Trial, data, report=None):
    """Train a trial's network; return `(vectorizer, model, record)`, the best weights in it.

    Args:
        trial: the settings.
        data: the whole data set.
        report: function called with `(epoch, record of the epoch)` after each.
    """
    import keras

    from recipes.common import model as models

    keras.backend.clear_session()
    keras.utils.set_random_seed(trial.seed)
    subset = data.subset(trial.size)
    columns = (trial.data, trial.text, trial.label, trial.data_seed)
    vectorizer, (train, valid, test) = _numbers(
        *columns, trial.size, trial.vocabulary, trial.tokens
    )
    model = models.classifier(
        trial.model,
        trial.units,
        len(data.classes),
        vectorizer.vocabulary_size(),
        trial.embedding,
        trial.dropout,
    )
    # The recurrent layers compile themselves where that is faster. An average has no loop to
    # gain from XLA.
    model.compile(
        keras.optimizers.Adam(trial.learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False if trial.model == models.AVERAGE else "auto",
    )
    epochs: list[dict] = []

    class Keep(keras.callbacks.Callback):
        """Keeps each epoch's scores and seconds."""

        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            epochs.append(
                {
                    "train_loss": float(logs["loss"]),
                    "valid_loss": float(logs["val_loss"]),
                    "valid_accuracy": float(logs["val_accuracy"]),
                    "seconds": round(time.perf_counter() - self.started, 3),
                }
            )
            if report:
                report(epoch, epochs[-1])

    model.fit(
        _batches(train, subset.train.labels, trial.batch, trial.seed),
        validation_data=_batches(valid, data.valid.labels, _evaluated_at_once(valid)),
        epochs=trial.epochs,
        callbacks=[
            keras.callbacks.EarlyStopping(
                "val_accuracy",
                mode="max",
                patience=max(3, math.ceil(trial.patience * trial.batch / trial.size)),
                restore_best_weights=True,
            ),
            Keep(),
        ],
        verbose=0,
    )
    best = int(np.argmax([epoch["valid_accuracy"] for epoch in epochs]))
    batches = _batches(test, data.test.labels, _evaluated_at_once(test))
    loss, accuracy = model.evaluate(batches, verbose=0)
    middle = model.get_layer(trial.model)
    return (
        vectorizer,
        model,
        {
            "parameters": int(model.count_params()),
            "cell_parameters": int(middle.count_params()) or None,
            "epochs": epochs,
            "best_epoch": best + 1,
            "valid_accuracy": epochs[best]["valid_accuracy"],
            "test_accuracy": float(accuracy),
            "test_loss": float(loss),
        },
    )


def _network(trial: Trial, data) -> dict:
    return train(trial, data)[2]


def _evaluated_at_once(numbers) -> int:
    """Return a batch size: the whole split where it is small, for XLA compiles each size anew."""
    return len(numbers) if len(numbers) <= 4096 else 1024


def _batches(numbers, labels, batch: int, seed: int | None = None):
    """Return word numbers and labels as batches; shuffled anew each epoch where a seed is given.

    The last, smaller training batch is dropped: XLA would compile the step a second time for it,
    and with a new order each epoch no text is left out for good.
    """
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices((numbers, labels))
    if seed is not None:
        batches = batches.shuffle(len(labels), seed=seed, reshuffle_each_iteration=True)
    whole = seed is not None and len(labels) >= batch
    return batches.batch(batch, drop_remainder=whole).prefetch(tf.data.AUTOTUNE)


def _bag_of_words(trial: Trial, data) -> dict:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, log_loss

    train = data.subset(trial.size).train
    tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=200_000)
    regression = LogisticRegression(C=10, max_iter=1000)
    regression.fit(tfidf.fit_transform(train.texts), train.labels)
    scores = {}
    for name, split in (("valid", data.valid), ("test", data.test)):
        features = tfidf.transform(split.texts)
        scores[f"{name}_accuracy"] = float(
            accuracy_score(split.labels, regression.predict(features))
        )
    probabilities = regression.predict_proba(tfidf.transform(data.test.texts))
    return {
        "parameters": int(regression.coef_.size + regression.intercept_.size),
        "cell_parameters": None,
        "epochs": [],
        "best_epoch": None,
        **scores,
        "test_loss": float(log_loss(data.test.labels, probabilities, labels=regression.classes_)),
    }


@functools.lru_cache(maxsize=1)
def commit() -> str | None:
    """Return the commit of this checkout, "+" behind it where files differ, or None."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


@functools.lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return the versions of what a result may depend on."""
    packages = ("tensorflow", "keras", "tensorflow-datasets", "numpy", "scikit-learn")
    return {"python": platform.python_version()} | {
        package: importlib.metadata.version(package) for package in packages
    }
