"""check_cell: a full check of a user-defined cell, for the tests of its author."""

import re
import traceback

import keras
import numpy as np
from keras import ops

from keras_gated.check import mistakes_of_the_config
from keras_gated.inspection.gradient_flow import gradients
from keras_gated.layers.recurrent import Recurrent
from keras_gated.trial import Trial, described

# Sizes of the inputs.
_BATCH, _TIME, _FEATURES = 3, 4, 5


def check_cell(cell) -> None:
    """Check a user-defined cell; raise a ValueError with a line for each mistake.

    Call it in a test of the cell. It saves and loads the config; traces `step`, as `fit` does, to
    check the names and shapes of states and gates; compares `candidate_dropout` and `kept` with
    the step; and calls a layer of the cell on random inputs, with and without a mask, to check
    outputs, states and gradients. It works on a copy of the cell.

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
    try:
        copy = cls.from_config(config)
    except TypeError as error:
        return [
            f"{name} cannot be made from its config: {_reason(error)} Take `**kwargs` in __init__ "
            "and pass them on: `super().__init__(units, **kwargs)`."
        ]
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
    if trial.error is not None:
        return [_told(f"{name}.{trial.method}", trial.error)]
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
    mistakes += _mistakes_of_kept(cell, x, states)
    weights = cell.trainable_weights

    def total(values):
        with keras.StatelessScope(state_mapping=list(zip(weights, values, strict=True))):
            return sum(ops.sum(value) for value in layer(x))

    grads = gradients(total, [ops.convert_to_tensor(w.value) for w in weights]) if weights else []
    for weight, grad in zip(weights, grads, strict=True):
        if not _finite([grad]):
            mistakes.append(f"{name} has a gradient of {weight.name} that is not finite.")
    return mistakes


def _mistakes_of_kept(cell, x, states) -> list[str]:
    """Return the mistakes in `kept`: what it is, and whether a step keeps so much of a state."""
    name, past = f"{type(cell).__name__}.kept", cell.State(*states)
    wx = cell.project(x[:, 0])
    _, gates = cell.advance(wx, past)
    try:
        fractions = cell.kept(gates)
    except Exception as error:
        known = ", ".join(cell.gates)
        hint = f' The gates are {known}, read as `gates["{next(iter(cell.gates))}"]`.'
        return [_told(name, error) + hint * isinstance(error, (KeyError, AttributeError))]
    if not isinstance(fractions, dict):
        return [
            f"{name} returns {described(fractions)} where a dict by state letter is expected. "
            f'Write for example `return dict({cell.states[0]}=gates["{next(iter(cell.gates))}"])`.'
        ]
    mistakes = []
    for letter, share in fractions.items():
        if letter not in cell.states:
            known = ", ".join(cell.states)
            mistakes.append(f"{name} names the state {letter!r}; the states are {known}.")
            continue
        state = getattr(past, letter)
        if tuple(getattr(share, "shape", ())) != tuple(state.shape):
            mistakes.append(
                f"{name} returns {described(share)} for the state {letter}, which has the shape "
                f"{tuple(state.shape)}. Write a gate, or what is computed from gates."
            )
            continue
        seen = _kept_in_a_step(cell, wx, past, letter)
        if seen is not None and not np.allclose(seen, _array(share), atol=1e-2):
            mistakes.append(
                f"{name} says that a timestep keeps {_array(share).flat[0]:.2f} of a state "
                f"{letter} of which the step keeps {seen.flat[0]:.2f}. Return the factor of "
                f"past.{letter} in the equation of the next {letter}."
            )
    return mistakes


def _kept_in_a_step(cell, wx, past, letter):
    """Return the factor of a past state in the next one; None where the gates depend on it."""
    if not cell.factored or hasattr(cell, "coefficients"):
        return None
    uh = cell.recur(past[0])
    hair = 1e-2
    moved = past._replace(**{letter: getattr(past, letter) + hair})
    (state, gates), (other, others) = cell.step(wx, uh, past), cell.step(wx, uh, moved)
    if any(not np.allclose(_array(gates[g]), _array(others[g]), atol=1e-6) for g in cell.gates):
        return None
    return (_array(getattr(other, letter)) - _array(getattr(state, letter))) / hair


def _told(where: str, error: BaseException) -> str:
    """Return an error that a method raised as a line, with the line of code and what to write."""
    if "_error_repr" in str(error) and error.__context__ is not None:
        error = error.__context__  # Keras copies errors, which fails for some of JAX's
    frames = traceback.extract_tb(error.__traceback__)
    in_file = [frame for frame in frames if frame.name == where.rpartition(".")[2]]
    line = f" in `{in_file[-1].line}`" if in_file and in_file[-1].line else ""
    cause = _reason(error)
    message = f"{where} raises {type(error).__name__}{line}: {cause}"
    if re.search(r"\b(np|numpy)\.", line):
        return f"{message} Write `keras.ops`, not NumPy: training traces the step with symbols."
    if "bool" in cause or "condition" in cause:
        return (
            f"{message} A step cannot branch on a value, as training traces it once. Write "
            "`ops.where(condition, a, b)`."
        )
    return message


def _reason(error: BaseException) -> str:
    """Return the first sentence of an error, without what Keras puts before it; ends with a dot."""
    message = re.split(r"(?:Error|Exception) encountered: *", str(error))[-1].strip()
    first = message.splitlines()[0].split(". ")[0] if message else type(error).__name__
    return first if first.endswith(".") else f"{first}."


def _array(tensor) -> np.ndarray:
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))


def _finite(tensors) -> bool:
    return all(np.isfinite(_array(tensor)).all() for tensor in tensors)


def _equal(some, others) -> bool:
    pairs = [map(ops.convert_to_numpy, pair) for pair in zip(some, others, strict=True)]
    return all(np.allclose(a, b, atol=1e-5) for a, b in pairs)
