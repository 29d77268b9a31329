"""A trained model is served from strings, in a process that has never heard of this package."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.recipes import texts

ROOT = Path(__file__).parent.parent.parent
STRANGE = ["", "   ", "fine 😀 film", "fine " * 20_000, "\ud83d".encode("utf-8", "surrogatepass")]
SERVE = """
import sys, json, base64
for name in ("keras_gated", "recipes", "keras"):
    sys.modules[name] = None  # importing it raises
import tensorflow as tf
folder, texts = sys.argv[1], [base64.b64decode(t) for t in json.load(open(sys.argv[2]))]
served = tf.saved_model.load(folder).signatures["serving_default"]
got = served(text=tf.constant(texts))
print(json.dumps({"probabilities": got["probabilities"].numpy().tolist(),
                  "label": [label.decode() for label in got["label"].numpy()]}))
"""


def train(folder, *more, cell="gru"):
    path = folder / "reviews.csv"
    if not path.exists():
        texts.write(path, rows=300)
    return subprocess.run(
        [
            *(sys.executable, "-m", "recipes.train", "--cell", cell, "--data", str(path)),
            *("--text", "review", "--label", "stars", "--units", "4", "--epochs", "12"),
            *("--saved-models", str(folder / "models"), "--name", "reviews", *more),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    done = train(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "models" / "reviews" / "1"


def test_served_without_this_package(trained, tmp_path):
    import base64

    import recipes.common.model  # noqa: F401, registers what the model is made of

    given = [text if isinstance(text, bytes) else text.encode() for text in STRANGE]
    given += [b"a fine lovely film", b"the film was dull and grim", b"\xff\xfe\x00 fine"]
    (tmp_path / "texts.json").write_text(json.dumps([base64.b64encode(t).decode() for t in given]))
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(trained), str(tmp_path / "texts.json")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    served = json.loads(done.stdout.splitlines()[-1])
    model = keras.saving.load_model(trained / "model.keras")
    import tensorflow as tf

    expected = np.asarray(model(tf.constant(given)))
    assert np.abs(np.array(served["probabilities"]) - expected).max() < 1e-5
    assert expected.shape == (len(given), 2)
    classes = json.loads((trained / "card.json").read_text())["classes"]
    assert served["label"] == [classes[k] for k in expected.argmax(-1)]
    assert served["label"][5:7] == ["good", "bad"], "it has learnt what the words mean"


def test_card(trained):
    card = json.loads((trained / "card.json").read_text())
    assert card["model"] == "gru"
    assert card["classes"] == ["bad", "good"]
    assert "recipes.train" in card["command"]
    assert card["data"]["train"] + card["data"]["valid"] + card["data"]["test"] == 300
    assert {"source", "licence", "notes"} <= set(card["data"])
    assert {"tensorflow", "keras", "python"} <= set(card["versions"])
    assert 0.8 < card["test_accuracy"] <= 1
    assert card["seconds"] > 0


def test_saved_model_cli(trained):
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "saved_model_cli"),
            *("run", "--dir", str(trained), "--tag_set", "serve"),
            *("--signature_def", "serving_default", "--input_exprs", 'text=["a fine film"]'),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "probabilities" in done.stdout
    assert "good" in done.stdout


def test_the_next_training_is_the_next_version(trained):
    folder = trained.parent.parent.parent
    done = train(folder, "--epochs", "1", cell="average")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((trained.parent / "2" / "card.json").read_text())["model"] == "average"
    assert not list(trained.parent.glob("*.unfinished"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--cell", "ltsm"], "Did you mean 'lstm'"), (["--text", "revew"], "review")],
)
def test_refused_before_any_work(tmp_path, arguments, message):
    done = train(tmp_path, *arguments)
    assert done.returncode == 1
    assert message in " ".join(done.stdout.split())
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "models").exists()
