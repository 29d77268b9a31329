"""The report of a comparison of language models: records in, a page with two figures out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from markupsafe import Markup
from rich.table import Table
from rich.text import Text

from recipes.reports import figures, stats, words
from recipes.reports.rows import Trial, grouped
from recipes.reports.stats import UNDECIDED, Estimate
from recipes.trials.language import NGRAM, ORDER

CLAIM = "A cell needs fewer bits than counting what followed the last characters."
HEAD = ("model", "training characters", "units", "parameters", "bits on validation",
        "bits on test", "passes", "seconds")  # fmt: skip


@dataclass(frozen=True)
class Row:
    """The trials of a model with some units on some characters, one for each seed."""

    model: str
    characters: int
    units: int | None
    records: tuple[Trial, ...]

    @property
    def label(self) -> str:
        """Return the model's name."""
        return "counting" if self.model == NGRAM else words.label(self.model)

    def bits(self, part: str) -> Estimate:
        """Return the mean bits per character over seeds, of "valid" or "test"."""
        return stats.mean(record[f"{part}_bits"] for record in self.records)

    @property
    def cells(self) -> list[str]:
        """Return the row of the table, for `HEAD`."""
        passes = [r["best_epoch"] for r in self.records if r["best_epoch"] is not None]
        parameters = self.records[0]["parameters"]
        return [
            self.label,
            f"{self.characters:,}",
            str(self.units or ""),
            f"{parameters:,}" if parameters else "",
            _shown(self.bits("valid")),
            _shown(self.bits("test")),
            words.span(passes),
            f"{sum(record['seconds'] for record in self.records) / len(self.records):,.0f}",
        ]


def rows(records: Sequence[Trial]) -> list[Row]:
    """Return the records by model, number of characters and units, all seeds together."""
    ordered = sorted(records, key=lambda r: (r["characters"], r["units"] or 0))
    groups = grouped(ordered, itemgetter("model", "characters", "units"))
    return [
        Row(model, characters, units, tuple(members))
        for (model, characters, units), members in groups.items()
    ]


def table(records: Sequence[Trial]) -> Table:
    """Return the table for the terminal."""
    out = words.table("model", "characters", "units", "params", "valid", "test", "passes", "sec")
    out.caption = "Bits per character; fewer are better."
    for row in rows(records):
        out.add_row(*map(Text, row.cells))
    return out


def write(folder: Path, records: Sequence[Trial], facts: Mapping[str, Any]) -> Path:
    """Write `report.html` and its figures, each also as a separate file; return its path.

    Args:
        folder: folder of the records.
        records: finished trials, as `recipes.trials.language.run` returns them.
        facts: `command`, `machine`, `versions`, `commit`, `cuts`, and of the text `name`,
            `source`, `licence`, `notes`.
    """
    finished = rows(records)
    drawings = [
        {"name": name, "title": f"Bits against {over}", "svg": Markup(svg)}
        for name, over, svg in (
            ("bits_against_characters", "training characters", _over_characters(finished)),
            ("bits_against_parameters", "parameters", _over_parameters(finished)),
        )
        if svg
    ]
    for drawing in drawings:
        (folder / f"{drawing['name']}.svg").write_text(figures.alone(drawing["svg"]))
    with_sample = [record for record in records if record["sample"]]
    best = min(with_sample, key=lambda record: record["valid_bits"], default=None)
    return words.write(
        folder / "report.html",
        "language.html.j2",
        facts=facts,
        claim=CLAIM,
        verdict=verdict(records),
        answer=answer(records),
        drawings=drawings,
        head=HEAD,
        rows=[row.cells for row in finished],
        order=ORDER,
        sample=best and best["sample"],
        best=best and f"{words.label(best['model'])}, {best['units']} units",
    )


def _best(records: Sequence[Trial]) -> tuple[Trial | None, Row | None, Row | None]:
    """Return the cell's trial with the fewest bits on validation, its row, and counting beside."""
    cells = [record for record in records if record["model"] != NGRAM]
    if not cells:
        return None, None, None
    best = min(cells, key=lambda record: record["valid_bits"])
    by_kind = {(row.model, row.characters, row.units): row for row in rows(records)}
    row = by_kind[best["model"], best["characters"], best["units"]]
    return best, row, by_kind.get((NGRAM, best["characters"], None))


def verdict(records: Sequence[Trial]) -> str:
    """Return the verdict on `CLAIM`, by the interval over the seeds of the best cell."""
    _, cell, counting = _best(records)
    if cell is None or counting is None:
        return UNDECIDED
    bits = counting.records[0]["test_bits"]
    return stats.verdict(stats.mean(bits - record["test_bits"] for record in cell.records))


def answer(records: Sequence[Trial]) -> str:
    """Return the answer in two sentences: the best cell, and whether it beats the baseline."""
    best, _, counting = _best(records)
    if best is None:
        return "No cell's trial has finished yet."
    sentence = (
        f"The {words.label(best['model'])} with {best['units']} units and "
        f"{best['parameters']:,} parameters, trained on {best['characters']:,} characters, has the "
        f"fewest bits on validation: {best['test_bits']:.3f} bits per character on test."
    )
    if counting:
        bits = counting.records[0]["test_bits"]
        fewer = "fewer" if best["test_bits"] < bits else "no fewer"
        sentence += f" That is {fewer} than counting what followed the last "
        sentence += f"{counting.records[0]['order']} characters: {bits:.3f}."
    return sentence


def _over_characters(rows: Sequence[Row]) -> str | None:
    """Draw bits against training characters: each cell with the units that were tried most."""
    lines = {}
    for model in dict.fromkeys(row.model for row in rows):
        of_model = [row for row in rows if row.model == model]
        ((units, _),) = Counter(row.units for row in of_model).most_common(1)
        label = f"{of_model[0].label} {units or ''}".strip()
        points = {row.characters: row.bits("test") for row in of_model if row.units == units}
        lines[model] = (label, points)
    return _drawn("characters", "training characters", lines)


def _over_parameters(rows: Sequence[Row]) -> str | None:
    """Draw bits against parameters, at the largest number of characters tried with a cell."""
    most = max((row.characters for row in rows if row.model != NGRAM), default=0)
    lines: dict[str, tuple[str, dict]] = {}
    level = None
    for row in (row for row in rows if row.characters == most):
        if row.model == NGRAM:
            level = (row.label, row.bits("test").mean)
        else:
            _, points = lines.setdefault(row.model, (row.label, {}))
            points[row.records[0]["parameters"]] = row.bits("test")
    return _drawn("parameters", "parameters", lines, level)


def _drawn(name: str, over: str, lines: Mapping[str, tuple[str, dict]], level=None) -> str | None:
    if not lines:
        return None
    looks = figures.looks(lines)
    curves = [
        figures.Curve(label, looks[model], [*points.items()])
        for model, (label, points) in lines.items()
    ]
    title = f"Bits per character on test against {over}; the table has the numbers."
    return figures.curves(name, title, curves, over=over, level=level, form=".3g")


def _shown(bits: Estimate) -> str:
    return f"{bits.mean:.3f}" + ("" if bits.half is None else f" ± {bits.half:.3f}")
