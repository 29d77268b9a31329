"""The text classifier: it learns, resumes, and is served without this package."""

import csv
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

import keras_gated
from recipes import classify_text as recipe
from tests.recipes import texts
from tests.recipes.serving import STRANGE, served

ROOT = Path(__file__).parents[2]


def train(*options):
    """Run the recipe in this process and in the current folder."""
    columns = ("--text", "review", "--label", "stars") if "--data" not in options else ()
    data = ("--data", "reviews.csv") if "--data" not in options else ()
    small = ("--units", "4", "--epochs", "12", *data, *columns, *options)
    recipe.main(recipe.arguments(list(map(str, small))))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classify")
    texts.write(folder / "reviews.csv", rows=300)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train()
    return folder / "saved_models" / "reviews_gru" / "1"


def test_it_is_served_without_this_package(trained, tmp_path):
    given = [*STRANGE, b"a fine lovely film", b"the film was dull and grim", b"\xff\xfe\x00 fine"]
    (got,) = served(tmp_path, given, trained)
    model = keras.saving.load_model(trained / "model.keras")
    expected = np.asarray(model(tf.constant(given)))
    assert np.abs(np.array(got["probabilities"]) - expected).max() < 1e-5
    assert expected.shape == (len(given), 2)
    assert got["classes"] == [["bad", "good"]] * len(given)
    assert got["label"] == [["bad", "good"][k] for k in expected.argmax(-1)]
    assert got["label"][5:7] == ["good", "bad"], "it has learnt what the words mean"


def test_card(trained):
    card = json.loads((trained / "card.json").read_text())
    assert card["name"] == "reviews_gru"
    assert card["classes"] == ["bad", "good"]
    assert card["cell"] == "gru"
    assert {"keras", "keras_gated", "tensorflow"} <= set(card["versions"])
    assert 0.8 < card["accuracy"] <= 1
    assert sum(card["texts"]) == 300
    assert not list(trained.parent.glob("unfinished*"))
    epochs = list(csv.DictReader((trained / "epochs.csv").open()))
    assert 3 < len(epochs) <= 12


def test_the_next_training_is_the_next_version(trained, monkeypatch):
    monkeypatch.chdir(trained.parents[2])
    train("--epochs", "1", "--name", "reviews_gru")
    assert (trained.parent / "2" / "saved_model.pb").exists()


@pytest.mark.parametrize("cell", ["RG_LRU", "keras.layers:LSTM", "tests.own_cell:UGRNNCell"])
def test_other_cells(trained, monkeypatch, cell):
    monkeypatch.chdir(trained.parents[2])
    monkeypatch.syspath_prepend(ROOT)
    train("--cell", cell, "--epochs", "1")
    name = {"RG_LRU": "reviews_RG_LRU"}.get(cell, "reviews_" + cell.replace(":", "_"))
    assert (Path("saved_models") / name / "1" / "saved_model.pb").exists()


@pytest.mark.parametrize("kind", ["tsv", "jsonl", "parquet"])
def test_files(trained, tmp_path, kind):
    table = pd.read_csv(trained.parents[2] / "reviews.csv")
    path = tmp_path / f"reviews.{kind}"
    write = {"tsv": lambda: table.to_csv(path, sep="\t", index=False),
             "jsonl": lambda: table.to_json(path, orient="records", lines=True),
             "parquet": lambda: table.to_parquet(path)}  # fmt: skip
    write[kind]()
    sets, classes = recipe.load(str(path), "review", "stars", 0)
    assert [len(labels) for _, labels in sets] == [240, 30, 30]
    assert classes == ["bad", "good"]
    expected, _ = recipe.load(str(trained.parents[2] / "reviews.csv"), "review", "stars", 0)
    for (ours, labels), (theirs, others) in zip(sets, expected, strict=True):
        assert list(ours) == list(theirs)
        assert np.array_equal(labels, others)


def test_rows_without_a_label_or_text_are_left_out(tmp_path, capsys):
    path = tmp_path / "rows.csv"
    rows = [f"text {k},{'ab'[k % 2]}" for k in range(20)]
    path.write_text("\n".join(["text,label", *rows, "unlabelled,", ",a", "text 1,b", "NaN,NA"]))
    sets, classes = recipe.load(str(path), "text", "label", 0)
    assert "21 of 24 rows" in capsys.readouterr().out
    assert classes == ["NA", "a", "b"]
    found = [text for part, _ in sets for text in part]
    assert len(found) == len(set(found)) == 21


@pytest.mark.parametrize(
    ("label", "classes"),
    [
        (["1.1", "1.10", "007"], ["007", "1.1", "1.10"]),
        ([1, 2, None], ["1", "2"]),
        ([0, 1], "01"),
        ([True, False], ["False", "True"]),
    ],
)
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_labels_are_taken_as_they_are_written(tmp_path, kind, label, classes):
    path = tmp_path / f"labels.{kind}"
    rows = [{"text": f"text {k}", "label": label[k % len(label)]} for k in range(30)]
    if kind == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows))
    else:
        pd.DataFrame(rows, dtype=object).to_parquet(path)
    assert recipe.load(str(path), "text", "label", 0)[1] == list(classes)


def test_whole_numbers_are_one_class_however_they_are_written(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [{"text": f"text {k}", "label": [1, 1.0, 0, 0.0][k % 4]} for k in range(40)]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert recipe.load(str(path), "text", "label", 0)[1] == ["0", "1"]


@pytest.mark.parametrize(
    ("name", "header", "mark"),
    [
        ("rows.csv", '"a; b; text",label', ","),
        ("rows.tsv", "a, b, text\tlabel", "\t"),
        ("rows.csv", "\ntext;label", ";"),
    ],
)
def test_the_header_may_hold_other_separators(tmp_path, name, header, mark):
    path = tmp_path / name
    rows = [f'"text{mark} {k}"{mark}{"ab"[k % 2]}' for k in range(20)]
    path.write_text("\n".join([header, *rows, "  "]))
    text = next(csv.reader([header.strip()], delimiter=mark))[-2].strip()
    sets, classes = recipe.load(str(path), text, "label", 0)
    assert classes == ["a", "b"]
    assert sum(len(part) for part, _ in sets) == 20


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_separators_and_spaces(tmp_path, mark):
    path = tmp_path / "rows.CSV"
    rows = [mark.join((f'"a text, number{mark} {k}"', " ab"[k % 2 + 1] + " ")) for k in range(20)]
    path.write_text("\n".join([f"text{mark} label", *rows]), "utf-8-sig")
    sets, classes = recipe.load(str(path), "text", "label", 0)
    assert classes == ["a", "b"]
    assert all(text.startswith(f"a text, number{mark} ") for part, _ in sets for text in part)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["first half, second half,neg"] * 20, "a row of 3 cells under a header of 2"),
        (['"a" stray quote,neg'] * 20, "line 2: ',' expected after '\"'"),
        (["a,b", '"not closed,neg'] * 1, "line 3: unexpected end of data"),
        ([], "0 rows with 0 labels"),
    ],
)
def test_rows_that_would_be_read_wrongly(tmp_path, capsys, lines, message):
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["text,label", *lines]))
    with pytest.raises(SystemExit):
        recipe.arguments(["--data", str(path)])
    assert message in capsys.readouterr().err


def test_copies_that_the_model_cannot_tell_apart_are_left_out(tmp_path):
    path = tmp_path / "rows.csv"
    rows = [f"{text},{'ab'[k % 2]}" for k in range(20) for text in (f"No {k}", f"no  {k}!")]
    path.write_text("\n".join(["text,label", *rows]))
    sets, _ = recipe.load(str(path), "text", "label", 0)
    assert sorted(text for part, _ in sets for text in part) == sorted(f"No {k}" for k in range(20))


def test_texts_without_spaces_are_noted(tmp_path, capsys):
    path = tmp_path / "rows.csv"
    rows = [f"这部电影很好看{k},{'ab'[k % 2]}" for k in range(20)]
    path.write_text("\n".join(["text,label", *rows]), "utf-8")
    recipe.load(str(path), "text", "label", 0)
    assert "put spaces between words" in capsys.readouterr().out


def test_a_class_may_have_any_name(trained, tmp_path):
    vectorize = recipe.vectorizer(["a b"], 3)
    model = recipe.build(keras_gated.GRU(2), 2, vectorize.vocabulary_size())
    recipe.export(tmp_path, vectorize, model, ["[UNK]", "ok"])
    served = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    assert served(text=tf.constant(["a"]))["classes"].numpy().tolist() == [[b"[UNK]", b"ok"]]


def test_tensorflow_datasets_by_name(tmp_path, monkeypatch):
    builder = type(tfds.builder("imdb_reviews", data_dir=tmp_path))
    rows = [(k, {"text": f"film {k}", "label": ("neg", "pos")[k % 2]}) for k in range(20)]
    monkeypatch.setattr(
        builder, "_split_generators", lambda self, _: {"train": iter(rows), "test": iter(rows[:4])}
    )
    monkeypatch.setattr(tfds, "load", functools.partial(tfds.load, data_dir=tmp_path))
    sets, classes = recipe.load("imdb_reviews", "text", "label", 0)
    assert list(classes) == ["neg", "pos"]
    assert [len(labels) for _, labels in sets] == [18, 2, 4]
    assert {int(text.split()[1]) for part, _ in sets[:2] for text in part} == set(range(20))
    assert all(int(t.split()[1]) % 2 == y for part in sets for t, y in zip(*part, strict=True))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cell", "ltsm"], "--cell ltsm: expected module:Class or one of coupled_lstm"),
        (["--text", "revew"], "no column 'revew'; --text and --label: id, review, stars"),
        (["--data", "reviews.tsv"], "--data reviews.tsv: "),
        (["--seed", "-1"], "--seed must be from 0 to 2**32 - 1; received -1"),
        (["--data", "half.jsonl"], "--data half.jsonl: line 2 is no JSON: "),
        (["--units", "many"], "argument --units: invalid int value"),
        (["--units", "0"], "--units must be 1 or more; received 0"),
        (["--data", "."], "expected a file that ends in .csv, .tsv, .jsonl or .parquet"),
        (["--data", "list.json"], "expected a file that ends in .csv, .tsv, .jsonl or .parquet"),
        (["--tensorboard", "logs"], "--tensorboard needs TensorBoard: pip install tensorboard"),
    ],
)
def test_refused_before_tensorflow_is_imported(tmp_path, monkeypatch, capsys, options, message):
    texts.write(tmp_path / "reviews.csv", rows=30)
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "half.jsonl").write_text('{"review": "a", "stars": 1}\n{"review":\n')
    monkeypatch.chdir(tmp_path)
    found = recipe.find_spec
    monkeypatch.setattr(recipe, "find_spec", lambda name: name != "tensorboard" and found(name))
    with pytest.raises(SystemExit):
        recipe.arguments(
            ["--data", "reviews.csv", "--text", "review", "--label", "stars", *options]
        )
    assert message in capsys.readouterr().err
    code = "import runpy, sys; sys.modules['tensorflow'] = sys.modules['keras'] = None; " \
           "runpy.run_path(sys.argv.pop(1), run_name='__main__')"  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, recipe.__file__, "--data", "reviews.csv", *options],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "classify_text: error: " in done.stderr


def test_a_name_is_one_folder():
    for name in ("..", "../x", "a/b", "a\0b", "n" * 300, "naïve name-1.2"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(recipe, "load", lambda *_: ([], []))
            found = recipe.arguments(["--name", name]).name
        assert Path(found).name == found
        assert not set("/\\\0") & set(found)
        assert len(found) <= 100
    assert found == "naïve name-1.2"


def test_copied_into_an_empty_folder_and_killed_it_goes_on(tmp_path):
    """As users have it: only the file, `kill -9` in the middle, the same command again."""
    shutil.copy(recipe.__file__, tmp_path)
    texts.write(tmp_path / "reviews.csv", rows=300)
    shutil.copytree(ROOT / "keras_gated", tmp_path / "site" / "keras_gated")
    command = [sys.executable, "classify_text.py", "--data", "reviews.csv", "--text", "review",
               "--label", "stars", "--units", "4", "--epochs", "20"]  # fmt: skip
    how = {"cwd": tmp_path, "env": os.environ | {"PYTHONPATH": "site"}, "text": True}
    logs = tmp_path / "saved_models" / "reviews_gru"
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)
    deadline = time.monotonic() + 120
    while not list(logs.glob("*/backup/*.bkp")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (log,) = logs.glob("unfinished*/epochs.csv")
    before = len(log.read_text().splitlines()) - 1
    assert before >= 2
    done = subprocess.run(command, capture_output=True, **how)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Epoch 1/" not in done.stdout
    assert "Epoch " in done.stdout
    assert "written: saved_models/reviews_gru/1" in done.stdout
    rows = list(csv.DictReader((logs / "1" / "epochs.csv").open()))
    epochs = [int(row["epoch"]) for row in rows]
    assert sorted(set(epochs)) == list(range(max(epochs) + 1)), "no epoch is missing"
    card = json.loads((logs / "1" / "card.json").read_text())
    assert card["accuracy"] > 0.8


def test_interrupted_while_it_exports_it_does_not_train_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts.write(tmp_path / "reviews.csv", rows=300)

    def stop(*_):
        raise KeyboardInterrupt

    # It stops early, and a callback that starts anew would have patience for further epochs.
    real = recipe.train
    monkeypatch.setattr(
        recipe, "train", lambda m, x, y, _, *more, **f: real(m, x, y, 1, *more, **f)
    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe, "export", stop)
        with pytest.raises(KeyboardInterrupt):
            train()
    folder = tmp_path / "saved_models" / "reviews_gru"
    (log,) = folder.glob("unfinished*/epochs.csv")
    before = log.read_text()
    assert before.count("\n") < 13, "the control: it has stopped early"
    train()
    assert (folder / "1" / "epochs.csv").read_text() == before
    assert not (folder / "1" / "ended").exists()


def test_other_labels_or_texts_start_from_scratch(tmp_path, monkeypatch):
    class Reached(Exception):
        """Carries what the folder of unfinished work is named after."""

    def stop(content):
        raise Reached(content)

    monkeypatch.setattr(recipe.zlib, "crc32", stop)
    rows = [(f"text {k}", "ab"[k % 2]) for k in range(1_500)]

    def named(changed):
        table = pd.DataFrame([*rows[:700], changed, *rows[701:]], columns=["text", "label"])
        table.to_csv(tmp_path / "rows.csv", index=False)
        with pytest.raises(Reached) as found:
            recipe.main(recipe.arguments(["--data", str(tmp_path / "rows.csv"), "--units", "2"]))
        return found.value.args[0]

    same, label, text = named(rows[700]), named(("text 700", "b")), named(("text x", "a"))
    assert same == named(rows[700])
    assert len({same, label, text}) == 3


def test_the_best_epoch_is_exported(tmp_path, monkeypatch):
    """Of epochs with the best accuracy the one with the lowest loss, whenever it ran."""
    monkeypatch.chdir(tmp_path)
    texts.write(tmp_path / "reviews.csv", rows=300)
    monkeypatch.setattr(recipe.zlib, "crc32", lambda _: 7)
    work = tmp_path / "saved_models" / "reviews_gru" / "unfinished_7"
    args = ["--data", "reviews.csv", "--text", "review", "--label", "stars", "--units", "4"]
    args = recipe.arguments([*args, "--epochs", "1"])
    vectorize = recipe.vectorizer(args.sets[0][0], args.tokens)
    cell = recipe.keras_gated.get("gru")(4)
    model = recipe.build(cell, 2, vectorize.vocabulary_size())
    work.mkdir(parents=True)
    for epoch, mark in enumerate((1.0, 2.0, 0.125, 3.0), 1):
        model.set_weights([np.full_like(weight, mark) for weight in model.get_weights()])
        model.save_weights(work / f"epoch_{epoch}.weights.h5")
    # Epoch 0 was killed after its line, and ran again.
    scores = ["0,1.0,0.0", "0,1.0,0.9", "1,1.0,0.7", "2,1.0,0.1", "3,0.5,0.0"]
    (work / "epochs.csv").write_text("\n".join(["epoch,val_accuracy,val_loss", *scores, ""]))
    compiling = ("adam", "sparse_categorical_crossentropy", None, None, ["accuracy"])
    monkeypatch.setattr(recipe, "train", lambda model, *_, **__: model.compile(*compiling))
    recipe.main(args)
    saved = keras.saving.load_model(work.parent / "1" / "model.keras")
    assert all((weight == 0.125).all() for weight in saved.get_weights())


def test_words_that_occur_once_are_known_all_or_none():
    def known(vocabulary):
        layer = recipe.vectorizer(["a b, a c", "A! d b", "e a"], 6, vocabulary)
        return sorted(layer.get_vocabulary()[2:])

    assert known(1) == ["a"]
    assert known(2) == known(3) == known(4) == ["a", "b"]
    assert known(5) == known(6) == ["a", "b", "c", "d", "e"]


def test_a_word_that_holds_an_end_of_a_line(tmp_path):
    """As on old web pages; a vocabulary file with one word per line could not be loaded."""
    given = ["a fine\x85 film", "a \x85 film", "a\u2028b film", "a\nb\x1cfilm\r\n"]
    vectorize = recipe.vectorizer(given, 12)
    whole = keras.Sequential([keras.Input((), dtype="string"), vectorize])
    whole.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    numbers = np.asarray(whole(tf.constant(given)))
    assert np.array_equal(loaded(tf.constant(given)), numbers)
    assert not (numbers == 1).any()


def test_padding_does_not_change_a_probability():
    vectorize = recipe.vectorizer(["a good film", "a bad film"], 6)
    model = recipe.build(recipe.keras_gated.get("gru")(4), 3, vectorize.vocabulary_size())
    numbers = np.asarray(vectorize(["a good film", "", "bad"]))
    probabilities = np.asarray(model(numbers))
    assert np.allclose(probabilities.sum(1), 1, atol=1e-6)
    assert np.allclose(model(np.pad(numbers, ((0, 0), (0, 3)))), probabilities, atol=1e-6)
    assert not np.allclose(probabilities[0], probabilities[2], atol=1e-6)
