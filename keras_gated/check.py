"""Checks of user-defined cells: the declarations of the class, and one trial of its step."""

import functools
import inspect
import keyword

from keras_gated import config
from keras_gated.trial import Trial, is_several

# Packages whose `get_config` reads each argument from the attribute of the same name.
_KNOWN = {__name__.split(".")[0], "keras", "builtins"}

# The methods that a cell may write, and what they are called with.
_METHODS = {
    "step": ("wx", "uh", "past"),
    "coefficients": ("wx",),
    "advance": ("wx", "past", "noise"),
    "project": ("inputs", "noise"),
    "recur": ("h", "noise"),
    "finish": ("state",),
    "get_initial_state": ("batch_size",),
    "kept": ("gates",),
}


def checked(build):
    """Return a cell's `build`, followed by a check of the cell's step.

    Cells of this package are checked by tests instead. A `build` that is called through `super()`
    does not check, since the cell does not have all its weights yet.
    """

    @functools.wraps(build)
    def build_and_check(self, *args, **kwargs):
        build(self, *args, **kwargs)
        input_shape = args[0] if args else next(iter(kwargs.values()))
        if not config.is_ours(type(self)) and type(self).build is build_and_check:
            check_step(self, input_shape[-1])

    return build_and_check


def check_step(cell, features: int) -> None:
    """Raise an error if the step of a built cell does not match the declarations of its class.

    The step runs once on symbolic tensors: nothing is computed, sampled or changed. Other errors
    that the step raises are left to the call, which reports them better.

    Args:
        cell: a built `GatedCell`.
        features: the size of its inputs.

    Raises:
        ValueError: for a step that does not return a `State` and a dict of gates, a state or gate
            that is missing or whose shape is not `(batch, units)`, a letter that the class does
            not declare, or a constructor argument that cannot be saved.
    """
    mistakes = mistakes_of_the_config(cell) or Trial(cell, features).mistakes()
    if mistakes:
        raise ValueError(mistakes[0])


def check_class(cls) -> None:
    """Raise an error if the declarations of a cell class are invalid: gates, states, methods.

    Raises:
        TypeError: for gates that are not a `Gates`, states that are not a tuple of distinct names,
            or a method with the wrong arguments.
    """
    name, gates, states = cls.__name__, getattr(cls, "gates", None), cls.states
    if gates is None:
        raise TypeError(
            f"{name} declares no gates; write for example "
            '`gates = Gates(f="forget", n="candidate")` in the class.'
        )
    if not hasattr(gates, "word"):
        letters = [gate for gate in gates if isinstance(gate, str)] if is_several(gates) else []
        example = ", ".join(f'{letter}="..."' for letter in letters if letter.isidentifier())
        example = example or 'f="forget"'
        raise TypeError(
            f"{name}.gates must be a Gates, a letter and a word for each gate; got {gates!r}. "
            f"Write `gates = Gates({example})`."
        )
    valid = is_several(states) and all(isinstance(s, str) and _is_name(s) for s in states)
    if not valid or not states or len(set(states)) < len(states):
        hint = f" Write `states = ({states!r},)`." if isinstance(states, str) else ""
        raise TypeError(
            f"{name}.states must be a tuple of state letters, each once, such as "
            f'("h",) or ("h", "c"); got {states!r}.{hint}'
        )
    for method, names in _METHODS.items():
        if not hasattr(cls, method):
            continue
        try:
            inspect.signature(getattr(cls, method)).bind(None, *names)
        except TypeError:
            raise TypeError(
                f"{name}.{method} is called with {', '.join(names)}; write "
                f"`def {method}(self, {', '.join(names)})`, not "
                f"`def {method}{inspect.signature(getattr(cls, method))}`."
            ) from None


def _is_name(letter: str) -> bool:
    return letter.isidentifier() and not keyword.iskeyword(letter) and letter[0] != "_"


def mistakes_of_the_config(cell) -> list[str]:
    """Return a mistake for each constructor argument that `get_config` cannot read."""
    classes = type(cell).__mro__
    if any("get_config" in vars(c) for c in classes if c.__module__.split(".")[0] not in _KNOWN):
        return []
    missing = [name for name in type(cell).arguments() if not hasattr(cell, name)]
    return [
        f"{type(cell).__name__} takes the argument {name!r}, but has no attribute of that name, so "
        f"it cannot be saved or cloned. Write `self.{name} = {name}` in __init__, or a get_config."
        for name in missing
    ]
