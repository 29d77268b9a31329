"""The memory tasks: examples, chance accuracy, gradient flow, initializations, and the recipe."""

import csv
import json
import re

import keras
import numpy as np
import pytest

import keras_gated
from recipes import first_word
from recipes.first_word import Settings, check, planned
from recipes.reports import memory as page
from recipes.reports import words
from recipes.reports.stats import Estimate
from recipes.trials import memory as trial
from recipes.trials import memory_tasks as tasks
from recipes.trials import model as models
from recipes.trials import starts
from recipes.trials.memory import Trial
from recipes.trials.memory_tasks import COPIED, KEYS, QUESTION, TASKS
from tests.recipes import here


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    """A file of texts, some with a key word, which no filler may contain."""
    path = tmp_path_factory.mktemp("filler") / "reviews.csv"
    rng = np.random.default_rng(0)
    words = [*(f"{a}{b}" for a in "bcdfgh" for b in ("an", "ot", "up", "em")), "amber"]
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["text", "label"])
        for row in range(60):
            table.writerow([" ".join(rng.choice(words, 30)), "good" if row % 2 else "bad"])
    return str(path)


def draw(name, count, length, part="train", seed=0, filler=""):
    return TASKS[name].draw(np.random.default_rng(seed), count, length, part, filler)


def test_the_key_stands_in_front_and_nowhere_else(reviews):
    x, y = draw("first_word", 200, 12, filler=reviews)
    assert x.shape == (200, 14)
    assert np.array_equal(x[:, 0], y)
    assert set(y) == set(range(len(KEYS)))
    assert (x[:, -1] == QUESTION).all()
    assert (x[:, 1:-1] > QUESTION).all(), "no key and no question among the words"
    assert x.max() < TASKS["first_word"].numbers


def test_words_in_between_follow_each_other_as_in_the_texts(reviews):
    stream = tasks.filler(reviews)["train"]
    windows = {tuple(stream[n : n + 9]) for n in range(len(stream) - 9)}
    x, _ = draw("first_word", 20, 9, filler=reviews)
    assert all(tuple(row[1:-1]) in windows for row in x)
    shuffled = np.random.default_rng(0).permuted(x[:, 1:-1], axis=1)
    assert not all(tuple(row) in windows for row in shuffled)


def test_short_texts_are_refused(reviews):
    with pytest.raises(ValueError, match="too few to put 100000 behind a key"):
        draw("first_word", 2, 100_000, filler=reviews)


@pytest.mark.parametrize("length", [2, 5, 50])
def test_adding_asks_for_the_marked(length):
    x, y = draw("adding", 300, length)
    assert x.shape == (300, length, 2)
    assert (x[:, :, 1].sum(1) == 2).all()
    marked = (x[:, :, 0] * x[:, :, 1]).sum(1)
    assert np.allclose(y[:, 0], 0.5 + marked / 4, atol=1e-6)
    if length >= 5:
        assert not x[:, length // 2 :, 1].any(), "what is asked for lies in the first half"


def test_adding_by_halves_asks_for_a_number_of_each_half():
    x, y = draw("adding_by_halves", 300, 50)
    marks = x[:, :, 1]
    assert (marks[:, :25].sum(1) == 1).all()
    assert (marks[:, 25:].sum(1) == 1).all()
    assert np.allclose(y[:, 0], (x[:, :, 0] * marks).sum(1), atol=1e-6)
    assert y.var() == pytest.approx(1 / 6, rel=0.2)


def test_copy_asks_for_the_symbols_after_the_blanks():
    x, y = draw("copy", 50, 30)
    assert x.shape == y.shape == (50, 30 + 2 * COPIED)
    assert np.array_equal(x[:, :COPIED], y[:, -COPIED:])
    assert set(np.unique(x[:, :COPIED])) == set(range(1, 9))
    assert (y[:, :-COPIED] == 0).all()
    signal = np.argwhere(x == 9)
    assert (signal[:, 1] == COPIED + 29).all()
    assert len(signal) == 50


def test_guessing_is_right_as_often_as_it_says(reviews):
    rng = np.random.default_rng(1)
    for name, task in TASKS.items():
        _, wanted = draw(name, 20_000, 10, filler=reviews)
        if not task.classes:
            given = np.full(wanted.shape, {"adding": 0.5, "adding_by_halves": 1.0}[name])
        else:
            given = rng.uniform(size=(*wanted.shape, task.classes))
            if name == "copy":
                given[..., 0] = 0  # it is known that a symbol comes
        assert task.right(given, wanted).mean() == pytest.approx(task.chance, abs=0.01)


def test_each_cell_sees_the_same_and_each_seed_other_examples(reviews):
    one = [draw("first_word", 5, 7, seed=[0, 3, 7], filler=reviews) for _ in range(2)]
    assert np.array_equal(one[0][0], one[1][0])
    assert not np.array_equal(
        one[0][0], draw("first_word", 5, 7, seed=[0, 4, 7], filler=reviews)[0]
    )


# The gradient's flow


def test_the_flow_is_the_mean_over_rows():
    """For each row alone, by the library's `gradient_flow`."""
    one = Trial("adding", "gru", "default", 6, 0, units=3)
    x, y = TASKS["adding"].draw(np.random.default_rng(0), 4, 6, "test", "")
    model = trial.network(one, x.shape[1:])
    found = trial._flow(one, model, (x, y))
    rows = []
    for k in range(4):
        (flow,) = keras_gated.gradient_flow(
            model, x[k : k + 1], y[k : k + 1], loss=keras.losses.mean_squared_error
        ).values()
        rows.append(flow.norms["h"][0])
    expected = np.mean(rows, axis=0)[::-1][found["back"]]
    assert found["h"] == pytest.approx(expected, rel=1e-2)


# Starts


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_starts(name):
    def weights(start):
        layer = models.cell(name)(16, **starts.arguments(name, start, 16, 50, 0))
        layer.build((None, None, 4))
        cell = layer.cell
        blocks = np.split(np.array(cell.recurrent_kernel), len(cell.gates), axis=1)
        biases = {k: np.array(cell.gates.take(cell.bias, k)).reshape(-1, 16) for k in cell.gates}
        return blocks, biases

    def off(matrix):
        return np.abs(matrix.T @ matrix - np.eye(16)).max()

    assert starts.arguments(name, starts.DEFAULT, 16, 50, 0) == {}
    assert min(map(off, weights(starts.DEFAULT)[0])) > 0.3
    assert max(map(off, weights(starts.ORTHOGONAL)[0])) < 1e-5
    for block in weights(starts.GLOROT)[0]:
        assert 0.9 * (6 / 32) ** 0.5 < np.abs(block).max() <= (6 / 32) ** 0.5
    of_gate = weights(starts.CHRONO)[1]
    keep = of_gate["f" if name == "lstm" else "z"][0]
    assert 0 <= keep.min() < 2 < keep.max() <= np.log(49)
    if name == "lstm":
        assert np.array_equal(of_gate["i"][0], -keep)
        assert not of_gate["g"].any()
    else:
        assert not of_gate["r"].any()
        assert not of_gate["z"][1].any(), "the second bias is inside the recurrence"


def test_a_start_is_not_run_twice_under_two_names():
    assert not starts.known("simple_rnn", "orthogonal"), "it is the default's"
    assert not starts.known("simple_rnn", "chrono"), "there is no gate"
    assert all(starts.known("gru", start) for start in starts.STARTS)
    assert not starts.known("min_gru", "orthogonal"), "there is no recurrent matrix"


# The plan, the verdict and the page


def test_a_budget_cuts_seeds_and_long_ones_and_no_cell():
    plan = planned(Settings(lengths=(200, 5, 100), seeds=2))
    kinds = [(one.size, one.seed) for one in plan]
    assert list(dict.fromkeys(kinds)) == [(5, 0), (100, 0), (5, 1), (100, 1), (200, 0), (200, 1)]
    assert len({one.key for one in plan}) == len(plan) == 3 * 3 * 6
    groups = {}
    for one in plan:
        groups.setdefault(one.group, set()).add(one.model)
    assert set(map(frozenset, groups.values())) == {frozenset({"simple_rnn", "lstm", "gru"})}
    assert {one.size for one in plan if not one.optional} == {5}


def made(model, length, seed, accuracy, task="first_word", start="default"):
    decay = {"back": [0, 1, 5], "h": [1.0, 0.1, 1e-5]}
    return {
        "key": f"{task} {model} {start} {length} {seed}", "status": "done", "reason": None,
        "data": task, "model": model, "arm": start, "size": length, "seed": seed, "units": 64,
        "test_accuracy": accuracy, "valid_accuracy": accuracy, "test_rows": 1000, "epochs": [],
        "seconds": 1.0, "settings": {"steps": 10}, "flow": {"before": decay, "after": decay},
    }  # fmt: skip


FACTS = {"command": "python -m <script>", "machine": "none", "versions": {"a": "1"},
         "commit": None, "seconds": 60, "cuts": ["<b>Cut.</b>"], "source": "made up",
         "interrupted": None}  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "verdict"),
    [
        ((0.13, 0.12, 0.11), "supported"),
        ((0.9, 0.95, 0.99), "contradicted"),
        ((1.0, 1.0, 1.0), "contradicted"),  # all equal: the interval over test examples is used
        ((0.125, 0.125), "supported"),
        ((0.1, 0.9, 0.5), "not decided"),
        ((0.12,), "not decided"),
    ],
)
def test_the_verdict_on_the_claim(scores, verdict):
    records = [made("simple_rnn", 100, seed, score) for seed, score in enumerate(scores)]
    found = page.claim(page.rows(records))
    assert found["verdict"] == verdict
    assert "100 words in between" in found["reason"]
    other = [made("simple_rnn", 50, 0, 0.1), made("gru", 100, 0, 0.1)]
    assert page.claim(page.rows(other))["verdict"] == "not decided"


def test_the_page_says_what_the_records_say(tmp_path):
    records = [
        made(model, length, seed, accuracy + seed / 100, task)
        for task in TASKS
        for model, accuracy in (("simple_rnn", 0.12), ("gru", 0.9))
        for length in (5, 100)
        for seed in range(3)
    ]
    records.append(made("gru", 5, 9, 0.5) | {"status": "failed", "reason": "<script>lost"})
    path = page.write(tmp_path, records, FACTS)
    html = path.read_text()
    text = " ".join(re.sub("<[^>]*>", " ", html).split())
    assert "supported The simple RNN recalls it in 13.0% [10.5, 15.5], 3 seeds" in text
    assert "91.0%" in text
    assert "<script" not in html
    assert "&lt;b&gt;Cut." in html
    assert html.count(">chance</text>") == len(TASKS), "chance is drawn in every picture"
    assert "kept" in text
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    names = {drawn.name for drawn in tmp_path.glob("*.svg")}
    assert {"first_word_default.svg", "copy_default_gradient_after.svg"} <= names
    assert words.score(Estimate(0.99, 0.9, 1.08, 3)) == "99.0% [90.0, 100.0]"


def test_a_page_of_long_sequences_alone_draws_no_gradient(tmp_path):
    records = [made("gru", 500, seed, 0.5) | {"flow": {}} for seed in range(2)]
    html = page.write(tmp_path, records, FACTS).read_text()
    assert html.count("<svg") == 1
    assert {drawn.name for drawn in tmp_path.glob("*.svg")} == {"first_word_default.svg"}


def run(folder, reviews):
    """Run it in this process; return its exit code and output."""
    small = "--tasks first_word copy --cells GRU --lengths 3 --seeds 1 --units 4 --steps 50"
    return here.run(first_word, *small.split(), "--filler", reviews, "--runs", folder)


def test_the_recipe_runs_resumes_and_is_a_function_of_its_settings(tmp_path, reviews):
    code, printed = run(tmp_path, reviews)
    assert code == 0, printed
    assert "not decided" in printed
    file = tmp_path / "first_word" / "trials.jsonl"
    records = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(r["data"], r["model"]) for r in records] == [("first_word", "gru"), ("copy", "gru")]
    for record in records:
        assert record["status"] == "done", record["reason"]
        assert set(record["flow"]) == {"before", "after"}
        assert record["flow"]["after"]["back"][0] == 0
        assert record["peak_memory_mb"] > 100
        assert set(record["epochs"][0]) == {"train_loss", "valid_accuracy", "seconds"}
    one = records[1]
    names = ("data", "model", "arm", "size", "seed", "units")
    again = trial.run(Trial(**{name: one[name] for name in names}, **one["settings"]))
    assert again["key"] == one["key"]
    for name in ("test_accuracy", "best_epoch", "parameters"):
        assert again[name] == one[name]
    before = file.read_bytes()
    assert "2 of them recorded" in run(tmp_path, reviews)[1]
    assert file.read_bytes() == before


def test_a_short_memory_is_learnt_and_a_curriculum_comes_to_its_length(reviews):
    settings = dict(units=16, filler=reviews, steps=300, learning_rate=1e-2)
    learnt = trial.train(Trial("first_word", "simple_rnn", "default", 3, 0, **settings))
    assert learnt["test_accuracy"] > 0.9
    one = Trial("first_word", "gru", "default", 80, 0, steps=1000, curriculum=True)
    lengths = [trial._length(one, epoch) for epoch in range(20)]
    assert lengths[0] == 10
    assert lengths == sorted(lengths)
    assert lengths[10:] == [80] * 10
    assert set(lengths) == {10, 20, 40, 80}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(cells=("grru",)), "Did you mean 'gru'"),
        (dict(tasks=("coppy",)), "Did you mean 'copy'"),
        (dict(cells=("simple_rnn",), starts=("chrono",)), "add --starts default"),
        (dict(lengths=(1,)), "--lengths must be 2 or more"),
        (dict(minutes=-1), "--minutes must be at least 0"),
        (dict(cells=()), "--cells names one or more"),
    ],
)
def test_refused_before_any_work(settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        check(Settings(**settings))


@pytest.mark.parametrize("start", [starts.DEFAULT, starts.CHRONO, starts.TORCH])
@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
def test_the_share_of_the_gradient_is_that_of_the_cell(cell, start):
    """Compared with finite differences of the layer itself around a state of zero."""
    if not starts.known(cell, start):
        return
    units, steps, hair = 6, 5, 1e-3
    drawn = {"recurrent_initializer": keras.initializers.Orthogonal(seed=0)}
    drawn |= starts.arguments(cell, start, units, 20, 0)
    layer = keras_gated.get(cell)(units, return_state=True, **drawn)
    given = [hair * np.eye(units, dtype="float32")]
    if cell == "lstm":  # the output gate shows some of c as h
        layer.build((None, None, units))
        o = np.asarray(layer.cell.bias)[-units:]
        given = [given[0] / (1 + np.exp(-o)), given[0]]
    zeros = np.zeros((units, steps, units), "float32")
    state = np.asarray(layer(zeros, initial_state=given)[-1])
    moved = np.linalg.norm(state) / hair / units**0.5
    assert starts.gradient_share(cell, start, units, 20, steps, 0) == pytest.approx(moved, rel=0.01)
