"""check_cell: everything that can be told of a cell of one's own, for its author's tests."""

import keras
import numpy as np
from keras import ops

from keras_gated.check import Trial, described, mistakes_of_the_config
from keras_gated.inspection.gradient_flow import gradients
from keras_gated.layers.recurrent import Recurrent

# Sizes of what is run.
_BATCH, _TIME, _FEATURES = 3, 4, 5


def check_cell(cell) -> None:
    """Raise a ValueError with a line for each mistake in a cell of one's own; else do nothing.

    For a test of the cell: saves and loads its config; runs its `step` for the names, widths and
    numbers of states and gates; compares `candidate_dropout` and `kept` with the step; and
    calls a layer around it on random numbers, with a mask, for outputs, states and gradients.
    The cell itself is not built or changed: a copy of it is.

    Args:
        cell: a `GatedCell`, such as `MyCell(4)`.

    Raises:
        TypeError: for what is no `GatedCell`.
        ValueError: for any mistake.

    >>> from keras_gated import LSTMCell
    >>> check_cell(LSTMCell(4))
    """
    if not hasattr(cell, "gates") or not hasattr(cell, "advance"):
        raise TypeError(f"check_cell checks a GatedCell such as MyCell(4); received {cell!r}.")
    mistakes = mistakes_of_the_config(cell) or _of_a_copy(cell)
    if mistakes:
        name = type(cell).__name__
        lines = [line.removeprefix(f"{name} ").removeprefix(f"{name}.") for line in mistakes]
        raise ValueError("\n".join([f"{name} has {len(lines)} mistake(s):", *lines]))


def _of_a_copy(cell) -> list[str]:
    """Return what is wrong with a cell when a copy of it is built, called and differentiated."""
    cls, name = type(cell), type(cell).__name__
    written = cell.get_config()
    copy = cls.from_config(written)
    if copy.get_config() != written:
        changed = [n for n, value in copy.get_config().items() if value != written.get(n)]
        return [f"{name} is not the same after saving and loading: {', '.join(changed)} changed."]
    try:
        copy.build((None, _FEATURES))
    except ValueError as error:
        return [str(error)]
    trial = Trial(copy, _FEATURES)
    if mistakes := trial.mistakes():
        return mistakes
    mistakes = []
    if trial.drops.used != cls.candidate_dropout:
        mistakes.append(
            f"{name} declares candidate_dropout = {cls.candidate_dropout}, but its step "
            + (
                "calls wx.drop. Write `candidate_dropout = True`."
                if trial.drops.used
                else "does not call wx.drop. Write `wx.drop(g)` where the candidate g enters a "
                "state, or `candidate_dropout = False`."
            )
        )
    return mistakes + _of_numbers(copy)


def _of_numbers(cell) -> list[str]:
    name, rng = type(cell).__name__, np.random.default_rng(0)
    layer = Recurrent(cell, engine="loop", return_state=True, dtype=cell.dtype_policy)
    x = ops.cast(rng.normal(size=(_BATCH, _TIME, _FEATURES)), cell.compute_dtype)
    mistakes = []
    output, *states = layer(x)
    if not _finite([output, *states]):
        mistakes.append(f"{name} gives numbers that are not finite for inputs of size 1.")
    if not _equal([output, *states], layer(x)):
        mistakes.append(
            f"{name} gives other numbers when it is called again. A step is pure: it draws "
            "nothing, and keeps nothing in the cell."
        )
    shorter = layer(x[:, : _TIME - 1])
    seen = np.arange(_TIME)[None].repeat(_BATCH, 0) < _TIME - 1
    if not _equal(shorter, layer(x, mask=ops.convert_to_tensor(seen))):
        mistakes.append(f"{name} gives other states when the last timestep is masked.")
    past = cell.State(*states)
    _, gates = cell.advance(cell.project(x[:, 0]), past)
    for letter, share in cell.kept(gates).items():
        if letter not in cell.states:
            known = ", ".join(cell.states)
            mistakes.append(f"{name}.kept names the state {letter!r}; the states are {known}.")
        elif tuple(share.shape) != tuple(getattr(past, letter).shape):
            mistakes.append(
                f"{name}.kept gives {described(share)} for the state {letter}, which has the "
                f"shape {tuple(getattr(past, letter).shape)}."
            )
    weights = cell.trainable_weights

    def total(values):
        with keras.StatelessScope(state_mapping=list(zip(weights, values, strict=True))):
            return sum(ops.sum(value) for value in layer(x))

    slopes = gradients(total, [ops.convert_to_tensor(w.value) for w in weights]) if weights else []
    for weight, slope in zip(weights, slopes, strict=True):
        if not _finite([slope]):
            mistakes.append(f"{name} has a gradient of {weight.name} that is not finite.")
    return mistakes


def _finite(tensors) -> bool:
    return all(np.isfinite(ops.convert_to_numpy(ops.cast(t, "float32"))).all() for t in tensors)


def _equal(some, others) -> bool:
    pairs = [map(ops.convert_to_numpy, pair) for pair in zip(some, others, strict=True)]
    return all(np.allclose(a, b, atol=1e-5) for a, b in pairs)
