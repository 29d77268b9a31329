"""A trial that trains a cell on a memory task of one length; a pure function of its settings."""

import dataclasses
import math
import time
from typing import Any

import numpy as np

from recipes.sweeps import record, trial
from recipes.trials import starts
from recipes.trials.memory_tasks import COPIED, TASKS

# Fields of a finished trial's record, in addition to `recipes.trials.trial.FIELDS`.
RESULTS: dict[str, Any] = {
    "valid_accuracy": int | float,
    "test_accuracy": int | float,
    "test_rows": int,
}
SOLVED = 0.995  # validation accuracy at which training stops
FLOW_ROWS, FLOW_POINTS = 16, 40


@dataclasses.dataclass(frozen=True)
class Trial(trial.Trial):
    """The settings of a trial. Its result depends on nothing else but software versions.

    Attributes:
        data: the task, a name in `TASKS`.
        model: name of a cell.
        arm: initialization, one of `starts.STARTS`.
        size: N, the number of timesteps in between.
        seed: seed of the initial weights and of the examples, which are the same for every cell.
        units: units of the cell.
        filler: name of the data set whose words fill the sequence, or a file of texts.
        embedding: size of a word's or symbol's vector.
        batch: batch size.
        steps: maximum number of training steps; training stops earlier if the task is solved.
        tested: steps between two evaluations on the validation examples.
        learning_rate: learning rate of Adam.
        clip: maximum global norm of the gradient.
        curriculum: whether training starts with an eighth of N and doubles the length up to N,
            over half of its steps.
        flow: the largest N at which the gradient flow is measured.
    """

    units: int = 64
    filler: str = "embedded_imdb"
    embedding: int = 32
    batch: int = 32
    steps: int = 1_500
    tested: int = 50
    learning_rate: float = 2e-3
    clip: float = 1.0
    curriculum: bool = False
    flow: int = 200

    @property
    def optional(self) -> bool:  # type: ignore[override]
        """Whether a time budget may leave it out; a first look at short lengths always runs."""
        return self.seed > 0 or self.size > 10

    def __str__(self) -> str:
        start = "" if self.arm == starts.DEFAULT else f" ({self.arm} start)"
        return f"{TASKS[self.data].title}, {self.model}{start}, N = {self.size:,}, seed {self.seed}"


def run(trial: Trial) -> dict:
    """Run a trial and return its record. An exception becomes a failed record."""
    return record.made(trial, lambda: train(trial))


def train(trial: Trial) -> dict:
    """Train and evaluate; return the results to record."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(trial.seed)
    task = TASKS[trial.data]
    draw = {
        part: np.random.default_rng([number, trial.seed, trial.size])
        for number, part in enumerate(("train", "valid", "test"))
    }
    valid, test = (
        task.draw(draw[part], count, trial.size, part, trial.filler)
        for part, count in (("valid", 500), ("test", 1_000))
    )
    model = network(trial, valid[0].shape[1:])
    flows = {"before": _flow(trial, model, test)} if trial.size <= trial.flow else {}

    epochs: list[dict] = []
    best, weights = -1.0, None
    for number in range(-(-trial.steps // trial.tested)):
        started = time.perf_counter()
        length = _length(trial, number)
        x, y = task.draw(draw["train"], trial.tested * trial.batch, length, "train", trial.filler)
        fitted = model.fit(x, y, batch_size=trial.batch, shuffle=False, verbose=0)
        score = float(task.right(model.predict(valid[0], 500, verbose=0), valid[1]).mean())
        epochs.append(
            {
                "train_loss": float(fitted.history["loss"][0]),
                "valid_accuracy": score,
                "seconds": round(time.perf_counter() - started, 3),
            }
        )
        if score > best:
            best, weights, best_epoch = score, model.get_weights(), number + 1
        if score >= SOLVED:
            break
    model.set_weights(weights)
    if flows:
        flows["after"] = _flow(trial, model, test)
    outputs = model.predict(test[0], 500, verbose=0)
    middle = model.layers[-2]
    return {
        "parameters": int(model.count_params()),
        "cell_parameters": int(middle.count_params()),
        "epochs": epochs,
        "best_epoch": best_epoch,
        "valid_accuracy": best,
        "test_accuracy": float(task.right(outputs, test[1]).mean()),
        "test_rows": len(test[0]),
        "test_loss": float(np.mean(keras.losses.get(model.loss)(test[1], outputs))),
        "flow": flows,
    }


def network(trial: Trial, shape: tuple[int, ...]):
    """Return the compiled, initialized model of a trial for inputs of a shape."""
    import keras

    from recipes.trials import model as models

    task = TASKS[trial.data]
    steps = (None,) if trial.curriculum else shape[:1]  # with a fixed length XLA compiles once
    named = task.numbers is not None
    layers = [keras.Input((*steps, *shape[1:]), dtype="int32" if named else "float32")]
    if named:
        layers.append(keras.layers.Embedding(task.numbers, trial.embedding, name="embedding"))
    start = starts.arguments(trial.model, trial.arm, trial.units, shape[0], trial.seed)
    cell = models.cell(trial.model)(trial.units, return_sequences=task.every_step, **start)
    answer = keras.layers.Dense(task.classes or 1, "softmax" if task.classes else None)
    model = keras.Sequential([*layers, cell, answer])
    model.compile(
        keras.optimizers.Adam(trial.learning_rate, global_clipnorm=trial.clip),
        "sparse_categorical_crossentropy" if task.classes else "mse",
    )
    return model


def _length(trial: Trial, epoch: int) -> int:
    """Return the length of an epoch's examples."""
    if not trial.curriculum:
        return trial.size
    share = epoch * trial.tested / trial.steps
    return math.ceil(trial.size / 2 ** max(0, 3 - int(share * 6)))


def _flow(trial: Trial, model, test) -> dict[str, list]:
    """Return the gradient's norms by state, and their distances from the last timestep."""
    import keras

    import keras_gated

    inputs, wanted = test[0][:FLOW_ROWS], test[1][:FLOW_ROWS]

    def loss(_, outputs):
        if not TASKS[trial.data].classes:
            return keras.losses.mean_squared_error(wanted, outputs)
        each = keras.losses.sparse_categorical_crossentropy(wanted, outputs)
        return keras.ops.mean(each[:, -COPIED:], axis=-1) if TASKS[trial.data].every_step else each

    (flow,) = keras_gated.gradient_flow(model, inputs, None, loss=loss).values()
    # Each row's gradient is of the loss averaged over rows, so the sum is the mean over rows.
    norms = {state: of_rows.sum(0) for state, of_rows in flow.norms.items()}
    steps = inputs.shape[1]
    back = np.unique(np.geomspace(1, steps, FLOW_POINTS).round().astype(int)) - 1
    return {"back": back.tolist()} | {
        state: [float(f"{norm:.4g}") for norm in of_state[::-1][back]]
        for state, of_state in norms.items()
    }
