"""Language models over characters: the alphabet, one trial, and writing with a trained model.

The score is the cross entropy in bits per character, of the characters of a text that the model
has read up to there:

    bits = -1/N sum_t log2 p(c_t | c_1 ... c_{t-1})
"""

import dataclasses
import datetime
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_gated
from keras_gated.truncated import Chunks, ResetStates
from recipes.sweeps import record
from recipes.trials import model as models
from recipes.trials import ngrams

NGRAM = "counts"  # the baseline: how often did this character follow the last few?
ORDER = 5  # at most; validation says how many
UNKNOWN = "\ufffd"
SAMPLE = 300  # characters of the sample that a record keeps
# Fields of a record beside those of every recipe, and of a finished trial's; `Runs` checks them.
FIELDS: dict[str, Any] = {"characters": int, "seed": int, "units": int | None, "settings": dict}
RESULTS: dict[str, Any] = {
    "parameters": int | None,
    "epochs": list,
    "best_epoch": int | None,
    "valid_bits": int | float,
    "test_bits": int | float,
    "sample": str | None,
}


class Alphabet:
    """The characters that have a number: the most frequent of a text; 0 is any other.

    Args:
        letters: the characters of the numbers 1, 2, ...
    """

    def __init__(self, letters: str):
        self.letters = letters
        codes = _codes(letters)
        self._order = np.argsort(codes)
        self._codes = codes[self._order]

    @classmethod
    def of(cls, text: str, size: int) -> "Alphabet":
        """Return the alphabet of a text, with at most `size` numbers."""
        codes, counts = np.unique(_codes(text), return_counts=True)
        kept = codes[np.argsort(-counts, kind="stable")[: size - 1]]
        return cls("".join(map(chr, sorted(kept))))

    def __len__(self) -> int:
        return len(self.letters) + 1

    def numbers(self, text: str) -> np.ndarray:
        """Return the number of each character of a text."""
        codes = _codes(text)
        places = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        known = self._codes[places] == codes
        return np.where(known, self._order[places] + 1, 0).astype("int32")


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


@dataclasses.dataclass(frozen=True)
class Trial:
    """Everything that a trial's result depends on, but for the versions of what runs it.

    Attributes:
        data: name of a text or path of a file, as `recipes.data.corpus.load` takes it.
        model: a cell's name, or "counts".
        characters: how many characters of the training text are read.
        seed: of the first weights and of dropout.
        units: size of each recurrent layer; None for the baseline.
        text: column of the user's own table.
        layers: number of recurrent layers.
        alphabet: most different characters that have a number of their own.
        embedding: size of a character's vector.
        rows: places of the text that are read side by side.
        steps: characters of a chunk, over which gradients flow back.
        dropout: fraction of each recurrent layer's output that is dropped in training.
        learning_rate: of Adam, its gradients scaled to a norm of 1 where they exceed it.
        epochs: most passes over the text.
        patience: passes without fewer bits on validation before training stops.
    """

    data: str
    model: str
    characters: int
    seed: int = 0
    units: int | None = None
    text: str | None = None
    layers: int = 1
    alphabet: int = 256
    embedding: int = 32
    rows: int = 16
    steps: int = 64
    dropout: float = 0.1
    learning_rate: float = 4e-3
    epochs: int = 20
    patience: int = 2

    @property
    def key(self) -> str:
        """Name of the trial: the same settings give the same key, in every process."""
        return record.key(dataclasses.asdict(self))

    @property
    def needed(self) -> int:
        """The fewest characters that each part of the text must have: one batch of chunks."""
        return self.rows * self.steps + 1

    def __str__(self) -> str:
        units = f" {self.layers} x {self.units} units," if self.units else ""
        return f"{self.model},{units} {self.characters:,} characters of {self.data}"


def network(one: Trial, letters: int) -> keras.Sequential:
    """Return the model from characters `(rows, steps)` to a logit for each character next."""
    layer = models.cell(one.model)
    inner: list[keras.layers.Layer] = []
    for _ in range(one.layers):
        inner.append(layer(one.units, return_sequences=True, stateful=True))
        inner.append(keras.layers.Dropout(one.dropout))
    return keras.Sequential(
        [
            keras.Input(batch_shape=(one.rows, one.steps), dtype="int32"),
            keras.layers.Embedding(letters, one.embedding),
            *inner,
            keras.layers.Dense(letters),
        ],
        name=f"{one.model}_language_model",
    )


def parameters(one: Trial, letters: int) -> int:
    """Return how many numbers the model of a trial learns."""
    count = letters * one.embedding + (one.units or 0) * letters + letters
    features = one.embedding
    for _ in range(one.layers):
        count += models.cell_parameters(one.model, one.units or 1, features)
        features = one.units or 1
    return count


def run(one: Trial, corpus, alphabet: Alphabet, folder: Path, report=None) -> dict:
    """Run a trial and return its record; the model, if there is one, goes to `folder/KEY.keras`.

    Whatever goes wrong in it becomes a failed record.

    Args:
        one: the settings.
        corpus: the `Corpus` that they name.
        alphabet: of its whole training text.
        folder: for the models.
        report: function called with `(epoch, share of it that is done, scores so far)`.
    """
    started = time.perf_counter()
    numbers = [
        alphabet.numbers(text)
        for text in (corpus.train[: one.characters], corpus.valid, corpus.test)
    ]
    work = _count if one.model == NGRAM else _train
    result = record.outcome(lambda: work(one, numbers, alphabet, folder, report))
    settings = dataclasses.asdict(one)
    named = {name: settings.pop(name) for name in ("data", "model", "characters", "seed", "units")}
    return {
        "key": one.key,
        **named,
        **result,
        "letters": len(alphabet),
        "unknown": [round(float((part == 0).mean()), 6) for part in numbers],
        "seconds": round(time.perf_counter() - started, 2),
        "settings": settings,
        "commit": record.commit(),
        "versions": record.versions(),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _count(one: Trial, numbers, alphabet: Alphabet, folder: Path, report) -> dict:
    train, valid, test = numbers
    of_valid, of_test = (ngrams.bits(train, part, len(alphabet), ORDER) for part in (valid, test))
    order = int(np.argmin(of_valid))
    return {
        "parameters": None,
        "order": order,
        "epochs": [],
        "best_epoch": None,
        "valid_bits": of_valid[order],
        "test_bits": of_test[order],
        "sample": None,
    }


def _train(one: Trial, numbers, alphabet: Alphabet, folder: Path, report) -> dict:
    keras.backend.clear_session()
    keras.utils.set_random_seed(one.seed)
    train, valid, test = (Chunks(part, one.rows, one.steps) for part in numbers)
    model = network(one, len(alphabet))
    model.compile(
        keras.optimizers.Adam(one.learning_rate, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    keep = _Keep(len(train), report)
    stop = keras.callbacks.EarlyStopping(
        "val_loss", mode="min", patience=one.patience, restore_best_weights=True
    )
    model.fit(
        train,
        validation_data=valid,
        shuffle=False,
        epochs=one.epochs,
        callbacks=[ResetStates(), keep, stop],
        verbose=0,
    )
    scores = [epoch["valid_bits"] for epoch in keep.epochs]
    if not all(map(math.isfinite, scores)):
        raise ValueError("the loss is not finite; lower the learning rate.")
    loss = model.evaluate(test, callbacks=[ResetStates()], verbose=0)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{one.key}.unfinished.keras"
    model.save(unfinished)
    unfinished.rename(folder / f"{one.key}.keras")
    sample = "".join(write(model, alphabet, "\n", SAMPLE, 0.8, one.seed))
    return {
        "parameters": int(model.count_params()),
        "epochs": keep.epochs,
        "best_epoch": 1 + scores.index(min(scores)),
        "valid_bits": min(scores),
        "test_bits": float(loss) / math.log(2),
        "sample": sample,
    }


class _Keep(keras.callbacks.Callback):
    """Keeps each epoch's scores and seconds, and reports on the way."""

    def __init__(self, batches: int, report):
        super().__init__()
        self.epochs: list[dict] = []
        self._batches, self._report = batches, report

    def on_epoch_begin(self, epoch, logs=None):
        self._started = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if self._report:
            self._report(len(self.epochs), (batch + 1) / self._batches, self.epochs)

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(
            {
                "train_bits": float(logs["loss"]) / math.log(2),
                "valid_bits": float(logs["val_loss"]) / math.log(2),
                "seconds": round(time.perf_counter() - self._started, 3),
            }
        )
        if self._report:
            self._report(len(self.epochs), 0.0, self.epochs)


def write(
    model: keras.Model,
    alphabet: Alphabet,
    prompt: str,
    length: int,
    temperature: float,
    seed: int | None = None,
) -> Iterator[str]:
    """Yield the characters that a model writes after a prompt, each as soon as it is drawn.

    Args:
        model: from characters to logits, as `network` makes it; its states are not touched.
        alphabet: the model's.
        prompt: what the model reads first; at least one character of the alphabet.
        length: how many characters to write.
        temperature: logits are divided by it: below 1 the likely becomes likelier; at 0 the
            likeliest is always taken.
        seed: of the draws; None for others each time.
    """
    rng = np.random.default_rng(seed)
    piece, carried = alphabet.numbers(prompt)[None], None
    for _ in range(length):
        logits, carried = keras_gated.stream(model, piece, carried)
        logits = np.array(keras.ops.convert_to_numpy(logits)[0, -1], "float64")
        logits[0] = -np.inf  # no number of its own, so nothing that could be written
        if temperature > 0:
            shares = np.exp((logits - logits.max()) / temperature)
            number = int(rng.choice(len(shares), p=shares / shares.sum()))
        else:
            number = int(logits.argmax())
        yield alphabet.letters[number - 1]
        piece = np.array([[number]], "int32")
