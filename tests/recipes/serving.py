"""Serves SavedModels in a process that cannot import this package."""

import base64
import json
import os
import subprocess
import sys

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
                      "label": [label.decode() for label in got["label"].numpy()],
                      "classes": [[c.decode() for c in row] for row in got["classes"].numpy()]}))
from tensorflow.python.tools import saved_model_cli
sys.argv = ["saved_model_cli", "run", "--dir", folder, "--tag_set", "serve", "--signature_def",
            "serving_default", "--input_exprs", 'text=["a fine film"]']
saved_model_cli.main()
"""


def served(scratch, given, *folders):
    """Return the outputs of SavedModels for texts, from one process without this package.

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
    assert all(name in by_command for name in ("label", "probabilities", "classes"))
    return [json.loads(line) for line in answers]
