"""Initializations of a cell's weights: Keras's default and others."""

from typing import Any

DEFAULT, ORTHOGONAL, CHRONO, GLOROT = "default", "orthogonal", "chrono", "glorot"
TORCH = "torch"
STARTS = (DEFAULT, ORTHOGONAL, CHRONO, GLOROT, TORCH)

# The gates that keep the past and that admit new content: arguments of `keras_gated.Chrono`.
_KEEPS: dict[str, dict[str, Any]] = {
    "lstm": {"keep": "f", "write": "i"},
    "gru": {"keep": "z", "write": None},
    "min_gru": {"keep": None, "write": "z"},
    "min_lstm": {"keep": "f", "write": "i"},
}


def known(name: str, start: str) -> bool:
    """Return whether a cell has this initialization, and it differs from the cell's default."""
    if start == DEFAULT or ":" in name:
        return start == DEFAULT
    if start == CHRONO:
        return name in _KEEPS
    import keras_gated

    if name in ("min_gru", "min_lstm"):  # they have no recurrent matrix
        return False
    # With a single gate the default is orthogonal already.
    return start in (GLOROT, TORCH) or len(keras_gated.get(name).Cell.gates) > 1  # type: ignore[attr-defined]


def arguments(name: str, start: str, units: int, longest: int, seed: int) -> dict[str, Any]:
    """Return the arguments of a layer that select an initialization.

    orthogonal: the recurrent matrix of each gate is orthogonal (`keras_gated.BlockOrthogonal`).

    chrono: biases that give memories a range of 1 to `longest` timesteps (`keras_gated.Chrono`).

    glorot: the recurrent matrix of each gate is uniform with a variance of 1 / units, so its
    largest eigenvalue is about 1. Glorot and Bengio, 2010,
    https://proceedings.mlr.press/v9/glorot10a.html

    torch: the recurrent matrix is uniform between -1 / sqrt(units) and 1 / sqrt(units), as in
    torch.nn. Its variance is a third of glorot's: a vanilla RNN's gradients shrink by a factor of
    0.58 per timestep.

    Args:
        name: name of the cell.
        start: one of `STARTS`.
        units: units of the cell.
        longest: number of timesteps to remember.
        seed: random seed.
    """
    import keras

    import keras_gated

    if start == ORTHOGONAL:
        return {"recurrent_initializer": keras_gated.BlockOrthogonal(seed=seed)}
    if start == CHRONO:
        chrono = keras_gated.Chrono(max(longest, 3), **_KEEPS[name], seed=seed)
        return {"gate_bias_initializer": chrono}
    if start == GLOROT:
        reach = (6 / (units + units)) ** 0.5  # for each gate's square matrix
        return {"recurrent_initializer": keras.initializers.RandomUniform(-reach, reach, seed)}
    if start == TORCH:
        reach = units**-0.5
        return {"recurrent_initializer": keras.initializers.RandomUniform(-reach, reach, seed)}
    return {}


def gradient_share(name: str, start: str, units: int, longest: int, steps: int, seed: int) -> float:
    """Return the share of a gradient that reaches `steps` timesteps back, before training.

    It is computed from the initial weights alone, without data: the cell is linearised at a state
    and an input of zero, where every gate is σ(bias). A timestep then multiplies a state by

        simple RNN: U        LSTM: f I + i o U_g        GRU: z I + (1 - z) r U_n

    and the share is the Frobenius norm of the product over timesteps, divided by that of the
    identity.

    Args:
        name: "simple_rnn", "lstm" or "gru".
        start: one of `STARTS`.
        units, longest, seed: as in `arguments`.
        steps: number of timesteps.
    """
    import keras
    import numpy as np

    import keras_gated

    drawn = {"recurrent_initializer": keras.initializers.Orthogonal(seed=seed)}  # the default
    layer = keras_gated.get(name)(units, **drawn | arguments(name, start, units, longest, seed))
    layer.build((None, None, units))
    parts = np.split(np.asarray(layer.cell.recurrent_kernel, float), len(layer.cell.gates), axis=1)
    u = dict(zip(layer.cell.gates, parts, strict=True))
    biases = np.asarray(layer.cell.bias, float).reshape(-1, len(u), units).sum(0)
    gate = {letter: 1 / (1 + np.exp(-b)) for letter, b in zip(u, biases, strict=True)}
    if name == "simple_rnn":
        (step,) = u.values()
    elif name == "lstm":
        step = np.diag(gate["f"]) + u["g"] * gate["i"] * gate["o"][:, None]
    else:
        step = np.diag(gate["z"]) + u["n"] * (1 - gate["z"]) * gate["r"]
    return float(np.linalg.norm(np.linalg.matrix_power(step, steps)) / units**0.5)
