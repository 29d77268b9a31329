"""Passages of Shakespeare with the next character of each: what they are, and no leaks."""

import pytest

from recipes.data import builders, characters
from recipes.data.tasks import MOST_FREQUENT
from recipes.reports.plan import PREDICTED
from recipes.trials import replicate
from recipes.trials.replicate import MAIN, Trial
from recipes.trials.trial import BASELINE


@pytest.fixture(scope="module")
def data():
    return characters.load()


def spelled(text):
    return "".join(chr(int(number)) for number in text.split())


def test_labels_are_the_next_characters(data):
    works = [text for _, text in builders.works()]
    for text, labels, row in zip(
        data.test.texts[:50], data.test.labels, data.test.rows, strict=False
    ):
        passage = spelled(text)
        following = "".join(data.classes[label] for label in labels)
        assert len(passage) == len(following) == characters.LENGTH
        assert passage[1:] == following[:-1]
        assert passage + following[-1] in works[row]


def test_works_of_test_are_in_no_other_part(data):
    rows = [{*part.rows} for part in (data.train, data.valid, data.test)]
    assert len(set.union(*rows)) == sum(map(len, rows)) == 42
    assert len(rows[2]) == 14
    assert len(data.test) == characters.TEST
    assert len(data.valid) == characters.VALID
    assert 0.1 < data.chance < 0.2, "a space"
    assert f"of {len(data.classes)} characters" in PREDICTED[characters.NAME]


def test_the_study_trains_on_no_work_of_its_test(data, monkeypatch):
    pool = replicate.Pool(
        data.train, data.test, data.train.rows, data.test.rows, data.classes, "", ""
    )
    monkeypatch.setattr(replicate, "pool", lambda name: pool)
    train, valid = replicate.draw(characters.NAME, 1_000, 0)
    assert len(valid) == replicate.VALID
    assert not {*train.rows} & {*valid.rows}
    assert not {*train.rows, *valid.rows} & {*data.test.rows}


def test_a_sample_is_of_many_works_and_depends_on_the_seed(data):
    assert len({*data.train.rows[:200]}) > 15
    other = characters.load(1)
    assert {*other.test.rows} != {*data.test.rows}


def test_a_network_learns_more_than_pairs_of_characters(data, monkeypatch):
    some_train, some_test = data.train.take(slice(3_000)), data.test.take(slice(100))
    pool = replicate.Pool(
        some_train, some_test, some_train.rows, some_test.rows, data.classes, "", ""
    )
    monkeypatch.setattr(replicate, "pool", lambda name: pool)
    monkeypatch.setattr(replicate, "VALID", 50)
    replicate.numbers.cache_clear()
    common = dict(task="tagging", tokens=100, updates=150, learning_rate=0.02)
    pairs = replicate.run(Trial(characters.NAME, MOST_FREQUENT, BASELINE, 400, 0, None, **common))
    trained = replicate.run(Trial(characters.NAME, "gru", MAIN, 400, 0, 16, **common))
    replicate.numbers.cache_clear()
    assert pairs["status"] == trained["status"] == "done", trained["reason"]
    assert trained["test_rows"] == 100 * 100
    assert len(trained["test_right"]) == len({*some_test.rows}), "a number for each work"
    assert sum(trained["test_blocks"]) == 100 * 100
    assert trained["test_accuracy"] > pairs["test_accuracy"] + 0.03
