"""The language model: it learns, resumes, streams generated text, and refuses invalid settings."""

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow_datasets as tfds

from recipes import language_model as recipe
from tests.recipes.test_compare_language_models import WORDS, toy

ROOT = Path(__file__).parents[2]


def arguments(*options):
    small = ("--data", "toy.txt", "--units", "24", "--rows", "8", "--steps", "16")
    return recipe.arguments([*small, *map(str, options)])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language")
    toy(folder / "toy.txt")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        recipe.main(arguments("--epochs", 4))
    return folder / "saved_models" / "toy_gru" / "1"


def test_it_learns(trained):
    card = json.loads((trained / "card.json").read_text())
    text = (trained.parents[2] / "toy.txt").read_text()
    shares = np.unique(list(text), return_counts=True)[1] / len(text)
    assert 0 < card["bits"] < -(shares * np.log2(shares)).sum() / 2
    assert card["alphabet"] == "".join(sorted(set(text)))
    assert (trained / "saved_model.pb").exists()
    assert not list(trained.glob("epoch_*"))


def test_it_writes_the_same_for_a_seed(trained, monkeypatch, capsys):
    monkeypatch.chdir(trained.parents[2])
    written = []
    for seed in (3, 3, 4):
        recipe.generate(arguments("--generate", "the ", "--length", 60, "--seed", seed))
        written.append(capsys.readouterr().out)
    assert written[0] == written[1] != written[2]
    recipe.generate(arguments("--generate", "the ", "--length", 60, "--temperature", 0))
    written = capsys.readouterr().out
    assert len(written) == len("the ") + 60 + 1
    assert any(word in written[4:] for word in WORDS)


def test_what_it_writes_is_what_the_whole_text_would_give(trained):
    """The state carried from character to character equals that of the text so far."""
    model = keras.saving.load_model(trained / "model.keras", compile=False)
    letters = json.loads((trained / "card.json").read_text())["alphabet"]
    text = "the "
    for letter in recipe.write(model, letters, "the ", 30, 0.0):
        logits = np.asarray(model(recipe.numbers(text, letters)[None]))[0, -1, 1:]
        assert letter == letters[int(logits.argmax())]
        text += letter
    assert "the " in text[4:]


def test_the_temperature_is_that_of_a_softmax():
    """Characters are sampled with probabilities proportional to exp(logits / temperature)."""
    logits = np.array([9.0, 1.0, 0.0, -1.0], "float32")  # the first is no character

    class Fixed:
        def __call__(self, model, piece, carried):
            return np.tile(logits, (1, piece.shape[1], 1)), carried

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe.keras_gated, "stream", Fixed())
        drawn = list(recipe.write(keras.Sequential(), "abc", "a", 4_000, 2.0, 0))
        greedy = list(recipe.write(keras.Sequential(), "abc", "a", 5, 0.0))
    shares = np.exp(logits[1:] / 2) / np.exp(logits[1:] / 2).sum()
    assert [drawn.count(letter) / 4_000 for letter in "abc"] == pytest.approx(shares, abs=0.03)
    assert greedy == ["a"] * 5


def test_alphabet():
    letters = recipe.alphabet("abcabc a\U0001f600", 3)
    assert letters == "abc", "the most frequent"
    assert recipe.numbers("cab?", letters).tolist() == [3, 1, 2, 0]
    assert len(recipe.alphabet("abcab")) == 3


def test_files_and_data_sets(tmp_path, monkeypatch):
    (tmp_path / "rows.csv").write_text("said\n" + "".join(f"row {k}\n" for k in range(40)))
    parts = recipe.load(str(tmp_path / "rows.csv"), "said")
    assert "".join(parts).split("\n") == [f"row {k}" for k in range(40)]
    builder = type(tfds.builder("tiny_shakespeare", data_dir=tmp_path))
    given = {"train": "to be", "validation": "or", "test": "not"}
    monkeypatch.setattr(
        builder,
        "_split_generators",
        lambda self, _: {split: iter([(0, {"text": text})]) for split, text in given.items()},
    )
    monkeypatch.setattr(tfds, "load", functools.partial(tfds.load, data_dir=tmp_path))
    assert recipe.load("tiny_shakespeare", "text") == tuple(given.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cell", "ltsm"], "--cell ltsm: expected module:Class or one of coupled_lstm"),
        (["--data", "none.txt"], "--data none.txt: "),
        (["--tensorboard", "logs"], "--tensorboard needs TensorBoard: pip install tensorboard"),
        (["--rows", "500"], "--rows 500 of --steps 16 need 8,001 characters"),
        (["--steps", "0"], "--steps must be 1 or more; received 0"),
        (["--size", "10"], "characters for training, validation and test each; there are 10, "),
        (["--data", "."], "is a folder"),
        (["--temperature", "-1"], "--temperature must be 0 or more"),
        (["--temperature", "nan"], "--temperature must be 0 or more"),
    ],
)
def test_refused_before_tensorflow_is_imported(trained, monkeypatch, capsys, options, message):
    monkeypatch.chdir(trained.parents[2])
    found = recipe.find_spec
    monkeypatch.setattr(recipe, "find_spec", lambda name: name != "tensorboard" and found(name))
    with pytest.raises(SystemExit):
        arguments(*options)
    assert message in capsys.readouterr().err


def test_what_it_cannot_write_with(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(trained.parents[2])
    with pytest.raises(SystemExit, match=r"--generate holds .*'Z'.*the model knows"):
        recipe.generate(arguments("--generate", "Z"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="there is no model in saved_models"):
        recipe.generate(recipe.arguments(["--generate", "the ", "--name", "toy_gru"]))
    for card in ("[1]", '{"alphabet": 3}', "{", "[" * 100_000):
        folder = tmp_path / "saved_models" / "toy_gru" / "1"
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "²").mkdir(exist_ok=True)  # no version
        (folder / "card.json").write_text(card)
        with pytest.raises(SystemExit, match="holds no language model"):
            recipe.generate(recipe.arguments(["--generate", "the ", "--name", "toy_gru"]))


@pytest.mark.parametrize("cell", ["keras.layers:LSTM", "keras.layers:GRUCell"])
def test_a_layer_of_keras_writes_too(cell):
    layers = recipe.recurrent(cell, 4)
    model = recipe.build(layers, 4)
    written = [*recipe.write(model, "abc", "ab", 5, 0.0)]
    letters, prompt = "abc", recipe.numbers("ab", "abc")[None]
    for letter in written:
        best = np.asarray(model(prompt))[0, -1, 1:].argmax()
        assert letter == letters[best]
        prompt = np.append(prompt, [[best + 1]], axis=1).astype("int32")


def test_it_goes_on_with_a_cell_of_ones_own(tmp_path):
    """In a new process, the cell's module is imported before the model is loaded."""
    (tmp_path / "mycells.py").write_text(
        "import keras, keras_gated\n"
        "@keras.saving.register_keras_serializable('mine')\n"
        "class OwnCell(keras_gated.GRUCell):\n    pass\n"
    )
    shutil.copy(recipe.__file__, tmp_path)
    toy(tmp_path / "toy.txt", lines=300)
    command = [sys.executable, "language_model.py", "--name", "my own-1", "--data", "toy.txt"]
    sizes = ["--units", "4", "--rows", "8", "--steps", "16", "--epochs", "2"]
    how = {"cwd": tmp_path, "env": os.environ | {"PYTHONPATH": str(ROOT)}, "text": True}
    for rest in (["--cell", "mycells:OwnCell", *sizes], ["--generate", "the ", "--length", "9"]):
        done = subprocess.run([*command, *rest], capture_output=True, **how)
        assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("the ")
    assert (tmp_path / "saved_models" / "my own-1" / "1").is_dir()


@pytest.mark.parametrize(
    ("file", "content", "text"),
    [
        ("a.csv", 'text;"n, m"\nNA;1\n"b, c";2\n', "NA\nb, c"),
        ("a.tsv", "text\tn\na b\t1\nnull\t2\n", "a b\nnull"),
        ("a.jsonl", '{"text": "a b"}\n{"text": null}\n{"text": "c"}\n', "a b\nc"),
        ("a.txt", "\ufeffa b\nc", "a b\nc"),
    ],
)
def test_files(tmp_path, file, content, text):
    path = tmp_path / file
    path.write_text(content, "utf-8")
    assert "".join(recipe.load(str(path), "text")) == text
    with pytest.raises(ValueError, match="other"):
        recipe.load(str(path), "other")


def test_copied_into_an_empty_folder_it_trains_and_goes_on(tmp_path):
    shutil.copy(recipe.__file__, tmp_path)
    shutil.copytree(ROOT / "keras_gated", tmp_path / "site" / "keras_gated")
    toy(tmp_path / "toy.txt", lines=300)
    command = [sys.executable, "language_model.py", "--data", "toy.txt", "--units", "8", "--rows",
               "8", "--steps", "16", "--epochs", "3"]  # fmt: skip
    how = {"cwd": tmp_path, "env": os.environ | {"PYTHONPATH": "site"}, "text": True}
    done = subprocess.run(command, capture_output=True, **how)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Epoch 3/3" in done.stdout
    assert "bits per character" in done.stdout
    done = subprocess.run(
        [sys.executable, "language_model.py", "--name", "toy_gru", "--generate", "the "],
        capture_output=True, **how,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("the ")
