"""Signatures and `Args:` sections of cells and layers, assembled from those of their bases.

An argument is explained once, where it is stored. `help`, `inspect.signature` and the stubs for
editors show all arguments of a class in one place.
"""

import functools
import inspect
import re

_HEADINGS = ("Args", "Call arguments", "Class attributes", "Returns", "Raises")
_SEE_ELSEWHERE = re.compile(
    r"(The remaining arguments are those of `\w+`\.|Arguments: `\w+`\.)\s*", re.MULTILINE
)


class OfAClass:
    """A `__signature__` that a class has and its instances do not.

    `inspect` and `tf.function` ask an instance for the signature of its call.
    """

    def __init__(self, signature: inspect.Signature):
        self.signature = signature

    def __get__(self, instance, owner=None):
        if instance is not None:
            raise AttributeError("__signature__")
        return self.signature


def signature(positional: list, by_name: list) -> inspect.Signature:
    """Return a constructor's signature: units, parameters by position, parameters by name."""
    positional = [p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in positional]
    by_name = [p.replace(kind=p.KEYWORD_ONLY) for p in by_name]
    units = inspect.Parameter("units", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    rest = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([units, *positional, *by_name, rest])


def sections(doc: str | None) -> list[tuple[str, str]]:
    """Return the parts of a docstring: (heading, text), with "" for text without a heading.

    >>> sections("A layer.\\n\\nArgs:\\n    units: a number.\\n\\nMore.")
    [('', 'A layer.'), ('Args', '    units: a number.'), ('', 'More.')]
    """
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in inspect.cleandoc(doc or "").splitlines():
        if line.removesuffix(":") in _HEADINGS and line.endswith(":"):
            parts.append((line[:-1], []))
            continue
        if parts[-1][0] and line and not line.startswith(" "):
            parts.append(("", []))
        parts[-1][1].append(line)
    texts = [(heading, "\n".join(lines).strip("\n")) for heading, lines in parts]
    return [(heading, text) for heading, text in texts if text]


@functools.cache
def explanations(doc: str | None) -> dict[tuple[str, ...], str]:
    """Return the entries of a docstring's `Args:` by the names that each explains.

    >>> explanations("A sum.\\n\\nArgs:\\n    a, b: two numbers.\\n    c: another.")
    {('a', 'b'): 'two numbers.', ('c',): 'another.'}
    """
    text = "\n".join(text for heading, text in sections(doc) if heading == "Args")
    entries = re.split(r"^    (\*{0,2}\w+(?:, \w+)*): ", text, flags=re.MULTILINE)[1:]
    pairs = zip(entries[::2], entries[1::2], strict=True)
    return {tuple(names.split(", ")): entry.rstrip() for names, entry in pairs}


def args_section(names: list[str], docs: list) -> str:
    """Return an `Args:` section of the names, each as the first of the docstrings explains it."""
    entries: dict[str, tuple[str, ...]] = {}
    texts: dict[str, str] = {}
    for doc in docs:
        for group, text in explanations(doc).items():
            wanted = tuple(n for n in group if n in names and n not in entries)
            for name in wanted:
                entries[name], texts[name] = wanted, text
    entries["kwargs"] = ("**kwargs",)
    texts["kwargs"] = "`name`, `dtype` and `trainable`, as in every Keras layer."
    done: set[str] = set()
    lines = []
    for name in names:
        if name not in done and name in entries:
            lines.append(f"    {', '.join(entries[name])}: {texts[name]}")
            done |= set(entries[name])
    return "Args:\n" + "\n".join(lines)


def with_args(doc: str | None, args: str) -> str:
    """Return a docstring with a complete `Args:` section in the place of its own."""
    parts = []
    found = False
    for heading, text in sections(doc):
        if heading == "Args":
            parts.append(args)
            found = True
        elif heading:
            parts.append(f"{heading}:\n{text}")
        elif not found and _SEE_ELSEWHERE.match(text.split("\n\n")[-1]):
            before, _, after = text.rpartition("\n\n")
            parts += [before, args, _SEE_ELSEWHERE.sub("", after, count=1)]
            found = True
        else:
            parts.append(_SEE_ELSEWHERE.sub("", text, count=1))
    if not found:
        parts.append(args)
    return "\n\n".join(part for part in parts if part)


def complete(cls, positional: tuple[str, ...], arguments: dict[str, inspect.Parameter]) -> None:
    """Give a class of cells its signature, and its docstring all `Args:`."""
    by_name = {name: p for name, p in arguments.items() if name != "units"}
    in_order = [by_name.pop(name) for name in positional if name in by_name]
    cls.__signature__ = OfAClass(signature(in_order, list(by_name.values())))
    names = list(cls.__signature__.parameters)
    cls.__doc__ = with_args(cls.__doc__, args_section(names, [b.__doc__ for b in cls.__mro__]))
