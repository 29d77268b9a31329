"""Comparisons in fresh processes: wall and CPU seconds of a use, tracing and compiling included.

A benchmark is a module with a dataclass `Case`, its `CASES`, and `measure(side, case)`, which runs
one side in this process and returns its seconds as `wall` and `cpu`. The sides take turns, each in
a process of its own, and the fastest run of each counts.
"""

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import tyro

from benchmarks.record import DONE, RESULTS, Record

KERAS, KERAS_XLA, OURS = "keras", "keras xla", "ours"


class Case(Protocol):
    """A dataclass of plain values."""

    @property
    def name(self) -> str:
        """Name of the case."""


@dataclass
class Settings:
    """What is measured."""

    only: list[str] = field(default_factory=list)
    """Prefixes of the names of cases; all by default."""
    turns: int = 2
    """Runs of each side."""
    fresh: bool = False
    """Measure again what is recorded."""
    list: bool = False
    """Print the cases and exit."""


class Clock:
    """Wall and CPU seconds of a `with` block."""

    def __enter__(self) -> "Clock":
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_) -> None:
        self.wall, self.cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu


def layers(side: str):
    """Return the module that has the layers of a side."""
    return importlib.import_module("keras_gated" if side == OURS else "keras.layers")


def run(module: str, side: str, case: Case) -> dict:
    """Return the result of a module's `measure` in a fresh process."""
    arguments = [sys.executable, "-m", module, side, json.dumps(vars(case))]
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{case.name}, {side}: {done.stderr[-800:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(module: str, case: Case, turns: int) -> dict[str, Any]:
    """Return a row: the fastest run of each side, and our speedup."""
    by_side: dict[str, list[dict]] = {side: [] for side in (KERAS, KERAS_XLA, OURS)}
    for turn in range(turns):
        for side, runs in by_side.items():
            # Keras's slower side need not be timed a second time.
            if turn and side in (KERAS, KERAS_XLA) and side != _faster(by_side):
                continue
            runs.append(run(module, side, case))
    better = _faster(by_side)
    sides = {side: min(runs, key=_wall) for side, runs in by_side.items()}
    ratios = {what: sides[better][what] / sides[OURS][what] for what in ("wall", "cpu")}
    return {
        "name": case.name,
        "status": DONE,
        "sides": sides,
        "better": better,
        "ratio": ratios["wall"],
        "cpu_ratio": ratios["cpu"],
    }


def _wall(run: dict) -> float:
    return run["wall"]


def _faster(by_side: dict[str, list[dict]]) -> str:
    return min((KERAS, KERAS_XLA), key=lambda side: min(map(_wall, by_side[side])))


def planned(cases: Sequence[Any], settings: Settings) -> list[Any]:
    """Return the cases to measure; with `--list` print their names and return none."""
    cases = [c for c in cases if not settings.only or c.name.startswith(tuple(settings.only))]
    if settings.list:
        print("\n".join(case.name for case in cases))
        return []
    return cases


def start(
    module: str, cases: Sequence[Any], measure: Callable[[str, Any], dict], description: str | None
) -> None:
    """Run a benchmark's command: measure the cases without a record, print a line for each."""
    if len(sys.argv) == 3 and sys.argv[1] in (KERAS, KERAS_XLA, OURS):
        print(json.dumps(measure(sys.argv[1], type(cases[0])(**json.loads(sys.argv[2])))))
        return
    settings = tyro.cli(Settings, prog=f"python -m {module}", description=description)
    record = Record(RESULTS / f"{module.removeprefix('benchmarks.')}.json", fresh=settings.fresh)
    for case in planned(cases, settings):
        if not record.done(case.name):
            record.add(compare(module, case, settings.turns))
        row = record.rows[case.name]
        ours, keras = row["sides"][OURS], row["sides"][row["better"]]
        print(
            f"{case.name:32s} {row['better']:9s} {keras['wall']:6.1f} s ({keras['cpu']:.1f} CPU), "
            f"ours {ours['wall']:6.1f} s ({ours['cpu']:.1f} CPU): {row['ratio']:.2f} times faster",
            flush=True,
        )
