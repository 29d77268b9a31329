"""A trial of `recipes.advise`: a model on some of a user's texts, and which test rows it got right.

A record keeps which rows are right, not only how many. All models are tested on the same texts, so
the rows on which two models differ estimate their difference far more precisely than two scores.

In cross-validation the seed of a trial is also its fold: seed s tests fold s modulo the number of
folds, so further seeds repeat the folds with other initial weights.
"""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd

from recipes.data import batches
from recipes.data.tasks import AVERAGE, BOW, ENCODER, FITTED, MOST_FREQUENT
from recipes.sweeps import record
from recipes.trials import bag, trial
from recipes.trials.trial import BASELINE, EQUAL_UNITS, Trial, packed

# Fields of a finished trial's record, in addition to `recipes.trials.trial.FIELDS`.
RESULTS = trial.RESULTS | {"valid_score": int | float, "test_score": int | float, "test_right": str}
FIXED = (*FITTED, ENCODER)  # models that a seed does not change
ACCURACY, BALANCED = "accuracy", "balanced accuracy"
VALID = 9  # one text in so many of those that a fold does not test is for validation
ONE_SIDED = 0.6  # share of the most frequent class above which accuracy hides the other classes


@dataclasses.dataclass(frozen=True)
class Candidate(Trial):
    """A trial of a fitted baseline, or of a network, which a time budget may cut at any seed.

    Attributes:
        folds: number of folds; with 1 the split of `data` is used.
    """

    strengths: tuple[float, ...] = bag.STRENGTHS
    folds: int = 1

    @property
    def file(self) -> str:
        """The file that the trial reads: `data`, or that of its fold."""
        return str(fold_file(self.data, self.seed % self.folds, self.folds))

    @property
    def key(self) -> str:
        """Name of the trial. Other recipes keep less in a record, so their keys differ."""
        return record.key(dataclasses.asdict(self) | {"recipe": "advise"})

    @property
    def growth(self) -> float:  # type: ignore[override]
        """Exponent with which a trial's seconds grow with its size, from an eighth of it on."""
        more = work(self.model, self.size) / work(self.model, self.size / 8)
        return max(math.log(more) / math.log(8), 0.25)

    @property
    def optional(self) -> bool:  # type: ignore[override]
        """Whether a time budget may leave it out; fitted baselines always run."""
        return self.model not in FIXED

    @property
    def group(self) -> tuple:
        """Trials that a budget cuts together: the folds of a model, and repeats for all models.

        What comes first is cut model by model: one slow cell must not exclude the others.
        """
        repeat = self.seed // self.folds
        return (self.folds, self.size, repeat, None if repeat else self.model)


def candidate(model: str, size: int, seed: int = 0, rate: float | None = None, **shared):
    """Return a candidate; `shared` are the settings that all trials of a plan share."""
    network = model not in FIXED
    units = shared.pop("units")
    recurrent = network and model != AVERAGE
    return Candidate(
        model=model,
        arm=EQUAL_UNITS if recurrent else BASELINE,
        size=size,
        seed=seed if network else seed % shared.get("folds", 1),
        units=units if recurrent else None,
        learning_rate=Candidate.learning_rate if rate is None else rate,
        text="text",
        label="label",
        **shared,
    )


def fold_file(path: str, fold: int, folds: int) -> Path:
    """Return the file of a fold; the file of the texts itself if there is only one."""
    whole = Path(path)
    return whole if folds == 1 else whole.parent / f"fold-{fold}-of-{folds}" / whole.name


@dataclasses.dataclass(frozen=True, eq=False)
class HeldOut:
    """The rows on which trials are tested, in the order of the test set or of the whole file.

    Attributes:
        labels: class of each row.
        fold: the fold that tests each row.
        train: number of training texts, the same for each fold.
        measure: accuracy or balanced accuracy.
    """

    labels: np.ndarray
    fold: np.ndarray
    train: int
    measure: str

    @property
    def folds(self) -> int:
        """Number of folds; 1 for a single test set."""
        return int(self.fold.max()) + 1


def single(data) -> HeldOut:
    """Return the test set of a split."""
    labels = data.test.labels
    return HeldOut(labels, np.zeros(len(labels), int), len(data.train), metric(data.train.labels))


def cut(path: Path, folds: int) -> HeldOut:
    """Cut the texts of a file into folds, class by class, and write a file for each fold.

    Each fold trains on at least one text of every class, as each class has three or more. Of the
    rest of a class, one text in `VALID` is for validation; of fewer, one, if there are two.
    """
    table = pd.read_parquet(path)[["text", "label"]]
    ordered = table.sample(frac=1, random_state=0).sort_values("label", kind="stable")
    ordered["fold"] = np.arange(len(ordered)) % folds
    of_rows = ordered["fold"].sort_index().to_numpy()
    train = len(table)
    for fold in range(folds):
        rest = ordered[ordered["fold"] != fold]
        of_label = rest.groupby("label")["fold"]
        nth, count = of_label.cumcount(), of_label.transform("size")
        last = np.minimum(count, VALID) - 1
        split = pd.Series("test", table.index)
        split[rest.index] = np.where((nth % VALID == last) & (count > 1), "valid", "train")
        train = min(train, int((split == "train").sum()))
        file = fold_file(str(path), fold, folds)
        if not file.exists() or [*pd.read_parquet(file, columns=["split"])["split"]] != [*split]:
            file.parent.mkdir(exist_ok=True)
            unfinished = file.with_suffix(".unfinished")
            table.assign(split=split).to_parquet(unfinished, index=False)
            unfinished.rename(file)
    classes = trial.load(str(fold_file(str(path), 0, folds)), "text", "label", 0).classes
    labels = pd.Categorical(table["label"], categories=list(classes)).codes.astype(int)
    return HeldOut(labels, of_rows, train, metric(labels))


def work(model: str, size: float) -> float:
    """Return the number of texts processed by a trial, to which its seconds are proportional.

    A fitted baseline reads each text once. Patience is counted in steps, so a network makes many
    passes over few texts and few passes over many: about as many before the best epoch as after it.
    """
    if model in FIXED:
        return size
    least = max(3, math.ceil(Candidate.patience * Candidate.batch / size))
    return size * min(Candidate.epochs, 2 * least)


def metric(labels: np.ndarray) -> str:
    """Return the metric to choose by: accuracy, or balanced accuracy if one class dominates."""
    return BALANCED if np.bincount(labels).max() > ONE_SIDED * len(labels) else ACCURACY


def shares(labels: np.ndarray, measure: str) -> np.ndarray:
    """Return the weight of each row in the score; the weights sum to 1."""
    if measure == ACCURACY:
        return np.full(len(labels), 1 / len(labels))
    counts = np.bincount(labels)
    return 1 / (counts[labels] * np.count_nonzero(counts))


def score(labels: np.ndarray, right: np.ndarray, measure: str) -> float:
    """Return the score of rows that are right or wrong; balanced, each class counts equally."""
    return float(shares(labels, measure) @ right)


def run(one: Candidate, weights: Path) -> dict:
    """Run a trial and return its record; a network's best weights are saved in the folder
    `weights`.
    """

    def work() -> dict:
        local = dataclasses.replace(one, data=one.file)
        data = trial.load(local.data, one.text, one.label, one.data_seed)
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
        elif one.model == ENCODER:
            regression, strength, tried = fit_encoder(one, data)
            held = (encoded(one, split) for split in (data.valid, data.test))
            said = tuple(regression.predict(vectors) for vectors in held)
            made |= {"parameters": int(regression.coef_.size), "strength": strength, "tried": tried}
        else:
            _, model, network = trial.train(local, data)
            made |= network
            said = of_network(local, model)
            keep(model, weights / one.key)
        result = {"test_rows": len(test), "metric": measure}
        for name, labels, answers in (("valid", valid, said[0]), ("test", test, said[1])):
            right = answers == labels
            for what in (ACCURACY, BALANCED):
                result[f"{name}_{what.replace(' ', '_')}"] = score(labels, right, what)
            result[f"{name}_score"] = score(labels, right, measure)
        return made | result | {"test_right": packed(said[1] == test)}

    return record.made(one, work)


def fit_bag(one: Candidate, data) -> bag.Bag:
    """Fit the bag of words of a candidate; C is chosen by the metric used for all models."""
    measure = metric(data.train.labels)

    def scored(labels, said) -> float:
        return score(labels, said == labels, measure)

    return bag.fit(data.subset(one.size).train, data.valid, scored, one.strengths)


def fit_encoder(one: Candidate, data):
    """Fit logistic regression on the vectors of texts; return it, its C and the scores by C."""
    measure = metric(data.train.labels)

    def scored(said) -> float:
        return score(data.valid.labels, said == data.valid.labels, measure)

    train = data.subset(one.size).train
    held = encoded(one, data.valid)
    return bag.regress(encoded(one, train), train.labels, held, scored, one.strengths)


def encoded(one: Candidate, split) -> np.ndarray:
    """Return the stored vectors of a split's texts, `(texts, 384)`."""
    from recipes.trials import encoder

    vectors = encoder.stored(one.data)
    if vectors is None:
        raise ValueError("The texts have not been encoded; call recipes.trials.encoder.encode.")
    return vectors[split.rows - 1]  # rows of a Parquet file are counted from 1


def of_network(one: Candidate, model) -> tuple[np.ndarray, np.ndarray]:
    """Return a network's predicted classes for valid and test."""
    columns = (one.data, one.text, one.label, one.data_seed)
    _, (_, *held) = trial.numbers(*columns, one.size, one.vocabulary, one.tokens, one.task)
    valid, test = (
        model.predict(part, batch_size=batches.at_once(part), verbose=0).argmax(-1) for part in held
    )
    return valid, test


def keep(model, path: Path) -> None:
    """Save a network's weights atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished.weights.h5")
    model.save_weights(unfinished)
    unfinished.rename(path.with_name(f"{path.name}.weights.h5"))


def trained(one: Candidate, weights: Path):
    """Return `(vectorizer, network)` of a recorded trial, from its weights or by training again."""
    from recipes.trials import model as models

    local = dataclasses.replace(one, data=one.file)
    data = trial.load(local.data, one.text, one.label, one.data_seed)
    file = weights / f"{one.key}.weights.h5"
    if not file.exists():
        return trial.train(local, data)[:2]
    columns = (local.data, one.text, one.label, one.data_seed)
    vectorizer, _ = trial.numbers(*columns, one.size, one.vocabulary, one.tokens, one.task)
    model = models.network(one, len(data.classes), vectorizer.vocabulary_size())
    model.load_weights(file)
    return vectorizer, model
