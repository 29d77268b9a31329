"""What all comparisons share: command line, checks of settings, messages, the facts of a run."""

import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import tyro
from rich.console import Console

from recipes.sweeps import interrupts, record
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome
from recipes.sweeps.trial import Trial

RESUMES = "the same command goes on from here"


def start(
    name: str,
    settings: type,
    main: Callable[[Any, Console], int],
    description: str | None,
) -> None:
    """Parse the settings, run `main`, and exit with its code, or 130 after Ctrl-C."""
    parsed: Any = tyro.cli(settings, prog=f"python -m {name}", description=description)
    screen = console()
    interrupts.listen()
    try:
        try:
            sys.exit(main(parsed, screen))
        except Exception:
            interrupts.heed()  # an error caused by Ctrl-C is not reported as an error
            raise
    except KeyboardInterrupt:
        screen.print("interrupted; the same command goes on from what is on file")
        sys.exit(130)


def console(**options: Any) -> Console:
    """Return a console; a file or a pipe gets lines of 120 characters, in which tables fit."""
    to_file = not (sys.stdout.isatty() or "COLUMNS" in os.environ)
    return Console(**options, width=120) if to_file else Console(**options)


def check(settings: Any, distinct: Iterable[str] = (), **least: float) -> None:
    """Raise an error for settings that are empty, repeat a value, or are too small.

    Args:
        settings: the settings.
        distinct: names of settings with one or more values, each of which may occur once.
        **least: smallest value of numbers, by name; None is accepted.
    """
    for name in distinct:
        values = getattr(settings, name)
        if not values or len(set(values)) < len(values):
            raise ValueError(f"--{name} names one or more, each once; received {values}.")
    for name, low in least.items():
        value = getattr(settings, name)
        if value is not None and not value >= low:
            raise ValueError(f"--{name} must be at least {low}; received {value}.")


def check_writable(option: str, folder: Path) -> None:
    """Raise an error if a folder can be neither written nor made."""
    try:
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise ValueError(
            f"--{option}: {folder} is no folder that can be written: {error}"
        ) from error


def refuse(error: Exception, console: Console) -> int:
    """Print an error that the user can correct; return the exit code."""
    console.print(f"{error}", style="red", markup=False, highlight=False)
    return 1


def announce(trials: Sequence[Trial], count: str, runs: Runs, console: Console) -> None:
    """Print how many trials there are, and how many of them are recorded."""
    recorded = sum(runs.done(trial.key) for trial in trials)
    console.print(f"{count}, {recorded} of them recorded in {runs.path}", markup=False)
    warn(runs, console)


def warn(runs: Runs, console: Console) -> None:
    """Print how many lines of the records cannot be read."""
    if runs.ignored:
        one = runs.ignored == 1
        lines, count = ("1 line", "counts") if one else (f"{runs.ignored:,} lines", "count")
        message = f"{lines} of {runs.path} cannot be read and {count} as not run"
        console.print(message, markup=False, soft_wrap=True)


def conclude(outcome: Outcome, records: Sequence[dict], console: Console) -> int:
    """Print which trials failed or are missing; return the exit code."""
    for failed in records:
        if failed["status"] == "failed":
            message = f"failed: {failed['model']}: {failed['reason']}"
            console.print(message, markup=False, style="red")
    if outcome.interrupted:
        console.print(f"interrupted; {len(records)} trials are recorded, and {RESUMES}")
        return 130
    if outcome.cut:
        console.print(f"{len(outcome.cut)} trials were beyond the time budget; {RESUMES}")
    return 0


def facts(name: str, cuts: Iterable[str], outcome: Outcome) -> dict[str, Any]:
    """Return the facts of a report that no record has: the command, what is missing, versions."""
    interrupted = "The sweep was interrupted; the trials that had ended are shown."
    return {
        "command": command(name),
        "machine": record.machine(),
        "versions": record.versions(),
        "commit": record.commit(),
        "cuts": [*cuts],
        "interrupted": interrupted if outcome.interrupted else None,
    }


def command(name: str) -> str:
    """Return the command line with which a recipe was started."""
    return shlex.join(["python", "-m", name, *sys.argv[1:]])
