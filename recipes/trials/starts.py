"""Where a cell's weights start: as Keras has it, or otherwise."""

from typing import Any

DEFAULT, ORTHOGONAL, CHRONO, GLOROT = "default", "orthogonal", "chrono", "glorot"
TORCH = "torch"
STARTS = (DEFAULT, ORTHOGONAL, CHRONO, GLOROT, TORCH)

# The gates that keep the past and let in what is new, as `keras_gated.Chrono` takes them.
_KEEPS: dict[str, dict[str, Any]] = {
    "lstm": {"keep": "f", "write": "i"},
    "gru": {"keep": "z", "write": None},
    "min_gru": {"keep": None, "write": "z"},
    "min_lstm": {"keep": "f", "write": "i"},
}


def known(name: str, start: str) -> bool:
    """Tell whether a cell has this start, and has it apart from its default."""
    if start == DEFAULT or ":" in name:
        return start == DEFAULT
    if start == CHRONO:
        return name in _KEEPS
    import keras_gated

    if name in ("min_gru", "min_lstm"):  # they have no recurrent matrix
        return False
    # Of one gate the matrix is orthogonal by default.
    return start in (GLOROT, TORCH) or len(keras_gated.get(name).Cell.gates) > 1  # type: ignore[attr-defined]


def arguments(name: str, start: str, units: int, longest: int, seed: int) -> dict[str, Any]:
    """Return the arguments of a cell's layer that give it its start.

    orthogonal: the recurrent matrix of each gate is orthogonal (`keras_gated.BlockOrthogonal`).

    chrono: biases with which memories fade over 1 to `longest` steps (`keras_gated.Chrono`).

    glorot: the recurrent matrix of each gate is uniform with a variance of 1 / units, so that its
    largest eigenvalue is about 1. Glorot and Bengio, 2010,
    https://proceedings.mlr.press/v9/glorot10a.html

    torch: the recurrent matrix is uniform between -1 / sqrt(units) and 1 / sqrt(units), as
    torch.nn draws it, a variance of a third of that: a vanilla RNN's gradients fade by 0.58 a step.

    Args:
        name: the cell's name.
        start: one of `STARTS`.
        units: size of the cell.
        longest: number of steps to be remembered.
        seed: of what is drawn.
    """
    import keras

    import keras_gated

    if start == ORTHOGONAL:
        return {"recurrent_initializer": keras_gated.BlockOrthogonal(seed=seed)}
    if start == CHRONO:
        chrono = keras_gated.Chrono(max(longest, 3), **_KEEPS[name], seed=seed)
        return {"gate_bias_initializer": chrono}
    if start == GLOROT:
        reach = (6 / (units + units)) ** 0.5  # of the square matrix of each gate
        return {"recurrent_initializer": keras.initializers.RandomUniform(-reach, reach, seed)}
    if start == TORCH:
        reach = units**-0.5
        return {"recurrent_initializer": keras.initializers.RandomUniform(-reach, reach, seed)}
    return {}
