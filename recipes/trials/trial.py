"""A trial: trains a model on some of the texts, tests it once; a pure function of its settings."""

import contextlib
import dataclasses
import functools
import math
import time
from typing import Any, ClassVar

import numpy as np

from recipes.data import brown, texts
from recipes.data.tasks import BLIND, CHARACTERS, FITTED, TAGGING, WORDS
from recipes.sweeps import record, trial
from recipes.trials import frequent

EQUAL_UNITS, EQUAL_PARAMETERS, BASELINE = "equal units", "equal parameters", "baseline"
TRIED = 1_000  # seed of tuning trials; final trials have seeds from 0 on
# Fields of a record in addition to every recipe's, and of a finished trial's, for `Runs`.
FIELDS: dict[str, Any] = {
    "arm": str,
    "size": int,
    "seed": int,
    "units": int | None,
    "settings": dict,
    "commit": str | None,
    "versions": dict,
    "finished": str,
}
RESULTS: dict[str, Any] = {
    "valid_accuracy": int | float,
    "test_accuracy": int | float,
    "epochs": list,
}
# Training batches per call (`steps_per_execution`): it reduces the overhead of a call to a tenth of
# a small cell's time.
TOGETHER = 8


@dataclasses.dataclass(frozen=True)
class Trial(trial.Trial):
    """The settings of a trial. Its result depends on nothing else but software versions.

    Attributes:
        data: name of a data set or path of a file, as in `recipes.data.texts.load`.
        model: name of a cell or of a baseline.
        arm: what is equal for all cells: "equal units", "equal parameters"; or "baseline".
        size: number of training texts.
        seed: seed of the initial weights, of the order of the texts and of dropout.
        units: units of the cell; None for a baseline.
        text, label: columns of the user's own file.
        data_seed: seed of the split into train, valid and test, and of subsets.
        vocabulary: number of words with an id of their own.
        tokens: number of words (or characters) read of a text.
        embedding: size of a word's vector.
        dropout: dropout rate of the last state.
        batch: batch size.
        learning_rate: learning rate of Adam.
        epochs: maximum number of epochs.
        patience: steps without a better validation accuracy before training stops, rounded up to
            epochs, at least three. It is in steps because an epoch over few texts has few
            updates: counted in epochs, training on small sets would stop before a cell has learnt
            anything.
        task: a name in `recipes.data.tasks`.
        strengths: for a bag of n-grams, the values of C (1 / the penalty's weight) to choose from
            on validation.
        compiled: whether XLA may compile the recurrence; on a few hundred texts compiling takes
            longer than training.
        buckets: number of length buckets for training batches, see `recipes.data.batches`.
        mirrored: whether to train data-parallel over all GPUs that the trial sees.
        engine: implementation of the recurrence, as in `keras_gated.Recurrent`.
    """

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
    task: str = WORDS
    strengths: tuple[float, ...] = (10.0,)
    compiled: bool = True
    buckets: int = 1
    mirrored: bool = False
    engine: str = "auto"

    growth: ClassVar[float] = 0.5

    @property
    def key(self) -> str:
        """Name of the trial: the same settings give the same key in every process."""
        of_task = {"valid_sentences": brown.VALID} if self.task == TAGGING else {}
        return record.key(dataclasses.asdict(self) | of_task)

    @property
    def group(self) -> tuple:
        """Trials that a budget cuts together; tuning trials are cut singly."""
        alone = self.key if self.seed == TRIED else None
        return (self.data, self.size, self.seed, self.arm == EQUAL_PARAMETERS, alone)

    def __str__(self) -> str:
        units = f" {self.units} units," if self.units else ""
        name = record.shown(self.data)
        return f"{self.model},{units} {self.size:,} texts of {name}, seed {self.seed}"


def run(trial: Trial) -> dict:
    """Run a trial and return its record. An exception becomes a failed record."""

    def work() -> dict:
        data = load(trial.data, trial.text, trial.label, trial.data_seed)
        if trial.task == TAGGING:
            # Tags within a sentence are not independent: their number does not give an error.
            return _most_frequent(trial, data) if trial.model in FITTED else _network(trial, data)
        result = (_bag_of_ngrams if trial.model in FITTED else _network)(trial, data)
        return {"test_rows": len(data.test)} | result

    return record.made(trial, work)


@record.cached(maxsize=2)
def load(name: str, text: str | None, label: str | None, seed: int):
    """Load a data set once for all trials of a process."""
    if name == brown.NAME:
        return brown.load(seed)
    columns = {k: v for k, v in (("text", text), ("label", label)) if v is not None}
    return texts.load(name, seed=seed, **columns)


@record.cached(maxsize=4)
def numbers(name, text, label, seed, size, vocabulary, tokens, task):
    """Return the vectorizer and the token ids of each split, `(texts, tokens)`."""
    from recipes.trials import model

    data = load(name, text, label, seed).subset(size)
    cut = tokens if task == CHARACTERS else None  # skip the work on what is not read
    parts = [[text[:cut] for text in part.texts] for part in (data.train, data.valid, data.test)]
    vectorizer = model.vectorizer(parts[0], vocabulary, tokens, task)
    splits = [model.encoded(vectorizer, part) for part in parts]
    # All texts may be shorter than `tokens`: cut the columns that hold only padding.
    used = max(1, max(int((split != 0).any(0).sum()) for split in splits))
    return vectorizer, [split[:, :used] for split in splits]


def train(trial: Trial, data):
    """Train a trial's network; return `(vectorizer, model, record)`. The model has its best
    weights.

    Args:
        trial: the settings.
        data: the whole data set.
    """
    import keras

    from recipes import tag_words
    from recipes.data import batches
    from recipes.trials import model as models

    keras.backend.clear_session()
    keras.utils.set_random_seed(trial.seed)
    subset = data.subset(trial.size)
    columns = (trial.data, trial.text, trial.label, trial.data_seed)
    vectorizer, (train, valid, test) = numbers(
        *columns, trial.size, trial.vocabulary, trial.tokens, trial.task
    )
    tagging, template = trial.task == TAGGING, models.template(trial.task)
    strategy = replicas(trial.mirrored)
    with strategy.scope() if strategy else contextlib.nullcontext():
        options = models.implementation(trial)
        model = models.network(trial, len(data.classes), vectorizer.vocabulary_size(), **options)
    # Batches for several devices are fetched in a separate thread, so no waiting time is measured.
    waiting = None if strategy else batches.Waiting()

    seconds: list[float] = []

    class Seconds(keras.callbacks.Callback):
        """Records the seconds of each epoch, validation included."""

        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            seconds.append(round(time.perf_counter() - self.started, 3))

    batched = tag_words.batches if tagging else batches.of_texts
    training = batched(train, subset.train.labels, trial.batch, trial.seed)
    if trial.buckets > 1:
        training = batches.bucketed(training, trial.batch, train.shape[1], trial.buckets)
    validation = batched(valid, data.valid.labels, batches.at_once(valid))
    with strategy.scope() if strategy else contextlib.nullcontext():
        history = template.train(
            model,
            waiting.counted(training) if waiting else training,
            patience=max(3, math.ceil(trial.patience * trial.batch / trial.size)),
            callbacks=[Seconds()],
            rate=trial.learning_rate,
            # The recurrent layers compile themselves if that is faster. A baseline has no loop that
            # XLA could speed up. Keras cannot loop over batches that are split among devices.
            compiling={
                "jit_compile": "auto" if trial.model not in BLIND and trial.compiled else False,
                "steps_per_execution": 1 if strategy else TOGETHER,
            },
            validation_data=waiting.counted(validation) if waiting else validation,
            epochs=trial.epochs,
            verbose=0,
            shuffle=False,
        ).history
    names = {"loss": "train_loss", "val_loss": "valid_loss", "val_accuracy": "valid_accuracy"}
    epochs = [
        {names[name]: float(history[name][epoch]) for name in names} | {"seconds": seconds[epoch]}
        for epoch in range(len(seconds))
    ]
    best = int(np.argmax(history["val_accuracy"]))
    waited = waiting.seconds / sum(seconds) if waiting else None
    if tagging:  # the words of a sentence are not independent
        tested = tag_words.batches(test, data.test.labels, batches.at_once(test))
        loss, accuracy = model.evaluate(tested, verbose=0)
        of_rows = {}
    else:
        shares = model.predict(test, batch_size=batches.at_once(test), verbose=0)
        right = shares.argmax(-1) == data.test.labels
        chosen = shares[np.arange(len(shares)), data.test.labels]
        loss = -np.log(np.clip(chosen, keras.config.epsilon(), 1)).mean()
        accuracy = right.mean()
        of_rows = {"test_right": packed(right)}
    return (
        vectorizer,
        model,
        {
            "parameters": int(model.count_params()),
            "cell_parameters": models.parameters_of_cell(model, trial.model),
            "epochs": epochs,
            "wait_share": waited if waited is None else round(waited, 4),
            "best_epoch": best + 1,
            "valid_accuracy": epochs[best]["valid_accuracy"],
            "test_accuracy": float(accuracy),
            "test_loss": float(loss),
            **of_rows,
        },
    )


def _network(trial: Trial, data) -> dict:
    return train(trial, data)[2]


@functools.lru_cache
def replicas(mirrored: bool):
    """Return the strategy that splits each batch over the devices of this machine, or None.

    All trials of a process share one strategy. A second one would number its collective operations
    from the start, and TensorFlow would confuse them with those of the first, of other shapes.

    Raises:
        ValueError: if there are fewer than two devices.
    """
    if not mirrored:
        return None
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if len(devices) < 2:
        raise ValueError(
            f"mirrored parts each batch among the GPUs of a machine; this one has "
            f"{devices[0].name.removeprefix('/device:')} alone. Leave --mirrored out, or give the "
            "trial two GPUs or more."
        )
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def _bag_of_ngrams(trial: Trial, data) -> dict:
    """Fit TF-IDF and logistic regression: words and pairs of words, or one to three characters."""
    from sklearn.metrics import accuracy_score

    from recipes.trials import bag

    # For words it reads the whole text. For characters it reads as many as a cell does, to which
    # each costs a timestep.
    letters = trial.task == CHARACTERS

    def read(split):
        if not letters:
            return split
        return dataclasses.replace(split, texts=[text[: trial.tokens] for text in split.texts])

    def score(labels, predictions) -> float:
        return float(accuracy_score(labels, predictions))

    train, valid, test = map(read, (data.subset(trial.size).train, data.valid, data.test))
    counted = bag.CHARACTERS if letters else bag.WORDS
    best = bag.fit(train, valid, score, trial.strengths, counted)
    regression = best.regression
    right = best.says(test.texts) == test.labels
    return {
        "parameters": int(regression.coef_.size + regression.intercept_.size),
        "cell_parameters": None,
        "epochs": [],
        "best_epoch": None,
        "strength": best.strength,
        "valid_accuracy": best.tried[f"{best.strength:g}"],
        "test_accuracy": float(right.mean()),
        "test_loss": best.loss(test.texts, test.labels),
        "test_right": packed(right),
    }


def packed(right: np.ndarray) -> str:
    """Return a row of booleans as hexadecimal digits, four bits per digit."""
    return np.packbits(right).tobytes().hex()


def unpacked(digits: str, rows: int) -> np.ndarray:
    """Return a row of booleans from its hexadecimal digits."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(digits), np.uint8), count=rows).astype(bool)


def _most_frequent(trial: Trial, data) -> dict:
    right, words = frequent.fit(data.subset(trial.size).train, trial.tokens)
    return {
        "parameters": words,
        "cell_parameters": None,
        "epochs": [],
        "best_epoch": None,
        "valid_accuracy": float(np.concatenate(right(data.valid)).mean()),
        "test_accuracy": float(np.concatenate(right(data.test)).mean()),
        "test_loss": None,
    }
