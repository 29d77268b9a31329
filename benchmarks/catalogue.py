"""The table of the cells: description, parameters, paper and speed."""

import re
import textwrap

import keras_gated
from benchmarks import counts
from benchmarks.page import table_line
from benchmarks.row import DONE
from benchmarks.sides import KERAS
from keras_gated import CellLayer

COMMAND = "python -m benchmarks.readme"
# The sizes of a call do not affect the choice of implementation if they are known and not 0.
BATCH, TIME = 64, 100

_NAME = r"(?:(?:van|der|den|de|von) )*[A-Z][\w-]+"
_PAPER = re.compile(
    rf'(?P<authors>{_NAME}(?:, {_NAME})*(?: and {_NAME}| et al\.)?), "[^"]+", (?P<year>\d{{4}}),'
    r"[^.]*?(?P<link>https?://\S+?)[.,:;]?(?=\s|$)"
)
_TWIN = re.compile(r"drop-in for `(keras\.layers\.\w+)`")


def layers() -> list[type[CellLayer]]:
    """Return the layers of the public cells: those that Keras has too, then the others by name."""
    public = (getattr(keras_gated, name) for name in keras_gated.__all__)
    members = [
        value
        for value in public
        if isinstance(value, type) and issubclass(value, CellLayer) and hasattr(value, "Cell")
    ]
    return sorted(members, key=lambda layer: (twin(layer) is None, layer.__name__.lower()))


def text(record: dict | None) -> str:
    """Return the table in Markdown, and the explanation of its columns.

    Args:
        record: the record written by `python -m benchmarks.family`, or None; a cell without a
            measurement has no speed.
    """
    rows = record["rows"] if record else []
    ratios = {
        row["name"]: row["ratios"][KERAS]
        for row in rows
        if row["status"] == DONE and KERAS in row["ratios"]
    }
    heads = [
        "cell, its layer",
        "gates",
        "states",
        "parameters",
        "paper",
        "engine",
    ]
    rule = ["---"] * len(heads)
    if ratios:
        heads, rule = [*heads, "× Keras's LSTM"], [*rule, "---:"]
    lines = [table_line(heads), table_line(rule)]
    for layer in layers():
        name = layer.__name__
        speed = [f"{ratios[name]:.1f}" if name in ratios else ""] if ratios else []
        lines.append(table_line([*_about(layer), *speed]))
    return "\n\n".join(["\n".join(lines), _columns(record if ratios else None)])


def twin(layer: type[CellLayer]) -> str | None:
    """Return the Keras layer that a layer can replace, or None."""
    match = _TWIN.search(layer.__doc__ or "")
    return match and match[1]


def papers(cell: type) -> list[tuple[str, str]]:
    """Return the authors with year, and the address, of each paper in a cell's docstring.

    A paper is cited as `Elman, "Finding structure in time", 1990, https://...`; for three or more
    authors the first is returned.

    Raises:
        ValueError: if there is none.
    """
    page = " ".join((cell.__doc__ or "").split())
    links = [
        (f"{_short(paper['authors'])} {paper['year']}", paper["link"])
        for paper in _PAPER.finditer(page)
    ]
    if not links:
        raise ValueError(
            f"the docstring of {cell.__name__} names no paper that could be read; write "
            'Authors, "Title", year, https://...'
        )
    return links


def engines(layer: type[CellLayer]) -> list[str]:
    """Return the implementations used in training: without a mask, then with one."""
    instance = layer(4)
    taken = [
        instance.explain(BATCH, TIME, mask=mask, training=True).engine for mask in (False, True)
    ]
    return list(dict.fromkeys(taken))


def parameters(layer: type[CellLayer]) -> str:
    """Return the number of parameters as a formula, or at 128 -> 256 if there is none."""
    try:
        formula = counts.formula(layer)
    except ValueError:
        formula = f"{counts.count(layer, 128, 256):,} at 128 → 256"
    return f"{formula}, none trained" if counts.trains_nothing(layer) else formula


def _about(layer: type[CellLayer]) -> list[str]:
    cell, same = layer.Cell, twin(layer)
    return [
        f"[`{cell.__name__}`](../{cell.__module__.replace('.', '/')}.py), `{layer.__name__}`"
        + (f", twin of `{same}`" if same else ""),
        ", ".join(cell.gates.word(letter) for letter in cell.gates),
        ", ".join(cell.states),
        parameters(layer),
        "; ".join(f"[{title}]({link})" for title, link in papers(cell)),
        ", ".join(engines(layer)),
    ]


def _short(authors: str) -> str:
    names = re.split(r", | and ", authors)
    return f"{names[0]} et al." if len(names) > 2 else authors


def _columns(record: dict | None) -> str:
    cells = [
        "Gates are in the order of the kernel's columns. Parameters: of a layer with the default "
        "arguments, for inputs of d features and u units; p is `projection`. Engine: what training "
        "takes on TensorFlow, without and with a mask; `loop` serves every cell."
    ]
    if record is not None:
        sizes, machine, versions = record["rows"][0]["shape"], record["machine"], record["versions"]
        cells.append(
            "The last column: the speed of a training step beside that of `keras.layers.LSTM` with "
            f"the same sizes ({sizes['batch']} × {sizes['time']} × {sizes['features']} → "
            f"{sizes['units']}, no mask; the fastest run of each, Keras with XLA or without, "
            f"whichever is faster), by `python -m benchmarks.family` on {machine['cores']} cores "
            f"({machine['cpu']}), TensorFlow {versions['tensorflow']}, Keras {versions['keras']}. "
            "Outputs and gradients were equal to those of the plain loop before anything was timed"
            f"{_draws(record['rows'])}."
        )
    page = " ".join([*cells, f"Written by `{COMMAND}`."])
    return textwrap.fill(page, 100, break_on_hyphens=False)


def _draws(rows: list[dict]) -> str:
    """Return which cells passed only on a later draw of inputs; `family.py` explains why."""
    later = [row["name"] for row in rows if row["status"] == DONE and row.get("failed")]
    return f", {', '.join(later)} on later inputs than the first" if later else ""
