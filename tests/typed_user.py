"""What a user's type checker sees: `make check` reads this file, and nothing runs it.

Where a mistake is ignored, the checker must find it: an ignore without a mistake is an error.
"""

from typing import Any

import keras
import numpy as np

import keras_gated as kg
from keras_gated import GatedCell, Gates


class LeakyCell(GatedCell):
    gates = Gates(z="leak", n="candidate")
    candidate_dropout = True

    def step(self, wx: kg.Columns, uh: kg.Columns, past: Any) -> tuple[tuple, dict]:
        z, n = keras.ops.sigmoid(wx.z + uh.z), keras.ops.tanh(wx.n + uh.n)
        return self.State(wx.drop(n) + z * (past.h - n)), dict(z=z, n=n)


def build() -> keras.Model:
    layers: list[keras.layers.Layer] = [
        keras.layers.Embedding(100, 8, mask_zero=True),
        kg.LSTM(8, return_sequences=True, dropout=0.1, gate_bias_initializer={"f": 1.0}),
        keras.layers.Bidirectional(kg.GRU(8, reset_after=False)),
        kg.Recurrent(LeakyCell(4)),
        kg.get("rg_lru")(4),
    ]
    return keras.Sequential(layers)


def mistakes() -> None:
    kg.LSTM(8, return_sequence=True)  # type: ignore[call-arg]
    kg.LSTM(8, True, engine="scan", jit_compile=1.5)  # type: ignore[arg-type]
    kg.GRU(8, engine=3)  # type: ignore[arg-type]
    kg.Gates(f=1)  # type: ignore[arg-type]


def inside(model: keras.Model, x: np.ndarray) -> str:
    trace = kg.trace(model, x)
    return repr(trace)
