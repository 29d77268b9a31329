"""The report of a comparison of language models: records in, a page with two figures out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from recipes.reports import figures, stats, words
from recipes.reports.rows import Trial
from recipes.reports.stats import UNDECIDED
from recipes.trials.language import NGRAM, ORDER

CLAIM = "A cell needs fewer bits than counting what followed the last characters."
HEAD = ("model", "training characters", "units", "parameters", "bits on validation",
        "bits on test", "passes", "seconds")  # fmt: skip
KIND = ["characters", "units", "model"]  # what seeds have in common; counting has no units: 0


def rows(records: Sequence[Trial]) -> pd.DataFrame:
    """Return means over the seeds of each model with some units on some characters."""
    frame = pd.DataFrame(records).fillna({"units": 0, "parameters": 0})
    frame = frame.astype({"units": int, "parameters": int})
    return (
        frame.sort_values(KIND[:2], kind="stable")
        .groupby(KIND, sort=False)
        .agg(
            parameters=("parameters", "first"),
            valid=("valid_bits", stats.mean),
            test=("test_bits", stats.mean),
            passes=("best_epoch", lambda passes: words.span([*passes.dropna()])),
            seconds=("seconds", "mean"),
        )
        .reset_index()
        .assign(label=lambda rows: rows["model"].map(label))
    )


def cells(rows: pd.DataFrame) -> list[list[str]]:
    """Return the rows of the table in words, for `HEAD`."""

    def bits(mean: stats.Estimate) -> str:
        return f"{mean.mean:.3f}" + ("" if mean.half is None else f" ± {mean.half:.3f}")

    return [
        [
            row.label, f"{row.characters:,}", str(row.units or ""),
            f"{row.parameters:,}" if row.parameters else "",
            bits(row.valid), bits(row.test), row.passes, f"{row.seconds:,.0f}",
        ]
        for row in rows.itertuples()
    ]  # fmt: skip


def label(model: str) -> str:
    """Return the name of a model."""
    return "counting" if model == NGRAM else words.label(model)


def table(records: Sequence[Trial]) -> Table:
    """Return the table for the terminal."""
    out = words.table("model", "characters", "units", "params", "valid", "test", "passes", "sec")
    out.caption = "Bits per character; fewer are better."
    for row in cells(rows(records)):
        out.add_row(*map(Text, row))
    return out


def write(folder: Path, records: Sequence[Trial], facts: Mapping[str, Any]) -> Path:
    """Write `report.html` and its figures, each also as a separate file; return its path.

    `facts` are those of `recipes.sweeps.program`, and of the text its `name`, `source`, `licence`
    and `notes`.
    """
    means = rows(records)
    drawings = [
        {"name": name, "title": f"Bits against {over}", "svg": svg}
        for name, over, svg in (
            ("bits_against_characters", "training characters", _over_characters(means)),
            ("bits_against_parameters", "parameters", _over_parameters(means)),
        )
        if svg
    ]
    for drawing in drawings:
        (folder / f"{drawing['name']}.svg").write_text(figures.alone(drawing["svg"]))
    with_sample = [record for record in records if record["sample"]]
    return words.write(
        folder / "report.html",
        "language.html.j2",
        facts=facts,
        claim=claim(records),
        drawings=drawings,
        head=HEAD,
        rows=cells(means),
        order=ORDER,
        best=min(with_sample, key=lambda record: record["valid_bits"], default=None),
    )


def claim(records: Sequence[Trial]) -> dict[str, str]:
    """Return `CLAIM` with its verdict, over the seeds of the best cell, and the numbers behind it.

    The best cell is that of the trial with the fewest bits on validation.
    """
    found = {"claim": CLAIM, "verdict": UNDECIDED}
    trials = [record for record in records if record["model"] != NGRAM]
    if not trials:
        return found | {"reason": "No cell's trial has finished yet."}
    best = min(trials, key=lambda record: record["valid_bits"])
    reason = (
        f"The {words.label(best['model'])} with {best['units']} units and "
        f"{best['parameters']:,} parameters, trained on {best['characters']:,} characters, has the "
        f"fewest bits on validation: {best['test_bits']:.3f} bits per character on test."
    )
    beside = (r for r in records if (r["model"], r["characters"]) == (NGRAM, best["characters"]))
    if counting := next(beside, None):
        bits = counting["test_bits"]
        seeds = [trial for trial in trials if all(trial[name] == best[name] for name in KIND)]
        found["verdict"] = stats.verdict(stats.mean(bits - trial["test_bits"] for trial in seeds))
        fewer = "fewer" if best["test_bits"] < bits else "no fewer"
        reason += (
            f" That is {fewer} than counting what followed the last {counting['order']} "
            f"characters: {bits:.3f}."
        )
    return found | {"reason": reason}


def _over_characters(rows: pd.DataFrame) -> str:
    """Draw bits against training characters: each cell with the units that were tried most."""
    most = rows.groupby("model")["units"].transform(lambda units: units.mode()[0])
    rows = rows[rows["units"] == most]
    labels = rows["label"] + rows["units"].map(lambda units: f" {units}" if units else "")
    return _drawn(rows.assign(label=labels), "characters", "training characters")


def _over_parameters(rows: pd.DataFrame) -> str | None:
    """Draw bits against parameters, at the largest number of characters tried with a cell."""
    of_cells = rows[rows["model"] != NGRAM]
    if of_cells.empty:
        return None
    rows = rows[rows["characters"] == of_cells["characters"].max()]
    counting = [(row.label, row.test.mean) for row in rows.itertuples() if row.model == NGRAM]
    return _drawn(rows[rows["model"] != NGRAM], "parameters", "parameters", *counting)


def _drawn(rows: pd.DataFrame, x: str, over: str, level: tuple[str, float] | None = None) -> str:
    looks = figures.looks(rows["model"])
    curves = [
        figures.Curve(name, looks[model], [*zip(line[x], line["test"], strict=True)])
        for (model, name), line in rows.groupby(["model", "label"], sort=False)
    ]
    title = f"Bits per character on test against {over}; the table has the numbers."
    return figures.curves(x, title, curves, over=over, level=level, form=".3g")
