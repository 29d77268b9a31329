"""A trial of a language model: bits per character of a held-out text.

bits = -1/N sum_t log2 p(c_t | c_1 ... c_{t-1})
"""

import dataclasses
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from recipes import lazily
from recipes.data import corpus
from recipes.sweeps import record, trial
from recipes.trials import ngrams

# Imported lazily: they import TensorFlow, and mistakes on the command line are reported before.
language_model = lazily("recipes.language_model")
models = lazily("recipes.trials.model")

NGRAM = "counts"  # the n-gram baseline
ARM = "characters"
ORDER = 5  # maximum order; the order is chosen on validation
SAMPLE = 300  # characters of generated text that a record keeps
# Fields of a record in addition to every recipe's, and of a finished trial's, for `Runs`.
FIELDS: dict[str, Any] = {"characters": int, "seed": int, "units": int | None, "settings": dict}
RESULTS: dict[str, Any] = {
    "parameters": int | None,
    "epochs": list,
    "best_epoch": int | None,
    "valid_bits": int | float,
    "test_bits": int | float,
    "sample": str | None,
}


@dataclasses.dataclass(frozen=True)
class Trial(trial.Trial):
    """The settings of a trial. Its result depends on nothing else but software versions.

    Attributes:
        data: name of a text or path of a file, as in `recipes.data.corpus.load`.
        model: name of a cell, or "counts".
        arm: `ARM`.
        size: number of training characters.
        seed: seed of the initial weights and of dropout.
        units: units of each recurrent layer; None for the baseline.
        text: column of the user's own table.
        layers: number of recurrent layers.
        alphabet: maximum number of different characters with an id of their own.
        embedding: size of a character's vector.
        rows: batch size: positions of the text that are read in parallel.
        steps: characters per chunk; gradients flow back within a chunk.
        dropout: dropout rate of each recurrent layer's output.
        learning_rate: learning rate of Adam; gradients are clipped to a global norm of 1.
        epochs: maximum number of epochs.
        patience: epochs without an improvement on validation before training stops.
    """

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
    def group(self) -> tuple:
        """Trials that a budget cuts together: all cells of one size."""
        return self.size, self.units, self.seed

    @property
    def needed(self) -> int:
        """Minimum number of characters in each part of the text: one batch of chunks."""
        return self.rows * self.steps + 1

    def __str__(self) -> str:
        units = f" {self.layers} x {self.units} units," if self.units else ""
        return f"{self.model},{units} {self.size:,} characters of {self.data}"


def network(trial: Trial, letters: int):
    """Return the model of a trial, built by the template."""
    layers = language_model.recurrent(
        trial.model, trial.units, trial.layers, trial.dropout, stateful=True
    )
    return language_model.build(layers, letters, trial.rows, trial.steps, trial.embedding)


def parameters(trial: Trial, letters: int) -> int:
    """Return the number of trainable parameters of a trial's model."""
    count = letters * trial.embedding + (trial.units or 0) * letters + letters
    features = trial.embedding
    for _ in range(trial.layers):
        count += models.cell_parameters(trial.model, trial.units or 1, features)
        features = trial.units or 1
    return count


@record.cached(maxsize=1)
def load(name: str, text: str | None, size: int) -> tuple[Any, str]:
    """Return a text, and the alphabet of its whole training part."""
    parts = corpus.load(name, text)
    return parts, language_model.alphabet(parts.train, size - 1)


def run(trial: Trial, folder: Path) -> dict:
    """Run a trial and return its record; a model, if any, is saved as `folder/KEY.keras`.

    An exception becomes a failed record.
    """

    def work() -> dict:
        text, letters = load(trial.data, trial.text, trial.alphabet)
        numbers = [
            language_model.numbers(part, letters)
            for part in (text.train[: trial.size], text.valid, text.test)
        ]
        result = (_count if trial.model == NGRAM else _train)(trial, numbers, letters, folder)
        unknown = [round(float((part == 0).mean()), 6) for part in numbers]
        return result | {"letters": len(letters) + 1, "unknown": unknown, "characters": trial.size}

    return record.made(trial, work)


def _count(trial: Trial, numbers, letters: str, folder: Path) -> dict:
    train, valid, test = numbers
    of_valid, of_test = (
        ngrams.bits(train, part, len(letters) + 1, ORDER) for part in (valid, test)
    )
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


def _train(trial: Trial, numbers, letters: str, folder: Path) -> dict:
    import keras

    from keras_gated.truncated import Chunks, ResetStates

    keras.backend.clear_session()
    keras.utils.set_random_seed(trial.seed)
    train, valid, test = (Chunks(part, trial.rows, trial.steps) for part in numbers)
    model = network(trial, len(letters) + 1)
    started = time.perf_counter()
    history = language_model.train(
        model,
        train,
        valid,
        trial.patience,
        rate=trial.learning_rate,
        epochs=trial.epochs,
        verbose=0,
    ).history
    seconds = round((time.perf_counter() - started) / len(history["loss"]), 3)
    epochs = [
        {"train_bits": loss / math.log(2), "valid_bits": val / math.log(2), "seconds": seconds}
        for loss, val in zip(history["loss"], history["val_loss"], strict=True)
    ]
    scores = [epoch["valid_bits"] for epoch in epochs]
    if not all(map(math.isfinite, scores)):
        raise ValueError("the loss is not finite; lower the learning rate.")
    loss = model.evaluate(test, callbacks=[ResetStates()], verbose=0)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{trial.key}.unfinished.keras"
    model.save(unfinished)
    unfinished.rename(folder / f"{trial.key}.keras")
    sample = "".join(language_model.write(model, letters, "\n", SAMPLE, 0.8, trial.seed))
    return {
        "parameters": int(model.count_params()),
        "epochs": epochs,
        "best_epoch": 1 + scores.index(min(scores)),
        "valid_bits": min(scores),
        "test_bits": float(loss) / math.log(2),
        "sample": sample,
    }
