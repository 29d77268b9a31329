"""A trial of the study: one replicate, in which everything that is random is drawn anew.

The number of a replicate, `seed`, determines the training texts, the validation texts, the initial
weights, the order of the texts and the dropout masks; they are the same for every model. The test
set is the same for all replicates: texts that no replicate may train on. A difference between two
models thus has two sources of variance, training and the test set. A record keeps which test texts
were right.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from recipes.data import brown, characters, splits, tagged
from recipes.data.splits import Split
from recipes.data.tasks import BOW, ENCODER, MOST_FREQUENT, TAGGING, WORDS
from recipes.sweeps import record, trial
from recipes.trials import frequent
from recipes.trials.trial import packed, unpacked

MAIN, WIDTH, START, EXPLORED = "main", "width", "matched starts", "explored"
OPEN = "open gate"
TUNED_ON = 1_000  # replicates from this number on are used only for tuning
TEST, VALID = 5_000, 500  # texts
TEST_OF = {"embedded_trec": 2_500}  # of smaller data sets
TAGGED = {module.NAME: module.load for module in (brown, characters)}
STRENGTHS = (0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0)  # C of logistic regression
LOOK = 50  # updates between two evaluations on validation
RESULTS: dict[str, Any] = {
    "valid_accuracy": int | float,
    "test_accuracy": int | float,
    "test_rows": int,
    "test_right": str | list,
}


def possible(record: dict) -> bool:
    """Return whether the test texts that were right are as many as a record's accuracy says."""
    right, rows = record["test_right"], record["test_rows"]
    try:
        if isinstance(right, str):
            of_rows = len(right) == 2 * -(-rows // 8)
            count = int(unpacked(right, rows).sum()) if of_rows else -1
        else:
            count = sum(right)
        return abs(count / rows - record["test_accuracy"]) < 1e-4
    except (TypeError, ValueError, ZeroDivisionError):
        return False


@dataclasses.dataclass(frozen=True)
class Trial(trial.Trial):
    """The settings of a trial. Its result depends on nothing else but software versions.

    Attributes:
        data: a name in `TAGGED`, or in `recipes.data.catalogue`.
        model: name of a cell or of a baseline.
        arm: purpose of the trial: "main", "width", "matched starts", "open gate", "explored" or
            "baseline".
        size: number of training texts.
        seed: number of the replicate.
        units: units of the cell; None for a baseline.
        task: "words" or "tagging".
        tokens: words read of a text, from its start.
        vocabulary: maximum number of words with a vector of their own.
        embedding: size of a word's vector.
        batch: batch size.
        updates: maximum number of updates. It is not in epochs: on small sets training would end
            before slow settings have learnt anything.
        patience: updates without a better validation accuracy before training stops.
        clip: maximum global norm of the gradient.
        learning_rate: learning rate of Adam.
        dropout: dropout rate of the last state.
        matched: whether, in every cell, the gates that keep the past have an initial bias of 1 and
            the recurrent matrix of each gate is orthogonal; in the arm "open gate", the bias alone.
            By default a cell has Keras's initialization: the bias of the LSTM's forget gate is 1,
            of the GRU's update gate 0.
    """

    task: str = WORDS
    tokens: int = 60
    vocabulary: int = 10_000
    embedding: int = 64
    batch: int = 32
    updates: int = 2_000
    patience: int = 500
    clip: float = 1.0
    learning_rate: float = 2e-3
    dropout: float = 0.3
    matched: bool = False

    growth: ClassVar[float] = 0.5

    def __str__(self) -> str:
        units = f" {self.units} units," if self.units else ""
        return f"{self.model},{units} {self.size:,} texts of {self.data}, replicate {self.seed}"


@dataclasses.dataclass(frozen=True, eq=False)
class Pool:
    """The texts of a data set: those that replicates draw from, and the test set.

    Attributes:
        rest, test: texts with labels; for tagging, an array of tags for each text.
        blocks: the block of each text of `rest`; texts of one block stay together.
        clusters: the same for each test text.
        classes: names of the classes.
        source, licence: source of the texts, and their terms of use.
    """

    rest: Split
    test: Split
    blocks: np.ndarray
    clusters: np.ndarray
    classes: tuple[str, ...]
    source: str
    licence: str


@functools.lru_cache(maxsize=2)
def pool(name: str) -> Pool:
    """Return the pool of a data set.

    The test set is the source's own; if it has none, at least `TEST` or `TEST_OF` texts, in whole
    blocks.
    """
    if name in TAGGED:
        corpus = TAGGED[name](0)
        return Pool(corpus.train, corpus.test, corpus.train.rows, corpus.test.rows, corpus.classes,
                    corpus.source, corpus.licence)  # fmt: skip
    from recipes.data import catalogue

    uncut = catalogue.read(name, None, None)
    parts, _ = splits.clean(uncut.parts)
    if "all" in parts:
        whole = parts["all"]
        blocks = whole.rows // uncut.block
        held = first_blocks(blocks, TEST_OF.get(name, TEST), seed=0)
        rest, test = whole.take(~held), whole.take(held)
    else:
        rest, test = parts["train"], parts["test"]
    return Pool(rest, test, rest.rows // uncut.block, test.rows // uncut.block, uncut.classes,
                uncut.source, uncut.licence)  # fmt: skip


def first_blocks(blocks: np.ndarray, least: int, seed: int) -> np.ndarray:
    """Return a mask of randomly chosen whole blocks with at least `least` rows."""
    numbers, inverse, counts = np.unique(blocks, return_inverse=True, return_counts=True)
    order = np.argsort(splits.places((f"block {number}" for number in numbers), seed))
    many = int(np.searchsorted(np.cumsum(counts[order]), least)) + 1
    return np.isin(inverse, order[:many])


def draw(name: str, size: int, seed: int) -> tuple[Split, Split]:
    """Return the training set and the validation set of a replicate.

    The `VALID` validation texts are from a tenth of the blocks; none of these is trained on.

    Raises:
        ValueError: if there are fewer than `size` texts.
    """
    texts = pool(name)
    held = first_blocks(texts.blocks, max(VALID, len(texts.rest) // 10), seed)
    rest, valid = texts.rest.take(~held), texts.rest.take(held)
    if size > len(rest):
        raise ValueError(f"{name} has {len(rest):,} texts to train on; {size:,} were asked for.")
    if name in TAGGED:
        rest, valid = (part.take(tagged.order(part, seed)) for part in (rest, valid))
    else:
        rest, valid = splits.nested(rest, seed), splits.nested(valid, seed)
    return rest.take(slice(size)), valid.take(slice(VALID))


def run(trial: Trial) -> dict:
    """Run a trial and return its record. An exception becomes a failed record."""
    fitted = {BOW: bag_of_words, MOST_FREQUENT: most_frequent, ENCODER: sentence_encoder}
    work = fitted.get(trial.model, network)
    return record.made(trial, lambda: work(trial))


def network(trial: Trial) -> dict:
    """Train a network on a replicate; evaluate its best weights on the test set."""
    import keras

    from recipes import tag_words
    from recipes.data import batches

    keras.backend.clear_session()
    keras.utils.set_random_seed(trial.seed)
    vocabulary, (train, valid, test) = numbers(
        trial.data, trial.size, trial.seed, trial.task, trial.tokens, trial.vocabulary
    )
    texts = pool(trial.data)
    model = build(trial, len(texts.classes), vocabulary)
    tagging = trial.task == TAGGING
    metrics = {"weighted_metrics" if tagging else "metrics": ["accuracy"]}
    model.compile(
        keras.optimizers.Adam(trial.learning_rate, global_clipnorm=trial.clip),
        "sparse_categorical_crossentropy",
        jit_compile=False,
        steps_per_execution=LOOK,
        **metrics,
    )
    stop = keras.callbacks.EarlyStopping(
        "val_accuracy", patience=trial.patience // LOOK, restore_best_weights=True
    )
    batched: Callable = tag_words.batches if tagging else batches.of_texts
    fitted = model.fit(
        batched(*train, trial.batch, trial.seed).repeat(),
        steps_per_epoch=LOOK,
        epochs=trial.updates // LOOK,
        validation_data=batched(*valid, VALID),
        callbacks=[stop],
        verbose=0,
    )
    scores = fitted.history["val_accuracy"]
    best = int(np.argmax(scores))
    model.steps_per_execution = 1  # `predict` unrolls more, and tracing takes seconds
    predicted = model.predict(test[0], batch_size=256, verbose=0).argmax(-1)
    if tagging:  # which words of each sentence
        right = [
            row[: len(tags)] == tags[: len(row)]
            for row, tags in zip(predicted, test[1], strict=True)
        ]
    else:
        right = predicted == test[1]
    return {
        "parameters": int(model.count_params()),
        "cell_parameters": None if trial.units is None else int(model.layers[1].count_params()),
        "updates": LOOK * len(scores),
        "best_update": LOOK * (best + 1),
        "valid_accuracy": float(scores[best]),
        "train_loss": [float(f"{loss:.4g}") for loss in fitted.history["loss"]],
        **tested(trial, right),
    }


def build(trial: Trial, classes: int, vocabulary: int):
    """Return the network of a trial, built by the templates."""
    from recipes.trials import model as models

    options = matched_start(trial) if trial.matched else {}
    return models.network(trial, classes, vocabulary, jit_compile=False, **options)


def matched_start(trial: Trial) -> dict[str, Any]:
    """Return the arguments of a layer with the initialization of `Trial.matched`."""
    import keras_gated

    keeps = {"lstm": "f", "gru": "z"}.get(trial.model)
    options: dict[str, Any] = {"gate_bias_initializer": {keeps: 1.0}} if keeps else {}
    if trial.arm != OPEN:
        options["recurrent_initializer"] = keras_gated.BlockOrthogonal(seed=trial.seed)
    return options


@functools.lru_cache(maxsize=2)
def numbers(name: str, size: int, seed: int, task: str, tokens: int, most: int):
    """Return the vocabulary size, and the token ids and labels of train, valid and test."""
    from recipes.trials import model as models

    parts = (*draw(name, size, seed), pool(name).test)
    vectorize = models.template(task).vectorizer(parts[0].texts, tokens, most)
    encoded = [(models.encoded(vectorize, part.texts), part.labels) for part in parts]
    return vectorize.vocabulary_size(), encoded


def tested(trial: Trial, right) -> dict:
    """Return the test scores, and which test texts were right.

    If texts are independent, `test_right` is a packed row of bits. Otherwise it is the number of
    correct rows in each block (words of one document, or neighbouring reviews), since those are not
    independent; `test_blocks` is then the number of rows in each.

    Args:
        trial: the settings.
        right: for each test text whether it is right; for tagging, an array for its words.
    """
    _, block = np.unique(pool(trial.data).clusters, return_inverse=True)
    sums = np.array([np.sum(row) for row in right])
    rows = np.array([np.size(row) for row in right])
    scores = {"test_accuracy": float(sums.sum() / rows.sum()), "test_rows": int(rows.sum())}
    if len(sums) == block.max() + 1:
        return {**scores, "test_right": packed(np.asarray(right))}
    counts = {"test_right": np.bincount(block, sums), "test_blocks": np.bincount(block, rows)}
    return scores | {name: count.astype(int).tolist() for name, count in counts.items()}


def bag_of_words(trial: Trial) -> dict:
    """Fit TF-IDF with logistic regression on words and pairs of words, C chosen on validation."""
    from sklearn.metrics import accuracy_score

    from recipes.trials import bag

    train, valid = draw(trial.data, trial.size, trial.seed)
    test = pool(trial.data).test
    best = bag.fit(train, valid, accuracy_score, STRENGTHS)
    return {
        "parameters": int(best.regression.coef_.size),
        "cell_parameters": None,
        "strength": best.strength,
        "valid_accuracy": float(best.tried[f"{best.strength:g}"]),
        **tested(trial, best.says(test.texts) == test.labels),
    }


def sentence_encoder(trial: Trial) -> dict:
    """Fit logistic regression on the vectors of a frozen encoder, C chosen on validation."""
    from recipes.trials import bag

    train, valid = draw(trial.data, trial.size, trial.seed)
    test = pool(trial.data).test
    rows, held = (vectors(trial.data, part.texts) for part in (train, valid))

    def scored(said) -> float:
        return float((said == valid.labels).mean())

    best, strength, tried = bag.regress(rows, train.labels, held, scored, STRENGTHS)
    right = best.predict(vectors(trial.data, test.texts)) == test.labels
    return {
        "parameters": int(best.coef_.size),
        "cell_parameters": None,
        "strength": strength,
        "valid_accuracy": tried[f"{strength:g}"],
        **tested(trial, right),
    }


@functools.lru_cache(maxsize=1)
def _encoded(name: str) -> dict[str, np.ndarray]:
    """Return the vectors of a data set's texts, as far as this process has computed them."""
    return {}


def vectors(name: str, texts: np.ndarray) -> np.ndarray:
    """Return the encoder's vectors of some texts of a data set, `(texts, 384)`."""
    from recipes.trials import encoder

    known = _encoded(name)
    new = np.array([text for text in texts if text not in known], object)
    known.update(zip(new, encoder.in_batches(new), strict=True))
    return np.stack([known[text] for text in texts])


def most_frequent(trial: Trial) -> dict:
    """Predict the most frequent class; for tagging, of each word, or of rare words if unknown."""
    train, valid = draw(trial.data, trial.size, trial.seed)
    test = pool(trial.data).test
    if trial.task != TAGGING:
        common = int(np.bincount(train.labels).argmax())
        chosen = float((valid.labels == common).mean())
        return {"valid_accuracy": chosen, **tested(trial, test.labels == common)}
    right, _ = frequent.fit(train, trial.tokens)
    return {
        "valid_accuracy": float(np.concatenate(right(valid)).mean()),
        **tested(trial, right(test)),
    }
