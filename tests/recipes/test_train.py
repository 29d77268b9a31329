"""A trained model is served from strings, in a process that has never heard of this package."""

import base64
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from recipes import train as recipe
from tests.recipes import here, texts

STRANGE = ["", "   ", "fine 😀 film", "fine " * 20_000, "\ud83d".encode("utf-8", "surrogatepass")]
SERVE = """
import sys, json, base64
for name in ("keras_gated", "recipes", "keras"):
    sys.modules[name] = None  # importing it raises
import tensorflow as tf
texts = [base64.b64decode(t) for t in json.load(open(sys.argv[1]))]
for folder in sys.argv[2:]:
    served = tf.saved_model.load(folder).signatures["serving_default"]
    got = served(text=tf.constant(texts))
    print(json.dumps({"probabilities": got["probabilities"].numpy().tolist(),
                      "label": [label.decode() for label in got["label"].numpy()]}))
from tensorflow.python.tools import saved_model_cli
sys.argv = ["saved_model_cli", "run", "--dir", folder, "--tag_set", "serve", "--signature_def",
            "serving_default", "--input_exprs", 'text=["a fine film"]']
saved_model_cli.main()
"""


def served(scratch, given, *folders):
    """Return what SavedModels make of texts, in one process that cannot import this package.

    TensorFlow's command `saved_model_cli` runs the last of them too.
    """
    encoded = [base64.b64encode(t if isinstance(t, bytes) else t.encode()).decode() for t in given]
    (scratch / "texts.json").write_text(json.dumps(encoded))
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(scratch / "texts.json"), *map(str, folders)],
        capture_output=True, text=True, cwd=scratch, env=os.environ | {"PYTHONPATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    answers = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == len(folders)
    by_command = done.stdout.partition(answers[-1])[2]
    assert "label" in by_command
    assert "probabilities" in by_command
    return [json.loads(line) for line in answers]


def train(folder, *more):
    """Run it in this process; return the exit code and what it printed."""
    path = folder / "reviews.csv"
    if not path.exists():
        texts.write(path, rows=300)
    return here.run(
        recipe, "--data", path, "--text", "review", "--label", "stars", "--units", 4, "--epochs",
        12, "--saved-models", folder / "models", "--name", "reviews", *more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    code, printed = train(folder)
    assert code == 0, printed
    return folder / "models" / "reviews" / "1"


def test_served_without_this_package(trained, tmp_path):
    given = [*STRANGE, b"a fine lovely film", b"the film was dull and grim", b"\xff\xfe\x00 fine"]
    (got,) = served(tmp_path, given, trained)
    model = keras.saving.load_model(trained / "model.keras")
    import tensorflow as tf

    expected = np.asarray(model(tf.constant(given)))
    assert np.abs(np.array(got["probabilities"]) - expected).max() < 1e-5
    assert expected.shape == (len(given), 2)
    classes = json.loads((trained / "card.json").read_text())["classes"]
    assert got["label"] == [classes[k] for k in expected.argmax(-1)]
    assert got["label"][5:7] == ["good", "bad"], "it has learnt what the words mean"


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


def test_the_next_training_is_the_next_version(trained):
    folder = trained.parent.parent.parent
    code, printed = train(folder, "--epochs", "1", "--cell", "average")
    assert code == 0, printed
    assert json.loads((trained.parent / "2" / "card.json").read_text())["model"] == "average"
    assert not list(trained.parent.glob("*.unfinished"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cell", "ltsm"], "Did you mean 'lstm'"),
        (["--text", "revew"], "review"),
        (["--name", "a\0b"], "--name is the name of one folder"),
        (["--name", "n" * 300], "of at most 200 bytes; received 300 bytes"),
    ],
)
def test_refused_before_any_work(tmp_path, arguments, message):
    code, printed = train(tmp_path, *arguments)
    assert code == 1
    assert message in printed
    assert not (tmp_path / "models").exists()
