"""How a recipe is started from the command line, how it ends, and what it says of itself."""

import os
import platform
import shlex
import sys
from collections.abc import Callable
from typing import Any

import tyro
from rich.console import Console

from recipes.sweeps import interrupts


def start(
    name: str,
    settings: type,
    main: Callable[[Any, Console], int],
    told: str | None,
    interrupted: str = "interrupted before a trial ended; the same command starts anew",
) -> None:
    """Read the settings, run `main` with them, and end with its exit code; 130 after Ctrl-C."""
    given: Any = tyro.cli(settings, prog=f"python -m {name}", description=told)
    screen = Console()
    interrupts.listen()
    try:
        try:
            sys.exit(main(given, screen))
        except Exception:
            interrupts.heed()  # what Ctrl-C broke is not told as an error
            raise
    except KeyboardInterrupt:
        screen.print(interrupted)
        sys.exit(130)


def command(name: str) -> str:
    """Return the command that was given to a recipe."""
    return shlex.join(["python", "-m", name, *sys.argv[1:]])


def machine() -> str:
    """Return what runs it, in words."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
