"""The commit of this checkout, which records name."""

import subprocess


def commit(*written: str) -> str | None:
    """Return the commit, or None if there is none, followed by "+" if files differ.

    Args:
        *written: folders whose files do not count, as the program itself writes there.
    """
    name = _git("rev-parse", "--short=12", "HEAD")
    files = ":(top)", *(f":(top,exclude){folder}" for folder in written)
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", *files)
    return f"{name}+" if name and changed else name


def _git(*arguments: str) -> str | None:
    """Return the output of a git command; None if it fails."""
    command = ["git", *arguments]
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return output.stdout.strip() if output.returncode == 0 else None
