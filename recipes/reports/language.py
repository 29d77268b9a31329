"""The report of a comparison of language models: records in, Markdown with two figures out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from recipes.reports import figures, stats
from recipes.reports.stats import Estimate
from recipes.trials.language import NGRAM, ORDER

LABELS = {"simple_rnn": "simple RNN", "lstm": "LSTM", "gru": "GRU", NGRAM: "counting"}

Record = Mapping[str, Any]
Group = tuple[tuple[str, int, int | None], list[Record]]


def grouped(records: Sequence[Record]) -> list[Group]:
    """Group the records by model, number of characters and units; each group has all seeds."""
    groups: dict[tuple, list[Record]] = {}
    for record in sorted(records, key=lambda r: (r["characters"], r["units"] or 0)):
        key = (record["model"], record["characters"], record["units"])
        groups.setdefault(key, []).append(record)
    return list(groups.items())


def table(records: Sequence[Record]) -> Table:
    """Return the table for the terminal."""
    out = Table(
        box=box.SIMPLE_HEAD, caption="Bits per character; fewer are better.", pad_edge=False
    )
    out.add_column("model")
    for column in ("characters", "units", "params", "valid", "test", "passes", "sec"):
        out.add_column(column, justify="right", no_wrap=True)
    for cells in _rows(records):
        out.add_row(*map(Text, cells))
    return out


def write(folder: Path, records: Sequence[Record], facts: Mapping[str, Any]) -> Path:
    """Write `report.md` and its figures into a folder, and return the report's path.

    Args:
        folder: folder of the records.
        records: finished trials, as `recipes.trials.language.run` returns them.
        facts: `command`, `machine`, `versions`, `commit`, `cuts`, and of the text `name`,
            `source`, `licence`, `notes`.
    """
    drawings = [
        ("bits_against_characters.svg", "training characters", _over_characters(records)),
        ("bits_against_parameters.svg", "parameters", _over_parameters(records)),
    ]
    lines = [f"# How well does a cell tell the next character of {facts['name']}?", ""]
    lines += [answer(records), ""]
    for cut in facts["cuts"]:
        lines += [f"- {cut}"]
    for file, over, svg in drawings:
        if svg:
            (folder / file).write_text(figures.alone(svg))
            lines += ["", f"![bits per character on test against {over}]({file})"]
    head = ("model", "training characters", "units", "parameters", "bits on validation",
            "bits on test", "passes", "seconds")  # fmt: skip
    lines += ["", f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    lines += [f"| {' | '.join(cells)} |" for cells in _rows(records)]
    lines += [
        "",
        f"Counting: how often did this character follow the last few (Witten and Bell, 1991)? How "
        f"many, 0 to {ORDER}, validation says. "
        "Nothing was tuned per cell. A difference of one seed decides nothing, and a test text is "
        "one sample of its author.",
    ]
    with_sample = [record for record in records if record["sample"]]
    if with_sample:
        best = min(with_sample, key=lambda record: record["valid_bits"])
        lines += ["", f"## What the best writes ({_label(best['model'])}, {best['units']} units)"]
        lines += ["", *(f"    {line}" for line in best["sample"].split("\n"))]
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    lines += [
        "", "## Data, and how to run it again", "",
        f"- Text: {facts['source']}. Licence: {facts['licence']}.",
        *(f"- {note}" for note in facts["notes"]),
        f"- `{facts['command']}`, commit {facts['commit']}, on {facts['machine']}; {versions}.", "",
    ]  # fmt: skip
    path = folder / "report.md"
    path.write_bytes("\n".join(lines).encode("utf-8", "replace"))
    return path


def answer(records: Sequence[Record]) -> str:
    """Return the answer in one sentence: the best cell, and whether it beats the baseline."""
    cells = [record for record in records if record["model"] != NGRAM]
    counts = [record for record in records if record["model"] == NGRAM]
    if not cells:
        return "No cell's trial has finished yet."
    best = min(cells, key=lambda record: record["valid_bits"])
    said = (
        f"The fewest bits on validation has the {_label(best['model'])} with {best['units']} units "
        f"and {best['parameters']:,} parameters, trained on {best['characters']:,} characters: "
        f"{best['test_bits']:.3f} bits per character on test."
    )
    same = [record for record in counts if record["characters"] == best["characters"]]
    if same:
        bits = same[0]["test_bits"]
        than = "fewer" if best["test_bits"] < bits else "no fewer"
        said += f" That is {than} than counting what followed the last {same[0]['order']} "
        said += f"characters: {bits:.3f}."
    return said


def _over_characters(records: Sequence[Record]) -> str | None:
    """Draw bits against training characters: each cell with the units that were tried most."""
    lines = []
    groups = grouped(records)
    for model in _models(records):
        of_model = [(key, found) for key, found in groups if key[0] == model]
        counts: dict[int | None, int] = {}
        for (_, _, units), _ in of_model:
            counts[units] = counts.get(units, 0) + 1
        units = max(counts, key=counts.__getitem__)
        points = [(key[1], _bits(found)) for key, found in of_model if key[2] == units]
        lines.append(_curve(model, f"{_label(model)} {units or ''}".strip(), points, records))
    title = "Bits per character on test against training characters; the table has the numbers."
    return (
        figures.curves("characters", title, lines, over="training characters", form=".3g")
        if lines
        else None
    )


def _over_parameters(records: Sequence[Record]) -> str | None:
    """Draw bits against parameters, at the largest number of characters tried with a cell."""
    most = max((r["characters"] for r in records if r["model"] != NGRAM), default=0)
    groups = [(key, found) for key, found in grouped(records) if key[1] == most]
    baseline = next(
        ((_label(NGRAM), _bits(found).mean) for key, found in groups if key[0] == NGRAM), None
    )
    lines = []
    for model in _models(records):
        points = [
            (found[0]["parameters"], _bits(found))
            for key, found in groups
            if key[0] == model and model != NGRAM
        ]
        if points:
            lines.append(_curve(model, _label(model), points, records))
    title = "Bits per character on test against parameters; the table has the numbers."
    return (
        figures.curves("parameters", title, lines, over="parameters", level=baseline, form=".3g")
        if lines
        else None
    )


def _curve(model: str, label: str, points, records: Sequence[Record]) -> figures.Curve:
    look = figures.looks(_models(records))[model]
    return figures.Curve(label, look, [p for p, _ in points], [bits for _, bits in points])


def _models(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(record["model"] for record in records))


def _bits(found: Sequence[Record]) -> Estimate:
    return stats.mean(record["test_bits"] for record in found)


def _rows(records: Sequence[Record]) -> list[list[str]]:
    rows = []
    for (model, characters, units), found in grouped(records):
        passes = {record["best_epoch"] for record in found} - {None}
        valid = stats.mean(record["valid_bits"] for record in found)
        seconds = sum(record["seconds"] for record in found) / len(found)
        rows.append(
            [
                _label(model),
                f"{characters:,}",
                str(units or ""),
                f"{found[0]['parameters']:,}" if found[0]["parameters"] else "",
                _said(valid),
                _said(_bits(found)),
                " to ".join(map(str, sorted({min(passes), max(passes)}))) if passes else "",
                f"{seconds:,.0f}",
            ]
        )
    return rows


def _said(bits: Estimate) -> str:
    return f"{bits.mean:.3f}" + ("" if bits.half is None else f" ± {bits.half:.3f}")


def _label(model: str) -> str:
    return LABELS.get(model, model)
