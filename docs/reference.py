"""The API reference: signatures, and arguments that many classes share.

`help(keras_gated.GRU)` shows every argument. On the page, forty classes would repeat thirty
arguments each: there, layers show those that they do not share with `LSTM`, and cells those that
they do not share with `GatedCell`.
"""

import inspect

from sphinx.util.inspect import stringify_signature

import keras_gated
from keras_gated import signatures


class _Literal:
    """A default that is shown as this text."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self):
        return self.text


def signature(app, what, name, obj, options, shown, returns):
    """Return the signature of a class with its arguments, where Keras hides them in `__new__`."""
    if what not in ("class", "method", "function"):
        return None
    whole = inspect.signature(obj)
    if what == "class" and list(whole.parameters) == ["args", "kwargs"]:
        whole = inspect.signature(obj.__init__)
    by_name = dict(whole.parameters)
    by_name.pop("self", None)
    by_name.pop("cls", None)
    if _reference(obj):
        own = _own_names(obj)
        by_name = {
            name: p
            for name, p in by_name.items()
            if name in own or p.kind in (p.POSITIONAL_OR_KEYWORD, p.VAR_KEYWORD)
        }
    parameters = [
        p.replace(default=_default(p.default))
        for p in by_name.values()
        if getattr(p.default, "__name__", "") != "<lambda>"
    ]
    return stringify_signature(whole.replace(parameters=parameters), show_annotation=False), None


def share(app, what, name, obj, options, lines: list[str]) -> None:
    """Leave out of a docstring the arguments that are explained in another class of the page."""
    reference = _reference(obj) if what == "class" else None
    if reference is None:
        return
    known = signatures.sections(reference.__doc__)
    own = _own_names(obj)
    names = inspect.signature(obj).parameters
    missing = [f"`{n}`" for n in keras_gated.GatedCell.arguments() if n not in names]
    without = f" (without {', '.join(missing)})" if missing else ""
    parts = []
    for heading, text in signatures.sections("\n".join(lines)):
        if heading == "Args":
            entries = signatures.explanations(obj.__doc__).items()
            args = [f"    {', '.join(g)}: {t}" for g, t in entries if own.intersection(g)]
            parts.append("\n".join(["Args:", *args]))
            parts.append(
                f"All other arguments{without}, and those of a call, are explained at "
                f":class:`keras_gated.{reference.__name__}`."
            )
        elif not heading:
            parts.append(text)
        elif (heading, text) not in known:
            parts.append(f"{heading}:\n{text}")
    lines[:] = "\n\n".join(parts).splitlines()


def _reference(obj):
    """Return the class whose page explains the arguments that `obj` shares, or None."""
    if not isinstance(obj, type) or obj is keras_gated.LSTM:
        return None
    if issubclass(obj, keras_gated.CellLayer) and hasattr(obj, "Cell"):
        return keras_gated.LSTM
    is_cell = issubclass(obj, keras_gated.GatedCell) and hasattr(obj, "gates")
    return keras_gated.GatedCell if is_cell else None


def _own_names(cls) -> set[str]:
    """Return the arguments of a class that its reference lacks or explains in other words."""
    known = _by_name(_reference(cls))
    own = {name for name, text in _by_name(cls).items() if known.get(name) != text}
    return own | {"units"}


def _by_name(cls) -> dict[str, str]:
    explained = signatures.explanations(cls.__doc__).items()
    return {name: text for names, text in explained for name in names}


def _default(value):
    if inspect.isfunction(value):
        return _Literal(value.__name__)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _Literal(f"{type(value).__name__}()")
    return value
