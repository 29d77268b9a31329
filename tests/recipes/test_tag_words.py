"""The tagger: it learns from the words before and after, and is served without this package."""

import functools
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from recipes import tag_words as recipe

ROOT = Path(__file__).parents[2]
WORDS = ("run", "walk", "play")
SERVE = """
import sys, json
for name in ("keras_gated", "recipes", "keras"):
    sys.modules[name] = None  # importing it raises
import tensorflow as tf
served = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
got = served(text=tf.constant(["The run ended", "", "Zoe will run on", "run !"]))
print(json.dumps([[tag.decode() for tag in row] for row in got["tags"].numpy()]))
"""


def write(path: Path, sentences: int = 400) -> Path:
    """Write sentences in which a word's tag depends on the word before it or after it."""
    rng = random.Random(0)
    lines = []
    for k in range(sentences):
        word, rare = rng.choice(WORDS), f"name{k}"
        one = [("the", "det"), (word, "noun"), ("ended", "verb")]
        other = [(rare, "name"), ("will", "aux"), (word, "verb"), ("on", "adv")]
        behind = [(word, "imperative"), ("!", "mark")]
        lines += [f"{w}\t{t}" for w, t in rng.choice((one, other, behind))] + [""]
    path.write_text("\n".join(lines))
    return path


def train(*options):
    small = ("--data", "tagged.txt", "--units", "16", "--tokens", "6", "--epochs", "40")
    recipe.main(recipe.arguments(list(map(str, (*small, *options)))))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tag")
    write(folder / "tagged.txt")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train("--bidirectional")
    return folder / "saved_models" / "tagged_gru" / "1"


def test_it_is_served_without_this_package(trained, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(trained)],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    tags = [[tag for tag in row if tag] for row in json.loads(done.stdout.splitlines()[-1])]
    assert tags == [
        ["det", "noun", "verb"],
        [],
        ["name", "aux", "verb", "adv"],  # a name that is not in training
        ["imperative", "mark"],  # only the word after it shows the tag
    ]
    card = json.loads((trained / "card.json").read_text())
    assert card["accuracy"] > 0.97
    assert sum(card["texts"]) == 400


def test_one_direction_does_not_know_what_follows(trained, monkeypatch):
    monkeypatch.chdir(trained.parents[2])
    train("--layers", "2", "--name", "forward", "--epochs", "6")
    card = json.loads(Path("saved_models/forward/1/card.json").read_text())
    assert card["accuracy"] > 0.6
    model = keras.saving.load_model("saved_models/forward/1/model.keras")
    first, second = np.asarray(model(tf.constant(["run !", "run on"])))
    assert np.allclose(first[0], second[0], atol=1e-6)
    both = keras.saving.load_model(trained / "model.keras")
    first, second = np.asarray(both(tf.constant(["run !", "run on"])))
    assert not np.allclose(first[0], second[0], atol=1e-3)


def test_words_that_occur_once_are_unknown_half_of_the_time():
    words = np.arange(2, 1002, dtype="int32").reshape(100, 10)
    words[:, 0] = 2  # occurs a hundred times
    tags = [[1] * 10] * 100
    seen = np.concatenate([np.asarray(x) for x, *_ in recipe.batches(words, tags, 10, seed=3)])
    assert (seen[:, 0] == 2).all()
    assert 0.4 < (seen[:, 1:] == 1).mean() < 0.6
    again = np.concatenate([np.asarray(x) for x, *_ in recipe.batches(words, tags, 10)])
    assert np.array_equal(again, words), "for a test nothing is changed"


def test_padding_weighs_nothing():
    words = np.array([[2, 3, 0], [4, 0, 0]], "int32")
    ((_, tags, weights),) = recipe.batches(words, [[5, 6], [7]])
    assert np.asarray(tags).tolist() == [[5, 6, 0], [7, 0, 0]]
    assert np.asarray(weights).tolist() == [[1, 1, 0], [1, 0, 0]]
    ((_, tags, weights),) = recipe.batches(words[:, :1], [[5, 6], [7]])
    assert np.asarray(tags).tolist() == [[5], [7]], "what is not read has no tag"


def test_tensorflow_datasets_by_name(tmp_path, monkeypatch):
    builder = type(tfds.builder("conll2003", data_dir=tmp_path))
    row = {"tokens": ["EU", "rejects"], "pos": ["NNP", "VBZ"], "chunks": ["B-NP", "B-VP"],
           "ner": ["B-ORG", "O"]}  # fmt: skip
    rows = [(k, row) for k in range(20)]
    monkeypatch.setattr(
        builder, "_split_generators", lambda self, _: {"train": iter(rows), "test": iter(rows[:4])}
    )
    monkeypatch.setattr(tfds, "load", functools.partial(tfds.load, data_dir=tmp_path))
    sets, classes = recipe.load("conll2003", "tokens", "ner", 0)
    assert [len(texts) for texts, _ in sets] == [18, 2, 4]
    text, tags = sets[0][0][0], sets[0][1][0]
    assert text == "EU rejects"
    assert [classes[tag] for tag in tags] == ["B-ORG", "O"]
    for words, label in (("text", "ner"), ("tokens", "upos")):
        with pytest.raises(ValueError, match=r"no feature .*; --words and --tags: .*tokens"):
            recipe.load("conll2003", words, label, 0)
    with pytest.raises(ValueError, match="--tags tokens is no feature of one tag for each word"):
        recipe.load("conll2003", "tokens", "tokens", 0)


def test_each_word_stays_one():
    assert recipe.sentence([b"10 000", "a\u00a0b", b"", "c"]) == "10_000 a_b _ c"


def test_the_brown_corpus(monkeypatch):
    from recipes.data import brown

    class Part:
        texts, labels = ["a b"], [np.array([0, 1])]

    class Found:
        train = valid = test = Part
        classes = ("at", "nn")

    monkeypatch.setattr(brown, "load", lambda: Found)
    sets, classes = recipe.load("brown", "", "", 0)
    assert len(sets) == 3
    assert classes == ("at", "nn")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cell", "ltsm"], "--cell ltsm: expected module:Class or one of coupled_lstm"),
        (["--data", "none.txt"], "--data none.txt: "),
        (["--tensorboard", "logs"], "--tensorboard needs TensorBoard: pip install tensorboard"),
        (["--data", "short.txt"], "expected a word and its tag in each line; one holds ['ran']"),
        (["--data", "few.txt"], "4 sentences with 2 different tags are too few"),
        (["--data", "empty.txt"], "expected a word and its tag in each line; one holds ['']"),
        (
            ["--data", "bare.txt"],
            "expected a word and its tag in each line; one holds ['film', '']",
        ),
        (["--data", "blank.txt"], "expected a word and its tag in each line; one holds ['\\xa0'"),
        (["--seed", "-1"], "--seed must be from 0 to 2**32 - 1; received -1"),
        (["--data", "tree.txt"], "lines have different numbers of columns"),
        (["--data", "."], "is a folder"),
        (["--layers", "0"], "--layers must be 1 or more; received 0"),
    ],
)
def test_refused_before_tensorflow_is_imported(tmp_path, monkeypatch, capsys, options, message):
    write(tmp_path / "tagged.txt", 20)
    (tmp_path / "short.txt").write_text("he prp\nran\n")
    (tmp_path / "few.txt").write_text("he prp\nran vb\n\n" * 4)
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "bare.txt").write_text("the\tdet\nfilm\t\n\n" * 20)
    (tmp_path / "blank.txt").write_text("the\tdet\n\u00a0\tnn\n\n" * 20, "utf-8")
    (tmp_path / "tree.txt").write_text("# text = he ran\n1 he _ prp\n2 ran _ vb\n\n" * 20)
    monkeypatch.chdir(tmp_path)
    found = recipe.find_spec
    monkeypatch.setattr(recipe, "find_spec", lambda name: name != "tensorboard" and found(name))
    with pytest.raises(SystemExit):
        recipe.arguments(["--data", "tagged.txt", *options])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "word"),
    [("10\u00a0000 num", "10_000"), ("he\t\tprp", "he"), ("New York\tnnp", "New_York")],
)
def test_words_with_spaces_and_empty_columns(tmp_path, line, word):
    path, mark = tmp_path / "tagged.txt", "\t" if "\t" in line else " "
    second = "ran" + mark * (line.count("\t") or 1) + "vb"
    path.write_text(f"{line}\n{second}\n\n" * 20, "utf-8")
    sets, classes = recipe.load(str(path), "", "", 0)
    assert sets[0][0][0] == f"{word} ran"
    assert [classes[tag] for tag in sets[0][1][0]] == [line.split()[-1], "vb"]


def test_universal_dependencies(tmp_path):
    path, rest = tmp_path / "english.conllu", "\tX\t_\t_\t0\troot\t_\t_"
    lines = ["# text = 10 000 ain't #", "1\t10 000\t10000\tNUM" + rest,
             "2-3\tain't\t_\t_" + rest, "2\tai\tbe\tAUX" + rest, "3\tn't\tnot\tPART" + rest,
             "3.1\tgone\tgo\tVERB" + rest, "4\t#\t#\tSYM" + rest]  # fmt: skip
    path.write_text("\n".join(lines) + "\n\n" + "\n".join(["# newpar", *lines[1:]]) + "\n\n")
    path.write_text(path.read_text() * 10)
    sets, classes = recipe.load(str(path), "", "", 0)
    assert sum(len(words) for words, _ in sets) == 20
    for words, tags in sets:
        assert {*words} == {"10_000 ai n't #"}
        assert {tuple(classes[tag] for tag in each) for each in tags} == {
            ("NUM", "AUX", "PART", "SYM")
        }


def test_copied_into_an_empty_folder(tmp_path):
    shutil.copy(recipe.__file__, tmp_path)
    shutil.copytree(ROOT / "keras_gated", tmp_path / "site" / "keras_gated")
    write(tmp_path / "tagged.txt")
    done = subprocess.run(
        [sys.executable, "tag_words.py", "--data", "tagged.txt", "--units", "4", "--epochs", "3",
         "--tokens", "6", "--cell", "rg_lru"],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": "site"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Epoch 3/3" in done.stdout
    assert "written: saved_models/tagged_rg_lru/1" in done.stdout
