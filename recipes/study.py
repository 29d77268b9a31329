"""The study of docs/guides/which_cell.md: tests three common claims about recurrent cells.

    python -m recipes.study                                # the small scale: an hour on two cores
    python -m recipes.study --scale medium --minutes 120   # two hours of it; resume another day
    python -m recipes.study --scale medium --parts memory  # only the first word
    python -m recipes.study --scale medium --page          # write the page, run no trials

The claims: a vanilla RNN loses the first word of a 100-word sentence; a GRU does about what an LSTM
does; with little data, take the GRU. `recipes.reports.plan` has the experiments and the rule by
which each claim is decided. Every network is tuned on validation with the same budget. A frozen
sentence encoder is compared too if its weights are installed; `recipes.trials.encoder` says how.

Trials are lines in `runs/study_SCALE/PART/trials.jsonl`, and the same command resumes an
interrupted run. The medium study is published: its page, with figures, tables and trials, is
`docs/study`, and its findings are in the guide. The page of the small one is
`runs/study_small/README.md`.
"""

import dataclasses
import gzip
import os
import time
import zlib
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from recipes import lazily
from recipes.reports import evidence, findings
from recipes.reports import plan as plans
from recipes.reports import study as page
from recipes.reports.plan import SCALES, Plan
from recipes.sweeps import program, record
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import Outcome, sweep
from recipes.trials import memory, replicate
from recipes.trials.trial import FIELDS

encoder = lazily("recipes.trials.encoder")
PARTS: dict[str, dict[str, Any]] = {
    "texts": dict(fields=FIELDS, results=replicate.RESULTS, possible=replicate.possible),
    "memory": dict(fields=FIELDS, results=memory.RESULTS),
    "known": dict(fields=FIELDS, results=memory.RESULTS),
}
RESTORE = "restore it (`git checkout`), or move it away to start without these records."
PUBLISHED = "medium", Path("docs/study"), Path("docs/guides/which_cell.md")


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
    """Run although files differ from the commit, which then ends in "+" in each line."""
    runs: Path = Path("runs")
    """Folder of all runs."""
    out: Path | None = None
    """Folder of the page; by default docs/study for the medium study, else under --runs."""
    guide: Path | None = None
    """Page whose lines between `<!-- findings -->` and `<!-- /findings -->` are replaced by the
    findings; by default the guide, if the page is written into docs/study."""


def main(settings: Settings, console: Console, plan: Plan | None = None) -> int:
    """Run the study. Return the exit code: 0 finished, 1 invalid settings, 130 interrupted."""
    plan = plan or SCALES[settings.scale]
    out, guide = destination(settings, plan)
    try:
        check(settings, out, guide)
        with (
            opened("texts", plan, settings, out, console) as texts,
            opened("memory", plan, settings, out, console) as words,
            opened("known", plan, settings, out, console) as known,
        ):
            parts = texts, words, known
            cut, interrupted = (0, False) if settings.page else run(plan, settings, *parts, console)
            lines = findings.Lines(*(runs.records() for runs in parts))
        written = page.write(out, guide, plan, lines)
    except (ValueError, OSError, RuntimeError) as error:
        return program.refuse(error, console)
    for failure in page.failures(lines.all):
        console.print(failure, markup=False, style="red")
    for sentence in findings.sentences(plan, lines):
        console.print(sentence, markup=False, highlight=False)
    into = f"; findings: {guide}" if guide else ""
    console.print(f"page: {written}{into}", markup=False, soft_wrap=True)
    if interrupted:
        console.print(f"interrupted; {program.RESUMES}")
        return 130
    if cut:
        console.print(f"{cut:,} trials were beyond the time budget; {program.RESUMES}")
    return 0


def destination(settings: Settings, plan: Plan) -> tuple[Path, Path | None]:
    """Return the folder of the page, and the guide."""
    scale, folder, guide = PUBLISHED
    default = folder if plan.scale == scale else settings.runs / f"study_{plan.scale}"
    out = settings.out or default
    return out, settings.guide or (guide if out == folder else None)


def check(settings: Settings, out: Path, guide: Path | None) -> None:
    """Raise an error for invalid settings, before anything runs."""
    program.check(settings, distinct=("parts",), minutes=0, jobs=1)
    commit = record.commit() or ""
    if commit.endswith("+") and not (settings.page or settings.dirty):
        raise ValueError(
            f"files differ from commit {commit[:-1]}, and each line of the study names the commit "
            "that it can be repeated with; commit them first, or add --dirty to run anyway."
        )
    if guide is not None:
        page.between(guide, "")
    program.check_writable("out", out)


def opened(part: str, plan: Plan, settings: Settings, out: Path, console: Console) -> Runs:
    """Return the records of a part, with those beside the page that are not among them.

    A fresh checkout thus continues the published study instead of discarding it.
    """
    folder = settings.runs / f"study_{plan.scale}" / part
    runs = Runs(folder, **PARTS[part], option="--runs")
    program.warn(runs, console)
    file = out / f"{plan.scale}_{part}.jsonl.gz"
    try:
        published = read(file, runs) if file.exists() else []
    except ValueError:
        runs.close()
        raise
    recorded = {record["key"] for record in runs.records()}
    runs.append(*(record for record in published if record["key"] not in recorded))
    return runs


def read(file: Path, runs: Runs) -> list[dict]:
    """Return the records of a file beside the page.

    Raises:
        ValueError: if it is damaged; a page written without its records would lose them.
    """
    try:
        lines = gzip.decompress(file.read_bytes()).splitlines()
        records = [runs.record(line) for line in lines]
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{file} is damaged ({error}); {RESTORE}") from error
    if None in records:
        raise ValueError(
            f"{file} is damaged: line {records.index(None) + 1} is no record; {RESTORE}"
        )
    return [record for record in records if record is not None]


def run(
    plan: Plan, settings: Settings, texts: Runs, words: Runs, known: Runs, console: Console
) -> tuple[int, bool]:
    """Run the trials that are not recorded, within the budget.

    Return the number of those that the budget left out, and whether Ctrl-C ended the study.

    In this order: every data set and size up to the first look, the grid of the first word, the
    replicates of a second look, the sentence encoder if it is installed, other widths and
    initializations, other cells, then published results.
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
        if encoder.installed():
            yield plans.encoded(plan, range(first)), replicate.run, texts
        for place in plan.places:
            yield plans.varied(plan, place, range(first), texts), replicate.run, texts
        for place in plan.places:
            cells = plans.explored(plan, place)
            yield plans.tries(plan, cells), replicate.run, texts
            yield plans.tuned(plan, cells, range(first), texts), replicate.run, texts
        for result in plan.known:
            yield result.trials(plan.known_rates), memory.run, known

    cut = 0
    for step in steps():
        if step[2].folder.name in settings.parts:
            outcome = go(*step)
            cut += len(outcome.cut)
            if outcome.interrupted:
                return cut, True
    return cut, False


if __name__ == "__main__":
    program.start("recipes.study", Settings, main, __doc__)
