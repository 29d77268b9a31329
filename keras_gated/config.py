"""Constructor arguments: validation, serialization and registration."""

import inspect
import numbers

import keras

from keras_gated import initializers

# Serializers of arguments, by the last word of their names.
_REGISTRIES = {
    "activation": keras.activations,
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
}


def register(cls):
    """Register a class or function with Keras, so that it loads without `custom_objects`.

    It is registered under the package that defines it: a user's own `LSTM` must not replace ours.
    """
    return keras.saving.register_keras_serializable(package=cls.__module__.split(".")[0])(cls)


def is_ours(cls: type) -> bool:
    """Return whether a class is defined in this package."""
    return cls.__module__.split(".")[0] == __name__.split(".")[0]


def own_arguments(cls: type, root: type) -> dict[str, inspect.Parameter]:
    """Return the constructor arguments of a class and of its bases, by name.

    Args:
        cls: the class; its own arguments come first.
        root: the last base whose arguments are included.
    """
    arguments: dict[str, inspect.Parameter] = {}
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for base in cls.__mro__[: cls.__mro__.index(root) + 1]:
        if "__init__" in vars(base):
            for parameter in list(inspect.signature(vars(base)["__init__"]).parameters.values())[
                1:
            ]:
                if parameter.kind not in variadic:
                    arguments.setdefault(parameter.name, parameter)
    return arguments


def serialize(name: str, value):
    """Return an argument's value in serializable form."""
    registry = _REGISTRIES.get(name.rsplit("_", 1)[-1])
    return registry.serialize(value) if registry else value


def positive_integer(name: str, value) -> int:
    """Return an argument's value if it is a positive integer, else raise a ValueError."""
    # Python's and NumPy's integers have __index__.
    if isinstance(value, bool) or not hasattr(value, "__index__") or value <= 0:
        raise ValueError(
            f"Argument `{name}` must be a positive integer; received {name}={value!r}. "
            f"Write for example {name}=64."
        )
    return int(value)


def rate(name: str, value) -> float:
    """Return an argument's value if it is a fraction in [0, 1), else raise a ValueError."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= float(value) < 1:
        raise ValueError(
            f"Argument `{name}` is the fraction to drop and must be in [0, 1); received "
            f"{name}={value!r}. Write for example {name}=0.2, or 0 for none."
        )
    return initializers.as_python(value)


def rates_by_state(cls: type, name: str, rates):
    """Return a `State` of rates from one number for all states, or from a dict by letter."""
    states, State = cls.states, cls.State  # type: ignore[attr-defined]
    if not isinstance(rates, dict):
        return State(*[rate(name, rates)] * len(states))
    unknown = [letter for letter in rates if letter not in states]
    if unknown:
        raise ValueError(
            f"{name} names state(s) {', '.join(map(repr, unknown))}; the states of "
            f"{cls.__name__} are {', '.join(states)}."
        )
    return State(*(rate(name, rates.get(letter, 0.0)) for letter in states))


def dropout_form(cls: type, form: str) -> str:
    """Return a `recurrent_dropout_form` if the cell supports it, else raise a ValueError."""
    if form not in ("gal", "semeniuta"):
        raise ValueError(
            "Argument `recurrent_dropout_form` must be 'gal' (h before its projection) or "
            f"'semeniuta' (the candidate); received recurrent_dropout_form={form!r}."
        )
    if form == "semeniuta" and not cls.candidate_dropout:  # type: ignore[attr-defined]
        reason = cls.lacks.get("candidate_dropout")  # type: ignore[attr-defined]
        hint = (
            "; or in a cell of your own write `wx.drop(g)` where the candidate g enters a state, "
            "and `candidate_dropout = True` in the class"
        )
        raise ValueError(
            f"{cls.__name__} has no candidate that can be dropped, so it does not support "
            "recurrent_dropout_form='semeniuta'"
            f"{f': {reason}' if reason else ''}. Pass 'gal'{'' if reason else hint}."
        )
    return form


def serialize_arguments(cell, defaults: dict[str, inspect.Parameter]) -> dict:
    """Return a cell's arguments in serializable form.

    Args:
        cell: a `GatedCell`.
        defaults: the parameters by name. Arguments that Keras's cells do not have are omitted if
            they equal their default, so that Keras's classes can load the config.
    """
    beyond_keras = {
        "gate_bias_initializer": initializers.serialize_gate_bias(cell.gate_bias_initializer),
        "recurrent_dropout_form": cell.recurrent_dropout_form,
        "weight_drop": cell.weight_drop,
        "zoneout": cell.zoneout._asdict() if any(cell.zoneout) else 0.0,
    }
    # Keras's cells omit `implementation`, and not all of their classes accept it.
    names = [n for n in cell.arguments() if n not in ("implementation", *beyond_keras)]
    differ = {n: v for n, v in beyond_keras.items() if v != defaults[n].default}
    return {name: serialize(name, getattr(cell, name)) for name in names} | differ


def positions_in(twin: type) -> tuple[str, ...]:
    """Return the names of the positional arguments of a Keras class after `units`, in order."""
    parameters = inspect.signature(twin.__init__).parameters.values()  # type: ignore[misc]
    return tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)[2:]


def positions(cls: type, root: type) -> tuple[str, ...]:
    """Return the names of the positional arguments of a class after `units`.

    These are its `positional` if declared, else the named arguments of its constructor. If the
    constructor has `*args`, those of its base follow.
    """
    names: list[str] = []
    for base in cls.__mro__[: cls.__mro__.index(root) + 1]:
        if "positional" in vars(base):
            return (*names, *vars(base)["positional"])
        if "__init__" not in vars(base):
            continue
        parameters = list(inspect.signature(vars(base)["__init__"]).parameters.values())[2:]
        names += [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        if not any(p.kind is p.VAR_POSITIONAL for p in parameters):
            break
    return tuple(names)


def by_name(cls: type, args: tuple, kwargs: dict, behind: str = "units") -> dict:
    """Return all arguments after `units`, or after another one, by name.

    Args:
        cls: the class, whose `positional` holds the names of `args`.
        args: the arguments passed by position.
        kwargs: the arguments passed by name.
        behind: the last argument that the constructor itself names.

    Raises:
        TypeError: for too many positional arguments, or one that is also passed by name.
    """
    positional = ("units", *cls.positional)  # type: ignore[attr-defined]
    names = positional[positional.index(behind) + 1 :]
    if len(args) > len(names):
        raise TypeError(
            f"{cls.__name__} takes {len(positional)} arguments by position "
            f"({', '.join(positional)}); received {len(args) + len(positional) - len(names)}. "
            "Pass the others by name."
        )
    for name in names[: len(args)]:
        if name in kwargs:
            raise TypeError(f"{cls.__name__} got multiple values for argument {name!r}.")
    return {**dict(zip(names, args, strict=False)), **kwargs}
