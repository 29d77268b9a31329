"""Command-line entry point of the recipes: settings, exit codes, and the facts of a run."""

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
    """Parse the settings, run `main`, and exit with its code, or 130 after Ctrl-C."""
    given: Any = tyro.cli(settings, prog=f"python -m {name}", description=told)
    screen = Console()
    interrupts.listen()
    try:
        try:
            sys.exit(main(given, screen))
        except Exception:
            interrupts.heed()  # an error caused by Ctrl-C is not reported as an error
            raise
    except KeyboardInterrupt:
        screen.print(interrupted)
        sys.exit(130)


def command(name: str) -> str:
    """Return the command line with which a recipe was started."""
    return shlex.join(["python", "-m", name, *sys.argv[1:]])


def machine() -> str:
    """Return a description of the machine."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
