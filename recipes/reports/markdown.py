"""Tables of Markdown pages, also as CSV and LaTeX."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd


def table(rows: Sequence[dict[str, Any]], file: Path | None = None) -> str:
    """Return rows as a Markdown table; with a file also write them as CSV and LaTeX."""
    if not rows:
        return ""
    frame = pd.DataFrame(rows).fillna("")
    links = ""
    if file is not None:
        frame.to_csv(file, index=False)
        frame.to_latex(file.with_suffix(".tex"), index=False, escape=True)
        links = f"\n\nAs [CSV]({file.name}) and [LaTeX]({file.stem}.tex)."
    cells = [[*frame.columns], ["---"] * len(frame.columns), *frame.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in cells) + links
