"""`recipes.advise` as users run it, on small files; and its conclusions, on made-up trials."""

import contextlib
import csv
import functools
import io
import json
import random
import re
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy.stats import norm

from recipes import advise
from recipes.data import intake, splits
from recipes.data import texts as data
from recipes.reports import advice, stats
from recipes.reports import advice_page as advice_report
from recipes.reports.advice import BOUNDED, CLEAR, SAFE, UNDECIDED
from recipes.sweeps import record as records
from recipes.trials import bag, budget, candidate, delivery, encoder, trial
from recipes.trials import model as models
from recipes.trials.candidate import ACCURACY, BALANCED
from tests.recipes import here, texts
from tests.recipes.serving import STRANGE, served

ROOT = Path(__file__).parent.parent.parent


def command(folder, *more):
    path = folder / "reviews.csv"
    if not path.exists():
        texts.write(path)
    return [
        *(sys.executable, "-m", "recipes.advise", "--data", str(path)),
        *("--text", "review", "--label", "stars", "--runs", str(folder / "runs")),
        *("--saved-models", str(folder / "models"), "--units", "4", "--cells", "gru"),
        *("--jobs", "2", *more),
    ]


def run(folder, *more):
    """Run it in this process; return its exit code and output."""
    _, _, _, *arguments = command(folder, *more)
    return here.run(advise, *arguments)


def lines(folder):
    file = folder / "runs" / "reviews" / "trials.jsonl"
    written = file.read_text() if file.exists() else ""
    return [json.loads(line) for line in written[: written.rfind("\n") + 1].splitlines()]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run with a budget for every model, with few trials of each, and its output."""
    folder = tmp_path_factory.mktemp("advise")
    with few_trials():
        code, printed = run(folder, "--minutes", "30")
    assert code == 0, printed
    return folder, printed


@contextlib.contextmanager
def few_trials():
    """One learning rate, two folds, short trainings and no encoder, whatever the budget."""
    short = functools.partial(candidate.candidate, epochs=6, compiled=False)
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(budget, "RATES", (candidate.Candidate.learning_rate,))
        patches.setattr(budget, "FOLDS", (2,))
        patches.setattr(budget, "REPEATS", 1)
        patches.setattr(candidate, "candidate", short)
        patches.setattr(encoder, "installed", lambda: False)
        yield


def test_the_page_answers_and_the_terminal_says_the_same(finished):
    folder, printed = finished
    page = (folder / "runs" / "reviews" / "advice.html").read_text()
    plain = " ".join(re.sub("<[^>]*>", " ", page).split())
    for said in ("2-fold cross-validation", "What more texts would bring", "plan:"):
        assert said in printed
    for title in ("All models", "How to use it", "The texts", "What one may not conclude"):
        assert title in plain
    headline = re.search(r"Which model for reviews.csv\? (.*) \((.*)\)", printed)
    assert headline[2] == UNDECIDED, "two folds are too few"
    assert f"{headline[1]} " in plain or f"{headline[1]} (" in plain
    for outside in ("<script", "<link", "src=", "http://", "@import"):
        assert outside not in page.replace("http://www.w3.org", "")


def test_every_trial_is_a_line_with_what_was_right(finished):
    folder, _ = finished
    found = lines(folder)
    models = {record["model"] for record in found}
    assert models == {"most_frequent", "bow", "average", "gru"}
    assert {record["status"] for record in found} == {"done"}
    assert len({record["key"] for record in found}) == len(found)
    for record in found:
        right = trial.unpacked(record["test_right"], record["test_rows"])
        assert abs(right.mean() - record["test_accuracy"]) < 1e-6


def test_the_models_are_served_without_this_package_and_say_the_users_labels(finished, tmp_path):
    folder, _ = finished
    given = [*STRANGE, b"a fine lovely bright warm film", b"the film was dull and grim and poor"]
    cards = sorted((folder / "models").glob("*/*/card.json"))
    kinds = {json.loads(card.read_text())["model"] for card in cards}
    assert kinds & {"gru", "average"}, "a network is written, whatever won"
    assert {path.parent.parent.name for path in cards} >= {"reviews"}
    answers = served(tmp_path, given, *(card.parent for card in cards))
    for card, got in zip(cards, answers, strict=True):
        assert set(got["label"]) <= {"good", "bad"}
        assert np.allclose(np.sum(got["probabilities"], axis=1), 1, atol=1e-5)
        told = json.loads(card.read_text())
        same, rows = map(int, re.findall(r"\d+", told["same_as_tested"]))
        assert same == rows == told["test_rows"]
        if told["test_accuracy"] > 0.9:
            assert got["label"][-2:] == ["good", "bad"], "it has learnt what the words mean"


def test_started_again_it_goes_on_and_writes_no_model_twice(finished):
    folder, _ = finished
    before = lines(folder)
    with few_trials():
        code, printed = run(folder, "--minutes", "0.01")
    assert code == 0, printed
    assert f"{len(before)} trials are on file" in printed
    assert lines(folder) == before
    newest = json.loads((folder / "models" / "reviews" / "1" / "card.json").read_text())
    if newest["model"] == "bow":
        assert not (folder / "models" / "reviews" / "2").exists()


def test_a_budget_of_less_than_a_trial_gives_the_baselines_and_says_so(tmp_path):
    code, printed = run(tmp_path, "--minutes", "0.000001")
    assert code == 0, printed
    assert {record["model"] for record in lines(tmp_path)} == {"most_frequent", "bow"}
    assert "Not decided: of the GRU and the average of embeddings no trial" in printed
    assert "texts of GRU and average of embeddings: nothing is said" in printed
    assert "plan: No time for" in printed, "it is said before the comparison starts"
    assert "with more minutes" in printed
    assert (tmp_path / "models" / "reviews" / "1" / "saved_model.pb").exists()


def test_why_a_trial_failed_is_said(tmp_path, monkeypatch):
    work = candidate.run

    def broken(one, weights):
        return records.made(one, lambda: 1 // 0) if one.model == "bow" else work(one, weights)

    monkeypatch.setattr(candidate, "run", broken)
    code, printed = run(tmp_path, "--minutes", "0.000001")
    assert code == 0, printed
    reason = r"bow, \d+ texts, seed 0: ZeroDivisionError: integer division or modulo by zero"
    assert re.search(f"failed: {reason}", printed)
    assert re.search(reason, (tmp_path / "runs" / "reviews" / "advice.html").read_text())


def test_a_split_of_the_file_is_kept(tmp_path):
    path = texts.write(tmp_path / "reviews.csv")
    frame = pd.read_csv(path)
    frame["split"] = np.where(
        frame.index < 90, "train", np.where(frame.index < 105, "valid", "test")
    )
    frame.to_csv(path, index=False)
    code, printed = run(tmp_path, "--minutes", "0.000001")
    assert code == 0, printed
    assert {record["settings"]["folds"] for record in lines(tmp_path)} == {1}
    assert {(record["size"], record["test_rows"]) for record in lines(tmp_path)} == {(90, 15)}
    assert "did best on validation" in printed
    assert "fold" not in printed.replace(str(tmp_path), "")


def killed(folder, after, how):
    process = subprocess.Popen(
        command(folder, "--minutes", "0.5", "--jobs", "1"), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, cwd=ROOT,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while len(lines(folder)) < after and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(how)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def test_ctrl_c_ends_with_what_there_is(tmp_path):
    code, output = killed(tmp_path, 2, signal.SIGINT)
    assert code == 130, output
    assert "goes on from" in output
    assert "Traceback" not in output
    kept = lines(tmp_path)
    assert len({record["key"] for record in kept}) == len(kept) >= 2


@pytest.mark.slow
def test_killed_at_random_moments_no_trial_is_lost_or_done_twice(tmp_path):
    rng = random.Random(0)
    kept: list = []
    for _ in range(5):
        killed(tmp_path, len(kept) + rng.randint(0, 2), signal.SIGKILL)
        assert lines(tmp_path)[: len(kept)] == kept
        kept = lines(tmp_path)
    code, printed = run(tmp_path, "--minutes", "0.5")
    assert code == 0, printed
    keys = [record["key"] for record in lines(tmp_path)]
    assert len(keys) == len(set(keys))


# Bad input


def table(path, rows, columns=("review", "stars")):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def some(count, label):
    return [(f"text number {k} of {label}", label) for k in range(count)]


def refused(tmp_path, path, **more):
    screen = io.StringIO()
    asked = {"text": "review", "label": "stars"} | more
    settings = advise.Settings(
        data=str(path), runs=tmp_path / "runs", saved_models=tmp_path / "models", **asked
    )
    code = advise.main(settings, Console(file=screen, width=10_000))
    assert code == 1
    assert not list((tmp_path / "runs").glob("*/trials.jsonl")), "nothing was begun"
    return screen.getvalue()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([(f"text {k}", f"id-{k}") for k in range(30)], "looks like an id or free text"),
        ([(f"text {k}", str(k)) for k in range(200)], "looks like a regression target"),
        ([(f"text {k}", f"{k / 4}") for k in range(30)], "It looks like a regression target"),
        (
            [("the same text", "ab"[k % 2]) for k in range(30)],
            "30 of 30 texts are empty, repeat another",
        ),
        (some(30, "good"), "there is nothing to tell apart"),
        ([*some(30, "good"), ("one alone", "bad")], "'good' 30, 'bad' 1|'bad' 1, 'good' 30"),
        ([], "has columns but no rows"),
    ],
)
def test_labels_and_texts_that_cannot_work_are_refused(tmp_path, rows, told):
    assert re.search(told, refused(tmp_path, table(tmp_path / "my.csv", rows)))


@pytest.mark.parametrize(
    ("content", "more", "told"),
    [
        (b"", {}, "is empty"),
        (b"review,stars\ncaf\xe9,1\n", {}, "0xe9 is not UTF-8; save the file as UTF-8"),
        (b"review,stars\nx,1\n", {"label": "star"}, "known: review, stars. Did you mean 'stars'?"),
        (b"review,stars\nx,1\n", {"cells": ("grru",)}, "Did you mean 'gru'"),
        (b"review,stars\nx,1\n", {"minutes": 0.0}, "--minutes is a number above 0"),
        (b"review,stars\nx,1\n", {"name": "a/b"}, "name of one folder"),
        (b"review,stars\nx,1\n", {"name": ".."}, "name of one folder"),
        (b"review,stars\nx,1\n", {"cells": ("rg_lru", "RGLRU")}, "each once"),
    ],
)
def test_files_and_settings_that_cannot_work_are_refused(tmp_path, content, more, told):
    path = tmp_path / "my.csv"
    path.write_bytes(content)
    assert told in refused(tmp_path, path, **more)


def test_lists_as_labels_are_refused_and_no_file_too(tmp_path):
    path = tmp_path / "my.jsonl"
    path.write_text('{"review": "x", "stars": ["a", "b"]}\n')
    assert "a text has one class here" in refused(tmp_path, path)
    assert "there is no such file" in refused(tmp_path, tmp_path / "none.csv")


def test_rare_classes_are_left_out_and_named(tmp_path):
    rows = [*some(40, "a"), *some(30, "b"), ("alone", "rare"), ("x", "pair"), ("X", "pair")]
    path = table(tmp_path / "my.csv", rows)
    taken = intake.take(str(path), "review", "stars", tmp_path)
    note = next(note for note in taken.notes if "left out" in note)
    assert "'pair', 'rare'; 3 of 73 rows" in note
    read = data.load(taken.path)
    assert read.classes == ("a", "b")
    assert len(read.train) + len(read.valid) + len(read.test) == 70
    for part in (read.train, read.valid, read.test):
        assert all(
            f"of {read.classes[k]}" in t for t, k in zip(part.texts, part.labels, strict=True)
        )


def test_what_was_taken_is_named_by_what_it_holds(tmp_path):
    path = table(tmp_path / "my.csv", [*some(40, "a"), *some(30, "b")])
    first = intake.take(str(path), "review", "stars", tmp_path / "runs").path
    assert intake.take(str(path), "review", "stars", tmp_path / "runs").path == first
    table(path, [*some(40, "a"), *some(31, "b")])
    assert intake.take(str(path), "review", "stars", tmp_path / "runs").path != first
    assert len(data.load(first).train) < 70, "the first is still there as it was"


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["1.0", "2.0"], ("1.0", "2.0")),
        (["10.0", "2.0"], ("2.0", "10.0")),
        (["1", "1.0", "2"], ("1", "2")),
        (["01", "1", "2"], ("01", "1", "2")),
        (["1.0", "x"], ("1.0", "x")),
    ],
)
def test_whole_floats_are_classes(tmp_path, labels, classes):
    rows = [row for label in labels for row in some(10, label)]
    found = data.load(table(tmp_path / "my.csv", rows), text="review", label="stars")
    assert found.classes == classes


def test_a_text_of_a_megabyte_is_read(tmp_path):
    rows = [*some(40, "a"), *some(30, "b"), ("long " * 200_000, "a")]
    taken = intake.take(str(table(tmp_path / "my.csv", rows)), "review", "stars", tmp_path)
    read = data.load(taken.path)
    assert intake.words_read(read) == 5
    notes = " ".join(intake.described(read, 5))
    assert "longest" in notes
    assert "words; " in notes
    one = candidate.candidate("bow", len(read.train), data=str(taken.path), units=4, tokens=5)
    assert candidate.run(one, tmp_path)["status"] == "done"
    tracemalloc.start()
    vectorizer = models.vectorizer(list(read.train.texts), 100, 5, "words")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "long" in vectorizer.get_vocabulary()
    assert peak < 50e6, "a place as wide as the longest text for each would take 200 MB"


# What is concluded


def labels_of(*counts):
    return np.repeat(np.arange(len(counts)), counts)


def standing(model, rights, measure=ACCURACY, labels=None, size=1000, valid=0.5, folds=1):
    """Return a standing of made-up answers, `(seeds, rows)`, or of one repeat of some folds."""
    rights = np.atleast_2d(rights)
    labels = labels_of(rights.shape[1] // 2, -(-rights.shape[1] // 2)) if labels is None else labels
    fold = np.arange(len(labels)) % folds
    if folds > 1:
        rights = [rights[0][fold == k] for k in range(folds)]
    records = tuple(
        {
            "model": model, "size": size, "seed": seed, "valid_score": valid,
            "test_accuracy": float(right.mean()), "test_right": trial.packed(right),
            "seconds": 1.0 + len(model), "parameters": 10, "strength": 1.0,
            "settings": {"learning_rate": 0.002, "folds": folds},
            "key": f"{model} {size} {seed}", "units": None, "status": "done",
        }
        for seed, right in enumerate(rights)
    )  # fmt: skip
    return advice.Standing(model, size, records, candidate.HeldOut(labels, fold, size, measure))


def drawn(rng, seeds, rows, share, common=None):
    common = rng.random(rows) if common is None else common
    return common[None] + rng.normal(0, 0.15, (seeds, rows)) < share


def test_packed_answers_come_back():
    right = np.random.default_rng(0).random(37) < 0.5
    assert (trial.unpacked(trial.packed(right), 37) == right).all()


def test_balanced_accuracy_counts_classes_alike():
    labels = labels_of(90, 10)
    right = labels == 0
    assert candidate.score(labels, right, ACCURACY) == pytest.approx(0.9)
    assert candidate.score(labels, right, BALANCED) == pytest.approx(0.5)
    assert candidate.metric(labels) == BALANCED
    assert candidate.metric(labels_of(50, 50)) == ACCURACY


def test_an_interval_of_a_lead_holds_the_truth_as_often_as_it_says():
    """Two models with a known lead, random seeds and test rows: 95% of intervals must cover it."""
    rng = np.random.default_rng(0)
    held, wide = 0, 0
    trials = 300
    for _ in range(trials):
        common = rng.random(300)  # the rows: how hard each is
        skill = rng.normal(0, 0.02, (2, 5))  # of seeds
        rights = [
            rng.random((5, 300)) < np.clip(base + skill[m][:, None] - 0.6 * (common - 0.5), 0, 1)
            for m, base in ((0, 0.75), (1, 0.70))
        ]
        lead = advice.lead(standing("gru", rights[0]), standing("lstm", rights[1])).difference
        held += lead.low <= 0.05 <= lead.high
        wide += lead.low <= 0.20 <= lead.high
    assert held / trials >= 0.92
    assert wide / trials < 0.05, "the control: an interval that holds everything tells nothing"


def found(*standings, networks=("gru", "lstm")):
    records = [record for one in standings for record in one.records]
    held = {one.held.folds: one.held for one in standings if one.size == 1000}
    return advice.find(records, held, networks)


def advised(*rights, folds=5):
    """Return the advice on cells with made-up answers, in one repeat of some folds."""
    names = [f"cell_{k}" for k in range(len(rights))]
    made = [standing(name, right, folds=folds) for name, right in zip(names, rights, strict=True)]
    return found(*made, networks=names)


def test_verdicts():
    rng = np.random.default_rng(1)
    common = rng.random(3000)
    good, same = (drawn(rng, 1, 3000, 0.9, common) for _ in range(2))
    bad = drawn(rng, 1, 3000, 0.6, common)
    told = advised(good, bad)
    assert (told.winner.model, told.verdict, told.cost) == ("cell_0", CLEAR, 0.0)
    assert advised(bad, good).winner.model == "cell_1"
    assert advised(good, same).verdict == SAFE
    few = advised(good[:, :150], same[:, rng.permutation(3000)[:150]])
    assert few.verdict == BOUNDED
    assert few.cost > advice.MARGIN
    seed = advice.lead(standing("gru", good), standing("lstm", bad))
    assert seed.difference.low is None, "one seed has no interval"
    assert found(standing("gru", good), standing("lstm", bad)).verdict == UNDECIDED
    fitted = advice.lead(standing("bow", good), standing("most_frequent", bad))
    assert fitted.difference.low > 0, "what no seed changes has the error of the rows alone"


def test_single_test_set_has_no_part_in_the_choice():
    rng = np.random.default_rng(2)
    better = standing("gru", drawn(rng, 3, 400, 0.9), valid=0.70)
    chosen = standing("lstm", drawn(rng, 3, 400, 0.6), valid=0.71)
    told = found(better, chosen)
    assert told.winner.model == "lstm"
    assert told.cost > 0.2
    assert "costs at most" in " ".join(advice_report.sentences("answer", told))


# The bound on the cost


def crossed_answers(rng, rows, folds, scores, training, alike=0.7):
    """Return made-up answers, `(models, rows)`: models are right on much the same rows.

    Of the variance of `training`, the standard deviation of a trained model's score, folds share
    1 / `folds`, as Nadeau and Bengio assume for training sets that overlap.
    """
    fold = np.arange(rows) % folds
    shape = len(scores), folds
    luck = np.sqrt(1 - 1 / folds) * rng.normal(size=shape)
    luck += np.sqrt(1 / folds) * rng.normal(size=(len(scores), 1))
    reach = norm.ppf(np.array(scores)[:, None] + np.array(training)[:, None] * luck)[:, fold]
    own = rng.normal(size=(len(scores), rows))
    return np.sqrt(alike) * rng.normal(size=rows) + np.sqrt(1 - alike) * own < reach


@pytest.mark.parametrize(
    ("rows", "folds", "scores", "training"),
    [
        (250, 5, (0.75, 0.73), (0.0, 0.02)),
        (250, 10, (0.75, 0.72, 0.72, 0.72), (0.0, 0.02, 0.02, 0.02)),
        (2_500, 5, (0.75, 0.74, 0.74), (0.0, 0.01, 0.01)),
        (2_500, 3, (0.75, 0.74), (0.0, 0.0)),
        (600, 3, (0.97, 0.95, 0.95), (0.0, 0.02, 0.02)),
    ],
)
def test_the_choice_costs_no_more_than_its_bound(rows, folds, scores, training):
    """The best model is known here; 95% of bounds must cover what the choice truly costs."""
    rng = np.random.default_rng(11)
    covered, too_low = [], []
    for _ in range(150):
        told = advised(*crossed_answers(rng, rows, folds, scores, training), folds=folds)
        cost = max(scores) - scores[int(told.winner.model[-1])]
        covered.append(cost <= told.cost)
        too_low.append(cost <= told.cost - 0.1)
    assert np.mean(covered) >= 0.92
    assert np.mean(too_low) < 0.92, "the control: a bound that covers everything tells nothing"


def test_a_bound_that_says_nothing_is_none():
    """With few folds the interval of a difference may span more than all scores."""
    good = np.random.default_rng(15).random(600) < 0.99
    for folds, lucky in ((2, np.arange(600) % 2), (3, np.arange(600) % 3)):
        told = advised(good, np.where(lucky, good, np.arange(600) % 4 > 1), folds=folds)
        (lead,) = told.leads.values()
        assert lead.cost(0.95) > 0.4
        assert lead.difference.low >= told.winner.test.low - 1
        assert lead.difference.high <= told.winner.test.high
        cost = told.cost
        assert cost is None if folds == 2 else cost < 0.1
        said = " ".join(advice_report.sentences("answer", told))
        assert ("In 2 folds the training runs differ too much" in said) == (cost is None)


def test_of_two_equal_models_the_bound_is_small():
    """250 texts in all; a single test set of a tenth of them says next to nothing."""
    rng = np.random.default_rng(12)
    crossed, alone, names = [], [], ("bow", "most_frequent")
    for _ in range(100):
        rights = crossed_answers(rng, 250, 5, (0.75, 0.75), (0.0, 0.0))
        crossed.append(advised(*rights).cost)
        tenth = [standing(model, right[::10]) for model, right in zip(names, rights, strict=True)]
        alone.append(found(*tenth, networks=()).cost)
    assert np.median(crossed) < 0.04
    assert np.median(crossed) < np.median(alone) / 2


def test_without_an_error_of_training_the_interval_is_that_of_the_rows():
    rng = np.random.default_rng(13)
    values = rng.integers(-1, 2, 400).astype(float)
    folds = np.arange(400) % 5
    once = stats.cross_validated(values, np.zeros(400))
    assert once.seeds is None
    assert once.estimate.mean == pytest.approx(values.mean())
    even = values - np.array([values[folds == k].mean() for k in range(5)])[folds] + values.mean()
    assert stats.cross_validated(even, folds).rows == pytest.approx(once.rows, rel=0.02)
    assert stats.cross_validated(even, folds).seeds == 0
    lucky = even + np.array([-0.3, -0.1, 0.0, 0.1, 0.3])[folds]
    wide = stats.cross_validated(lucky, folds)
    assert wide.seeds > 0.2 > once.rows
    assert wide.estimate.half > wide.rows


def test_folds_test_every_text_once_and_train_on_every_class(tmp_path):
    rows = [*some(60, "a"), *some(40, "b"), *some(3, "rare")]
    taken = intake.take(str(table(tmp_path / "my.csv", rows)), "review", "stars", tmp_path)
    assert taken.free
    for folds in (2, 5, 10):
        held = candidate.cut(taken.path, folds)
        tested = []
        for fold in range(folds):
            read = data.load(candidate.fold_file(str(taken.path), fold, folds))
            assert set(read.train.labels) == {0, 1, 2}
            assert len(read.train) >= held.train
            assert (held.labels[held.fold == fold] == read.test.labels).all()
            tested += [*read.test.texts]
        assert len(tested) == len(set(tested)) == 103
        sizes = np.bincount(held.fold)
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("each", [3, 8, 10, 16])
def test_folds_of_few_texts_a_class_validate_on_every_class(tmp_path, each):
    names = [f"intent {number}" for number in range(10)]
    rows = [row for name in names for row in some(each, name)]
    taken = intake.take(str(table(tmp_path / "my.csv", rows)), "review", "stars", tmp_path)
    for folds in budget.FOLDS:
        held = candidate.cut(taken.path, folds)
        for fold in range(folds):
            read = data.load(candidate.fold_file(str(taken.path), fold, folds))
            assert read.subset(held.train).train.labels.shape == (held.train,)
            classes = {*read.train.labels}
            assert len(classes) == 10
            fewest = np.bincount([*read.train.labels, *read.valid.labels]).min()
            assert fewest < 2 or {*read.valid.labels} == classes


def test_folds_of_an_earlier_release_are_written_again(tmp_path):
    taken = intake.take(
        str(table(tmp_path / "my.csv", [*some(8, "a"), *some(8, "b")])),
        "review",
        "stars",
        tmp_path,
    )
    candidate.cut(taken.path, 2)
    file = candidate.fold_file(str(taken.path), 0, 2)
    good = file.read_bytes()
    parts = pd.read_parquet(file)
    parts.assign(split=parts["split"].replace("valid", "train")).to_parquet(file, index=False)
    candidate.cut(taken.path, 2)
    assert file.read_bytes() == good


def test_a_winner_among_some_is_not_clear():
    rng = np.random.default_rng(3)
    bow = standing("bow", drawn(rng, 1, 400, 0.9), valid=0.9)
    guess = standing("most_frequent", drawn(rng, 1, 400, 0.5), valid=0.5)
    assert found(bow, guess, networks=()).verdict == CLEAR
    told = found(bow, guess)
    assert told.missing == ["gru", "lstm"]
    assert told.verdict == UNDECIDED
    said = " ".join(advice_report.sentences("answer", told))
    assert "of the GRU and the LSTM no trial" in said
    assert "No network was trained" in said


def test_a_bag_of_words_that_wins_is_said_to_win():
    rng = np.random.default_rng(4)
    common = rng.random(2000)
    bow = standing("bow", drawn(rng, 1, 2000, 0.9, common), valid=0.9)
    gru = standing("gru", drawn(rng, 3, 2000, 0.7, common), valid=0.7)
    guess = standing("most_frequent", drawn(rng, 1, 2000, 0.5), valid=0.5)
    said = " ".join(advice_report.sentences("answer", found(bow, gru, guess, networks=("gru",))))
    assert "Bag of words (TF-IDF with logistic regression) did best" in said
    assert "Clear: it is ahead of the next best, the GRU" in said
    assert "these texts need no network" in said


def test_nothing_learnt_is_said():
    rng = np.random.default_rng(5)
    gru = standing("gru", rng.random((3, 300)) < 0.5, valid=0.52)
    guess = standing("most_frequent", rng.random((1, 300)) < 0.5, valid=0.5)
    said = " ".join(advice_report.sentences("answer", found(gru, guess, networks=("gru",))))
    assert "may be zero" in said
    once = standing("gru", drawn(rng, 1, 300, 0.9), valid=0.9)
    said = " ".join(advice_report.sentences("answer", found(once, guess, networks=("gru",))))
    assert "may be zero" not in said, "of one seed the test rows alone say enough of this"
    above = standing("most_frequent", rng.random((1, 300)) < 0.5, valid=0.6)
    said = " ".join(advice_report.sentences("answer", found(gru, above, networks=("gru",))))
    assert "Nothing that was tried does better" in said


def test_the_curve_finds_what_the_scores_were_made_of():
    rng = np.random.default_rng(6)
    hard = rng.random(20_000)
    made = [
        standing("gru", [hard > 0.1 + 2 * size**-0.5] * 3, size=size) for size in (125, 250, 500)
    ] + [standing("gru", [hard > 0.1 + 2 * 1000**-0.5] * 3)]
    curve = advice.curve(made)
    expected = 2 * (1000**-0.5 - 2000**-0.5)
    assert curve.gains[2000].mean == pytest.approx(expected, abs=0.006)
    assert curve.gains[2000].low <= expected <= curve.gains[2000].high
    assert curve.gains[4000].mean > curve.gains[2000].mean + 0.005
    assert advice.curve(made[:2]) is None


def test_the_page_of_made_up_trials(tmp_path):
    rng = np.random.default_rng(7)
    labels = labels_of(250, 50)
    evil = "<script>alert('x')</script>"
    made = [
        standing(model, drawn(rng, seeds, 300, share), BALANCED, labels, size, share)
        for size in (125, 250, 500, 1000)
        for model, seeds, share in (("bow", 1, 0.8), ("gru", 12, 0.7), ("most_frequent", 1, 0.5))
    ]
    facts = dict.fromkeys(("source", "licence", "command", "machine", "commit", "finished", "name"),
                          evil) | {
        "notes": [evil], "classes": (evil, "b"), "counts": [1, 2], "cuts": [evil], "plan": [evil],
        "interrupted": evil,
        "models": {evil: evil}, "failed": [evil], "versions": {evil: evil}, "units": 64,
        "mistakes": None, "seconds": 65.0,
    }  # fmt: skip
    told = found(*reversed(made), networks=("gru",))
    page = advice_report.write(tmp_path, told, facts).read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert page.count('<tr class="best">') == 1
    screen = io.StringIO()
    advice_report.tell(Console(file=screen, width=120), told, facts)
    assert "twice as many texts (2,000)" in screen.getvalue()


def test_nothing_is_drawn_before_a_model_that_learns_has_ended():
    guess = standing("most_frequent", np.ones((1, 300), bool), valid=0.5)
    assert advice_report.drawn(found(guess, networks=("gru",))) == ""


# Budgets


def record(model, size, seconds=1.0, seed=0, rate=0.002, valid=0.5, folds=1):
    return {"status": "done", "model": model, "size": size, "seconds": seconds, "seed": seed,
            "settings": {"learning_rate": rate, "folds": folds, "strengths": bag.STRENGTHS},
            "valid_score": valid, "epochs": [{"seconds": seconds}]}  # fmt: skip


def test_sizes_are_nested_and_none_is_tiny():
    assert budget.sizes(2400, 2) == [300, 600, 1200, 2400]
    assert budget.sizes(250, 2) == [125, 250]
    assert budget.sizes(90, 2) == [90]
    assert budget.sizes(2400, 700) == [1200, 2400]


def test_a_search_takes_what_is_affordable_and_goes_on_where_it_was():
    known = [record("gru", 300, seconds=10.0)]
    sizes = [300, 600, 1200, 2400]

    def search(left, records=known):
        return budget.search_size(records, ["gru"], sizes, left, jobs=1)

    assert search(10_000) == 2400
    assert search(150) == 300
    assert search(50) is None
    begun = [*known, record("gru", 600, rate=6e-3)]
    assert search(10_000, begun) == search(1, begun) == 600
    chosen = [*begun, record("gru", 2400, rate=6e-3), record("gru", 300, rate=6e-3)]
    assert search(1, chosen) == 600, "what ran with the chosen rate is no search"
    crossed = [*known, record("gru", 400, seconds=120.0, folds=5)]
    assert search(150, crossed) is None, "there is no time to run the folds again"
    assert search(10_000, crossed) == 2400


def test_the_best_rate_is_that_of_validation_once_all_are_there():
    some = [record("gru", 300, rate=rate, valid=valid)
            for rate, valid in zip(budget.RATES, (0.6, 0.5, 0.7), strict=True)]  # fmt: skip
    assert budget.best_rates(some, ["gru"], 300) == {"gru": budget.RATES[2]}
    assert budget.best_rates(some[:2], ["gru"], 300) == {"gru": budget.RATES[1]}


def planned(model, size, seeds=(0,), folds=1, **more):
    shared = dict(data="d", units=4, tokens=5, folds=folds, **more)
    return [candidate.candidate(model, size, seed, **shared) for seed in seeds]


def test_the_forecast_fits_the_budget():
    known = [record("gru", 250, seconds=10.0), record("lstm", 250, seconds=100.0)]
    large = 10 * (20 * 1000) / (40 * 250)  # passes times texts
    plan = planned("lstm", 1000, range(3), 3) + planned("gru", 1000, range(3), 3)
    plenty = budget.forecast(plan, known, left=1e6, jobs=1)
    assert (plenty.fits, plenty.lacks) == (plan, [])
    assert plenty.seconds == pytest.approx(3 * large + 3 * 10 * large)
    little = budget.forecast(plan, known, left=4 * large, jobs=1)
    assert little.fits == plan[3:], "what is slow keeps nothing else out"
    assert little.lacks == plan[:3], "a model has all its folds or none"
    always = planned("bow", 1000, strengths=(10.0,))
    bow = [record("bow", 500, seconds=40.0)]
    assert budget.forecast(always, bow, left=0, jobs=1).fits == always
    assert budget.forecast(always, bow, left=0, jobs=1).seconds == pytest.approx(40 * 2 / 4)


def test_folds_and_values_of_c_follow_from_the_time():
    known = [record("gru", 500, seconds=10.0)]
    train = {10: 800, 5: 700, 3: 600, 2: 400}

    def folds(left, records=known):
        return budget.choose_folds(records, ["gru"], train, left, jobs=1)

    assert [folds(left) for left in (1e6, 120, 50, 1)] == [10, 5, 3, 2]
    begun = [*known, record("gru", 600, folds=3)]
    assert folds(1e6, begun) == folds(1, begun) == 3, "its trials would be lost otherwise"
    undecided = [*known, record("gru", 400, folds=2)]
    assert [folds(left, undecided) for left in (1e6, 50, 1)] == [10, 3, 2], "two decide nothing"
    fitted = [*known, record("bow", 600, folds=3)]
    assert folds(1e6, fitted) == 10
    bow = [record("bow", 500, seconds=4.0)]
    tried = [budget.strengths(bow, 500, 5, left) for left in (100, 40, 1)]
    assert tried == [bag.STRENGTHS, (1.0, 10.0), (10.0,)]


def test_of_many_texts_the_cost_is_measured_on_few():
    assert budget.sizes(80_000, 2) == [4_000, 10_000, 20_000, 40_000, 80_000]


def test_what_comes_before_the_epochs_takes_the_same_for_every_size():
    known = record("gru", 250, seconds=10.0) | {"epochs": [{"seconds": 1.0}, {"seconds": 1.0}]}
    assert budget.seconds([known], "gru", 250) == 10
    assert budget.seconds([known], "gru", 1000) == pytest.approx(8 + 2 * (20 * 1000) / (40 * 250))


def test_seconds_grow_with_the_passes_that_are_made():
    def growth(model, size):
        return candidate.candidate(model, size, data="d", units=4, tokens=5).growth

    assert growth("bow", 1000) == pytest.approx(1)
    assert growth("gru", 1_000_000) == pytest.approx(1)
    assert growth("gru", 2400) < 0.5, "few texts are passed over often"


# The bag of words


def test_a_written_bag_says_what_scikit_learn_says(tmp_path):
    import tensorflow as tf

    rng = random.Random(0)
    words = ["fine", "dull", "naïve", "ÉTÉ", "x", "don't", "12", "a_b", "straße", "☃"]
    given = [" ".join(rng.choices(words, k=8)) for _ in range(120)]
    for classes in (2, 3):
        labels = np.array([k % classes for k in range(120)])
        part = data.Split.of(given, labels, range(120))
        fitted = bag.fit(part, part, lambda labels, said: float((labels == said).mean()))
        folder = tmp_path / str(classes)
        bag.write(folder, fitted, tuple("abc"[:classes]))
        served = tf.saved_model.load(str(folder))
        asked = [*given, "", "never seen", "fine " * 3000]
        got = served.signatures["serving_default"](text=tf.constant(asked))
        again = served.serve(tf.constant(asked))
        assert np.array_equal(again["probabilities"], got["probabilities"])
        wanted = fitted.regression.predict_proba(fitted.tfidf.transform(asked))
        assert np.abs(got["probabilities"].numpy() - wanted).max() < 1e-5
        assert [n.decode() for n in got["label"].numpy()] == ["abc"[k] for k in wanted.argmax(1)]
        assert np.ptp(wanted, axis=0).min() > 0.05, "the control: it says more than one thing"


def test_many_texts_are_fitted_to_the_same_by_a_stochastic_solver(monkeypatch):
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(600, 20))
    labels = (rows @ rng.normal(size=20) + rng.normal(size=600) > 0).astype(int)

    def fitted(many):
        monkeypatch.setattr(bag, "MANY", many)
        return bag.regress(rows, labels, rows, lambda said: (said == labels).mean(), (1.0,))[0]

    exact, stochastic = fitted(601), fitted(600)
    assert (exact.solver, stochastic.solver) == ("lbfgs", "saga")
    assert stochastic.coef_ == pytest.approx(exact.coef_, rel=0.1, abs=0.05)
    assert np.abs(exact.coef_).max() > 0.5, "the control"


def test_strength_is_chosen_by_validation_and_the_smallest_of_equals(tmp_path):
    path = texts.write(tmp_path / "reviews.csv", rows=200)
    read = data.load(path, text="review", label="stars")
    fitted = bag.fit(read.train, read.valid, lambda labels, said: 0.5)
    assert fitted.strength == min(bag.STRENGTHS)
    fitted = bag.fit(read.train, read.valid, lambda labels, said: (labels == said).mean())
    assert fitted.tried[f"{fitted.strength:g}"] == max(fitted.tried.values())


def test_a_network_comes_back_from_its_weights_or_is_trained_again(tmp_path):
    taken = intake.take(
        str(texts.write(tmp_path / "reviews.csv")), "review", "stars", tmp_path / "runs"
    )
    read = data.load(taken.path)
    one = candidate.candidate(
        "simple_rnn",
        len(read.train),
        data=str(taken.path),
        units=4,
        tokens=11,
        epochs=2,
        compiled=False,
    )
    made = candidate.run(one, tmp_path / "weights")
    assert made["status"] == "done", made["reason"]
    right = trial.unpacked(made["test_right"], len(read.test))
    assert made["test_accuracy"] == pytest.approx(right.mean())
    for file in [None, *(tmp_path / "weights").glob("*.h5")]:
        if file is not None:
            file.unlink()  # and so it is trained once more
        vectorizer, model = candidate.trained(one, tmp_path / "weights")
        said = model.predict(vectorizer(read.test.texts.tolist()), verbose=0).argmax(-1)
        assert ((said == read.test.labels) == right).all()
    assert not list((tmp_path / "weights").iterdir())


def test_texts_without_a_word_fail_with_a_reason(tmp_path):
    rows = [(f"{'?' * (k + 1)}", "ab"[k % 2]) for k in range(60)]
    taken = intake.take(str(table(tmp_path / "my.csv", rows)), "review", "stars", tmp_path)
    size = len(data.load(taken.path).train)
    one = candidate.candidate("bow", size, data=str(taken.path), units=4, tokens=5)
    made = candidate.run(one, tmp_path)
    assert made["status"] == "failed"
    assert "is this the column of the texts" in made["reason"]


# For notebooks, and what the page shows of the choice


def test_a_data_frame_is_advised_on(tmp_path, monkeypatch):
    seen = []

    def run(settings, console):
        seen.append(settings)
        return 0, settings.saved_models / settings.name / "10"

    monkeypatch.setattr(advise, "run", run)
    frame = pd.DataFrame({"body": ["x", "y"], "stars": [1, 2], "more": [0, 0]})
    where = dict(runs=tmp_path / "runs", saved_models=tmp_path / "models")
    found = advise.advise(frame, text="body", label="stars", name="mine", minutes=3, **where)
    assert found["model"] == tmp_path / "models" / "mine" / "10"
    assert found["finished"]
    assert (seen[0].text, seen[0].label, seen[0].minutes) == ("body", "stars", 3)
    assert list(pd.read_parquet(seen[0].data).columns) == ["body", "stars"]
    with pytest.raises(ValueError, match="unknown column 'text'; known: body, stars, more"):
        advise.advise(frame, label="stars", **where)
    mixed = pd.DataFrame({"body": ["x", "y"], "stars": ["a", 1]})
    with pytest.raises(ValueError, match=r"of several types; .*frame\['stars'\]\.astype\(str\)"):
        advise.advise(mixed, text="body", label="stars", name="mixed", **where)
    monkeypatch.setattr(advise, "run", lambda _, console: (console.print("no use") or 1, None))
    with pytest.raises(ValueError, match="no use"):
        advise.advise(frame, text="body", label="stars", **where)


def test_the_surest_mistakes_come_first(monkeypatch, tmp_path):
    texts = np.array([f"text {k}" for k in range(30)], object)
    true = np.arange(30) % 3
    said = np.where(np.arange(30) < 14, (true + 1) % 3, true)
    shares = np.linspace(0.4, 0.9, 30)
    classes = ("a", "b", "c")

    class Data:
        test = splits.Split.of(texts, true, range(100, 130))

    Data.classes = classes
    answers = ([classes[k] for k in said], shares)
    monkeypatch.setattr(delivery, "served", lambda folder, own: answers)
    found = delivery.mistakes(tmp_path, Data)
    assert (found["rows"], found["wrong"], len(found["texts"])) == (30, 14, 10)
    assert [one["row"] for one in found["texts"]] == [*range(113, 103, -1)]
    assert found["confused"][0] == ("a", "b", 5)
    assert sum(count for *_, count in found["confused"]) == 14
