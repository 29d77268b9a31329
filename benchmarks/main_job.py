"""`make compare` with the fast implementations and with the plain loop: whole trials.

    python -m benchmarks.main_job                    # the first seed of every network, all sizes
    python -m benchmarks.main_job --sizes 500 2000

The networks of `make compare` are trained in processes like those of the sweep, once with the
default engine and once with `engine="loop"`, for the same number of epochs. It compares the seconds
of a trial (reading, tracing, compiling, training, testing) and those of its fastest epoch.

The same command resumes an interrupted run; `--fresh` starts from scratch.
"""

import dataclasses
import json
import os
import shutil
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.record import RESULTS
from recipes import compare_cells
from recipes.sweeps import program
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import sweep
from recipes.trials import trial
from recipes.trials.trial import BASELINE, Trial

AUTO, LOOP = "auto", "loop"


@dataclasses.dataclass(frozen=True)
class Settings:
    """Compare the main job with the same job on the plain loop."""

    sizes: tuple[int, ...] = ()
    """Numbers of training texts; by default those of the main job."""
    jobs: int = os.cpu_count() or 1
    """Number of trials to run in parallel."""
    fresh: bool = False
    """Discard the recorded trials."""
    runs: Path = Path("runs/main_job")
    """Folder of the trials."""
    out: Path = RESULTS / "main_job.json"
    """The JSON file to write."""


def main(settings: Settings, console: Console) -> int:
    """Run both, print and write the table; return 0 if finished, 1 if invalid or failed."""
    job = compare_cells.completed(
        compare_cells.Settings(sizes=settings.sizes, seeds=1, jobs=settings.jobs)
    )
    try:
        compare_cells.check(job)
        sets = [trial.load(name, None, None, 0) for name in job.data]
        plan = [entry for entry in compare_cells.planned(job, sets) if entry.arm != BASELINE]
    except (ValueError, OSError, RuntimeError) as refusal:
        console.print(f"{refusal}", style="red", markup=False, highlight=False)
        return 1
    if settings.fresh:
        shutil.rmtree(settings.runs, ignore_errors=True)
    fast = ran(settings, AUTO, plan, console)
    if fast is None:
        return 130
    pairs = [(entry, like(entry, fast[entry.key])) for entry in plan]
    slow = ran(settings, LOOP, [other for _, other in pairs], console)
    if slow is None:
        return 130
    failed = [entry for entry in [*fast.values(), *slow.values()] if entry["status"] != "done"]
    for entry in failed:
        console.print(f"failed: {entry['model']}: {entry['reason']}", style="red", markup=False)
    if failed:
        return 1
    rows = [row(fast[entry.key], slow[other.key]) for entry, other in pairs]
    (console if console.is_terminal else Console(width=120)).print(table(rows))
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    about: dict = {"command": machine.command(), "commit": machine.commit()}
    about |= {"machine": machine.machine(), "versions": machine.versions(), "jobs": settings.jobs}
    settings.out.write_text(json.dumps(about | {"rows": rows}, indent=1) + "\n")
    return 0


def ran(settings: Settings, path: str, plan: list[Trial], console: Console) -> dict | None:
    """Run the trials without a record; return the records by key, or None after Ctrl-C."""
    with Runs(settings.runs / path, trial.FIELDS, trial.RESULTS) as runs:
        if sweep(plan, trial.run, runs, settings.jobs, None, console).interrupted:
            console.print("interrupted; the same command goes on from here")
            return None
        return {record["key"]: record for record in runs.records([entry.key for entry in plan])}


def like(entry: Trial, record: dict) -> Trial:
    """Return the trial on the plain loop, with the number of epochs of the record."""
    passes = max(1, len(record["epochs"]))
    return dataclasses.replace(entry, engine=LOOP, epochs=passes, patience=10**9)


def row(fast: dict, slow: dict) -> dict:
    """Return the comparison of two records of a trial."""
    description = {name: fast[name] for name in ("data", "size", "model", "units")}
    description["passes"] = len(fast["epochs"])
    for path, record in ((AUTO, fast), (LOOP, slow)):
        description[path] = {
            "seconds": record["seconds"],
            "fastest_pass": min(epoch["seconds"] for epoch in record["epochs"]),
        }
    return description


def table(rows: list[dict]) -> Table:
    """Return the table, with totals for each size of each data set and for all."""
    shown = Table(title="Seconds of trials and of their fastest pass, and how many times as fast")
    for name in ("data", "texts", "cell", "passes", "loop", "auto", "x", "a pass", "auto", "x"):
        shown.add_column(
            name, justify="left" if name in ("data", "cell") else "right", no_wrap=True
        )

    def add(data, size, cell, passes, some):
        cells = []
        for what, digits in (("seconds", 1), ("fastest_pass", 2)):
            slow, fast = (sum(entry[path][what] for entry in some) for path in (LOOP, AUTO))
            cells += [f"{slow:.{digits}f}", f"{fast:.{digits}f}", f"{slow / fast:.2f}"]
        shown.add_row(data.removeprefix("embedded_"), size, cell, passes, *cells)

    groups: dict[tuple, list] = {}
    for entry in rows:
        groups.setdefault((entry["data"], entry["size"]), []).append(entry)
    for (data, size), some in groups.items():
        for entry in some:
            cell = f"{entry['model']} {entry['units']}"
            add(data, f"{size:,}", cell, str(entry["passes"]), [entry])
        add(data, f"{size:,}", "all", "", some)
        shown.add_section()
    add("all", "", "", "", rows)
    return shown


if __name__ == "__main__":
    program.start("benchmarks.main_job", Settings, main, __doc__)
