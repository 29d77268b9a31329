"""Runs a recipe in the test's own process, as importing TensorFlow takes seconds per process."""

import contextlib
import functools
import io
import sys
from unittest import mock

import tyro
from rich.console import Console

from recipes.sweeps import sweep
from recipes.sweeps.executors.place import Place


class Here:
    """An executor that runs each trial in this process, when it is submitted."""

    def __init__(self, jobs: int = 1):
        self.slots = 1
        self._records: dict[int, dict] = {}

    def submit(self, run, trial):
        handle = len(self._records)
        self._records[handle] = run(trial)
        return handle

    def wait(self, running, seconds):
        return [*running]

    def result(self, handle):
        return self._records[handle]

    def close(self):
        """Nothing to stop."""


def run(recipe, *arguments, width=1_000):
    """Run a recipe with command-line arguments; return its exit code and output."""
    screen = Console(file=io.StringIO(), width=width)
    name = recipe.__name__
    with contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch.object(sys, "argv", [name, *map(str, arguments)]))
        patches.enter_context(mock.patch.object(Place, "start", lambda self, jobs: Here(jobs)))
        if getattr(recipe, "sweep", None) is sweep.sweep:  # it takes no place to run trials
            here = functools.partial(sweep.sweep, start=Here)
            if "place" not in recipe.Settings.__dataclass_fields__:
                patches.enter_context(mock.patch.object(recipe, "sweep", here))
        settings = tyro.cli(recipe.Settings, prog=f"python -m {name}")
        code = recipe.main(settings, screen)
    return code, screen.file.getvalue()
