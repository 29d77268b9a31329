"""Which model for your own texts? Trains and compares several on them within a time budget.

    python -m recipes.advise --data my.csv --text review --label stars
    python -m recipes.advise --data my.csv --text review --label stars --minutes 60
    python -m recipes.advise --data my.jsonl --text body --label topic --cells gru mgu rg_lru

Compared are the most frequent class, a bag of words (TF-IDF with logistic regression), an average
of embeddings, the recurrent cells and, if installed, a frozen sentence encoder. One trial of each
on few texts measures the cost, which determines the number of folds, learning rates and repeats.
What does not fit is printed before the run.

The texts of a file are cross-validated: every text is tested once, and the answer says by how much
the best of the others may be better (95%). Splits of the file itself (a column "split") and of
data sets by name are kept; models are then chosen on the validation set and compared on the test
set. A learning curve on a single split estimates the gain from more texts.

Writes `runs/NAME/advice.html`, one line per trial to `runs/NAME/trials.jsonl`, and the model to
`saved_models/NAME/VERSION/`: a SavedModel from strings to your labels, whichever kind of model won.
After an interruption, or with a larger budget, the same command resumes. In a notebook, for a data
frame:

    from recipes.advise import advise
    advise(frame, text="review", label="stars")
"""

import dataclasses
import functools
import math
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from recipes import lazily
from recipes.data import intake, names, tables
from recipes.data.tasks import AVERAGE, BOW, ENCODER, MOST_FREQUENT
from recipes.sweeps import program
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome, sweep
from recipes.trials import trial
from recipes.trials.trial import Trial

advices = lazily("recipes.reports.advice")
report = lazily("recipes.reports.advice_page")
words = lazily("recipes.reports.words")
budget = lazily("recipes.trials.budget")
bag = lazily("recipes.trials.bag")
candidate = lazily("recipes.trials.candidate")
delivery = lazily("recipes.trials.delivery")
encoder = lazily("recipes.trials.encoder")

RESERVE, SHARE = 20.0, 0.1  # for the page and the model: seconds, and the most of the budget
ENCODING = 0.3  # share of the remaining time that the encoder may take
ENOUGH = 50  # texts; fewer are not cross-validated


@dataclasses.dataclass(frozen=True)
class Settings:
    """Which model for your own texts? Trains and compares several on them within a time budget."""

    data: str
    """A file (CSV, TSV, JSON, JSONL, also .gz; Parquet; Excel), or the name of a data set."""
    text: str | None = None
    """Column with the text; "text" by default."""
    label: str | None = None
    """Column with the class; "label" by default."""
    encoding: str | None = None
    """Encoding of a file that is not UTF-8, such as cp1252 (Windows) or latin-1."""
    minutes: float = 20.0
    """Time budget of this run. The bag of words always runs, with fewer values of C if need be."""
    cells: tuple[str, ...] = ("simple_rnn", "lstm", "gru")
    """Cells to try, by name."""
    units: int = 64
    """Size of each cell."""
    tokens: int | None = None
    """Words read of each text; by default enough for the whole of 95% of the texts, at most 200."""
    jobs: int = os.cpu_count() or 1
    """Number of trials to run in parallel."""
    name: str | None = None
    """Name of the folder under `runs/` and of the model; by default the name of the file."""
    runs: Path = Path("runs")
    """Folder of all runs."""
    saved_models: Path = Path("saved_models")
    """Folder of all models."""


@dataclasses.dataclass
class Advisor:
    """One run of this recipe: its settings, the recorded trials and the remaining time.

    Trials read the texts, `data`, from the file `taken`; `started` is a time of `perf_counter`.
    """

    settings: Settings
    data: Any
    taken: Any
    runs: Runs
    started: float
    console: Console
    fixed: tuple[str, ...] = (BOW,)
    searched: int | None = None
    interrupted: bool = False

    def __post_init__(self):
        self.shared: dict[str, Any] = dict(
            data=str(self.taken.path), units=self.settings.units, tokens=self.settings.tokens
        )
        self.weights = self.runs.folder / "weights"
        self.networks = (*self.settings.cells, AVERAGE)
        self.sizes = budget.sizes(len(self.data.train), len(self.data.classes))
        self.held = {1: candidate.single(self.data)}
        self.rates: dict[str, float] = dict.fromkeys(self.networks, Trial.learning_rate)
        self.strengths = bag.STRENGTHS
        self.plan: list[str] = []

    @property
    def folds(self) -> int:
        """The number of folds of the answer."""
        return max(self.held)

    @property
    def outcome(self) -> Outcome:
        """How the run ended; what its budget cut is in `cuts`."""
        return Outcome([], self.interrupted, time.perf_counter() - self.started)

    def left(self) -> float:
        """Return the seconds of the budget that are left for trials."""
        budget = 60 * self.settings.minutes
        return budget - min(RESERVE, SHARE * budget) - (time.perf_counter() - self.started)

    def trial(self, model: str, size: int, seed: int = 0, **more):
        """Return a trial with the settings that all trials of this run share."""
        if model in self.fixed:
            more = {"strengths": self.strengths} | more
        return candidate.candidate(model, size, seed, **self.shared, **more)

    def records(self, folds: int | None = None) -> list[dict]:
        """Return the finished trials with this run's settings, including those of the search."""
        return [
            record
            for record in self.runs.records()
            if (record["data"], record["status"]) == (self.shared["data"], "done")
            and record["settings"]["tokens"] == self.settings.tokens
            and record["model"] in (*self.networks, *self.fixed, MOST_FREQUENT)
            and record["units"] in (None, self.settings.units)
            and folds in (None, record["settings"]["folds"])
        ]

    def counted(self) -> list[dict]:
        """Return the finished trials with the chosen learning rate of their model, each once."""
        chosen = {
            (record["model"], record["size"], record["seed"], record["settings"]["folds"]): record
            for record in self.records()
            if budget.rate(record) == self.rates.get(record["model"], Trial.learning_rate)
        }
        return [*chosen.values()]

    def failed(self) -> list[str]:
        """Return the failed trials on these texts, each with its reason."""
        return [
            f"{record['model']}, {record['size']:,} texts, seed {record['seed']}: "
            f"{record['reason']}"
            for record in self.runs.records()
            if (record["data"], record["status"]) == (self.shared["data"], "failed")
        ]

    def sweep(self, plan: list[Trial]) -> None:
        """Run the trials that are not recorded yet, within the budget."""
        if not self.interrupted and not all(self.runs.done(one.key) for one in plan):
            run = functools.partial(candidate.run, weights=self.weights)
            minutes = max(self.left(), 0.0) / 60
            outcome = sweep(plan, run, self.runs, self.settings.jobs, minutes, self.console)
            self.interrupted = outcome.interrupted

    def measure(self) -> None:
        """Run each model once on the smallest subset."""
        few = self.sizes[0]
        plan = [self.trial(model, few) for model in (BOW, AVERAGE, *self.settings.cells)]
        if not all(self.runs.done(one.key) for one in plan):
            self.say(f"First each model once on {few:,} texts, to see what a trial costs here.")
            self.sweep(plan)

    def search(self) -> None:
        """Choose each network's learning rate on validation, with the largest affordable subset."""
        known, jobs = self.records(), self.settings.jobs
        size = budget.search_size(known, self.networks, self.sizes, self.left(), jobs)
        if size is not None and not self.interrupted:
            rates = ", ".join(f"{rate:g}" for rate in budget.RATES)
            self.say(f"Learning rates {rates} on {size:,} texts, the best on validation.")
            self.sweep(
                [self.trial(m, size, rate=rate) for m in self.networks for rate in budget.RATES]
            )
        self.rates = budget.best_rates(self.records(folds=1), self.networks, size)
        self.searched = size

    def encode(self) -> None:
        """Compute the vectors of the sentence encoder, if it is installed and there is time."""
        if self.interrupted:
            return
        if not encoder.installed():
            self.say(f"The sentence encoder is not installed; `{encoder.INSTALL}` adds it.")
            return

        most = ENCODING * max(self.left(), 0.0)

        def say(seconds: float) -> None:
            told = f"The sentence encoder reads every text once: about {seconds / 60:.1f} minutes"
            self.say(told + ("." if seconds <= most else "; there is no time for it."))

        if encoder.encode(self.shared["data"], most, say):
            self.fixed = (BOW, ENCODER)

    def compare(self) -> None:
        """Print what is expected to fit into the budget, then run it."""
        if self.interrupted:
            return
        known, left, jobs = self.records(), self.left(), self.settings.jobs
        # The best on few texts come first, in case the time is too short.
        hopes = {one["model"]: one["valid_score"] for one in self.records(folds=1)}
        networks = sorted(self.networks, key=lambda model: -hopes.get(model, 0.0))
        texts = sum(map(len, (self.data.train, self.data.valid, self.data.test)))
        if self.taken.free and texts >= ENOUGH:
            share = 1 - 1 / candidate.VALID
            train = {k: int(share * texts * (1 - 1 / k)) for k in budget.FOLDS}
            folds = budget.choose_folds(known, (BOW, *networks), train, left, jobs)
            self.held[folds] = candidate.cut(self.taken.path, folds)
        full = self.held[self.folds].train
        self.strengths = budget.strengths(known, full, self.folds, left)
        plan = [one for one in self.planned(networks) if not self.runs.done(one.key)]
        if budget.forecast(plan, known, left, jobs).seconds > left:
            # Of the baselines, which always run, only what the answer needs.
            plan = [one for one in plan if one.optional or one.folds == self.folds]
        self.foretell(plan, known, left)
        self.sweep(plan)

    def planned(self, networks: list[str]) -> list[Any]:
        """Return the trials in order: the folds of each model, a learning curve, and repeats."""

        def trials(models, size, seeds, folds):
            return [
                self.trial(m, size, seed, rate=self.rates.get(m), folds=folds)
                for m in models
                for seed in seeds
            ]

        folds, full = self.folds, self.held[self.folds].train
        plan = trials((MOST_FREQUENT, *self.fixed, *networks), full, range(folds), folds)
        for size in reversed(self.sizes):
            plan += trials((*self.fixed, *networks), size, (0,), 1)
        for repeat in range(1, budget.SEEDS if folds == 1 else budget.REPEATS):
            plan += trials(networks, full, range(repeat * folds, (repeat + 1) * folds), folds)
        return list(dict.fromkeys(plan))

    def foretell(self, plan: list[Any], known: list[dict], left: float) -> None:
        """Print what fits into the budget, what does not, and what is done about it."""
        folds, jobs, full = self.folds, self.settings.jobs, self.held[self.folds].train
        answer = {one for one in plan if (one.folds, one.size) == (folds, full)}
        expected = budget.forecast(plan, known, left, jobs)
        fits = [one for one in expected.fits if one in answer]
        lacks = [one for one in expected.lacks if one in answer and one.seed < folds]
        needed = RESERVE + budget.forecast(lacks, known, math.inf, jobs).seconds
        fewer = () if self.strengths == bag.STRENGTHS else self.strengths
        for line in words.sentences(
            "budget.txt.j2",
            "foretold",
            folds=folds,
            full=full,
            seconds=expected.seconds,
            left=max(left, 0.0),
            models=_names(one.model for one in fits),
            curve=len({one.size for one in expected.fits if one not in answer}),
            repeats=len({one.seed // folds for one in fits} - {0}),
            more_folds=1 < folds < max(budget.FOLDS),
            fewer_strengths=", ".join(f"{strength:g}" for strength in fewer),
            lacking=_names(one.model for one in lacks),
            minutes=math.ceil(needed / 60) + 1,
        ):
            self.say(line)

    def say(self, line: str) -> None:
        """Print a line of the plan, and store it for the page."""
        self.plan.append(line)
        self.console.print(f"plan: {line}", markup=False, highlight=False)

    def cuts(self, answer) -> list[str]:
        """Return what was left out because of the budget."""
        return words.sentences(
            "budget.txt.j2",
            "cuts",
            missing=_names(answer.missing),
            few_seeds=not (answer.missing or answer.crossed) and len(answer.network.records) < 3,
            default_rate=f"{Trial.learning_rate:g}" if self.searched is None else None,
        )

    def best(self) -> dict[str, dict]:
        """Return each model's trial with most training texts, of those the best on validation."""

        def rank(record: dict) -> tuple:
            folds = record["settings"]["folds"]
            return record["size"], -folds, record["valid_score"], -record["seed"]

        return {record["model"]: record for record in sorted(self.counted(), key=rank)}

    def write(self, answer) -> dict[str, tuple[Path, Any]]:
        """Write the winner and the best network; return their folders and trials by model.

        Weights are deleted then, except those of each model's best trial.
        """
        name, best, written = str(self.settings.name), self.best(), {}
        folders = {answer.winner.model: name}
        if answer.network is not None:
            folders.setdefault(answer.network.model, f"{name}_{answer.network.model}")
        folders.pop(MOST_FREQUENT, None)
        for model, folder in folders.items():
            record = best[model]
            one = self.trial(
                model, record["size"], record["seed"],
                rate=budget.rate(record), folds=record["settings"]["folds"],
            )  # fmt: skip
            path = self.settings.saved_models / folder
            path = delivery.write(path, one, record, self.weights, self.console)
            written[model] = path, one
        needed = {f"{record['key']}.weights.h5" for record in best.values()}
        for file in self.weights.glob("*.h5"):
            if file.name not in needed:
                file.unlink()
        return written


def main(settings: Settings, console: Console) -> int:
    """Run the recipe. Return the exit code: 0 finished, 1 invalid settings, 130 interrupted."""
    return run(settings, console)[0]


def run(settings: Settings, console: Console) -> tuple[int, Path | None]:
    """Run the recipe. Return the exit code of `main`, and the folder of the chosen model."""
    started = time.perf_counter()
    try:
        settings = completed(settings)
        check(settings)
        console.print("reading the texts ...")
        folder = settings.runs / str(settings.name)
        with names.option("data"):
            columns = settings.text, settings.label
            taken = intake.take(settings.data, *columns, folder, settings.encoding)
        data = trial.load(str(taken.path), "text", "label", Trial.data_seed)
        runs = Runs(folder, trial.FIELDS, candidate.RESULTS)
    except (ValueError, OSError, RuntimeError) as error:
        return program.refuse(error, console), None
    if settings.tokens is None:
        settings = dataclasses.replace(settings, tokens=intake.words_read(data))
    assert settings.tokens is not None, "it has just been set"
    notes = [*taken.notes, *intake.described(data, settings.tokens)]
    for note in notes:
        console.print(f"  {note}", markup=False, highlight=False, style="dim")
    with runs:
        program.warn(runs, console)
        advisor = Advisor(settings, data, taken, runs, started, console)
        if count := len(advisor.records()):
            console.print(f"{count} trials are on file in {runs.path}", markup=False)
        try:
            advisor.measure()
            advisor.encode()
            advisor.search()
            advisor.compare()
            for failure in advisor.failed():
                console.print(f"failed: {failure}", markup=False, style="red", highlight=False)
            answer = advices.find(advisor.counted(), advisor.held, advisor.networks)
            if answer is None:
                return unanswered(advisor, console), None
            written = advisor.write(answer)
        except OSError as error:
            return program.refuse(error, console), None
        of_run = facts(advisor, answer, notes, written)
        report.tell(console, answer, of_run)
        page = report.write(runs.folder, answer, of_run)
        console.print(f"the page: {page}", markup=False, soft_wrap=True)
        code = program.conclude(advisor.outcome, advisor.records(), console)
        return code, written.get(answer.winner.model, (None, None))[0]


def advise(
    frame, *, text: str = "text", label: str = "label", name: str = "frame", **settings: Any
) -> dict[str, Any]:
    """Run the recipe on a data frame, for notebooks.

        found = advise(frame, text="review", label="stars", minutes=10)
        found["page"], found["model"]              # paths; the model is None if no model is useful

    Args:
        frame: a pandas data frame. If it has a column "split" (train, valid, test), that split is
            used.
        text, label: names of columns.
        name: name of the folder under `runs/` and of the model.
        settings: other fields of `Settings`.

    Raises:
        ValueError: for invalid settings or data.
    """
    frame, text, label = frame.rename(columns=str), str(text), str(label)
    own = Settings("", text, label, name=name, **settings)
    names.check_folder(name)
    for column in (text, label):
        if column not in frame.columns:
            raise ValueError(names.unknown("column", column, frame.columns))
    columns = dict.fromkeys([text, label, *(c for c in ("split",) if c in frame.columns)])
    file = own.runs / name / f"{name}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        frame[[*columns]].to_parquet(file, index=False)
    except (TypeError, ValueError) as error:  # a column of several types
        raise ValueError(
            f"a column of {', '.join(map(repr, columns))} holds values of several types; convert "
            f"it, as in frame[{label!r}].astype(str): {error}"
        ) from error
    screen = program.console(record=True)
    code, model = run(dataclasses.replace(own, data=str(file)), screen)
    if code == 1:
        raise ValueError(screen.export_text().strip())
    return {"page": own.runs / name / "advice.html", "model": model, "finished": code == 0}


def completed(settings: Settings) -> Settings:
    """Return the settings with a name, and with cell names as they are recorded."""
    stem = re.sub(r"[^\w.-]+", "_", Path(settings.data.removesuffix(".gz")).stem).strip(".")
    name = (stem or "data") if settings.name is None else settings.name
    return dataclasses.replace(settings, name=name, cells=names.cells(settings.cells))


def check(settings: Settings) -> None:
    """Raise an error for invalid settings, before anything runs."""
    program.check(settings, ("cells",), units=1, jobs=1, tokens=1)
    if not (settings.minutes > 0 and math.isfinite(settings.minutes)):
        raise ValueError(f"--minutes is a number above 0; received {settings.minutes}.")
    names.check_folder(settings.name)
    program.check_writable("saved-models", settings.saved_models / str(settings.name))
    if tables.is_file(settings.data):
        path = Path(settings.data).expanduser()
        tables.check(path, settings.text or "text", settings.label or "label", settings.encoding)


def _names(models: Iterable[str]) -> list[str]:
    return [advices.LABELS.get(model, model) for model in dict.fromkeys(models)]


def unanswered(advisor: Advisor, console: Console) -> int:
    """Explain that there is no answer, as no trial has finished on all texts."""
    if advisor.interrupted:
        console.print("interrupted before a baseline ended; the same command goes on from here")
        return 130
    console.print("No trial on all texts came to its end, so there is nothing to say.")
    return 1


def facts(
    advisor: Advisor, answer: Any, notes: list[str], written: dict[str, tuple[Path, Any]]
) -> dict:
    """Return what the page reports about the run itself."""
    data, taken = advisor.data, advisor.taken
    run = program.facts("recipes.advise", advisor.cuts(answer), advisor.outcome)
    rates = ", ".join(
        f"{advices.LABELS.get(model, model)} {rate:g}" for model, rate in advisor.rates.items()
    )
    folder, one = written.get(answer.winner.model, (None, None))
    return run | {
        "name": taken.name,
        "source": taken.source,
        "licence": taken.licence,
        "notes": notes,
        "classes": data.classes,
        "counts": np.bincount(data.train.labels, minlength=len(data.classes)).tolist(),
        "mistakes": delivery.mistakes(folder, delivery.load(one)) if one else None,
        "plan": [*advisor.plan, f"Learning rates in the end: {rates}."],
        "units": advisor.settings.units,
        "models": {model: str(folder) for model, (folder, _) in written.items()},
        "failed": advisor.failed(),
        "machine": f"{run['machine']}, {advisor.settings.jobs} trials at once",
        "seconds": advisor.outcome.seconds,
        "finished": time.strftime("%Y-%m-%d %H:%M"),
    }


if __name__ == "__main__":
    program.start("recipes.advise", Settings, main, __doc__)
