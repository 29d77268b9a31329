"""One trial: a model trained on some of the texts, tested once; a pure function of its settings."""

import contextlib
import dataclasses
import functools
import math
import time
from collections import Counter
from typing import Any, ClassVar

import numpy as np

from recipes.data import brown, texts
from recipes.data.tasks import BLIND, CHARACTERS, FITTED, MOST_FREQUENT, TAGGING, WORDS
from recipes.sweeps import record, trial

EQUAL_UNITS, EQUAL_PARAMETERS, BASELINE = "equal units", "equal parameters", "baseline"
TRIED = 1_000  # the seed of what is tried to choose settings; final trials have those from 0 on
# Fields of a record beside those of every recipe, and of a finished trial's; `Runs` checks them.
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
# Batches that are trained on in one call: what a call costs besides is a tenth of a small cell's.
TOGETHER = 8


@dataclasses.dataclass(frozen=True)
class Trial(trial.Trial):
    """Everything that a trial's result depends on, but for the versions of what runs it.

    Attributes:
        data: name of a data set or path of a file, as `recipes.data.texts.load` takes it.
        model: a cell's name, or a baseline's.
        arm: what is held equal between cells: "equal units", "equal parameters"; or "baseline".
        size: number of training texts.
        seed: of the first weights, of the order of the texts and of dropout.
        units: size of the cell; None for a baseline.
        text, label: columns of the user's own file.
        data_seed: of the split into train, valid and test, and of which texts a subset holds.
        vocabulary: number of words that have a number of their own.
        tokens: number of words (or characters) read of a text.
        embedding: size of a word's vector.
        dropout: fraction of the last state dropped in training.
        batch: texts a step.
        learning_rate: of Adam.
        epochs: most passes over the texts.
        patience: steps without a better validation accuracy before training stops, rounded up to
            passes, of which three at least. In steps, because a pass over few texts teaches
            little: counted in passes, small sets would stop before a cell has learnt anything.
        task: what is learnt, a name of `recipes.data.tasks`.
        strengths: of a bag of n-grams, the values of C (1 / the penalty's weight) of which
            validation chooses one.
        compiled: whether XLA may compile the recurrence; on a few hundred texts compiling takes
            longer than training.
        buckets: how many widths training batches may have, `recipes.data.batches`.
        mirrored: whether each batch is parted among all GPUs that the trial sees.
        engine: how the cell is carried over time, as `keras_gated.Recurrent` takes it.
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
        """Name of the trial: the same settings give the same key, in every process."""
        of_task = {"valid_sentences": brown.VALID} if self.task == TAGGING else {}
        return record.key(dataclasses.asdict(self) | of_task)

    @property
    def group(self) -> tuple:
        """What a budget leaves out together; of what is tried to choose settings each by itself."""
        alone = self.key if self.seed == TRIED else None
        return (self.data, self.size, self.seed, self.arm == EQUAL_PARAMETERS, alone)

    def __str__(self) -> str:
        units = f" {self.units} units," if self.units else ""
        name = record.shown(self.data)
        return f"{self.model},{units} {self.size:,} texts of {name}, seed {self.seed}"


def run(trial: Trial) -> dict:
    """Run a trial and return its record. Whatever goes wrong in it becomes a failed record."""

    def work() -> dict:
        data = load(trial.data, trial.text, trial.label, trial.data_seed)
        if trial.task == TAGGING:
            # Tags of one sentence are not drawn apart, so no number of rows tells their error.
            return _most_frequent(trial, data) if trial.model in FITTED else _network(trial, data)
        made = (_bag_of_ngrams if trial.model in FITTED else _network)(trial, data)
        return {"test_rows": len(data.test)} | made

    return record.made(trial, work)


@functools.lru_cache(maxsize=2)
def load(name: str, text: str | None, label: str | None, seed: int):
    """Load a data set once for all trials of a process."""
    if name == brown.NAME:
        return brown.load(seed)
    columns = {k: v for k, v in (("text", text), ("label", label)) if v is not None}
    return texts.load(name, seed=seed, **columns)


@functools.lru_cache(maxsize=4)
def numbers(name, text, label, seed, size, vocabulary, tokens, task):
    """Return the vectorizer and the numbers of each split, `(texts, tokens)`."""
    from recipes.trials import model

    data = load(name, text, label, seed).subset(size)
    cut = tokens if task == CHARACTERS else None  # what is not read need not be taken apart
    given = [[one[:cut] for one in split.texts] for split in (data.train, data.valid, data.test)]
    vectorizer = model.vectorizer(given[0], vocabulary, tokens, task)
    splits = [
        np.concatenate(
            [
                np.asarray(vectorizer(of_split[start : start + 2048]), "int32")
                for start in range(0, len(of_split), 2048)
            ]
        )
        for of_split in given
    ]
    # No text may be as long as is read: cut the columns that hold only padding.
    used = max(1, max(int((split != 0).any(0).sum()) for split in splits))
    return vectorizer, [split[:, :used] for split in splits]


def train(trial: Trial, data):
    """Train a trial's network; return `(vectorizer, model, record)`, the best weights in it.

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
        model = models.network(trial, len(data.classes), vectorizer.vocabulary_size())
    epochs: list[dict] = []
    # What goes to several devices is fetched by a thread of its own, and its waiting is none.
    waiting = None if strategy else batches.Waiting()

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

    made = tag_words.batches if tagging else batches.of_texts
    training = made(train, subset.train.labels, trial.batch, trial.seed)
    if trial.buckets > 1:
        training = batches.bucketed(training, trial.batch, train.shape[1], trial.buckets)
    validation = made(valid, data.valid.labels, batches.at_once(valid))
    with strategy.scope() if strategy else contextlib.nullcontext():
        template.train(
            model,
            waiting.counted(training) if waiting else training,
            patience=max(3, math.ceil(trial.patience * trial.batch / trial.size)),
            callbacks=[Keep()],
            rate=trial.learning_rate,
            # The recurrent layers compile themselves where that is faster. A baseline has no loop
            # to gain from XLA. Keras cannot loop over batches that are split among devices.
            compiling={
                "jit_compile": "auto" if trial.model not in BLIND and trial.compiled else False,
                "steps_per_execution": 1 if strategy else TOGETHER,
            },
            validation_data=waiting.counted(validation) if waiting else validation,
            epochs=trial.epochs,
            verbose=0,
            shuffle=False,
        )
    best = int(np.argmax([epoch["valid_accuracy"] for epoch in epochs]))
    waited = waiting.seconds / sum(epoch["seconds"] for epoch in epochs) if waiting else None
    if tagging:  # the words of a sentence are no independent rows
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
    """Return the strategy that parts each batch among the devices of this machine, or None.

    One for all trials of a process: a second numbers its collective operations from the start,
    and TensorFlow takes them for those of the first, of other shapes.

    Raises:
        ValueError: where there are not two of them.
    """
    if not mirrored:
        return None
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    if len(found) < 2:
        raise ValueError(
            f"mirrored parts each batch among the GPUs of a machine; this one has "
            f"{found[0].name.removeprefix('/device:')} alone. Leave --mirrored out, or give the "
            "trial two GPUs or more."
        )
    return tf.distribute.MirroredStrategy([device.name for device in found])


def _bag_of_ngrams(trial: Trial, data) -> dict:
    """Fit TF-IDF and logistic regression: words and pairs of them, or one to three characters."""
    from sklearn.metrics import accuracy_score

    from recipes.trials import bag

    # Of words it reads the whole text; of characters, which cost a cell a step each, as many as
    # a cell does.
    letters = trial.task == CHARACTERS

    def read(split):
        if not letters:
            return split
        return dataclasses.replace(split, texts=[text[: trial.tokens] for text in split.texts])

    def score(labels, said) -> float:
        return float(accuracy_score(labels, said))

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
    """Return a row of yes and no as hexadecimal digits, four to a digit."""
    return np.packbits(right).tobytes().hex()


def unpacked(digits: str, rows: int) -> np.ndarray:
    """Return the row of yes and no."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(digits), np.uint8), count=rows).astype(bool)


def _most_frequent(trial: Trial, data) -> dict:
    """Give each word the tag it had most often in training, and unknown ones that of rare words."""
    assert trial.model == MOST_FREQUENT
    train = data.subset(trial.size).train
    seen: dict[str, Counter] = {}
    for text, tags in zip(train.texts, train.labels, strict=True):
        for word, tag in zip(text.lower().split(), tags, strict=True):
            seen.setdefault(word, Counter())[int(tag)] += 1
    # What is met once here stands for what is met for the first time there.
    rare: Counter = sum((own for own in seen.values() if own.total() == 1), Counter())
    unknown = (rare or sum(seen.values(), Counter())).most_common(1)[0][0]
    best = {word: own.most_common(1)[0][0] for word, own in seen.items()}

    def accuracy(split) -> float:
        right = [
            best.get(word, unknown) == tag
            for text, tags in zip(split.texts, split.labels, strict=True)
            for word, tag in list(zip(text.lower().split(), tags, strict=True))[: trial.tokens]
        ]
        return float(np.mean(right))

    return {
        "parameters": len(best),
        "cell_parameters": None,
        "epochs": [],
        "best_epoch": None,
        "valid_accuracy": accuracy(data.valid),
        "test_accuracy": accuracy(data.test),
        "test_loss": None,
    }
