"""Checks of names that a user types, and messages for unknown ones."""

import contextlib
import difflib
import importlib.util
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

LONGEST = 200  # bytes of a folder's name; systems allow 255, and recipes append to it


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """Return a sentence that lists the known names and the nearest.

    >>> unknown("column", "stras", ["review", "stars"])
    "unknown column 'stras'; known: review, stars. Did you mean 'stars'?"
    """
    known = [str(value) for value in known]
    lower = {value.lower(): value for value in known}
    near = difflib.get_close_matches(str(name).lower(), lower, n=1)
    hint = f" Did you mean {lower[near[0]]!r}?" if near else ""
    return f"unknown {what} {name!r}; known: {', '.join(known)}.{hint}"


def check_folder(name: str | None) -> None:
    """Check that `--name` can be the name of one folder.

    Raises:
        ValueError: for an empty name, `.`, `..`, a slash, an unprintable character (NUL, a line
            break), or a name that is too long for file systems.
    """
    if name and name not in (".", "..") and not set("/\\") & set(name) and name.isprintable():
        if len(os.fsencode(name)) <= LONGEST:
            return
        raise ValueError(
            f"--name is the name of one folder, of at most {LONGEST} bytes; received "
            f"{len(os.fsencode(name))} bytes, {name[:40] + '...'!r}."
        )
    raise ValueError(
        "--name is the name of one folder: not empty, not '.' or '..', without slashes and "
        f"unprintable characters; received {name!r}."
    )


def known_cells() -> tuple[str, ...]:
    """Return the names of the cells of keras_gated, without importing it."""
    package = importlib.util.find_spec("keras_gated")
    assert package is not None, "it is beside the recipes"
    assert package.origin is not None, "it is a file"
    files = Path(package.origin).parent.glob("cells/[a-z]*.py")
    return tuple(sorted(file.stem for file in files))


def cell_name(name: str) -> str:
    """Return the canonical name of a cell in any spelling; `module:Class` is returned as it is.

    >>> cell_name("RGLRU"), cell_name("rglru"), cell_name("keras_gated:LSTM")
    ('rg_lru', 'rg_lru', 'keras_gated:LSTM')

    Raises:
        ValueError: for an unknown cell, or a module that does not exist.
    """
    if ":" in name:
        module = name.partition(":")[0]
        try:
            there = importlib.util.find_spec(module) is not None
        except (ImportError, ValueError):
            there = False
        if not there:
            raise ValueError(
                f"{name!r}: there is no module {module!r} in this folder or installed; write "
                "module:Class, as in mycells:LeakCell."
            )
        return name
    known = {cell.replace("_", ""): cell for cell in known_cells()}
    wanted = name.lower().replace("_", "").replace("-", "").removesuffix("cell")
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, n=1)
        hint = f" Did you mean {known[near[0]]!r}?" if near else ""
        raise ValueError(
            f"Unknown cell {name!r}; known are {', '.join(known.values())}, and module:Class for "
            f"a cell of your own.{hint}"
        )
    return known[wanted]


def cells(spellings: Iterable[str]) -> tuple[str, ...]:
    """Return the names of `--cells`, as `cell_name` does for one."""
    with option("cells"):
        return tuple(map(cell_name, spellings))


@contextlib.contextmanager
def option(name: str) -> Iterator[None]:
    """Let a ValueError within begin with the option that the user typed."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"--{name}: {error}") from error
