"""A trial of `recipes.advise`: a model on some of a user's texts, and which test rows it got right.

Which rows, not only how many: two models are tested on the same texts, and by how much one is
better is known far better from the rows on which they differ than from two numbers.
"""

import dataclasses
import math
from pathlib import Path

import numpy as np

from recipes.data import batches
from recipes.data.tasks import AVERAGE, BOW, FITTED, MOST_FREQUENT
from recipes.sweeps import record
from recipes.trials import bag, trial
from recipes.trials.trial import BASELINE, EQUAL_UNITS, Trial, packed

# Fields of a finished trial's record, beside those of `recipes.trials.trial.FIELDS`.
RESULTS = trial.RESULTS | {"valid_score": int | float, "test_score": int | float, "test_right": str}
ACCURACY, BALANCED = "accuracy", "balanced accuracy"
ONE_SIDED = 0.6  # share of the most frequent class above which accuracy hides the others


@dataclasses.dataclass(frozen=True)
class Candidate(Trial):
    """A trial of a network, that a time budget may leave out whatever its seed, or of a fit."""

    @property
    def key(self) -> str:
        """Name of the trial; the same settings have another in other recipes, which keep less."""
        return record.key(dataclasses.asdict(self) | {"recipe": "advise"})

    @property
    def growth(self) -> float:  # type: ignore[override]
        """The power of its size with which its seconds grow, from an eighth of it on."""
        more = work(self.model, self.size) / work(self.model, self.size / 8)
        return max(math.log(more) / math.log(8), 0.25)

    @property
    def optional(self) -> bool:  # type: ignore[override]
        """Whether a time budget may leave it out: what is fitted is the least one should know."""
        return self.model not in FITTED

    @property
    def group(self) -> tuple:
        """What a budget leaves out together: further seeds, which are compared in pairs.

        Of the first seeds each stands alone: a cell that takes too long must not keep others out.
        """
        return (self.size, self.seed) if self.seed else (self.size, 0, self.key)


def candidate(model: str, size: int, seed: int = 0, rate: float | None = None, **shared):
    """Return a candidate; `shared` are the settings that all of a plan have."""
    network = model not in FITTED
    units = shared.pop("units")
    recurrent = network and model != AVERAGE
    return Candidate(
        model=model,
        arm=EQUAL_UNITS if recurrent else BASELINE,
        size=size,
        seed=seed if network else 0,
        units=units if recurrent else None,
        learning_rate=Candidate.learning_rate if rate is None else rate,
        text="text",
        label="label",
        **shared,
    )


def work(model: str, size: float) -> float:
    """Return how many texts a trial passes over, which its seconds go with.

    A fit reads each once. Patience is counted in steps, so a network makes many passes over few
    texts and few over many: about as many to the best as after it.
    """
    if model in FITTED:
        return size
    least = max(3, math.ceil(Candidate.patience * Candidate.batch / size))
    return size * min(Candidate.epochs, 2 * least)


def metric(labels: np.ndarray) -> str:
    """Return what to choose by: accuracy, or the mean over the classes where one is most of all."""
    return BALANCED if np.bincount(labels).max() > ONE_SIDED * len(labels) else ACCURACY


def shares(labels: np.ndarray, measure: str) -> np.ndarray:
    """Return how much of the score each row is; they sum to 1."""
    if measure == ACCURACY:
        return np.full(len(labels), 1 / len(labels))
    counts = np.bincount(labels)
    return 1 / (counts[labels] * np.count_nonzero(counts))


def score(labels: np.ndarray, right: np.ndarray, measure: str) -> float:
    """Return the score of rows that were right or not: balanced, each class counts the same."""
    return float(shares(labels, measure) @ right)


def run(one: Candidate, weights: Path) -> dict:
    """Run a trial and return its record; a network's best weights go into the folder `weights`."""

    def work() -> dict:
        data = trial.load(one.data, one.text, one.label, one.data_seed)
        valid, test = data.valid.labels, data.test.labels
        measure = metric(data.train.labels)
        made: dict = {"parameters": None, "cell_parameters": None, "epochs": [], "best_epoch": None}
        if one.model == MOST_FREQUENT:
            most = np.bincount(data.subset(one.size).train.labels).argmax()
            said = np.full(len(valid), most), np.full(len(test), most)
        elif one.model == BOW:
            fitted = fit_bag(one, data)
            said = fitted.says(data.valid.texts), fitted.says(data.test.texts)
            made |= {"parameters": int(fitted.regression.coef_.size), "strength": fitted.strength}
            made |= {"tried": fitted.tried}
        else:
            _, model, network = trial.train(one, data)
            made |= network
            said = of_network(one, model)
            keep(model, weights / one.key)
        result = {"test_rows": len(test), "metric": measure}
        for name, labels, answers in (("valid", valid, said[0]), ("test", test, said[1])):
            right = answers == labels
            for what in (ACCURACY, BALANCED):
                result[f"{name}_{what.replace(' ', '_')}"] = score(labels, right, what)
            result[f"{name}_score"] = score(labels, right, measure)
        return made | result | {"test_right": packed(said[1] == test)}

    return record.made(one, work)


def fit_bag(one: Candidate, data, strengths=bag.STRENGTHS) -> bag.Bag:
    """Return the bag of words of a candidate, its C chosen by what all models are chosen by."""
    measure = metric(data.train.labels)

    def scored(labels, said) -> float:
        return score(labels, said == labels, measure)

    return bag.fit(data.subset(one.size).train, data.valid, scored, strengths)


def of_network(one: Candidate, model) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes that a network says of valid and of test."""
    columns = (one.data, one.text, one.label, one.data_seed)
    _, (_, *held) = trial.numbers(*columns, one.size, one.vocabulary, one.tokens, one.task)
    valid, test = (
        model.predict(part, batch_size=batches.at_once(part), verbose=0).argmax(-1) for part in held
    )
    return valid, test


def keep(model, path: Path) -> None:
    """Write a network's weights, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished.weights.h5")
    model.save_weights(unfinished)
    unfinished.rename(path.with_name(f"{path.name}.weights.h5"))


def trained(one: Candidate, weights: Path):
    """Return `(vectorizer, network)` of a trial on file: by its weights, or trained once more."""
    from recipes.trials import model as models

    data = trial.load(one.data, one.text, one.label, one.data_seed)
    file = weights / f"{one.key}.weights.h5"
    if not file.exists():
        return trial.train(one, data)[:2]
    columns = (one.data, one.text, one.label, one.data_seed)
    vectorizer, _ = trial.numbers(*columns, one.size, one.vocabulary, one.tokens, one.task)
    model = models.network(one, len(data.classes), vectorizer.vocabulary_size())
    model.load_weights(file)
    return vectorizer, model
