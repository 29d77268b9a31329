"""Tables of Markdown pages, also as CSV and LaTeX."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recipes.reports.stats import Estimate

LATEX = str.maketrans({
    "\N{MINUS SIGN}": "$-$", "<": "$<$", ">": "$>$", "\N{NO-BREAK SPACE}": "~",
    "\\": r"\textbackslash{}", **{letter: f"\\{letter}" for letter in "%&_#${}"},
})  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A number of a table: its text on a page, and its value in a CSV file.

    An estimate has three columns there, the mean and the bounds of its interval, as shares; a
    dictionary has its own.
    """

    text: str
    value: float | int | Estimate | dict[str, Any] | None = None

    def __str__(self) -> str:
        return self.text


def table(rows: Sequence[dict[str, Any]], file: Path | None = None) -> str:
    """Return rows as a Markdown table; with a file also write them as CSV and LaTeX.

    Cells are texts or of the class `Cell`.
    """
    if not rows:
        return ""
    columns = [*dict.fromkeys(name for row in rows for name in row)]
    texts = [[str(row.get(name, "")) for name in columns] for row in rows]
    links = ""
    if file is not None:
        pd.DataFrame([_values(row) for row in rows]).to_csv(file, index=False)
        file.with_suffix(".tex").write_text(_latex(columns, texts))
        links = f"\n\nAs [CSV]({file.name}) and [LaTeX]({file.stem}.tex)."
    lines = [columns, ["---"] * len(columns), *texts]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + links


def _values(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a CSV file."""
    values: dict[str, Any] = {}
    for name, cell in row.items():
        value = cell.value if isinstance(cell, Cell) else cell
        if isinstance(value, Estimate):
            bounds = {f"{name}, low": value.low, f"{name}, high": value.high}
            values |= {name: value.mean} | bounds
        elif isinstance(value, dict):
            values |= value
        else:
            values[name] = value
    return values


def _latex(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of LaTeX, with the characters that mean something there escaped."""
    lines = [[text.translate(LATEX) for text in line] for line in rows]
    frame = pd.DataFrame(lines, columns=[name.translate(LATEX) for name in columns])
    return "% needs \\usepackage{booktabs}\n" + frame.to_latex(index=False, escape=False)
