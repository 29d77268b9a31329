"""The study's page: records in; `README.md` with its figures, tables and the records out.

Every statement is derived from the records. The page of an unfinished study is therefore correct
for the finished part, and says what is missing.
"""

import gzip
import io
import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from recipes.reports import evidence, figures, stats, words
from recipes.reports import plan as plans
from recipes.reports.evidence import Outcome
from recipes.reports.figures import Look
from recipes.reports.findings import PAIRS, Lines, accuracy, advice, sentences, solved
from recipes.reports.plan import CELLS, FEW, MARGIN, Place, Plan
from recipes.reports.stats import UNDECIDED, Estimate
from recipes.reports.words import label
from recipes.sweeps import program
from recipes.trials import memory, starts, tuning
from recipes.trials.replicate import MAIN, START, TUNED_ON, WIDTH

BEGIN, END = "<!-- findings -->", "<!-- /findings -->"


def write(folder: Path, guide: Path, plan: Plan, lines: Lines) -> Path:
    """Write the page, its figures, tables and records into a folder, and the findings into a guide.

    Args:
        folder: created if it does not exist.
        guide: page with the two markers.
        plan: the plan of the study.
        lines: the records so far.

    Raises:
        ValueError: if there are no records; an existing page is kept.
    """
    if not lines.all:
        raise ValueError(
            f"no trial of the {plan.scale} study is on file, so the page in {folder} stays as it "
            "is; run the study without --page, or name the folder of its --runs."
        )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "README.md"
    before = path.read_text("utf-8") if path.exists() else ""
    for name in re.findall(r"\]\((\w+\.(?:svg|jsonl\.gz|csv|tex))\)", before):
        (folder / name).unlink(missing_ok=True)  # a study of another scale has other files
    for name, own in (("texts", lines.texts), ("memory", lines.memory)):
        text = "".join(json.dumps(one) + "\n" for one in own)
        # Without a modification time: the same records give the same file.
        (folder / f"{plan.scale}_{name}.jsonl.gz").write_bytes(
            gzip.compress(text.encode(), mtime=0)
        )
    sections = [
        head(plan, lines),
        forest(plan, lines, folder),
        accuracies(plan, lines, folder),
        settings_tried(plan, lines),
        first_word(plan, lines),
        arms(plan, lines),
        missing(plan, lines),
        limits(plan),
        cost(plan, lines),
    ]
    path.write_text("\n\n".join(filter(None, sections)) + "\n", "utf-8")
    link = f"{'../' * len(guide.parent.relative_to(Path('docs')).parts)}study/README.md" if (
        guide.parent.is_relative_to("docs")) else str(path)  # fmt: skip
    told = "\n".join(f"- {one}" for one in sentences(plan, lines, bold="**"))
    told += "\n\nWhat that means for a choice:\n\n"
    told += "\n".join(f"- {one}" for one in advice(plan, lines))
    told += f"\n\nHow that was found, place by place, and its limits: [the study]({link})."
    guide.write_text(between(guide.read_text("utf-8"), told), "utf-8")
    return path


def between(page: str, told: str) -> str:
    """Return a page with `told` between its markers of the findings.

    Raises:
        ValueError: unless each marker occurs once, in order.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(END) < page.index(BEGIN):
        raise ValueError(f"the page needs a line {BEGIN} and, behind it, a line {END}, once each.")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{told}\n{END}{rest.partition(END)[2]}"


# The sections


def head(plan: Plan, lines: Lines) -> str:
    """Return the title, the findings and the design."""
    looks = f"{plan.looks[0]} replicates"
    if plan.looks[1] > plan.looks[0]:
        looks += f", and {plan.looks[1]} where GRU against LSTM is not decided by then"
    return "\n\n".join([
        "# Which cell for how much text?",
        f"The {plan.scale} study: three sentences that are often said, measured. The whole page is "
        "written by `python -m recipes.study`; accuracies are of the test, brackets are 95% "
        "intervals over replicates and test texts.",
        *(f"{number}. {one}" for number, one in enumerate(sentences(plan, lines, "**"), 1)),
        "## Design",
        "A place is a number of training texts of a data set. At each, every network is tuned: "
        f"{plan.settings} settings (learning rate {plans.RATES[0]:g} to {plans.RATES[1]:g}, "
        f"dropout 0 to {tuning.DROPOUT[1]:g}) on {words.count(plan.tuned_on, 'replicate')} of "
        f"their own, of which validation accuracy chooses one. Then come {looks}.",
        "A replicate draws anew which texts are trained on, which 500 texts validation chooses by, "
        "the first weights, the order and dropout, the same for every model. The test is every "
        "text that no replicate trains on, the same for all. Networks have 64 units and vectors of "
        "64, batches of 32, at most 2,000 updates, and end after 500 without a better validation "
        "accuracy; gradients are cut at a norm of 1. They start as Keras's do: the LSTM's forget "
        "gate has a bias of 1, the GRU's update gate of 0.",
        f"A lead within {100 * MARGIN:g} point is the same. A verdict takes an interval that lies "
        "wholly on one side of a border, corrected (Holm) for the number of places and for two "
        "looks. Sentence 2 goes by the mean over tasks; its interval is of Hartung and Knapp.",
    ])  # fmt: skip


def forest(plan: Plan, lines: Lines, folder: Path) -> str:
    """Return the leads of the GRU, as a figure and as tables."""
    parts = ["## The GRU against the others"]
    for name, pair in PAIRS.items():
        found = evidence.leads(plan, lines.texts, *pair)
        told = evidence.outcomes(found)
        if not told:
            continue
        parts.append(
            drawn_leads(folder / f"lead_{pair[1]}.svg", name, told, evidence.primary(found))
        )
        rows = [
            {
                "texts": place.name,
                "lead": words.points(one.estimate),
                "verdict": one.verdict,
                "p, corrected": f"{one.chance:.3f}" if one.chance >= 0.001 else "< 0.001",
                "replicates": str(one.estimate.count),
                "takes, to decide": needed(one),
            }
            for place, one in sorted(told.items(), key=lambda item: (item[0].data, item[0].size))
        ]
        parts.append(table(rows, folder / f"gru_less_{pair[1]}.csv"))
        slope = evidence.per_doubling(found)
        if slope is not None:
            parts.append(f"Per doubling of the text, within tasks: {words.points(slope)}.")
    return "\n\n".join(parts) if len(parts) > 1 else ""


def needed(one: Outcome) -> str:
    """Return the number of replicates needed if the lead is as estimated, or why none would do."""
    if one.verdict != UNDECIDED:
        return ""
    mean, seeds = one.estimate.mean, one.estimate.count
    away = abs(abs(mean) - MARGIN)
    rows = one.lead.rows / stats.Z
    between = max(one.lead.error**2 - rows**2, 0.0) * seeds
    wanted = (
        away / 3.2
    ) ** 2 - rows**2  # 80% power at the level of two looks: 2.24 + 0.84 and a bit
    if wanted <= 0:
        return "more test texts"
    replicates = math.ceil(between / wanted)
    return f"about {replicates:,}" if replicates > seeds else "a few more"


def drawn_leads(path: Path, name: str, told: dict[Place, Outcome], mean) -> str:
    """Draw a row for each place, and the mean; return the reference to the file."""
    order = sorted(told.items(), key=lambda item: (item[0].size, item[0].data))
    strips = [(place.name, Look("blue", "o"), one.estimate) for place, one in order]
    if mean is not None:
        strips += [
            (f"mean of tasks, up to {FEW:,}", Look("orange", "D"), mean.estimate),
            ("a new task", Look("grey", "v"), mean.new),
        ]
    title = f"{name}, points of test accuracy"
    svg = figures.strips(path.stem, title, strips, over="points", band=MARGIN)
    path.write_text(figures.alone(svg))
    return f"![{title}]({path.name})"


def accuracies(plan: Plan, lines: Lines, folder: Path) -> str:
    """Return the accuracies of all models by place, as a table and as learning curves."""
    rows = []
    curves: dict[str, dict[str, list[tuple[int, Estimate]]]] = {}
    for place in sorted(plan.places, key=lambda one: (one.data, one.size)):
        own = {m: accuracy(evidence.of(lines.texts, place, m, MAIN)) for m in CELLS}
        own |= {m: accuracy(evidence.of(lines.texts, place, m)) for m in place.baselines}
        shown = {m: one for m, one in own.items() if one is not None}
        if shown:
            names = {place.baselines[0]: "without order", "bow": "bag of words",
                     "most_frequent": "most frequent"}  # fmt: skip
            said = {names.get(m, label(m)): words.score(one) for m, one in shown.items()}
            rows.append({"texts": place.name} | said)
            for model, one in shown.items():
                curves.setdefault(place.data, {}).setdefault(model, []).append((place.size, one))
    parts = ["## Accuracy", table(rows, folder / "accuracies.csv")] if rows else []
    for data, models in curves.items():
        if max(map(len, models.values())) < 2:
            continue
        looks = figures.looks(models)
        drawn = [
            figures.Curve(
                label(m).removesuffix(" tag"),
                looks[m],
                [s for s, _ in ends],
                [one for _, one in ends],
            )
            for m, ends in models.items()
        ]
        title = f"Test accuracy, {plans.TITLES[data]}"
        svg = figures.curves(f"curve-{data}", title, drawn, over="training texts",
                             span=figures.accuracy_range(drawn, None))  # fmt: skip
        (folder / f"curve_{data}.svg").write_text(figures.alone(svg))
        parts.append(f"![{title}](curve_{data}.svg)")
    return "\n\n".join(parts)


def settings_tried(plan: Plan, lines: Lines) -> str:
    """Return the expected accuracy by number of settings tried, and the chosen settings."""
    rows = []
    for place in plan.places:
        for kind in plans.kinds(place):
            tried = evidence.by_settings_tried(lines.texts, place, kind.model)
            if len(tried) == plan.settings:
                own = evidence.of(lines.texts, place, kind.model, kind.arm, kind.units)
                settings: dict = next((one["settings"] for one in own.values()), {})
                rows.append(
                    {"texts": place.name, "model": label(kind.model)}
                    | {f"{k} tried": words.percent(tried[k - 1])
                       for k in (1, 2, 4, 8) if k <= len(tried)}
                    | {"learning rate": f"{settings.get('learning_rate', ''):}",
                       "dropout": f"{settings.get('dropout', ''):}"}
                )  # fmt: skip
    if not rows:
        return ""
    return "\n\n".join([
        "## How many settings to try",
        "Expected test accuracy after so many random settings, of which validation picks one "
        "(Dodge et al. 2019), and the setting that was chosen of all.",
        table(rows),
    ])  # fmt: skip


def first_word(plan: Plan, lines: Lines) -> str:
    """Return how often each cell remembered the first word, by N, start and learning rate."""
    grid = solved(lines.memory)
    if not grid:
        return ""
    order = plan.memory.arms
    kinds = sorted(
        {(cell, start, curriculum) for cell, _, start, _, curriculum in grid},
        key=lambda kind: (CELLS.index(kind[0]), order.index(kind[1]), kind[2]),
    )
    rows = []
    for cell, start, curriculum in kinds:
        row = {"cell": label(cell), "start": start + (", short to long" if curriculum else "")}
        for length in plan.memory.lengths:
            for rate in plan.memory.rates:
                counts = grid.get((cell, length, start, rate, curriculum))
                row[f"N = {length}, {rate:g}"] = f"{counts[0]}/{counts[1]}" if counts else ""
        rows.append(row)
    shares: list[dict[str, str]] = []
    for cell, start in dict.fromkeys((cell, start) for cell, start, _ in kinds):
        for length in plan.memory.lengths:
            flows = [
                one["flow"]["before"]["h"]
                for one in lines.memory
                if (one["model"], one["arm"], one["size"]) == (cell, start, length)
                and one["status"] == "done"
                and "before" in one["flow"]
            ]
            if not flows:
                continue
            measured = [max(norms[-1] / max(norms[0], 1e-45), 1e-45) for norms in flows]
            predicted = starts.gradient_share(cell, start, 64, length + 2, length + 1, 0)
            own = [n for kind, n in grid.items() if kind[:3] == (cell, length, start)]
            shares.append({
                "cell": label(cell), "start": start, "N": f"{length:,}",
                "predicted": f"{predicted:.1g}",
                "measured": f"{np.exp(np.mean(np.log(measured))):.1g}",
                "solved": f"{sum(n for n, _ in own)}/{sum(n for _, n in own)}",
            })  # fmt: skip
    return "\n\n".join([
        "## The first word",
        f"One of eight key words, N words of reviews, and the question which key it was. So many "
        f"of the trials were right on {100 * memory.SOLVED:g}% of held-back examples within "
        f"{plan.memory.steps:,} updates, by N and learning rate:",
        table(rows),
        "How much of a gradient reaches the first word before training follows from the start of "
        "the weights alone (`recipes.trials.starts.gradient_share`). It was also measured in each "
        "trial, as the norm there over that at the last word (geometric mean; float32 has nothing "
        "below 1e-45). Where it is small, a higher learning rate or a curriculum can make up for "
        "it, as the table above shows.",
        table(shares),
    ])  # fmt: skip


def arms(plan: Plan, lines: Lines) -> str:
    """Return the accuracies of other widths and of matched starts, at the middle places."""
    rows = []
    for place in plan.places:
        for cell in CELLS if place.middle else ():
            shown = {
                f"{units} units": accuracy(evidence.of(lines.texts, place, cell, arm, units))
                for units, arm in sorted([(64, MAIN), *((units, WIDTH) for units in plan.widths)])
            }
            shown["matched starts"] = accuracy(evidence.of(lines.texts, place, cell, START))
            if sum(one is not None for one in shown.values()) > 1:
                said = {n: words.score(one) if one else "" for n, one in shown.items()}
                rows.append({"texts": place.name, "cell": label(cell)} | said)
    if not rows:
        return ""
    return "\n\n".join([
        "## Widths and starts",
        "With the settings that were chosen for 64 units. Matched starts: a bias of 1 for the gate "
        "that keeps the past in LSTM and GRU, and an orthogonal matrix for each gate.",
        table(rows),
    ])  # fmt: skip


def missing(plan: Plan, lines: Lines) -> str:
    """Return which parts of the plan have not run, and what failed."""
    told = []
    for place in plan.places:
        replicates = len(evidence.of(lines.texts, place, "gru", MAIN))
        if replicates < plan.looks[0]:
            so_far = f": {replicates} of {plan.looks[0]} replicates" if replicates else ""
            told.append(f"- {place.name} texts{so_far}")
    wanted = len(plan.memory.trials())
    if len(lines.memory) < wanted:
        told.append(f"- {wanted - len(lines.memory):,} of {wanted:,} trials of the first word")
    for place in plan.places:
        if place.middle and plan.widths and not evidence.of(lines.texts, place, "gru", START):
            told.append(f"- other widths and starts at {place.name} texts")
    told += [
        f"- failed: {label(one['model'])}, {one['data']}, {one['size']:,}: {one['reason']}"
        for one in lines.all
        if one["status"] == "failed"
    ]
    return "\n\n".join(["## What has not run yet", "\n".join(told)]) if told else ""


def limits(plan: Plan) -> str:
    """Return the limitations of the study."""
    told = [
        "One layer, read from left to right, with vectors learnt from the texts alone. A "
        "pretrained encoder was not tried; on so little text it is likely to beat all of these.",
        "Settings were chosen once for a place, so an interval does not hold the luck of that "
        "choice; batch, vectors, and except in one table units, were not tuned.",
        "At the largest sizes replicates share most of their training texts.",
        "The first word: the best of several starts and rates is reported, by the same trials.",
        "English texts only; language models have `python -m recipes.compare_language_models`.",
    ]
    return "## Limits\n\n" + "\n".join(f"- {one}" for one in told)


def cost(plan: Plan, lines: Lines) -> str:
    """Return the cost of the study, its commits, and how to resume it."""
    rows = [
        {
            "part": name,
            "trials": f"{len(own):,}",
            "of them to tune": f"{sum(one['seed'] >= TUNED_ON for one in own):,}",
            "core-hours": f"{sum(one['seconds'] for one in own) / 3600:.1f}",
            "lines": f"[{plan.scale}_{name}.jsonl.gz]({plan.scale}_{name}.jsonl.gz)",
        }
        for name, own in (("texts", lines.texts), ("memory", lines.memory))
    ]
    commits = sorted({one["commit"] or "unknown" for one in lines.all})
    versions = sorted({f"{k} {v}" for one in lines.all for k, v in one["versions"].items()})
    days = sorted({one["finished"][:10] for one in lines.all})
    return "\n\n".join([
        "## Cost, and how to go on",
        table(rows),
        f"On {program.machine()}; seconds of the wall, one core a trial, with other work beside. "
        f"{' to '.join(dict.fromkeys((days[0], days[-1])))}; commit {', '.join(commits)}; "
        f"{', '.join(versions)}.",
        f"`python -m recipes.study --scale {plan.scale}` ran it. With trials on file it runs only "
        "what is missing:",
        "```sh\nmake study                                          # the small one\n"
        "make study ARGS='--scale medium --minutes 120'      # two hours of the medium one\n"
        "make study ARGS='--scale medium --page'             # the page alone\n```",
        f"The {plan.scale} one takes {plan.takes}. Its plan: "
        "[recipes/reports/plan.py](../../recipes/reports/plan.py).",
    ])  # fmt: skip


def table(rows: Sequence[dict[str, str]], file: Path | None = None) -> str:
    """Return rows as a Markdown table; with a file also write them as CSV and LaTeX."""
    frame = pd.DataFrame(rows).fillna("")
    said = ""
    if file is not None:
        frame.to_csv(file, index=False)
        file.with_suffix(".tex").write_text(latex(frame), "utf-8")
        said = f"\n\nAs [CSV]({file.name}) and [LaTeX]({file.stem}.tex)."
    cells = [[*frame.columns], ["---"] * len(frame.columns), *frame.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in cells) + said


def latex(frame: pd.DataFrame) -> str:
    """Return a frame as a LaTeX table, with booktabs."""
    escaped: Callable[[str], str] = lambda text: re.sub(r"([%&_#])", r"\\\1", str(text))  # noqa: E731
    out = io.StringIO()
    out.write(f"\\begin{{tabular}}{{{'l' * len(frame.columns)}}}\n\\toprule\n")
    out.write(" & ".join(map(escaped, frame.columns)) + " \\\\\n\\midrule\n")
    for row in frame.to_numpy().tolist():
        out.write(" & ".join(map(escaped, row)) + " \\\\\n")
    out.write("\\bottomrule\n\\end{tabular}\n")
    return out.getvalue()
