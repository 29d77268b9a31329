"""One trial on several devices of a machine: here two virtual ones of a CPU."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recipes.trials import trial
from tests.recipes import texts

ROOT = Path(__file__).parents[2]
# Virtual devices must be set before TensorFlow starts, so the test uses a separate process. A layer
# records how many texts each replica gets. Without dropout, and with one batch per epoch, the two
# trainings compute the same.
MIRRORED = """
import json, sys
import keras, tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2)
from recipes.trials import trial

seen = set()
class Noting(keras.layers.Embedding):
    def call(self, inputs):
        context = tf.distribute.get_replica_context()
        if context is not None and inputs.shape[0] not in (None, 6, 12):  # not the test's rows
            replica = tf.get_static_value(context.replica_id_in_sync_group)
            seen.add((int(replica), inputs.shape[0]))
        return super().call(inputs)
keras.layers.Embedding = Noting

data = trial.load(sys.argv[1], "review", "stars", 0)
found = []
for mirrored, batch in ((False, 96), (True, 96), (True, 16), (True, 16)):
    seen.clear()
    cell = sys.argv[2] != "average"
    one = trial.Trial(sys.argv[1], sys.argv[2], "equal units" if cell else "baseline", 96, 0,
                      units=4 if cell else None, text="review", label="stars", dropout=0.0,
                      embedding=8, batch=batch, epochs=3, learning_rate=1e-2, mirrored=mirrored)
    _, model, scores = trial.train(one, data)
    found.append({"scores": scores, "seen": sorted(seen),
                       "key": one.key})
print(json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.parametrize("model", ["average", "gru", "lstm"])
def test_two_devices_share_each_batch_and_learn_what_one_does(tmp_path, model):
    path = texts.write(tmp_path / "reviews.csv")
    done = subprocess.run(
        [sys.executable, "-c", MIRRORED, str(path), model],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    alone, shared, once, again = json.loads(done.stdout.splitlines()[-1])
    assert alone["key"] != shared["key"]
    assert alone["seen"] == [[0, 96]]
    assert shared["seen"] == [[0, 48], [1, 48]]
    assert once["seen"] == [[0, 8], [1, 8]]
    assert shared["scores"]["parameters"] == alone["scores"]["parameters"]
    losses = [
        [epoch["train_loss"] for epoch in one["scores"]["epochs"]]
        for one in (alone, shared, once, again)
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    assert losses[2] == pytest.approx(losses[3], abs=1e-5), "the order is the seed's"
    assert losses[2] != pytest.approx(losses[0], abs=1e-3)
    assert losses[2][-1] < losses[2][0]
    assert shared["scores"]["wait_share"] is None
    assert 0 < alone["scores"]["wait_share"] < 1


def test_one_device_is_refused(tmp_path):
    path = texts.write(tmp_path / "reviews.csv")
    line = trial.run(
        trial.Trial(
            str(path), "gru", trial.EQUAL_UNITS, 24, 0, units=4, text="review", label="stars",
            mirrored=True,
        )
    )  # fmt: skip
    assert line["status"] == "failed"
    assert "this one has CPU:0 alone" in line["reason"]
