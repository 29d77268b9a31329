"""A replicate: its random draws, no leaks between its sets, and its networks learn."""

import keras
import numpy as np
import pytest

from recipes.data.splits import Split
from recipes.data.tasks import ENCODER
from recipes.trials import encoder, replicate
from recipes.trials.replicate import MAIN, Pool, Trial
from recipes.trials.trial import BASELINE, unpacked

WORDS = np.array(["good fine bright", "bad dull slow"])


def split(rows, tagged=False):
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=len(rows))
    texts = [f"{WORDS[label]} film {row}" for label, row in zip(labels, rows, strict=True)]
    made = Split.of(texts, labels, rows)
    if tagged:
        tags = np.empty(len(rows), object)
        tags[:] = [np.array([0, 1, 2, 1, 0], "int32") + label for label in labels]
        made = Split(made.texts, tags, made.rows)
    return made


@pytest.fixture
def pool(monkeypatch):
    """A pool of 3,000 texts in blocks of 10, and a test of 60 in blocks of 20."""

    def of(name):
        rest, test = (split(rows, name == "brown") for rows in (range(3_000), range(3_000, 3_060)))
        return Pool(rest, test, rest.rows // 10, test.rows // (20 if name == "brown" else 1),
                    ("a", "b", "c", "d"), "made up", "none")  # fmt: skip

    monkeypatch.setattr(replicate, "pool", of)
    replicate.numbers.cache_clear()
    yield of
    replicate.numbers.cache_clear()


def test_blocks_stay_together_and_their_number_suffices():
    blocks = np.repeat(np.arange(50), 7)
    held = replicate.first_blocks(blocks, 20, seed=3)
    assert 20 <= held.sum() < 27
    for block in range(50):
        assert len(set(held[blocks == block])) == 1
    assert (held != replicate.first_blocks(blocks, 20, seed=4)).any()


@pytest.mark.parametrize("name", ["words", "brown"])
def test_a_replicate_draws_anew_and_leaks_nothing(pool, name):
    train, valid = replicate.draw(name, 200, 0)
    assert (len(train), len(valid)) == (200, 500)
    rest = pool(name)
    blocks = dict(zip(rest.rest.texts, rest.blocks, strict=True))
    assert not {blocks[t] for t in train.texts} & {blocks[t] for t in valid.texts}
    assert not {*train.texts, *valid.texts} & {*rest.test.texts}
    again, _ = replicate.draw(name, 200, 0)
    assert list(again.texts) == list(train.texts)
    other, _ = replicate.draw(name, 200, 1)
    assert len({*other.texts} & {*train.texts}) < 60
    more, _ = replicate.draw(name, 400, 0)
    assert list(more.texts[:200]) == list(train.texts), "smaller sizes lie in larger ones"
    with pytest.raises(ValueError, match="5,000 were asked for"):
        replicate.draw(name, 5_000, 0)


@pytest.mark.parametrize("model", ["gru", "average", "bow", "most_frequent"])
def test_texts(pool, model):
    arm, units = (MAIN, 8) if model == "gru" else (BASELINE, None)
    trial = Trial("words", model, arm, 200, 0, units, tokens=5, updates=100, learning_rate=0.02)
    found = replicate.run(trial)
    assert found["status"] == "done", found["reason"]
    right = unpacked(found["test_right"], found["test_rows"])
    assert found["test_rows"] == 60
    assert right.mean() == pytest.approx(found["test_accuracy"])
    if model == "most_frequent":
        assert 0.3 < right.mean() < 0.7
    else:
        assert right.mean() == 1.0


def test_the_sentence_encoder_reads_each_text_once(pool, monkeypatch):
    read = []

    def vectors_of(texts):
        assert len(texts), "an encoder takes no empty batch"
        read.extend(texts)
        return np.eye(384)[[int(text.startswith("good")) for text in texts]]

    monkeypatch.setattr(encoder, "vectors_of", vectors_of)
    replicate._encoded.cache_clear()
    trials = [Trial("words", ENCODER, BASELINE, 200, seed) for seed in (0, 1)]
    found = [replicate.run(trial) for trial in trials]
    for record in found:
        assert record["status"] == "done", record["reason"]
        assert (record["test_accuracy"], record["test_rows"]) == (1.0, 60)
        assert record["parameters"] == 384
    texts = {text for seed in (0, 1) for part in replicate.draw("words", 200, seed)
             for text in part.texts} | {*pool("words").test.texts}  # fmt: skip
    assert sorted(read) == sorted(texts), "no text twice, no text that is not needed"


@pytest.mark.parametrize(
    ("model", "least"), [("lstm", 0.95), ("embedding", 0.7), ("most_frequent", 0.7)]
)
def test_tags(pool, model, least):
    arm, units = (MAIN, 8) if model == "lstm" else (BASELINE, None)
    trial = Trial("brown", model, arm, 200, 0, units, task="tagging", tokens=5, updates=150,
                  learning_rate=0.02)  # fmt: skip
    found = replicate.run(trial)
    assert found["status"] == "done", found["reason"]
    assert found["test_rows"] == 60 * 5
    assert len(found["test_right"]) == 3, "a number for each document"
    assert found["test_blocks"] == [20 * 5] * 3
    assert sum(found["test_right"]) / 300 == pytest.approx(found["test_accuracy"])
    assert found["test_accuracy"] > least


def test_the_same_replicate_gives_the_same_line(pool):
    trial = Trial("words", "gru", MAIN, 100, 3, 4, tokens=5, updates=100)
    first, second = replicate.run(trial), replicate.run(trial)
    assert first["test_right"] == second["test_right"]
    assert first["train_loss"] == second["train_loss"]


@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
def test_matched_starts(pool, cell):
    model = replicate.build(Trial("words", cell, "matched starts", 100, 0, 4, matched=True), 2, 50)
    layer = model.layers[1]
    u = np.asarray(layer.cell.recurrent_kernel)
    for k in range(u.shape[1] // 4):
        own = u[:, 4 * k : 4 * k + 4]
        assert own.T @ own == pytest.approx(np.eye(4), abs=1e-5)
    bias = np.asarray(layer.cell.bias).ravel()
    if cell != "simple_rnn":
        letters = [*layer.cell.gates]
        kept = letters.index({"lstm": "f", "gru": "z"}[cell])
        assert bias[4 * kept : 4 * kept + 4] == pytest.approx(1)
        assert np.sum(bias != 0) == 4


def test_an_open_gate_changes_the_bias_alone(pool):
    def cell(**started):
        keras.utils.set_random_seed(0)
        trial = Trial("words", "gru", "open gate", 100, 0, 4, **started)
        return replicate.build(trial, 2, 50).layers[1].cell

    keras_start, opened = cell(), cell(matched=True)
    assert np.asarray(opened.recurrent_kernel) == pytest.approx(
        np.asarray(keras_start.recurrent_kernel)
    )
    changed = np.asarray(opened.bias - keras_start.bias)
    z = [*opened.gates].index("z")
    assert changed.sum() == changed.ravel()[4 * z : 4 * z + 4].sum() == 4
