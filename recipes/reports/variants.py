"""The study's other widths, initializations and cells: accuracy beside what it costs."""

from operator import itemgetter
from pathlib import Path

import numpy as np

from recipes.reports import evidence, figures, words
from recipes.reports.findings import Lines, accuracy
from recipes.reports.markdown import Cell, table
from recipes.reports.plan import Plan
from recipes.reports.stats import Estimate
from recipes.reports.words import label
from recipes.trials.replicate import EXPLORED, MAIN, OPEN, START, WIDTH
from recipes.trials.trial import BASELINE

STARTED = {START: ", matched starts", OPEN: ", update gate open"}


def compared(plan: Plan, lines: Lines, folder: Path) -> tuple[str, list[str]]:
    """Return the models of the varied places beside what they cost, as a table and figures."""
    rows, drawn = [], []
    for place in plan.places:
        of_kind = evidence.variants(plan, place, lines.texts)
        if not any(arm in (WIDTH, *STARTED, EXPLORED) for _, arm, _ in of_kind):
            continue
        of_lstm = of_kind.get(("lstm", MAIN, 64), {})
        points: dict[str, list[tuple[float, Estimate]]] = {}
        for (model, arm, units), replicates in of_kind.items():
            estimate, lead = accuracy(replicates), evidence.lead(replicates, of_lstm)
            assert estimate is not None
            of_cell, updates = (
                np.median([replicate[name] for replicate in replicates.values()]) if units else 0
                for name in ("cell_parameters", "best_update")
            )
            rows.append({
                "texts": Cell(place.name, place.columns),
                "model": label(model) + STARTED.get(arm, ""),
                "units": f"{units or ''}",
                "accuracy": Cell(words.score(estimate), estimate),
                "minus LSTM": Cell(words.lead(lead.estimate), lead.estimate)
                if lead and replicates != of_lstm else "",
                "parameters of the cell": Cell(f"{of_cell:,.0f}", int(of_cell)) if units else "",
                "updates": Cell(f"{updates:,.0f}", float(updates)) if units else "",
                "time, LSTM = 1": _times(replicates, of_lstm) if arm in (MAIN, BASELINE) else "",
            })  # fmt: skip
            if units and arm not in STARTED:
                points.setdefault(model, []).append((float(of_cell), estimate))
        if not any(arm in (WIDTH, EXPLORED) for _, arm, _ in of_kind):
            continue  # of one width: the table says it
        title = f"Test accuracy by parameters of the cell, {place.name} texts"
        file = folder / f"widths_{place.data}_{place.size}.svg"
        looks = figures.looks(points)
        panel = [
            figures.Curve(label(model), looks[model], sorted(line, key=itemgetter(0)))
            for model, line in points.items()
        ]
        span = figures.accuracy_range(panel, None)
        svg = figures.curves(
            file.stem, title, panel, over="parameters of the cell", span=span, shared=False
        )
        file.write_text(figures.alone(svg))
        drawn.append(f"![{title}]({file.name})")
    return table(rows, folder / "widths.csv" if rows else None), drawn


def _times(replicates: dict[int, evidence.Line], of_lstm: dict[int, evidence.Line]) -> str:
    """Return the median ratio of times to the LSTM's trials, which ran next to these."""
    both = [seed for seed in replicates if seed in of_lstm]
    if not both:
        return ""
    ratio = np.median([replicates[s]["seconds"] / of_lstm[s]["seconds"] for s in both])
    return f"{ratio:.2f}"


def matched(plan: Plan, lines: Lines) -> str:
    """Return what matched starts change: of each cell, and of GRU minus LSTM."""
    names = {
        "GRU: matched minus Keras's": "gru", "GRU: bias alone minus Keras's": "opened",
        "LSTM: matched minus Keras's": "lstm",
        "GRU minus LSTM, Keras's": "default", "GRU minus LSTM, matched": "matched",
        "change": "change", "matched GRU minus Keras's LSTM": "mixed",
    }  # fmt: skip
    return table([
        {"texts": place.name}
        | {
            name: words.lead(of_cells.estimate) if (of_cells := getattr(found, key)) else ""
            for name, key in names.items()
        }
        for place, found in evidence.by_start(plan, lines.texts).items()
    ])  # fmt: skip
