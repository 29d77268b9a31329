"""The page of `recipes.look`: the values of the trace, for the words that the model read."""

import json
import re
import shutil
import string

import hypothesis
import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies
from rich.console import Console

import keras_gated
from recipes import classify_text, look
from recipes.trials import export, reading
from recipes.trials import model as models

TEXTS = ["a fine film", "a dull film and a grim story", "fine, lovely: bright!", "cold and dull"]
TOKENS = 12


def save(folder, cell="lstm"):
    """Write an untrained model as `recipes.classify_text` does, for `recipes.look`."""
    keras.utils.set_random_seed(0)
    vectorizer = classify_text.vectorizer(TEXTS, TOKENS)
    layer = models.MaskedAverage() if cell == "average" else models.cell(cell)(5, name=cell)
    model = classify_text.build(layer, 2, vectorizer.vocabulary_size(), 4)
    folder.mkdir(parents=True)
    text = keras.Input((), dtype="string", name="text")
    keras.Model(text, model(vectorizer(text))).save(folder / "model.keras")
    card = {"name": folder.parent.name, "model": cell, "classes": ["bad", "good"]}
    (folder / "card.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("models") / "reviews" / "1")


@pytest.fixture(scope="module")
def saved(folder):
    return reading.load(folder)


def run(model, text, out):
    console = Console(record=True, width=200)
    code = look.main(look.Settings(model=model, text=text, out=out), console)
    return code, console.export_text()


def test_the_page(folder, saved, tmp_path):
    text = 'A Dull film </script><b onclick="alert(1)">& {{ text }} - zorblax!'
    code, said = run(folder.parent, text, tmp_path / "new" / "look.html")
    assert code == 0, said
    page = (tmp_path / "new" / "look.html").read_text()
    assert not re.search(r"""(?:src|href)\s*=|@import|url\(|https?:""", page), "it fetches nothing"
    assert "<b onclick" not in page
    assert page.count("</script>") == 2
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])
    seen = keras_gated.trace(saved.model, tf.constant([text])).only
    (layer,) = data["layers"]
    assert [own["name"] for own in layer["series"]] == [
        "state c", "state h", "input i", "forget f", "candidate g", "output o",
    ]  # fmt: skip
    steps = int(seen.seen.sum())
    assert 2 * len(data["soFar"]) == 2 * steps == page.count("data-step=")
    assert page.index('id="moved"') < page.index('id="so-far"') < page.index('id="words"')
    assert data["classes"] == 2
    for own, values in zip(
        layer["series"], [seen.states["c"], seen.states["h"], *seen.gates.values()], strict=True
    ):
        assert np.abs(np.array(own["values"]) / 1000 - values[0, :steps]).max() <= 0.0005 + 1e-6
    best = int(seen_output(saved, text).argmax())
    assert data["class"] == ["bad", "good"][best]
    assert abs(data["soFar"][-1] / 1000 - seen_output(saved, text)[best]) <= 0.0005 + 1e-6
    first = seen_output(saved, "A")[best]
    assert abs(data["soFar"][0] / 1000 - first) <= 0.0005 + 1e-6
    assert 'class="unknown"' in page
    assert "words are not in the model's vocabulary" in said
    assert "zorblax!" in said, "the words are named"


def seen_output(saved, text):
    return np.asarray(saved.model(tf.constant([text])))[0]


def test_a_very_long_text(folder, tmp_path):
    code, said = run(folder, "fine film " * 20_000, tmp_path / "look.html")
    assert code == 0
    assert f"The model reads {TOKENS} words; the 39,988 after them had no influence." in said
    page = (tmp_path / "look.html").read_text()
    assert page.count("data-step=") == 2 * TOKENS
    assert f"and {40_000 - TOKENS - look.UNREAD:,} more" in page
    assert len(page) < 100_000


def test_a_text_of_unknown_words(folder, tmp_path):
    code, said = run(folder, "zorblax", tmp_path / "look.html")
    assert code == 0
    assert "1 word is not in the model's vocabulary" in said


@pytest.mark.parametrize("text", ["", "  \n", "!!! -- ..."])
def test_a_text_without_a_word(folder, tmp_path, text):
    code, said = run(folder, text, tmp_path / "look.html")
    assert code == 1
    assert "The text holds no word" in said
    assert not (tmp_path / "look.html").exists()


def test_no_such_model(folder, tmp_path):
    code, said = run(folder.parent.parent / "nowhere", "a film", tmp_path / "look.html")
    assert code == 1
    assert "holds no model" in said
    assert str(folder.parent) in said, "it names those that there are"
    code, said = run(save(tmp_path / "mean" / "1", "average"), "a film", tmp_path / "look.html")
    assert code == 1
    assert "averages word vectors" in said


def test_the_newest_version(folder, tmp_path):
    for version in ("2", "10"):
        save(tmp_path / "reviews" / version, "gru")
    assert reading.load(tmp_path / "reviews").folder.name == "10"
    assert reading.load(tmp_path / "reviews" / "2").folder.name == "2"


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("[]", "holds a JSON list where an object is expected"),
        ("{", "is not JSON"),
        ('{"classes": ["bad"]}', "must be the names of the model's 2 classes; received ['bad']"),
        ('{"classes": 2}', "must be the names of the model's 2 classes; received 2"),
        ('{"classes": [1, 2]}', "must be the names of the model's 2 classes"),
    ],
)
def test_a_damaged_card_is_refused(folder, tmp_path, card, message):
    damaged = shutil.copytree(folder, tmp_path / "reviews" / "1")
    (damaged / "card.json").write_text(card)
    code, said = run(damaged, "a film", tmp_path / "look.html")
    assert code == 1
    assert "card.json" in said
    assert message in " ".join(said.split())


def test_only_numbers_are_versions(tmp_path):
    for name in ("2", "10", "²", "٣", "1.unfinished", "x"):
        (tmp_path / name).mkdir()
    (tmp_path / "11").write_text("a file")
    assert [path.name for path in export.versions(tmp_path)] == ["2", "10"]
    assert export.next_version(tmp_path).name == "11"
    assert export.next_version(tmp_path / "none").name == "1"


@hypothesis.settings(max_examples=25, deadline=None)
@hypothesis.given(strategies.text(string.printable + "é\u00a0\u2028\x85😀", max_size=40))
def test_words_are_the_vectorizer_s(saved, text):
    words = reading.split(saved.vectorizer, text)
    numbers = np.asarray(saved.vectorizer(tf.constant([text])))[0]
    assert sum(len(word.steps) for word in words) == np.count_nonzero(numbers)
    taken = [step for word in words for step in word.steps]
    assert taken == list(range(len(taken)))
    for word in words:
        for step in word.steps:
            assert word.known is bool((numbers[list(word.steps)] != 1).all())
            assert numbers[step] != 0


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0.0%"), (0.0002, "<0.1%"), (0.9996, ">99.9%"), (1.0, "100.0%")]
)
def test_percent(share, said):
    assert look.percent(share) == said
