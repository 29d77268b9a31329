"""The study of docs/guides/which_cell.md: three sentences about recurrent cells, tested.

    python -m recipes.study                                # the small one: some 70 minutes, 2 cores
    python -m recipes.study --scale full                   # the full one: days, many cores
    python -m recipes.study --scale full --minutes 120     # two hours a part; go on another day
    python -m recipes.study --page                         # only the page, from what is on file

A vanilla RNN loses the first word of a 100-word sentence; a GRU does about what an LSTM does, with
fewer parameters; with little data, take the GRU. What is run, on which texts and with how many
seeds, is one table: `recipes.reports.plan`. Every model is tuned on the same budget by validation,
and each sentence is supported, contradicted or not decided, size by size.

Trials are lines in `runs/study_SCALE/PART/trials.jsonl`; started again it goes on where it stopped.
Writes `docs/study/README.md` with drawings and the raw lines, and three lines into that guide.
"""

import dataclasses
import gzip
import json
import os
from collections import Counter
from pathlib import Path
from typing import Literal

from rich.console import Console

from recipes import compare_cells, first_word
from recipes.reports import study as page
from recipes.reports.plan import SCALES, Memory, Plan, Texts, folder
from recipes.reports.study import Part
from recipes.sweeps import program
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import sweep
from recipes.trials import memory, tuning
from recipes.trials import trial as texts


@dataclasses.dataclass(frozen=True)
class Settings:
    """Put three sentences about recurrent cells to the test, and write down what came of it."""

    scale: Literal["small", "full"] = "small"
    """Which table of `recipes.reports.plan` is run."""
    minutes: float | None = None
    """Time budget of each part: what does not fit is left out, and the page says what."""
    jobs: int = os.cpu_count() or 1
    """Trials that run side by side."""
    page: bool = False
    """Run nothing: write the page from what is on file."""
    runs: Path = Path("runs")
    """Folder of all runs."""
    out: Path = Path("docs/study")
    """Folder of the page."""
    guide: Path = Path("docs/guides/which_cell.md")
    """Page whose lines between `<!-- findings -->` and `<!-- /findings -->` are written."""


def main(settings: Settings, console: Console, plan: Plan | None = None) -> int:
    """Run the study; return the exit code: 0 done, 1 refused, 130 interrupted."""
    plan = plan or SCALES[settings.scale]
    parts: list[Part] = []
    interrupted = False
    try:
        check(settings)
        for one in plan.parts:
            # After Ctrl-C what is on file is still told of every part.
            idle = settings.page or interrupted
            console.print(f"{one.name} ...", markup=False)
            if isinstance(one, Memory):
                part, stopped = remembered(one, plan, settings, idle, console)
            else:
                part, stopped = compared(one, plan, settings, idle, console)
            parts.append(part)
            interrupted |= stopped
            on_file = f"{len(part.lines):,} trials on file"
            lost = f", {part.missing.total():,} of the plan missing" if part.missing else ""
            console.print(f"{one.name}: {on_file}{lost}", markup=False)
        if (settings.out / "README.md").exists() and not any(part.lines for part in parts):
            raise ValueError(
                f"no trial of this study is on file in {settings.runs}, so the page in "
                f"{settings.out} stays as it is; run it without --page, or name another --out."
            )
        command = program.command("recipes.study")
        written = page.write(settings.out, plan, parts, command)
        link = os.path.relpath(written, settings.guide.parent)
        found = page.findings(parts, link)
        settings.guide.write_text(page.between(settings.guide.read_text("utf-8"), found), "utf-8")
    except (ValueError, OSError, RuntimeError) as refusal:
        console.print(f"{refusal}", style="red", markup=False, highlight=False)
        return 1
    for number in (1, 2, 3):
        sentence, verdict, said = page.answer(number, parts)
        console.print(f"“{sentence}” {verdict}. {said}", markup=False, highlight=False)
    console.print(f"page: {written}; findings: {settings.guide}", markup=False, soft_wrap=True)
    if interrupted:
        console.print("interrupted; the same command goes on from here")
        return 130
    return 0


def check(settings: Settings) -> None:
    """Refuse settings that cannot be run, before any work."""
    for name, least in (("minutes", 0), ("jobs", 1)):
        value = getattr(settings, name)
        if value is not None and value < least:
            raise ValueError(f"--{name} must be at least {least}; received {value}.")
    page.between(settings.guide.read_text("utf-8"), "")


def opened(one: Texts | Memory, plan: Plan, settings: Settings, console: Console) -> Runs:
    """Return the records of a part; where there are none yet, those that lie beside the page.

    A fresh checkout then goes on from the study that was published, and does not take it away.
    """
    results = memory.RESULTS if isinstance(one, Memory) else texts.RESULTS
    runs = Runs(folder(settings.runs, plan, one), texts.FIELDS, results)
    if runs.repaired:
        console.print(f"{runs.repaired} unreadable line(s) there; their trials run again")
    published = settings.out / f"{one.name}.jsonl.gz"
    if not runs.records() and published.exists():
        for line in gzip.decompress(published.read_bytes()).splitlines():
            runs.append(json.loads(line))
    return runs


def remembered(
    one: Memory, plan: Plan, settings: Settings, idle: bool, console: Console
) -> tuple[Part, bool]:
    """Run the part of the first word; return what there is of it, and whether Ctrl-C ended it."""
    wanted = []
    for own in one.settings():
        first_word.check(own)
        wanted += first_word.planned(own)
    data = texts.load(one.filler, None, None, 0)
    stopped = False
    with opened(one, plan, settings, console) as runs:
        if not idle:
            stopped = sweep(
                wanted, memory.run, runs, settings.jobs, settings.minutes, console
            ).interrupted
        records = runs.records([trial.key for trial in wanted])
        missing = Counter(
            f"of {trial.data}, {trial.arm} start, N = {trial.size:,}"
            for trial in wanted
            if not runs.records([trial.key])
        )
    return Part(one, records, [], missing, data.source, data.licence), stopped


def compared(
    one: Texts, plan: Plan, settings: Settings, idle: bool, console: Console
) -> tuple[Part, bool]:
    """Tune and run a part on texts; return what there is of it, and whether Ctrl-C ended it."""
    own = one.settings()
    compare_cells.check(own)
    data = texts.load(one.data, None, None, 0)
    wanted = [
        dataclasses.replace(trial, compiled=one.compiled)
        for trial in compare_cells.planned(own, [data])
    ]
    stopped = False
    with opened(one, plan, settings, console) as runs:
        if not idle:
            stopped = tuning.tuned(
                wanted, one.tune, texts.run, runs, settings.jobs, settings.minutes, console
            )[1].interrupted
        final, untuned = tuning.chosen(wanted, one.tune, runs)
        records = runs.records([trial.key for trial in final.values()])
        tried = runs.records([trial.key for trial in tuning.tries(wanted, one.tune)])
        missing = Counter(f"on {trial.size:,} texts that found no setting" for trial in untuned)
        missing.update(
            f"on {trial.size:,} texts" for trial in final.values() if not runs.records([trial.key])
        )
    both = compare_cells.both_arms(records, own)
    return (
        Part(one, both, tried, missing, data.source, data.licence, data.notes, data.chance),
        stopped,
    )


if __name__ == "__main__":
    program.start("recipes.study", Settings, main, __doc__)
