"""The study's page: trials in, `README.md` with its drawings and the raw lines out.

All that is said is made from the trials, so the page of half a study is right about that half, and
says what is missing.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from recipes.reports import comparison as report
from recipes.reports import figures, memory, stats, verdicts, words
from recipes.reports.comparison import Row
from recipes.reports.plan import Memory, Plan, Texts
from recipes.reports.stats import Estimate
from recipes.reports.verdicts import Verdict
from recipes.reports.words import LABELS
from recipes.sweeps import program
from recipes.trials import tuning
from recipes.trials.memory_tasks import TASKS as LENGTHS
from recipes.trials.trial import BASELINE, EQUAL_UNITS

BEGIN, END = "<!-- findings -->", "<!-- /findings -->"

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """What there is of a part.

    Attributes:
        plan: what was asked for.
        records: lines of the final trials.
        tried: lines of the trials that chose their settings.
        missing: the final trials that did not run, each "models at a size" with its number.
        source, licence, notes: of the texts.
        chance: the accuracy of guessing.
    """

    plan: Texts | Memory
    records: list[dict]
    tried: list[dict]
    missing: Counter
    source: str
    licence: str
    notes: tuple[str, ...] = ()
    chance: float | None = None

    @cached_property
    def rows(self) -> list[Row]:
        """Return the finished trials of texts, by size, arm and model."""
        return report.sort(self.records)[0]

    @cached_property
    def lines(self) -> list[dict]:
        """Return every line once: the reference stands in two arms."""
        kept: dict[str, dict] = {}
        for one in (*self.tried, *self.records):
            kept.setdefault(one["key"], one)
        return list(kept.values())


def write(folder: Path, plan: Plan, parts: Sequence[Part], command: str) -> Path:
    """Write the page, its drawings and the raw lines into a folder; return the page's path.

    Args:
        folder: made if it is not there.
        plan: of the study.
        parts: what there is of it, the memory's first.
        command: that made it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "README.md"
    before = path.read_text("utf-8") if path.exists() else ""
    for name in re.findall(r"\]\((\w+\.(?:svg|jsonl\.gz))\)", before):
        (folder / name).unlink(missing_ok=True)  # a study of another scale has other files
    drawn = {**_memory_drawings(parts), **_text_drawings(parts), **_lead_drawings(parts)}
    for name, (_, svg) in drawn.items():
        (folder / f"{name}.svg").write_text(figures.alone(svg))
    for part in parts:
        lines = "".join(json.dumps(one) + "\n" for one in part.lines)
        # Without the time of writing: the same lines make the same file.
        packed = gzip.compress(lines.encode(), mtime=0)
        (folder / f"{part.plan.name}.jsonl.gz").write_bytes(packed)
    sections = [
        _head(plan, parts),
        _design(plan, parts),
        *(_sentence(number, parts, drawn) for number in (1, 2, 3)),
        *(_results(part, drawn) for part in parts if isinstance(part.plan, Texts)),
        _missing(parts),
        _limits(plan, parts),
        _cost(plan, parts),
        _again(plan, command),
    ]
    path.write_text("\n\n".join(filter(None, sections)) + "\n", "utf-8")
    return path


def findings(parts: Sequence[Part], link: str) -> str:
    """Return the three sentences, each with its verdict and intervals, as lines of Markdown."""
    return (
        "\n".join(
            f"- *{sentence}* **{_capital(verdict)}.** {said}"
            for sentence, verdict, said in (answer(number, parts) for number in (1, 2, 3))
        )
        + f"\n\nHow that was found, and what it does not say: [the study]({link})."
    )


def between(page: str, told: str) -> str:
    """Return a page with `told` between its markers of the findings.

    Raises:
        ValueError: unless each marker is there once, in order.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(END) < page.index(BEGIN):
        raise ValueError(f"the page needs a line {BEGIN} and, behind it, a line {END}, once each.")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{told}\n{END}{rest.partition(END)[2]}"


# The sentences


def answer(number: int, parts: Sequence[Part]) -> tuple[str, str, str]:
    """Return a sentence, the verdict on it, and the intervals behind that."""
    if number == 1:
        claim = memory.claim(_remembered(parts))
        return verdicts.FIRST_WORD, claim["verdict"], claim["said"]
    sentence = verdicts.ALIKE if number == 2 else verdicts.LITTLE
    found = judged(number, parts)
    units = [one for one in found if one.arm == EQUAL_UNITS]
    leads = [
        f"GRU less {_label(name)} at equal units: "
        + "; ".join(f"{_difference(one.found[name])} ({one.part}, {one.size:,})" for one in units)
        + "."
        for name in dict.fromkeys(name for one in units for name in one.found)
    ]
    about = ["“About” is within one point."] if number == 2 else []
    said = [*about, *leads] if leads else ["No trial of it has finished."]
    # With equal parameters the GRU has not fewer of them: the second sentence is of equal units.
    counted = units if number == 2 else found
    return sentence, verdicts.tally([one.verdict for one in counted]), " ".join(said)


def judged(number: int, parts: Sequence[Part]) -> list[Verdict]:
    """Return the verdicts on the second or the third sentence, place by place."""
    judge = verdicts.alike if number == 2 else verdicts.little
    return [
        one
        for part in parts
        if isinstance(part.plan, Texts)
        for one in judge(part.plan.name, part.rows)
    ]


def _sentence(number: int, parts: Sequence[Part], drawn) -> str:
    sentence, verdict, said = answer(number, parts)
    head = f"## “{sentence}”\n\n**{_capital(verdict)}.**"
    if number == 1:
        return "\n\n".join([head, said, _memory_table(parts),
                            _shown(drawn, *LENGTHS)])  # fmt: skip
    rules = {
        2: "Supported where the whole interval of GRU less LSTM lies within one point to either "
        "side of none, contradicted where it lies beyond, not decided otherwise: no difference "
        "found is not none there. With equal parameters the GRU has not fewer of them, so those "
        "places are shown, and not counted.",
        3: f"Supported where, on up to {verdicts.FEW:,} texts, the GRU is better than the LSTM and "
        "than the simple RNN, contradicted where one of them is better than it. p is corrected for "
        "the two.",
    }
    table = [
        ["task", "texts", "arm", "GRU less", "points", "p", "chance that it is better", "effect",
         "minimum detectable", "the sentence here"]
    ]  # fmt: skip
    for one in judged(number, parts):
        for name, found in one.found.items():
            table.append(
                [one.part, f"{one.size:,}", f"{one.arm}{f' ({one.note})' if one.note else ''}",
                 _label(name), *_numbers(found), f"**{one.verdict}**"]
            )  # fmt: skip
    if len(table) == 1:
        return f"{head}\n\n{rules[number]}"
    shown = _shown(drawn, "lead_lstm" if number == 2 else "lead_simple_rnn")
    return "\n\n".join([head, rules[number], _table(table), shown])


def _numbers(found: stats.Comparison | None) -> list[str]:
    if found is None:
        return ["no seed in common", "", "", "", ""]
    return [
        _difference(found),
        "" if found.chance is None else f"{found.chance:.2g}",
        f"{100 * found.improvement.mean:.0f}%" + _bounds(found.improvement, 100, "{:.0f}"),
        "" if found.effect is None else f"{found.effect.mean:+.1f}" + _bounds(found.effect),
        "" if found.smallest is None else f"{100 * found.smallest:.1f}",
    ]


def _difference(found: stats.Comparison | None) -> str:
    return (
        "no seed in common"
        if found is None
        else words.points(found.difference).replace("\u00a0", " ")
    )


def _remembered(parts: Sequence[Part]) -> list[memory.Row]:
    return [
        row for part in parts if isinstance(part.plan, Memory) for row in memory.rows(part.records)
    ]


def _memory_table(parts: Sequence[Part]) -> str:
    table = [["task", "words between", "cell", "start", "right", "seeds", "of them above half-way",
              "it loses the word"]]  # fmt: skip
    for row in _remembered(parts):
        half = (1 + LENGTHS[row.task].chance) / 2
        above = sum(score > half for score in row.scores.values())
        table.append(
            [LENGTHS[row.task].title, f"{row.length:,}", _label(row.model), row.start,
             words.score(row.accuracy), str(len(row.scores)), str(above), f"**{row.verdict}**"]
        )  # fmt: skip
    return _table(table) if len(table) > 1 else "No trial of it has finished."


# The parts


def _results(part: Part, drawn) -> str:
    name = part.plan.name
    told = [f"## Results: {name}", f"{part.source}. Licence: {part.licence}."]
    told += ["\n".join(f"- {note}" for note in part.notes)] if part.notes else []
    if not part.rows:
        return "\n\n".join([*told, "No trial has finished."])
    told += [_shown(drawn, f"curve_{name}"), _rows_table(part), _baselines(part), _law(part)]
    return "\n\n".join(filter(None, told))


def _rows_table(part: Part) -> str:
    table = [["texts", "model", "units", "parameters", "right on test", "seeds", "learning rate",
              "dropout", "seconds a trial"]]  # fmt: skip
    for row in part.rows:
        settings = [one["settings"] for one in row.trials]
        fitted = row.model in report.FITTED
        strength = row.all("strength")
        rate = f"C = {strength[0]:g}" if strength else ""
        table.append(
            [f"{row.size:,}", row.name, str(row.trials[0]["units"] or ""),
             f"{max(row.all('parameters'), default=0):,}", row.said.split("\u00a0(")[0], row.seeds,
             rate if fitted else f"{settings[0]['learning_rate']:.2g}",
             "" if fitted else f"{settings[0]['dropout']:g}",
             f"{sum(row.all('seconds')) / len(row.trials):.0f}"]
        )  # fmt: skip
    return _table(table)


def _baselines(part: Part) -> str:
    """Return whether what knows nothing of order does better than every cell."""
    found = []
    for size in dict.fromkeys(row.size for row in part.rows):
        at = [row for row in part.rows if row.size == size]
        for model in dict.fromkeys(row.model for row in at if row.arm == BASELINE):
            one = report.against_all(at, model)
            note = f" ({one.note})" if one.note else ""
            found.append(
                f"- {_capital(_label(model))} is better than every cell on {size:,} texts: "
                f"{one.verdict}; {one.said}{note}."
            )
    return "\n".join(found)


def _law(part: Part) -> str:
    """Return what more text would bring, by the learning curve of each cell."""
    table = [["model", "error on n texts", "expected error on twice the largest"]]
    for (arm, model), rows in _lines(part.rows).items():
        errors: dict[float, list[float]] = {
            row.size: [1 - score for score in row.scores.values()] for row in rows
        }
        if arm == EQUAL_UNITS and len(errors) >= 3:
            law = stats.power_law(errors)
            more = law(2 * max(errors))
            table.append(
                [_label(model), f"{100 * law.a:.1f} + {100 * law.b:.3g} n^−{law.c:.2f}",
                 f"{100 * more.mean:.1f}%" + _bounds(more, 100)]
            )  # fmt: skip
    if len(table) == 1:
        return ""
    return "Learning curves, error in per cent, with the 95% band over seeds:\n\n" + _table(table)


def _lines(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    lines: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        lines.setdefault((row.arm, row.model), []).append(row)
    return lines


# What is drawn: title and SVG by the name of its file


def _memory_drawings(parts: Sequence[Part]) -> dict[str, tuple[str, str]]:
    drawn = {}
    for task in dict.fromkeys(row.task for row in _remembered(parts)):
        own = [row for row in _remembered(parts) if row.task == task]
        looks = figures.looks(row.model for row in own)
        lengths = {row.length for row in own}
        length = memory.CLAIMED[-1] if memory.CLAIMED[-1] in lengths else max(lengths)
        strips = [
            figures.Strip(row.label, looks[row.model], [*row.scores.values()], row.accuracy)
            for row in own
            if row.length == length
        ]
        title = f"{LENGTHS[task].title}, {length:,} steps in between: a dot a seed, in per cent"
        svg = figures.strips(
            f"strip-{task}", title, strips, over="right on test, %", mark=LENGTHS[task].chance
        )
        drawn[task] = (title, svg)
        for panel in memory.curves(task, own, looks) if len(lengths) > 1 else ():
            title = f"{LENGTHS[task].title}: right on test over N, {panel['title']}"
            drawn[panel["name"]] = (title, str(panel["svg"]))
        for panel in memory.flows(task, own, looks):
            title = f"{LENGTHS[task].title}: what of the loss's gradient arrives, {panel['title']}"
            drawn[panel["name"]] = (title, str(panel["svg"]))
    return drawn


def _text_drawings(parts: Sequence[Part]) -> dict[str, tuple[str, str]]:
    drawn = {}
    for part in parts:
        shown = [row for row in part.rows if row.arm in (EQUAL_UNITS, BASELINE)]
        if isinstance(part.plan, Memory) or not shown:
            continue
        looks = figures.looks(row.model for row in shown)
        lines = [
            figures.Curve(
                _label(model),
                looks[model],
                [row.size for row in rows],
                [row.accuracy for row in rows],
            )
            for (_, model), rows in _lines(shown).items()
        ]
        name = part.plan.name
        title = f"{name}: test accuracy against training texts, equal units"
        span = figures.accuracy_range(lines, part.chance)
        svg = figures.curves(
            f"curve-{name}",
            title,
            lines,
            over="training texts",
            span=span,
            level=None if part.chance is None else ("guessing", part.chance),
        )
        drawn[f"curve_{name}"] = (title, svg)
    return drawn


def _lead_drawings(parts: Sequence[Part]) -> dict[str, tuple[str, str]]:
    drawn = {}
    for other in ("lstm", "simple_rnn"):
        look = figures.LOOKS[other]
        found = [one for one in judged(2 if other == "lstm" else 3, parts) if one.found.get(other)]
        strips = [
            figures.Strip(f"{one.part}, {one.size:,}, {one.arm}", look, one.scores[other],
                          result.difference)
            for one in found
            if (result := one.found[other]) is not None
        ]  # fmt: skip
        if strips:
            title = f"GRU less {_label(other)}: points of test accuracy, a dot a seed"
            svg = figures.strips(
                f"lead-{other}", title, strips, over="points", mark=0.0, band=verdicts.MARGIN
            )
            drawn[f"lead_{other}"] = (title, svg)
    return drawn


def _shown(drawn, *starts: str) -> str:
    return "\n\n".join(
        f"![{title}]({name}.svg)" for name, (title, _) in drawn.items() if name.startswith(starts)
    )


# What surrounds them


def _head(plan: Plan, parts: Sequence[Part]) -> str:
    table = [["sentence", "verdict and what it rests on"]]
    for number in (1, 2, 3):
        sentence, verdict, said = answer(number, parts)
        table.append([f"“{sentence}”", f"**{_capital(verdict)}.** {said}"])
    return "\n\n".join(
        [
            "# Which cell for how much text?",
            f"The {plan.scale} study: three sentences that are repeated everywhere, measured. "
            "Written by `python -m recipes.study`, all of it; accuracies are of the test, brackets "
            "are 95% intervals over seeds.",
            _table(table),
        ]
    )


def _design(plan: Plan, parts: Sequence[Part]) -> str:
    table = [["part", "texts", "sizes", "steps read", "cells", "settings tried", "seeds"]]
    for one in plan.parts:
        cells = ", ".join(map(_label, one.cells))
        if isinstance(one, Memory):
            lengths = ", ".join(f"{n:,}" for n in one.lengths)
            seeds = ", ".join(f"{seeds} ({start} start)" for start, seeds in one.seeds)
            tasks = ", ".join(LENGTHS[task].title for task in one.tasks)
            read = f"N + 2, at most {one.steps:,} updates"
            texts = f"{tasks}; words of {one.filler}"
            table.append([one.name, texts, f"N = {lengths}", read, cells, "none", seeds])
        else:
            sizes = ", ".join("all" if n >= 10**9 else f"{n:,}" for n in one.sizes)
            table.append([one.name, one.data, sizes, f"{one.tokens:,}", cells, str(one.tune),
                          str(one.seeds)])  # fmt: skip
    tried = {one.tune for one in plan.texts if one.tune}
    told = [
        "## Design",
        _table(table),
        "Two arms: cells of equal units, and cells with as many parameters as the largest of them. "
        "A seed sets first weights, the order of the texts and dropout, and is the same for all "
        "models, which are compared pair by pair. Smaller sizes lie in larger ones; the split, "
        "and which texts a size holds, are the same throughout.",
        *(tuning.told(count) for count in sorted(tried)),
        f"From {stats.ENOUGH} seeds on a model is told by its interquartile mean with a bootstrap "
        "interval, and a difference by that of the paired differences; p-values are of a "
        "permutation test and corrected by Holm. The minimum detectable difference is at "
        "80% power. Of the first word nothing was tuned; "
        "“lost” is right less than half-way from guessing to perfect.",
    ]
    return "\n\n".join(told)


def _missing(parts: Sequence[Part]) -> str:
    cut = [
        f"- {part.plan.name}: {count} trials {what}"
        for part in parts
        for what, count in part.missing.items()
    ]
    failed = [
        f"- {part.plan.name}: {_label(one['model'])} on {one['size']:,}, seed {one['seed']} "
        f"failed: {one['reason']}"
        for part in parts
        for one in part.lines
        if one["status"] == "failed"
    ]
    if not cut and not failed:
        return "## What is missing\n\nNothing: every trial of the plan has run."
    return "\n\n".join(
        ["## What is missing", "Cut by a time budget or an interruption, or failed:",
         "\n".join(cut + failed)]
    )  # fmt: skip


def _limits(plan: Plan, parts: Sequence[Part]) -> str:
    limits = [
        "One split of each set, one choice of which texts a small size holds: the intervals are "
        "over seeds, and know nothing of other texts.",
        "An interval from ten seeds covers 92%, not 95%, in simulation; Holm corrects within a "
        "size and an arm, not over the page: of some twenty comparisons one may be wrong.",
        "One layer, read from left to right, with vectors learnt from the texts alone; learning "
        "rate and dropout were tuned on a small budget, sizes and batches not at all.",
        "The accuracy that a setting was chosen by is of one seed, so that a choice can be luck; "
        "it is the same luck for every model.",
        "The parts say nothing of longer texts or larger sets than they read.",
    ]
    if plan.scale == "small":
        limits.append(
            "Small means small: learning curves over few sizes, and no reviews, characters or "
            "topics; those are in the full study. Language models have a recipe of their own, "
            "`python -m recipes.compare_language_models`, and no verdict here."
        )
    else:
        limits.append(
            "Language models have a recipe of their own, "
            "`python -m recipes.compare_language_models`, and no verdict here."
        )
    return "## Limits\n\n" + "\n".join(f"- {one}" for one in limits)


def _cost(plan: Plan, parts: Sequence[Part]) -> str:
    table = [["part", "trials", "of them to tune", "core-minutes", "raw lines"]]
    whole = 0.0
    for part in parts:
        seconds = sum(one["seconds"] for one in part.lines)
        whole += seconds
        name = part.plan.name
        table.append([name, f"{len(part.lines):,}", f"{len(part.tried):,}",
                      f"{seconds / 60:,.0f}", f"[{name}.jsonl.gz]({name}.jsonl.gz)"])  # fmt: skip
    lines = [one for part in parts for one in part.lines]
    versions = sorted({f"{k} {v}" for one in lines for k, v in one["versions"].items()})
    commits = sorted({one["commit"] for one in lines if one["commit"]})
    days = sorted({one["finished"][:10] for one in lines})
    machine = program.machine()
    return "\n\n".join(
        [
            "## Cost",
            f"{whole / 3600:.1f} core-hours, a trial a core, on {machine}; other work ran on it at "
            f"times. Trials of {' to '.join(dict.fromkeys(days[:1] + days[-1:])) or 'no day'}; "
            f"commit {', '.join(commits) or 'unknown'}; {', '.join(versions)}.",
            _table(table),
        ]
    )


def _again(plan: Plan, command: str) -> str:
    return "\n".join(
        [
            "## Run it again",
            "",
            f"`{command}` wrote this page. With trials on file it runs only what is missing:",
            "",
            "```sh",
            "make study                                        # the small one",
            "make study ARGS='--scale full'                    # the full one",
            "make study ARGS='--scale full --minutes 120'      # two hours a part",
            "make study ARGS=--page                            # the page alone",
            "```",
            "",
            f"The {plan.scale} one takes {plan.takes}. The plan is the table in "
            "[recipes/reports/plan.py](../../recipes/reports/plan.py); what did not work is in "
            "[recipes/LOG.md](../../recipes/LOG.md).",
        ]
    )


# Words


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = [[re.sub(r"\s*\n\s*", " ", cell).replace("|", "\\|") for cell in row] for row in rows]
    head, *body = (f"| {' | '.join(row)} |" for row in cells)
    return "\n".join([head, "| " + " | ".join(["---"] * len(rows[0])) + " |", *body])


def _bounds(estimate: Estimate, times: float = 1, form: str = "{:.1f}") -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = (form.format(times * bound) for bound in (estimate.low, estimate.high))
    return f" [{low}, {high}]".replace("-", "−")


def _label(model: str) -> str:
    return LABELS.get(model, model)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
