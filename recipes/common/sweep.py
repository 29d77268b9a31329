"""Running many trials side by side, within a time budget, with a display of where it stands."""

import concurrent.futures as futures
import dataclasses
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from recipes.common import record as lines
from recipes.common.runs import Runs


class Trial(Protocol):
    """What a sweep asks of a trial: a frozen dataclass, so that it can be sent to a process.

    Attributes:
        key: its name, the same for the same settings.
        data, model, size: by these three it is known what a trial costs.
        growth: the power of its size with which its seconds grow.
        optional: whether a time budget may leave it out.
        group: what it is compared with; a budget leaves out groups, so that each seed is there
            for all models or for none.
    """

    @property
    def key(self) -> str: ...
    @property
    def data(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def growth(self) -> float: ...
    @property
    def optional(self) -> bool: ...
    @property
    def group(self) -> Hashable: ...


@dataclasses.dataclass
class Outcome:
    """How a sweep ended.

    Attributes:
        cut: trials that the time budget left no room for.
        interrupted: whether Ctrl-C ended it.
        seconds: how long it ran.
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
) -> Outcome:
    """Run the trials of `plan` that are not on file, and put each on file as it ends.

    Each of `jobs` processes runs one trial at a time on one thread: small networks gain more
    from that than one trial gains from two threads. When the budget is set, a group of optional
    trials starts only if it should end within the budget, by the time that trials like it took;
    what is not optional runs whatever it takes, or a table would lack a whole cell.

    A process that dies takes its trial with it, which is put on file as failed. Where this
    process is killed, its processes end by themselves, and what is on file stays.

    Args:
        plan: trials in the order in which they are wanted.
        run: from a trial to its line; a function of a module, as processes import it.
        runs: where lines are kept.
        jobs: number of processes.
        minutes: time budget, or None.
        console: where the display goes.

    Raises:
        OSError: when a line cannot be written, as on a full disk.
    """
    started = time.perf_counter()
    waiting = deque(trial for trial in plan if not runs.done(trial.key))
    board = _Board(console, plan, runs)
    running: dict[futures.Future, tuple[Trial, float]] = {}
    starts: dict[Hashable, bool] = {}
    cut: list[Trial] = []
    pool = _pool(jobs)
    interrupted = False
    try:
        with Live(board, console=console, refresh_per_second=2, transient=True):
            while waiting or running:
                while waiting and len(running) < jobs:
                    trial = waiting.popleft()
                    if minutes is not None and trial.optional:
                        if trial.group not in starts:
                            group = [trial, *(one for one in waiting if one.group == trial.group)]
                            end = time.perf_counter() - started + _estimate(group, runs, jobs)
                            starts[trial.group] = end <= 60 * minutes
                        if not starts[trial.group]:
                            cut.append(trial)
                            continue
                    running[pool.submit(run, trial)] = (trial, time.perf_counter())
                board.update(running, waiting, cut)
                ended, _ = futures.wait(running, timeout=1, return_when=futures.FIRST_COMPLETED)
                broken = False
                for future in ended:
                    trial, since = running.pop(future)
                    try:
                        runs.append(future.result())
                    except BrokenProcessPool:
                        broken = True
                        _append_lost(runs, trial, since)
                if broken:
                    # One process died (memory, most likely), and the pool with it.
                    for trial, since in running.values():
                        _append_lost(runs, trial, since)
                    running.clear()
                    pool = _pool(jobs)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
    return Outcome(cut, interrupted, time.perf_counter() - started)


def _append_lost(runs: Runs, trial: Trial, since: float) -> None:
    reason = "the process that ran it, or one beside it, died; out of memory is the usual cause"
    result = {"status": "failed", "reason": reason, "peak_memory_mb": None}
    runs.append(lines.line(trial, result, time.perf_counter() - since))


def _estimate(group: Sequence[Trial], runs: Runs, jobs: int) -> float:
    """Return the seconds that trials may take side by side, 0 where nothing like them is on file.

    Of each the longest of those like it: that differ in the seed or the arm alone; else those of
    a smaller size, times a power of how much larger it is. On few texts epochs are short, but
    more are needed, so that seconds grow with the root of their number.
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


def _pool(jobs: int) -> futures.ProcessPoolExecutor:
    # The workers inherit these, which TensorFlow reads when it is imported.
    os.environ |= {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    # Spawned, not forked: TensorFlow does not survive a fork.
    context = multiprocessing.get_context("spawn")
    return futures.ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)


def _start_worker() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the workers
    parent = multiprocessing.parent_process()
    assert parent is not None, "a process of the pool has one"
    # Of a parent that was killed nobody hears: without this a worker waits, or works, for ever.
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    # Keras and XLA print to the terminal that the display owns.
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)


def _end_with(parent) -> None:
    parent.join()
    os._exit(1)


class _Board:
    """What the display shows: what runs, what is left, the best so far."""

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
        """Take down where the sweep stands."""
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
            if record["status"] == "done":
                known = best.get(record["data"])
                if known is None or record["valid_accuracy"] > known["valid_accuracy"]:
                    best[record["data"]] = record
        self._lines += [
            f"best     {name}: {record['model']}, {record['size']:,} texts, "
            f"{record['valid_accuracy']:.3f} right on validation"
            for name, record in best.items()
        ]

    def __rich__(self) -> Group:
        # Text, not markup: the name of a data set may hold brackets.
        return Group(
            *(Text(line, no_wrap=True, overflow="ellipsis") for line in self._lines), self._progress
        )
