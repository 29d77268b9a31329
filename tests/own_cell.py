"""A cell as one writes one: its equations, its layer, its oracle, its line on the list."""

import numpy as np
from keras import ops

from keras_gated import CellLayer, GatedCell, Gates
from tests import oracles
from tests.family import FAMILY, Member


class UGRNNCell(GatedCell):
    gates = Gates(g="update", n="candidate")

    def step(self, wx, uh, past):
        a = wx + uh
        g, n = ops.sigmoid(a.g), ops.tanh(a.n)
        h = g * past.h + (1 - g) * n
        return self.State(h), dict(g=g, n=n)


class UGRNN(CellLayer):
    Cell = UGRNNCell


def ugrnn(x, past, w):
    (h,) = past
    g = oracles.sigmoid(x @ w["W_g"] + h @ w["U_g"] + w["b_g"])
    n = np.tanh(x @ w["W_n"] + h @ w["U_n"] + w["b_n"])
    return (g * h + (1 - g) * n,)


FAMILY["ugrnn"] = Member(UGRNN, ugrnn, swap=("g", "n"))
