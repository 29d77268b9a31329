"""Signatures and `Args:` sections of cells and layers, assembled from those of their bases.

An argument is documented once, in the class that stores it. `help`, `inspect.signature` and the
stubs for editors show all arguments of a class in one place.
"""

import functools
import inspect
import re

_HEADINGS = ("Args", "Call arguments", "Class attributes", "Returns", "Raises")
_SEE_ELSEWHERE = re.compile(
    r"(The remaining arguments are those of `\w+`\.|Arguments: `\w+`\.)\s*", re.MULTILINE
)


class OfAClass:
    """A `__signature__` of a class that its instances do not have.

    `inspect` and `tf.function` read the signature of an instance's call.
    """

    def __init__(self, signature: inspect.Signature):
        self.signature = signature

    def __get__(self, instance, owner=None):
        if instance is not None:
            raise AttributeError("__signature__")
        return self.signature


def signature(positional: list, by_name: list) -> inspect.Signature:
    """Return a constructor's signature: units, positional parameters, keyword parameters."""
    positional = [p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in positional]
    by_name = [p.replace(kind=p.KEYWORD_ONLY) for p in by_name]
    units = inspect.Parameter("units", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    keywords = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([units, *positional, *by_name, keywords])


def sections(doc: str | None) -> list[tuple[str, str]]:
    """Return the sections of a docstring: (heading, text), with "" for text without a heading.

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
    """Return the entries of a docstring's `Args:`, by the names that they document.

    >>> explanations("A sum.\\n\\nArgs:\\n    a, b: two numbers.\\n    c: another.")
    {('a', 'b'): 'two numbers.', ('c',): 'another.'}
    """
    text = "\n".join(text for heading, text in sections(doc) if heading == "Args")
    entries = re.split(r"^    (\*{0,2}\w+(?:, \w+)*): ", text, flags=re.MULTILINE)[1:]
    pairs = zip(entries[::2], entries[1::2], strict=True)
    return {tuple(names.split(", ")): entry.rstrip() for names, entry in pairs}


def args_section(names: list[str], docs: list) -> str:
    """Return an `Args:` section for the names, from the first docstring that documents each."""
    entries: dict[str, tuple[str, ...]] = {}
    texts: dict[str, str] = {}
    for doc in docs:
        for group, text in explanations(doc).items():
            new_names = tuple(n for n in group if n in names and n not in entries)
            for name in new_names:
                entries[name], texts[name] = new_names, text
    entries["kwargs"] = ("**kwargs",)
    texts["kwargs"] = "`name`, `dtype` and `trainable`, as in every Keras layer."
    documented: set[str] = set()
    lines = []
    for name in names:
        if name not in documented and name in entries:
            lines.append(f"    {', '.join(entries[name])}: {texts[name]}")
            documented |= set(entries[name])
    return "Args:\n" + "\n".join(lines)


def with_args(doc: str | None, args: str) -> str:
    """Return a docstring with its `Args:` section replaced by a complete one."""
    parts = []
    has_args = False
    for heading, text in sections(doc):
        if heading == "Args":
            parts.append(args)
            has_args = True
        elif heading:
            parts.append(f"{heading}:\n{text}")
        elif not has_args and _SEE_ELSEWHERE.match(text.split("\n\n")[-1]):
            before, _, after = text.rpartition("\n\n")
            parts += [before, args, _SEE_ELSEWHERE.sub("", after, count=1)]
            has_args = True
        else:
            parts.append(_SEE_ELSEWHERE.sub("", text, count=1))
    if not has_args:
        parts.append(args)
    return "\n\n".join(part for part in parts if part)


def complete(cls, positional: tuple[str, ...], arguments: dict[str, inspect.Parameter]) -> None:
    """Set the signature of a cell class, and complete the `Args:` of its docstring."""
    by_name = {name: p for name, p in arguments.items() if name != "units"}
    in_order = [by_name.pop(name) for name in positional if name in by_name]
    cls.__signature__ = OfAClass(signature(in_order, list(by_name.values())))
    names = list(cls.__signature__.parameters)
    cls.__doc__ = with_args(cls.__doc__, args_section(names, [b.__doc__ for b in cls.__mro__]))
