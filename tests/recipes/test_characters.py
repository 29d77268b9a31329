"""Passages of Shakespeare with the next character of each: what they are, and no leaks."""

import numpy as np
import pytest

from recipes.data import builders, characters
from recipes.trials import replicate
from recipes.trials.replicate import MAIN, Trial


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


def test_a_sample_is_of_many_works_and_depends_on_the_seed(data):
    assert len({*data.train.rows[:200]}) > 15
    other = characters.load(1)
    assert {*other.test.rows} != {*data.test.rows}


def test_a_network_learns_more_than_pairs_of_characters(data, monkeypatch):
    some, few = data.train.take(slice(3_000)), data.test.take(slice(100))
    pool = replicate.Pool(some, few, some.rows, few.rows, data.classes, "", "")
    monkeypatch.setattr(replicate, "pool", lambda name: pool)
    monkeypatch.setattr(replicate, "VALID", 50)
    replicate.numbers.cache_clear()
    trial = Trial(characters.NAME, "gru", MAIN, 400, 0, 16, task="tagging", tokens=100,
                  updates=100, learning_rate=0.02)  # fmt: skip
    found = replicate.run(trial)
    replicate.numbers.cache_clear()
    assert found["status"] == "done", found["reason"]
    assert found["test_rows"] == 100 * 100
    assert len(found["test_right"]) == len({*few.rows}), "a number for each work"
    assert found["test_accuracy"] > 0.27, "the most frequent next character: 0.266"
    assert np.sum(found["test_right"]) / 10_000 == pytest.approx(found["test_accuracy"])
