"""Names that a user types: which are refused, and what to say to one that nobody knows."""

import difflib
import os
from collections.abc import Iterable

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
