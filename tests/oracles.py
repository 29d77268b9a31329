"""What each cell computes in one step: NumPy, float64, gate by gate, from the papers.

Nothing of keras_gated is imported here. A step takes the input x `(batch, features)`, the past
states and the weights as a dict: matrices W_gate, U_gate, vectors b_gate (and d_gate, the
recurrent-side bias), others by the name of their variable; it returns the new states.
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


def mgu(x, past, w):
    (h,) = past
    f = sigmoid(x @ w["W_f"] + h @ w["U_f"] + w["b_f"])
    n = np.tanh(x @ w["W_n"] + f * (h @ w["U_n"]) + w["b_n"])
    return ((1 - f) * h + f * n,)


def mgu_reset_before(x, past, w):
    (h,) = past
    f = sigmoid(x @ w["W_f"] + h @ w["U_f"] + w["b_f"])
    n = np.tanh(x @ w["W_n"] + (f * h) @ w["U_n"] + w["b_n"])
    return ((1 - f) * h + f * n,)


def janet(x, past, w):
    (c,) = past
    s = x @ w["W_f"] + c @ w["U_f"] + w["b_f"]
    g = np.tanh(x @ w["W_g"] + c @ w["U_g"] + w["b_g"])
    return (sigmoid(s) * c + (1 - sigmoid(s - 1)) * g,)


def ind_rnn(x, past, w):
    (h,) = past
    return (np.tanh(x @ w["W_h"] + w["U_h"] * h + w["b_h"]),)


def fast_grnn(x, past, w):
    (h,) = past
    shared = x @ w["W"] + h @ w["U"]
    z = sigmoid(shared + w["b_z"])
    n = np.tanh(shared + w["b_n"])
    return ((sigmoid(w["zeta"]) * (1 - z) + sigmoid(w["nu"])) * n + z * h,)


def s_lstm(x, past, w, forget=sigmoid):
    """The plain sums, without the stabiliser; c and n are divided by exp(m) afterwards."""
    h, c, n, m = past
    i = np.exp(x @ w["W_i"] + h @ w["U_i"] + w["b_i"])
    f = forget(x @ w["W_f"] + h @ w["U_f"] + w["b_f"])
    z = np.tanh(x @ w["W_z"] + h @ w["U_z"] + w["b_z"])
    o = sigmoid(x @ w["W_o"] + h @ w["U_o"] + w["b_o"])
    seen = n > 0
    c = f * c * np.exp(m) + i * z
    n = f * n * np.exp(m) + i
    m = np.where(seen, np.maximum(np.log(f) + m, np.log(i)), np.log(i))
    return o * c / n, c / np.exp(m), n / np.exp(m), m


def s_lstm_exp(x, past, w):
    return s_lstm(x, past, w, forget=np.exp)


def rg_lru(x, past, w):
    (h,) = past
    r = sigmoid(x @ w["W_r"] + w["b_r"])
    i = sigmoid(x @ w["W_i"] + w["b_i"])
    v = x @ w["W_v"] + w["b_v"]
    a = sigmoid(w["decay"]) ** (8 * r)
    return (a * h + np.sqrt(1 - a**2) * (i * v),)


def nas(x, past, w):
    h, c = past
    of_x = {k: x @ w[f"W_{k}"] for k in "abdepqrs"}
    of_h = {k: h @ w[f"U_{k}"] + w[f"b_{k}"] for k in "abdepqrs"}
    write = sigmoid(of_x["a"] + of_h["a"]) * np.maximum(of_x["b"] + of_h["b"], 0)
    scale = sigmoid(of_x["d"] + of_h["d"]) + np.maximum(of_x["e"] * of_h["e"], 0)
    show = np.tanh(of_x["p"] + of_h["p"]) * sigmoid(of_x["q"] + of_h["q"])
    level = np.tanh(of_x["r"] + of_h["r"]) + sigmoid(of_x["s"] + of_h["s"])
    c = np.tanh(c + np.tanh(write)) * np.tanh(scale)
    return np.tanh(c * np.tanh(np.tanh(show) + sigmoid(level))), c


def mogrifier_lstm(x, past, w):
    """Three rounds; with more, rounding grows beyond what float32 is compared to."""
    h, c = past
    x = 2 * sigmoid(h @ w["mogrifier_1"]) * x
    h = 2 * sigmoid(x @ w["mogrifier_2"]) * h
    x = 2 * sigmoid(h @ w["mogrifier_3"]) * x
    return lstm(x, (h, c), w)


def esn(x, past, w):
    (h,) = past
    return (0.7 * h + 0.3 * np.tanh(x @ w["W_h"] + h @ w["U_h"] + w["b_h"]),)


def peephole_lstm(x, past, w):
    h, c = past
    p_i, p_f, p_o = (w[f"{gate}_gate_peephole_weights"] for gate in ("input", "forget", "output"))
    i = sigmoid(x @ w["W_i"] + h @ w["U_i"] + w["b_i"] + p_i * c)
    f = sigmoid(x @ w["W_f"] + h @ w["U_f"] + w["b_f"] + p_f * c)
    g = np.tanh(x @ w["W_g"] + h @ w["U_g"] + w["b_g"])
    c = f * c + i * g
    o = sigmoid(x @ w["W_o"] + h @ w["U_o"] + w["b_o"] + p_o * c)
    return o * np.tanh(c), c


def coupled_lstm(x, past, w):
    h, c = past
    f = sigmoid(x @ w["W_f"] + h @ w["U_f"] + w["b_f"])
    g = np.tanh(x @ w["W_g"] + h @ w["U_g"] + w["b_g"])
    o = sigmoid(x @ w["W_o"] + h @ w["U_o"] + w["b_o"])
    i = 1 - f
    c = f * c + i * g
    return o * np.tanh(c), c


def projected_lstm(x, past, w):
    wide, c = lstm(x, past, w)
    return wide @ w["projection_kernel"], c


def norms(*parts, epsilon=1e-3):
    """Return each part minus the mean of all, divided by the standard deviation of all."""
    size = sum(part.shape[-1] for part in parts)
    mean = sum(part.sum(-1, keepdims=True) for part in parts) / size
    variance = sum(((part - mean) ** 2).sum(-1, keepdims=True) for part in parts) / size
    return [(part - mean) / np.sqrt(variance + epsilon) for part in parts]


def layer_norm_lstm(x, past, w, carry_normalized=False):
    h, c = past
    a_x = norms(x @ w["W_i"], x @ w["W_f"], x @ w["W_g"], x @ w["W_o"])
    a_h = norms(h @ w["U_i"], h @ w["U_f"], h @ w["U_g"], h @ w["U_o"])
    i, f, g, o = (
        w[f"kernel_gamma_{k}"] * of_x
        + w[f"kernel_beta_{k}"]
        + w[f"recurrent_gamma_{k}"] * of_h
        + w[f"recurrent_beta_{k}"]
        + w[f"b_{k}"]
        for k, of_x, of_h in zip("ifgo", a_x, a_h, strict=True)
    )
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    (normal,) = norms(c)
    normal = w["state_gamma"] * normal + w["state_beta"]
    return sigmoid(o) * np.tanh(normal), normal if carry_normalized else c


def layer_norm_gru(x, past, w):
    (h,) = past
    z_x, r_x = norms(x @ w["W_z"], x @ w["W_r"])
    z_h, r_h = norms(h @ w["U_z"], h @ w["U_r"])
    (n_x,), (n_h,) = norms(x @ w["W_n"]), norms(h @ w["U_n"])
    of_x = {
        k: w[f"kernel_gamma_{k}"] * a + w[f"kernel_beta_{k}"] + w[f"b_{k}"]
        for k, a in {"z": z_x, "r": r_x, "n": n_x}.items()
    }
    of_h = {
        k: w[f"recurrent_gamma_{k}"] * a + w[f"recurrent_beta_{k}"]
        for k, a in {"z": z_h, "r": r_h, "n": n_h}.items()
    }
    z, r = sigmoid(of_x["z"] + of_h["z"]), sigmoid(of_x["r"] + of_h["r"])
    n = np.tanh(of_x["n"] + r * of_h["n"])
    return (z * h + (1 - z) * n,)


def layer_norm_simple_rnn(x, past, w, epsilon=1e-3):
    (h,) = past
    (a,) = norms(x @ w["W_h"] + h @ w["U_h"], epsilon=epsilon)
    return (np.tanh(w["gamma_h"] * a + w["b_h"]),)


def lstm_dropped(x, past, w):
    """The LSTM of Semeniuta et al. (2016); w["dropped"] is the factor of the candidate."""
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
    """Run a step over `x` `(batch, time, features)`; at masked timesteps the state is unchanged.

    Returns:
        `(outputs, states)`: what a layer returns at every timestep (at a masked one the output
        before it, or zeros if there is none), and the states after the last.
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
