"""Running many trials in parallel, within a time budget, with a progress display."""

import contextlib
import dataclasses
import math
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from recipes.sweeps import record as lines
from recipes.sweeps.executors.executor import Executor, Lost
from recipes.sweeps.executors.processes import Processes
from recipes.sweeps.runs import Runs
from recipes.sweeps.trial import Trial


@dataclasses.dataclass
class Outcome:
    """How a sweep ended.

    Attributes:
        cut: trials left out because of the time budget.
        interrupted: whether Ctrl-C ended it.
        seconds: its duration.
    """

    cut: list[Any]
    interrupted: bool
    seconds: float


def sweep(
    plan: Sequence[Trial],
    run: Callable[[Any], dict],
    runs: Runs,
    jobs: int,
    minutes: float | None,
    console: Console,
    start: Callable[[int], Executor] = Processes,
    whole: Sequence[Trial] | None = None,
) -> Outcome:
    """Run the trials of `plan` that have no record yet; append each record when a trial ends.

    With a time budget, a group of optional trials starts only if it should end within the budget,
    estimated from similar trials. Trials that are not optional always run.

    Without a terminal, each finished trial prints one line: its number, score and the remaining
    time.

    If the process of a trial dies, the trial is retried once, alone, since a trial beside it may
    have used all memory; if it dies again it is recorded as failed. If this process is killed, its
    child processes end too. The records stay intact: only this process writes them.

    Args:
        plan: trials in the order in which they run.
        run: function from a trial to its record; defined in a module, as processes import it.
        runs: the records.
        jobs: number of trials to run in parallel.
        minutes: time budget, or None.
        console: where the display goes.
        start: function from `jobs` to an executor; in a recipe, `Place.start` of its settings.
            Called only if there is a trial to run.
        whole: the plan of which `plan` is a part, for the progress display.

    Raises:
        OSError: if a record cannot be written, as on a full disk, or a cluster is unreachable.
    """
    started = time.perf_counter()
    waiting = deque(trial for trial in plan if not runs.done(trial.key))
    board = _Board(console, whole or plan, runs)
    running: dict[Any, tuple[Trial, float]] = {}
    within: dict[Hashable, bool] = {}
    cut: list[Trial] = []
    lost_before: set[str] = set()
    interrupted = False
    try:
        with contextlib.ExitStack() as open_now:
            if console.is_terminal:
                display = Live(board, console=console, refresh_per_second=2, transient=True)
                open_now.enter_context(display)
            board.update(running, waiting, cut)
            if waiting:
                executor = start(jobs)
                open_now.callback(executor.close)
            while waiting or running:
                slots = executor.slots
                while waiting and len(running) < _room(waiting[0], running, lost_before, slots):
                    trial = waiting.popleft()
                    if minutes is not None and trial.optional:
                        if trial.group not in within:
                            group = [trial, *(one for one in waiting if one.group == trial.group)]
                            end = time.perf_counter() - started + estimate(group, runs, slots)
                            within[trial.group] = end <= 60 * minutes
                        if not within[trial.group]:
                            cut.append(trial)
                            continue
                    running[executor.submit(run, trial)] = (trial, time.perf_counter())
                board.update(running, waiting, cut)
                if waiting and not running:
                    time.sleep(1)  # no machine is free now
                for handle in executor.wait([*running], 1) if running else ():
                    trial, since = running.pop(handle)
                    try:
                        runs.append(executor.result(handle))
                        if not console.is_terminal:
                            left = [*waiting, *(one for one, _ in running.values())]
                            seconds = estimate(left, runs, slots) if left else 0.0
                            budget = 60 * minutes if minutes is not None else math.inf
                            within_budget = max(budget - (time.perf_counter() - started), 0.0)
                            board.ended(trial, min(seconds, within_budget))
                    except Lost as reason:
                        if reason.again and trial.key not in lost_before:
                            lost_before.add(trial.key)
                            waiting.appendleft(trial)
                            continue
                        lost = {"status": "failed", "reason": str(reason), "peak_memory_mb": None}
                        runs.append(lines.line(trial, lost, time.perf_counter() - since))
    except KeyboardInterrupt:
        interrupted = True
    return Outcome(cut, interrupted, time.perf_counter() - started)


def _room(following: Trial, running: dict, lost_before: set[str], slots: int) -> int:
    """Return how many trials may run, including the next one; a lost trial is retried alone."""
    suspects = {trial.key for trial, _ in running.values()} & lost_before
    return min(slots, 1) if suspects or following.key in lost_before else slots


def estimate(group: Sequence[Trial], runs: Runs, jobs: int) -> float:
    """Estimate the seconds of trials that run in parallel; 0 if nothing similar is recorded.

    The estimate of a trial is the longest of those that differ only in seed or arm. Otherwise it is
    that of a smaller size, times a power of the ratio of sizes. On few texts epochs are short, but
    more of them are needed, so seconds grow with the square root of the number of texts.
    """
    done = [record for record in runs.records() if record["status"] == "done"]

    def one(trial: Trial) -> float:
        kind = (trial.data, trial.model)
        like = [r for r in done if (r["data"], r["model"]) == kind and r["size"] <= trial.size]
        largest = max((record["size"] for record in like), default=1)
        return max(
            (
                record["seconds"] * (trial.size / largest) ** trial.growth
                for record in like
                if record["size"] == largest
            ),
            default=0.0,
        )

    seconds = [one(trial) for trial in group]
    return max(*seconds, sum(seconds) / jobs, 0.0)


class _Board:
    """The progress display: running trials, remaining trials, best results so far."""

    def __init__(self, console: Console, plan: Sequence[Trial], runs: Runs):
        self._plan, self._runs = plan, runs
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("trials"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task = self._progress.add_task("all", total=len(plan))
        self._lines: list[str] = []

    def update(self, running, waiting, cut) -> None:
        """Update the state of the sweep."""
        on_file = self._runs.records([trial.key for trial in self._plan])
        self._progress.update(self._task, completed=len(on_file))
        now = time.perf_counter()
        self._lines = [
            f"running  {trial} ({now - since:.0f} s)" for trial, since in running.values()
        ]
        failed = sum(record["status"] == "failed" for record in on_file)
        left = f"left     {len(waiting)} trials"
        left += f", {failed} failed" if failed else ""
        left += f", {len(cut)} beyond the time budget" if cut else ""
        self._lines.append(left)
        best: dict[str, dict] = {}
        for record in on_file:
            if "valid_accuracy" in record:
                known = best.get(record["data"])
                if known is None or record["valid_accuracy"] > known["valid_accuracy"]:
                    best[record["data"]] = record
        self._lines += [
            f"best     {lines.shown(name)}: {record['model']}, {record['size']:,} texts, "
            f"{record['valid_accuracy']:.3f} right on validation"
            for name, record in best.items()
        ]

    def ended(self, trial: Trial, seconds: float) -> None:
        """Print a line about a finished trial, in place of the display.

        Args:
            trial: the trial.
            seconds: estimated remaining seconds of the sweep.
        """
        done = len(self._runs.records([one.key for one in self._plan]))
        (record,) = self._runs.records([trial.key])
        score = record.get("test_accuracy", record.get("test_bits"))
        said = "failed" if record["status"] == "failed" else f"{record['seconds']:.0f} s"
        said += f", {score:.3f} on test" if isinstance(score, float) else ""
        rest = f"; about {seconds / 60:.0f} min left" if seconds >= 60 else ""
        line = f"{done} of {len(self._plan)}: {trial}: {said}{rest}"
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def __rich__(self) -> Group:
        # Text, not markup: the name of a data set may contain brackets.
        return Group(
            *(Text(line, no_wrap=True, overflow="ellipsis") for line in self._lines), self._progress
        )
