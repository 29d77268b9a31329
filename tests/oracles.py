"""What each cell computes in one step: NumPy, float64, gate by gate, from the papers.

Nothing of keras_gated is imported here. A step takes the input x `(batch, features)`, the past
states and the weights as a dict: matrices W_gate, U_gate, vectors b_gate (and d_gate, the
recurrent-side bias); it returns the new states.
"""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def simple_rnn(x, past, w):
    (h,) = past
    return (np.tanh(x @ w["W_h"] + h @ w["U_h"] + w["b_h"]),)


def lstm(x, past, w):
    h, c = past
    i = sigmoid(x @ w["W_i"] + h @ w["U_i"] + w["b_i"])
    f = sigmoid(x @ w["W_f"] + h @ w["U_f"] + w["b_f"])
    g = np.tanh(x @ w["W_g"] + h @ w["U_g"] + w["b_g"])
    o = sigmoid(x @ w["W_o"] + h @ w["U_o"] + w["b_o"])
    c = f * c + i * g
    return o * np.tanh(c), c


def gru(x, past, w):
    (h,) = past
    z = sigmoid(x @ w["W_z"] + w["b_z"] + h @ w["U_z"] + w["d_z"])
    r = sigmoid(x @ w["W_r"] + w["b_r"] + h @ w["U_r"] + w["d_r"])
    n = np.tanh(x @ w["W_n"] + w["b_n"] + r * (h @ w["U_n"] + w["d_n"]))
    return (z * h + (1 - z) * n,)


def gru_reset_before(x, past, w):
    (h,) = past
    z = sigmoid(x @ w["W_z"] + w["b_z"] + h @ w["U_z"])
    r = sigmoid(x @ w["W_r"] + w["b_r"] + h @ w["U_r"])
    n = np.tanh(x @ w["W_n"] + w["b_n"] + (r * h) @ w["U_n"])
    return (z * h + (1 - z) * n,)


def positive(a):
    return np.where(a >= 0, a + 0.5, sigmoid(a))


def min_gru(x, past, w):
    (h,) = past
    z = sigmoid(x @ w["W_z"] + w["b_z"])
    n = positive(x @ w["W_n"] + w["b_n"])
    return ((1 - z) * h + z * n,)


def min_lstm(x, past, w):
    (h,) = past
    i = sigmoid(x @ w["W_i"] + w["b_i"])
    f = sigmoid(x @ w["W_f"] + w["b_f"])
    n = positive(x @ w["W_n"] + w["b_n"])
    return (f / (f + i) * h + i / (f + i) * n,)


def lstm_dropped(x, past, w):
    """The LSTM of Semeniuta et al. (2016): of the candidate, what is left is w["dropped"]."""
    h, c = past
    i = sigmoid(x @ w["W_i"] + h @ w["U_i"] + w["b_i"])
    f = sigmoid(x @ w["W_f"] + h @ w["U_f"] + w["b_f"])
    g = np.tanh(x @ w["W_g"] + h @ w["U_g"] + w["b_g"])
    o = sigmoid(x @ w["W_o"] + h @ w["U_o"] + w["b_o"])
    c = f * c + i * (w["dropped"] * g)
    return o * np.tanh(c), c


def gru_dropped(x, past, w):
    """The GRU of the same paper."""
    (h,) = past
    z = sigmoid(x @ w["W_z"] + w["b_z"] + h @ w["U_z"] + w["d_z"])
    r = sigmoid(x @ w["W_r"] + w["b_r"] + h @ w["U_r"] + w["d_r"])
    n = np.tanh(x @ w["W_n"] + w["b_n"] + r * (h @ w["U_n"] + w["d_n"]))
    return (z * h + (1 - z) * (w["dropped"] * n),)


def run(step, x, past, w, mask=None):
    """Carry a step over `x` `(batch, time, features)`; a masked step leaves the states alone.

    Returns:
        `(outputs, states)`: what a layer gives at every step (at a masked one the output before
        it, zeros where there was none), and the states after the last.
    """
    past = tuple(np.asarray(s, "float64") for s in past)
    shown = np.zeros_like(past[0])
    outputs = []
    for t in range(x.shape[1]):
        new = step(x[:, t], past, w)
        keep = np.ones((len(x), 1), bool) if mask is None else mask[:, t, None]
        past = tuple(np.where(keep, n, p) for n, p in zip(new, past, strict=True))
        shown = np.where(keep, past[0], shown)
        outputs.append(shown)
    return np.stack(outputs, 1), past
