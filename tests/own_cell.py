"""A cell as one writes one: its equations, its layer, its oracle, its line on the list."""

import numpy as np
from keras import ops

from keras_gated import CellLayer, GatedCell, Gates
from tests import family, oracles


class UGRNNCell(GatedCell):
    gates = Gates(g="update", n="candidate")
    candidate_dropout = True

    def step(self, wx, uh, past):
        g, n = ops.sigmoid(wx.g + uh.g), ops.tanh(wx.n + uh.n)
        h = g * past.h + (1 - g) * wx.drop(n)
        return self.State(h), dict(g=g, n=n)

    def kept(self, gates):
        return dict(h=gates["g"])


class UGRNN(CellLayer):
    Cell = UGRNNCell


def ugrnn(x, past, w):
    (h,) = past
    g = oracles.sigmoid(x @ w["W_g"] + h @ w["U_g"] + w["b_g"])
    n = np.tanh(x @ w["W_n"] + h @ w["U_n"] + w["b_n"])
    return (g * h + (1 - g) * n,)


def pytest_configure():  # as a plugin of pytest: an import alone leaves the list as it is
    family.FAMILY["ugrnn"] = family.Member(UGRNN, ugrnn, swap=("g", "n"))
