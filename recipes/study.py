"""The study of docs/guides/which_cell.md: tests three common claims about recurrent cells.

    python -m recipes.study                                # the small scale: an hour on two cores
    python -m recipes.study --scale medium --minutes 120   # two hours of it; resume another day
    python -m recipes.study --scale medium --parts memory  # only the first word
    python -m recipes.study --scale medium --page          # write the page, run no trials

The claims: a vanilla RNN loses the first word of a 100-word sentence; a GRU does about what an LSTM
does; with little data, take the GRU. `recipes.reports.plan` has the experiments and the rule by
which each claim is decided. Every model is tuned on validation with the same budget.

Trials are lines in `runs/study_SCALE/PART/trials.jsonl`, and the same command resumes an
interrupted run. Writes `docs/study/README.md` with figures and the trials, and three lines into
that guide.
"""

import dataclasses
import gzip
import json
import os
import time
from pathlib import Path
from typing import Literal

from rich.console import Console

from recipes.reports import evidence, findings
from recipes.reports import plan as plans
from recipes.reports import study as page
from recipes.reports.plan import SCALES, Plan
from recipes.sweeps import program, record
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome, sweep
from recipes.trials import memory, replicate
from recipes.trials.trial import FIELDS

PARTS = {
    "texts": (FIELDS, replicate.RESULTS),
    "memory": (FIELDS, memory.RESULTS),
    "known": (FIELDS, memory.RESULTS),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """Test three claims about recurrent cells, and write the results."""

    scale: Literal["small", "medium"] = "small"
    """Which plan of `recipes.reports.plan` to run."""
    minutes: float | None = None
    """Time budget: trials that do not fit are left out and listed on the page."""
    jobs: int = os.cpu_count() or 1
    """Number of trials to run in parallel."""
    parts: tuple[Literal["texts", "memory", "known"], ...] = ("texts", "memory", "known")
    """What to run: data sets, the first word, published results."""
    page: bool = False
    """Run no trials; write the page from the recorded ones."""
    dirty: bool = False
    """Run although files differ from the commit; the page then says so."""
    runs: Path = Path("runs")
    """Folder of all runs."""
    out: Path = Path("docs/study")
    """Folder of the page."""
    guide: Path = Path("docs/guides/which_cell.md")
    """Page whose lines between `<!-- findings -->` and `<!-- /findings -->` are replaced."""


def main(settings: Settings, console: Console, plan: Plan | None = None) -> int:
    """Run the study. Return the exit code: 0 finished, 1 invalid settings, 130 interrupted."""
    plan = plan or SCALES[settings.scale]
    try:
        check(settings)
        with (
            opened("texts", plan, settings, console) as texts,
            opened("memory", plan, settings, console) as words,
            opened("known", plan, settings, console) as known,
        ):
            parts = texts, words, known
            interrupted = not settings.page and run(plan, settings, *parts, console)
            lines = findings.Lines(*(runs.records() for runs in parts))
        written = page.write(settings.out, settings.guide, plan, lines)
    except (ValueError, OSError, RuntimeError) as error:
        return program.refuse(error, console)
    for sentence in findings.sentences(plan, lines):
        console.print(sentence, markup=False, highlight=False)
    console.print(f"page: {written}; findings: {settings.guide}", markup=False, soft_wrap=True)
    if interrupted:
        console.print("interrupted; the same command goes on from here")
        return 130
    return 0


def check(settings: Settings) -> None:
    """Raise an error for invalid settings, before anything runs."""
    program.check(settings, minutes=0, jobs=1)
    commit = record.commit() or ""
    if commit.endswith("+") and not (settings.page or settings.dirty):
        raise ValueError(
            f"files differ from commit {commit[:-1]}, and each line of the study names the commit "
            "that it can be repeated with; commit them first, or add --dirty to run anyway."
        )
    page.between(settings.guide.read_text("utf-8"), "")


def opened(part: str, plan: Plan, settings: Settings, console: Console) -> Runs:
    """Return the records of a part; if there are none yet, start from those beside the page.

    A fresh checkout thus continues the published study instead of discarding it.
    """
    runs = Runs(settings.runs / f"study_{plan.scale}" / part, *PARTS[part])
    if runs.repaired:
        console.print(f"{runs.repaired} unreadable line(s) there; their trials run again")
    published = settings.out / f"{plan.scale}_{part}.jsonl.gz"
    if not runs.records() and published.exists():
        for line in gzip.decompress(published.read_bytes()).splitlines():
            runs.append(json.loads(line))
    return runs


def run(
    plan: Plan, settings: Settings, texts: Runs, words: Runs, known: Runs, console: Console
) -> bool:
    """Run the trials that are not recorded, within the budget; return whether Ctrl-C ended it.

    In this order: every data set and size up to the first look, the grid of the first word, the
    replicates of a second look, other widths and initializations, other cells, then published
    results.
    """
    ends = None if settings.minutes is None else time.monotonic() + 60 * settings.minutes

    def go(wanted, work, runs) -> Outcome:
        left = None if ends is None else max(0.0, (ends - time.monotonic()) / 60)
        return sweep(wanted, work, runs, settings.jobs, left, console)

    first, last = plan.looks

    def steps():
        for place in plan.places:
            if "texts" in settings.parts:
                console.print(f"{place.name} texts ...", markup=False)
            yield plans.tries(plan, plans.kinds(place)), replicate.run, texts
            yield plans.finals(plan, place, range(first), texts), replicate.run, texts
        yield plan.memory.trials(), memory.run, words
        for place in evidence.undecided(plan, texts.records()):
            yield plans.finals(plan, place, range(first, last), texts), replicate.run, texts
        for place in plan.places:
            yield plans.varied(plan, place, range(first), texts), replicate.run, texts
        for place in plan.places:
            cells = plans.explored(plan, place)
            yield plans.tries(plan, cells), replicate.run, texts
            yield plans.tuned(plan, cells, range(first), texts), replicate.run, texts
        for result in plan.known:
            yield result.trials(plan.known_rates), memory.run, known

    wanted = (step for step in steps() if step[2].folder.name in settings.parts)
    return any(go(*step).interrupted for step in wanted)


if __name__ == "__main__":
    program.start("recipes.study", Settings, main, __doc__)
