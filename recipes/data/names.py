"""Names that a user types: which are refused, and what to say to one that nobody knows."""

import ast
import difflib
import functools
import importlib.util
import os
import re
from collections.abc import Iterable
from pathlib import Path

LONGEST = 200  # bytes of a folder's name; systems take 255, and recipes append to it


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """Return a sentence that lists the known names and the nearest.

    >>> unknown("column", "stras", ["review", "stars"])
    "unknown column 'stras'; known: review, stars. Did you mean 'stars'?"
    """
    known = [str(one) for one in known]
    lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(str(name).lower(), lower, n=1)
    hint = f" Did you mean {lower[near[0]]!r}?" if near else ""
    return f"unknown {what} {name!r}; known: {', '.join(known)}.{hint}"


def check_folder(name: str | None) -> None:
    """Check that `--name` can be the name of one folder.

    Raises:
        ValueError: for no name, `.`, `..`, a slash, an unprintable character (NUL, a line break),
            or a name longer than file systems take.
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


@functools.cache
def known_cells() -> tuple[str, ...]:
    """Return the names of the library's cells, as records have them, without importing Keras."""
    spec = importlib.util.find_spec("keras_gated")
    assert spec is not None, "recipes stand beside the library"
    assert spec.origin is not None, "the library is a package with a file"
    public = next(
        ast.literal_eval(line.value)
        for line in ast.parse(Path(spec.origin).read_text("utf-8")).body
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "__all__"
    )
    layers = [name for name in public if f"{name}Cell" in public]
    return tuple(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in layers)


def cells(given: Iterable[str]) -> tuple[str, ...]:
    """Return the names of cells as records have them, in whatever spelling they are given.

    A cell of one's own, `module:Class`, is left as it is: it is looked for when it is imported.

    >>> cells(["RGLRU", "rg_lru", "MinGRU", "mine:Leak"])
    ('rglru', 'rglru', 'min_gru', 'mine:Leak')

    Raises:
        ValueError: for a cell that is not of the library.
    """
    letters = {name.replace("_", ""): name for name in known_cells()}
    found = []
    for name in given:
        wanted = name.lower().replace("_", "").replace("-", "").removesuffix("cell")
        if ":" not in name and wanted not in letters:
            near = difflib.get_close_matches(wanted, letters, n=1)
            hint = f" Did you mean {letters[near[0]]!r}?" if near else ""
            raise ValueError(
                f"Unknown cell {name!r}; known are {', '.join(sorted(letters.values()))}.{hint}"
            )
        found.append(name if ":" in name else letters[wanted])
    return tuple(found)
