"""A stateful model evaluated in chunks has the loss of the whole sequences."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_gated.truncated import Chunks, ResetStates
from tests.family import FEATURES

ROWS, STEPS, COUNT = 2, 3, 4


@pytest.mark.costly
def test_chunks_are_the_whole(member, case):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS * STEPS * COUNT, FEATURES)).astype("float32")
    y = rng.normal(size=(len(x), member.sizes[0])).astype("float32")
    layer = member.make(return_sequences=True, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(ROWS, STEPS, FEATURES)), layer])
    case.fill(layer)
    model.compile(loss="mse", jit_compile=False)
    chunks = Chunks(x, ROWS, STEPS, targets=y)
    if keras.backend.backend() == "jax":
        with pytest.raises(ValueError, match="On JAX"):
            model.evaluate(chunks, verbose=0, callbacks=[ResetStates()])
        return
    got = [model.evaluate(chunks, verbose=0, callbacks=[ResetStates()]) for _ in range(2)]
    rows = [part.reshape(ROWS, COUNT * STEPS, -1) for part in (x, y)]
    whole = case.fill(member.make(return_sequences=True))
    errors = (ops.convert_to_numpy(whole(rows[0])) - rows[1]) ** 2
    assert got == pytest.approx([errors.mean()] * 2, rel=1e-5)
    # The control: independent chunks have another loss.
    alone = [ops.convert_to_numpy(whole(part)) for part in np.split(rows[0], COUNT, axis=1)]
    assert got[0] != pytest.approx(((np.concatenate(alone, 1) - rows[1]) ** 2).mean(), rel=1e-5)
