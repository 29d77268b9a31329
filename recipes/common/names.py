"""What to say to a name that nobody knows."""

import difflib
from collections.abc import Iterable


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
