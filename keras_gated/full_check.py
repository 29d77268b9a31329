"""check_cell: a full check of a user-defined cell, for the tests of its author."""

import keras
import numpy as np
from keras import ops

from keras_gated.check import Trial, described, mistakes_of_the_config
from keras_gated.inspection.gradient_flow import gradients
from keras_gated.layers.recurrent import Recurrent

# Sizes of the inputs.
_BATCH, _TIME, _FEATURES = 3, 4, 5


def check_cell(cell) -> None:
    """Check a user-defined cell; raise a ValueError with a line for each mistake.

    Call it in a test of the cell. It saves and loads the config; runs `step` to check the names,
    shapes and values of states and gates; compares `candidate_dropout` with the step; checks the
    names and shapes of `kept`; and calls a layer of the cell on random inputs, with and without a
    mask, to check outputs, states and gradients. It works on a copy of the cell.

    Args:
        cell: a `GatedCell`, such as `MyCell(4)`.

    Raises:
        TypeError: for anything but a `GatedCell`.
        ValueError: for any mistake.

    >>> from keras_gated import LSTMCell
    >>> check_cell(LSTMCell(4))
    """
    if isinstance(cell, type) or not hasattr(cell, "gates") or not hasattr(cell, "advance"):
        raise TypeError(f"check_cell checks a GatedCell such as MyCell(4); received {cell!r}.")
    mistakes = mistakes_of_the_config(cell) or _mistakes_of_a_copy(cell)
    if mistakes:
        name = type(cell).__name__
        lines = [line.removeprefix(f"{name} ").removeprefix(f"{name}.") for line in mistakes]
        raise ValueError("\n".join([f"{name} has {len(lines)} mistake(s):", *lines]))


def _mistakes_of_a_copy(cell) -> list[str]:
    """Return the mistakes seen when a copy of a cell is built, called and differentiated."""
    cls, name = type(cell), type(cell).__name__
    config = cell.get_config()
    copy = cls.from_config(config)
    if copy.get_config() != config:
        changed = [n for n, value in copy.get_config().items() if value != config.get(n)]
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
    return mistakes + _mistakes_of_values(copy)


def _mistakes_of_values(cell) -> list[str]:
    name, rng = type(cell).__name__, np.random.default_rng(0)
    layer = Recurrent(cell, engine="loop", return_state=True, dtype=cell.dtype_policy)
    x = ops.cast(rng.normal(size=(_BATCH, _TIME, _FEATURES)), cell.compute_dtype)
    mistakes = []
    output, *states = layer(x)
    if not _finite([output, *states]):
        mistakes.append(f"{name} returns values that are not finite for standard normal inputs.")
    if not _equal([output, *states], layer(x)):
        mistakes.append(
            f"{name} returns different values when called again. `step` must be pure: no "
            "randomness, and nothing stored in the cell."
        )
    shorter = layer(x[:, : _TIME - 1])
    mask = np.arange(_TIME)[None].repeat(_BATCH, 0) < _TIME - 1
    if not _equal(shorter, layer(x, mask=ops.convert_to_tensor(mask))):
        mistakes.append(
            f"{name} returns different states if the last timestep is masked or left out."
        )
    past = cell.State(*states)
    _, gates = cell.advance(cell.project(x[:, 0]), past)
    for letter, share in cell.kept(gates).items():
        if letter not in cell.states:
            known = ", ".join(cell.states)
            mistakes.append(f"{name}.kept names the state {letter!r}; the states are {known}.")
        elif tuple(share.shape) != tuple(getattr(past, letter).shape):
            mistakes.append(
                f"{name}.kept returns {described(share)} for the state {letter}, which has the "
                f"shape {tuple(getattr(past, letter).shape)}."
            )
    weights = cell.trainable_weights

    def total(values):
        with keras.StatelessScope(state_mapping=list(zip(weights, values, strict=True))):
            return sum(ops.sum(value) for value in layer(x))

    grads = gradients(total, [ops.convert_to_tensor(w.value) for w in weights]) if weights else []
    for weight, grad in zip(weights, grads, strict=True):
        if not _finite([grad]):
            mistakes.append(f"{name} has a gradient of {weight.name} that is not finite.")
    return mistakes


def _finite(tensors) -> bool:
    return all(np.isfinite(ops.convert_to_numpy(ops.cast(t, "float32"))).all() for t in tensors)


def _equal(some, others) -> bool:
    pairs = [map(ops.convert_to_numpy, pair) for pair in zip(some, others, strict=True)]
    return all(np.allclose(a, b, atol=1e-5) for a, b in pairs)
