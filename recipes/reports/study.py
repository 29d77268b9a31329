"""The study's page: records in; `README.md` with its figures, tables and the records out.

Every statement is derived from the records; the prose is in `study.md.j2`. The page of an
unfinished study is therefore correct for the finished part, and says what is missing.
"""

import gzip
import json
import math
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from operator import attrgetter, itemgetter
from pathlib import Path

import numpy as np
from scipy.stats import norm

from recipes.data.tasks import ENCODER
from recipes.reports import evidence, figures, findings, stats, variants, words
from recipes.reports import plan as plans
from recipes.reports.evidence import Line, Outcome
from recipes.reports.figures import Look
from recipes.reports.findings import MINUS, PAIRS, Lines, accuracy, advice, sentences, solved
from recipes.reports.markdown import Cell, table
from recipes.reports.plan import FEW, MARGIN, Place, Plan
from recipes.reports.rows import grouped
from recipes.reports.stats import UNDECIDED, Crossed, Estimate
from recipes.reports.words import CELLS, label
from recipes.trials import memory, starts, tuning
from recipes.trials.memory_tasks import TASKS
from recipes.trials.replicate import EXPLORED, OPEN, START, TUNED_ON, WIDTH

ARMS = {
    WIDTH: "other widths",
    START: "matched starts",
    OPEN: "open update gates",
    EXPLORED: "other cells",
}
BEGIN, END = "<!-- findings -->", "<!-- /findings -->"


def write(folder: Path, guide: Path | None, plan: Plan, lines: Lines) -> Path:
    """Write the page, its figures, tables and records into a folder, and the findings into a guide.

    They are made in a folder of their own first, so that an error leaves the page as it was.

    Args:
        folder: created if it does not exist. Records of other scales in it are kept.
        guide: page with the two markers, or None.
        plan: the plan of the study.
        lines: the records so far.

    Raises:
        ValueError: if there are no records; an existing page is kept.
    """
    if not lines.all:
        raise ValueError(
            f"no trial of the {plan.scale} study is recorded, so nothing is written into {folder}. "
            "Let some trials run, or name the folder that holds them as --runs."
        )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "README.md"
    verdicts = sentences(plan, lines, "**")
    if guide is not None:
        link = os.path.relpath(path.resolve(), guide.resolve().parent)
        answers = "\n".join([
            *(f"- {sentence}" for sentence in verdicts),
            "\nFor your choice:\n",
            *(f"- {sentence}" for sentence in advice(plan, lines)),
            f"\nThe results at each size, and their limits: [the study]({link}).",
        ])  # fmt: skip
        guided = between(guide, answers)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        _write(Path(temporary), plan, lines, verdicts)
        before = path.read_text("utf-8") if path.exists() else ""
        for name in re.findall(r"\]\((\w+\.(?:svg|csv|tex))\)", before):
            (folder / name).unlink(missing_ok=True)  # a study of another scale has other files
        for file in Path(temporary).iterdir():
            file.replace(folder / file.name)
    if guide is not None:
        guide.write_text(guided, "utf-8")
    return path


def _write(folder: Path, plan: Plan, lines: Lines, verdicts: list[str]) -> None:
    """Write the page with all its files into an empty folder."""
    for part, records in lines.parts.items():
        text = "".join(json.dumps(record) + "\n" for record in records)
        # Without a modification time: the same records give the same file.
        compressed = gzip.compress(text.encode(), mtime=0)
        (folder / f"{plan.scale}_{part}.jsonl.gz").write_bytes(compressed)
    estimates = {place: findings.accuracies(plan, place, lines) for place in plan.places}
    days = sorted({record["finished"][:10] for record in lines.all})
    words.write(
        folder / "README.md",
        "study.md.j2",
        plan=plan,
        sentences=verdicts,
        tasks=tasks(plan),
        rates=plans.RATES,
        dropout=tuning.DROPOUT[1],
        margin=MARGIN,
        leads=leads(plan, lines, folder),
        accuracies=accuracies(estimates, folder),
        encoded=any(ENCODER in scores for scores in estimates.values()),
        curves=curves(estimates, folder),
        tried=settings_tried(plan, lines),
        solved=first_word(plan, lines, folder),
        solved_at=memory.SOLVED,
        gradients=gradients(plan, lines),
        varied=variants.compared(plan, lines, folder),
        matched=variants.matched(plan, lines),
        known=known(plan, lines),
        missing=missing(plan, lines),
        cost=cost(plan, lines),
        machines=" and ".join(sorted({r["machine"] for r in lines.all if "machine" in r})),
        days=" to ".join(dict.fromkeys((days[0], days[-1]))),
        commits=", ".join(sorted({record["commit"] or "unknown" for record in lines.all})),
        versions=", ".join(
            sorted({f"{k} {v}" for record in lines.all for k, v in record["versions"].items()})
        ),
    )


def between(guide: Path, answers: str) -> str:
    """Return a page with `answers` between its markers.

    Raises:
        ValueError: unless each marker occurs once, in order.
    """
    page = guide.read_text("utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(END) < page.index(BEGIN):
        raise ValueError(
            f"--guide {guide} needs a line {BEGIN} and, behind it, a line {END}, once each."
        )
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{answers}\n{END}{rest.partition(END)[2]}"


def tasks(plan: Plan) -> str:
    """Return what the data sets are, and what is predicted."""
    return table([
        {
            "task": plans.TITLES[data],
            "texts, and what is predicted": plans.PREDICTED[data],
            "sizes": ", ".join(f"{place.size:,}" for place in of_data),
            "tokens read of a text": f"{of_data[0].tokens}",
        }
        for data, of_data in grouped(
            sorted(plan.places, key=attrgetter("size")), attrgetter("data")
        ).items()
    ])  # fmt: skip


def leads(plan: Plan, lines: Lines, folder: Path) -> list[tuple[str, str, str]]:
    """Return, for each other cell, the GRU's leads: figure, table, and change per doubling."""
    sections = []
    for name, pair in PAIRS.items():
        by_place = evidence.leads(plan, lines.texts, *pair)
        outcomes = evidence.outcomes(by_place)
        if not outcomes:
            continue
        strips = [
            (place.name, Look("blue", "o"), outcomes[place].estimate)
            for place in sorted(outcomes, key=lambda place: (place.size, place.data))
        ]
        mean = evidence.primary(by_place)
        if mean is not None:
            strips += [
                (f"mean of tasks, up to {FEW:,}", Look("orange", "D"), mean.estimate),
                ("a new task", Look("grey", "v"), mean.new),
            ]
        title, file = f"{name}, points of test accuracy", folder / f"lead_{pair[1]}.svg"
        svg = figures.strips(file.stem, title, strips, over="points", band=MARGIN)
        file.write_text(figures.alone(svg))
        rows = [
            {
                "texts": Cell(place.name, place.columns),
                name: Cell(words.points(outcome.estimate), outcome.estimate),
                "verdict": outcome.verdict,
                "p, corrected": Cell(words.p_value(outcome.chance), outcome.chance),
                "replicates": Cell(f"{outcome.estimate.count}", outcome.estimate.count),
                "replicates to decide": needed(outcome, len(plan.places)),
            }
            for place, outcome in sorted(outcomes.items(), key=lambda o: (o[0].data, o[0].size))
        ]
        numbers = table(rows, folder / f"gru_minus_{pair[1]}.csv")
        sections.append((f"![{title}]({file.name})", numbers, trend(by_place)))
    return sections


def trend(leads: Mapping[Place, Crossed | None]) -> str:
    """Return the change of a lead per doubling of the texts: the mean over tasks, and each task."""
    slopes = evidence.per_doubling(leads)
    if len(slopes) < 2:
        return ""
    each = ", ".join(f"{plans.TITLES[data]} {100 * s:+.1f}" for data, s in slopes.items())
    return f"{words.lead(stats.mean(slopes.values()))} ({each})".replace("-", MINUS)


def needed(outcome: Outcome, places: int) -> str:
    """Return the number of replicates for a verdict if the lead is as estimated, or why none would.

    With 80% power, at the first level of Holm's correction for so many places and two looks.
    """
    if outcome.verdict != UNDECIDED:
        return ""
    count = outcome.estimate.count
    from_rows = outcome.lead.rows / stats.Z
    from_seeds = max(outcome.lead.error**2 - from_rows**2, 0.0) * count
    level = (1 - stats.LEVEL) / (2 * 2 * places)
    power = float(norm.isf(level) + norm.ppf(stats.POWER))
    wanted = (abs(abs(outcome.estimate.mean) - MARGIN) / power) ** 2 - from_rows**2
    if wanted <= 0:
        return "more test texts"
    return f"about {max(math.ceil(from_seeds / wanted), count + 1):,}"


def accuracies(estimates: dict[Place, dict[str, Estimate]], folder: Path) -> str:
    """Return the accuracies of all models by place."""
    rows = []
    for place in sorted(estimates, key=lambda place: (place.data, place.size)):
        names = {place.baselines[0]: "without order", "most_frequent": "most frequent"}
        scores = {
            names.get(m, label(m)): Cell(words.score(estimate), estimate)
            for m, estimate in estimates[place].items()
        }
        if scores:
            rows.append({"texts": Cell(place.name, place.columns)} | scores)
    return table(rows, folder / "accuracies.csv")


def curves(estimates: dict[Place, dict[str, Estimate]], folder: Path) -> list[str]:
    """Draw the learning curves of each data set with several sizes; return the references."""
    drawn = []
    places = sorted(estimates, key=lambda place: (place.data, place.size))
    for data, of_data in grouped(places, attrgetter("data")).items():
        models = dict.fromkeys(model for place in of_data for model in estimates[place])
        looks = figures.looks(models)
        panel = []
        for model in models:
            points = [(p.size, estimates[p][model]) for p in of_data if model in estimates[p]]
            panel.append(figures.Curve(label(model).removesuffix(" tag"), looks[model], points))
        if max((len(line.points) for line in panel), default=0) < 2:
            continue
        title, span = f"Test accuracy, {plans.TITLES[data]}", figures.accuracy_range(panel, None)
        svg = figures.curves(f"curve-{data}", title, panel, over="training texts", span=span)
        (folder / f"curve_{data}.svg").write_text(figures.alone(svg))
        drawn.append(f"![{title}](curve_{data}.svg)")
    return drawn


def settings_tried(plan: Plan, lines: Lines) -> str:
    """Return the expected accuracy by number of settings tried, and the chosen settings."""
    rates = [setting.learning_rate for setting in plans.settings(plan.settings)]
    edges, rows = {min(rates): "lowest", max(rates): "highest"}, []
    for place in plan.places:
        for kind in plans.kinds(place):
            expected = evidence.by_settings_tried(lines.texts, place, kind.model)
            if len(expected) < plan.settings:
                continue
            finals = evidence.of(lines.texts, place, kind.model, kind.arm, kind.units)
            settings: dict = next((record["settings"] for record in finals.values()), {})
            arm = place.arms[kind.model]
            final = accuracy(evidence.complete(plan, lines.texts, place, kind.model, arm))
            row = {"texts": place.name, "model": label(kind.model)}
            for count in (1, 2, 4, 8):
                if count <= len(expected):
                    row[f"{count} tried"] = words.percent(expected[count - 1])
            row["new replicates"] = words.percent(final.mean) if final else ""
            row["learning rate"] = f"{settings.get('learning_rate', '')}"
            if settings.get("learning_rate") in edges:
                row["learning rate"] += f" ({edges[settings['learning_rate']]})"
            row["dropout"] = f"{settings.get('dropout', '')}"
            updates = [record.get("updates") for record in finals.values()]
            capped = sum(count == settings.get("updates") for count in updates)
            row["ended at the cap"] = f"{capped}/{len(updates)}" if updates else ""
            rows.append(row)
    return table(rows)


def _kinds(plan: Plan, lines: Lines) -> list[tuple[str, str, bool]]:
    """Return the cells, starts and curricula of the first word that have run, in order."""
    return sorted(
        {(cell, start, curriculum) for cell, _, start, _, curriculum in solved(lines.memory)},
        key=lambda kind: (CELLS.index(kind[0]), plan.memory.arms.index(kind[1]), kind[2]),
    )


def first_word(plan: Plan, lines: Lines, folder: Path) -> str:
    """Draw how often each cell remembered the first word, by N, start and learning rate."""
    kinds, grid = _kinds(plan, lines), solved(lines.memory)
    points = [(length, rate) for length in plan.memory.lengths for rate in plan.memory.rates]
    counts = {
        (row, column): grid[cell, length, start, rate, curriculum]
        for row, (cell, start, curriculum) in enumerate(kinds)
        for column, (length, rate) in enumerate(points)
        if (cell, length, start, rate, curriculum) in grid
    }
    if not counts:
        return ""
    title = "Trials that remembered the first word, by N, start and learning rate"
    svg = figures.shares(
        "first_word",
        title,
        [f"{label(c)}, {s}{', short to long' if curriculum else ''}" for c, s, curriculum in kinds],
        [f"{rate:g}" for _, rate in points],
        counts,
        under=[f"N = {length:,}" for length in plan.memory.lengths],
        over="learning rate",
    )
    (folder / "first_word.svg").write_text(figures.alone(svg))
    return f"![{title}](first_word.svg)"


def gradients(plan: Plan, lines: Lines) -> str:
    """Return the share of a gradient that reaches the first word, predicted and measured.

    The norm is over all states of a cell: a gradient that flows through one of them is not lost.
    """
    done = (r for r in lines.memory if r["status"] == "done" and not r["settings"]["curriculum"])
    points, rows = grouped(done, itemgetter("model", "arm", "size")), []
    for cell, start in dict.fromkeys((cell, start) for cell, start, _ in _kinds(plan, lines)):
        for length in plan.memory.lengths:
            records = points.get((cell, start, length), [])
            flows = [r["flow"]["before"] for r in records if "before" in r["flow"]]
            if not flows:
                continue
            norms = [
                np.linalg.norm([flow[state] for state in flow if state != "back"], axis=0)
                for flow in flows
            ]
            measured = float(np.median([back[-1] / max(back[0], 1e-45) for back in norms]))
            predicted = starts.gradient_share(cell, start, 64, length + 2, length + 1, 0)
            right = sum(record["valid_accuracy"] >= memory.SOLVED for record in records)
            rows.append({
                "cell": label(cell), "start": start, "N": f"{length:,}",
                "predicted": f"{predicted:.1g}",
                "measured": f"{measured:.1g}" if measured > 1e-38 else "< 1e-38",
                "solved": f"{right}/{len(records)}",
            })  # fmt: skip
    return table(rows)


def known(plan: Plan, lines: Lines) -> str:
    """Return published test losses and those here, of the learning rate that validation chose."""
    rows = []
    for result in sorted(plan.known, key=attrgetter("task", "size")):
        mine = result.task, result.size, "done"
        done = [r for r in lines.known if (r["data"], r["size"], r["status"]) == mine]
        for cell, of_cell in grouped(done, itemgetter("model")).items():
            best = max(of_cell, key=itemgetter("valid_accuracy"))
            settings = best["settings"]
            rows.append({
                "task": f"{TASKS[result.task].title}, N = {result.size:,}", "cell": label(cell),
                "parameters": f"{best['parameters']:,}", "without memory": f"{result.blind:.3g}",
                "paper": f"{result.losses[cell]:.3g}" if cell in result.losses else "",
                "here": f"{best['test_loss']:.3g}", "right": words.percent(best["test_accuracy"]),
                "learning rate": f"{settings['learning_rate']:g}",
                "updates": f"{len(best['epochs']) * settings['tested']:,}",
            })  # fmt: skip
    return table(rows)


def missing(plan: Plan, lines: Lines) -> list[str]:
    """Return which parts of the plan have not run, and what failed."""
    items = []
    undecided = evidence.undecided(plan, lines.texts)
    for place in plan.places:
        of_model = {m: evidence.of(lines.texts, place, m, arm) for m, arm in place.arms.items()}
        replicates = min(map(len, of_model.values()))
        if replicates < plan.looks[0]:
            most = max(map(len, of_model.values()))
            so_far = f": {replicates} of {plan.looks[0]} replicates of every model" if most else ""
            items.append(f"{place.name} texts{so_far}")
        elif replicates < plan.looks[1] and place in undecided:
            items.append(f"the second look at {place.name} texts")
    if any(record["model"] == ENCODER for record in lines.texts):
        encoded = {(trial.data, trial.size) for trial in plans.encoded(plan, range(1))}
        items += [
            f"the sentence encoder at {place.name} texts"
            for place in plan.places
            if (place.data, place.size) in encoded
            and not evidence.complete(plan, lines.texts, place, ENCODER)
        ]
    wanted = len(plan.memory.trials())
    if len(lines.memory) < wanted:
        items.append(f"{wanted - len(lines.memory):,} of {wanted:,} trials of the first word")
    for place in plan.places:
        finished = evidence.variants(plan, place, lines.texts)
        lacking = [k for k in evidence.planned_variants(plan, place) if k not in finished]
        of_arm = grouped((k for k in lacking if k[1] in ARMS), itemgetter(1))
        for arm, kinds in of_arm.items():
            names = (f"{label(cell)} ({units} units)" for cell, _, units in kinds)
            items.append(f"{ARMS[arm]} at {place.name} texts: {', '.join(names)}")
    wanted = sum(len(result.trials(plan.known_rates)) for result in plan.known)
    if len(lines.known) < wanted:
        items.append(f"{wanted - len(lines.known)} of {wanted} trials that repeat other results")
    return items + failures(lines.all)


def failures(records: Sequence[Line]) -> list[str]:
    """Return a line for each reason for which trials failed, on one line each."""
    failed = (record for record in records if record["status"] == "failed")
    by_reason = grouped(failed, itemgetter("model", "data", "size", "reason"))
    return [
        f"failed, {words.count(len(trials), 'trial')}: {label(model)}, {data}, {size:,}: "
        f"`{' '.join(words.cut(reason).split()).replace('`', chr(39))}`"
        for (model, data, size, reason), trials in by_reason.items()
    ]


def cost(plan: Plan, lines: Lines) -> str:
    """Return the number of trials and the hours of each part."""
    rows = [
        {
            "part": part,
            "trials": f"{len(records):,}",
            "of them to tune": f"{sum(record['seed'] >= TUNED_ON for record in records):,}",
            "core-hours": f"{sum(record['seconds'] for record in records) / 3600:.1f}",
            "records": f"[{plan.scale}_{part}.jsonl.gz]({plan.scale}_{part}.jsonl.gz)",
        }
        for part, records in lines.parts.items()
    ]
    return table(rows)
