"""How a recipe that runs trials is started from the command line, and how it ends."""

import sys
from collections.abc import Callable
from typing import Any

import tyro
from rich.console import Console


def start(name: str, settings: type, main: Callable[[Any, Console], int], told: str | None) -> None:
    """Read the settings, run `main` with them, and end with its exit code; 130 after Ctrl-C."""
    given: Any = tyro.cli(settings, prog=f"python -m {name}", description=told)
    screen = Console()
    try:
        sys.exit(main(given, screen))
    except KeyboardInterrupt:
        screen.print("interrupted before a trial ended; the same command starts anew")
        sys.exit(130)
