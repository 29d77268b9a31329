"""The user's own file: CSV, TSV, JSONL or Parquet, with a column of texts and one of labels.

Whatever would spoil a training is refused here, with the row to look at. Rows are counted as a
person counts them: a CSV or TSV starts with its header, so its first text is in row 2; a JSONL or
Parquet file has none and starts with row 1.
"""

import codecs
import csv
import decimal
import hashlib
import io
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from recipes.data.names import unknown
from recipes.data.splits import Split, Uncut

SPLITS = {
    "train": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
}

# What programs write for a value that is missing. "NA" and "None" are left alone: a class may be
# called so.
MISSING = {"nan", "<na>", "null"}


class Table(NamedTuple):
    """A file, read: names of its columns, numbers of its rows, and a column's values by name."""

    columns: list[str]
    rows: list[int]
    values: Callable[[str], list[Any]]


def texts(path: Path, column: str) -> list[str]:
    """Return a column of texts, or refuse the file with the row and the reason; no label needed."""
    table = _open(path, "a column of texts")[0]
    if column not in table.columns:
        raise ValueError(
            f"{path}: {unknown('column', column, table.columns)} Say which one holds the text: "
            f"text=NAME.{_separator(table.columns)}"
        )
    return _texts(path, table, column)


def characters(path: Path) -> str:
    """Return a file of plain text in UTF-8, or refuse it with the line and the reason."""
    return _decode(path, _content(path, "text"))


def read(path: Path, text: str, label: str, split: str | None) -> Uncut:
    """Return the texts of a file, or refuse it with the row and the reason."""
    table, content = _open(path, "a column of texts and one of labels")
    if split is None and "split" in table.columns and "split" not in (text, label):
        split = "split"
    for what, column in (("text", text), ("label", label), ("split", split)):
        if column is None:
            continue
        if column not in table.columns:
            raise ValueError(
                f"{path}: {unknown('column', column, table.columns)} "
                f"Say which one holds the {what}: {what}=NAME.{_separator(table.columns)}"
            )
        if table.columns.count(column) > 1:
            raise ValueError(f"{path}: two columns are called {column!r}; rename one of them.")
    texts = _texts(path, table, text)
    names = _labels(path, table, label)
    classes = _classes(path, table, names, label)
    numbers = {name: number for number, name in enumerate(classes)}
    whole = Split.of(texts, [numbers[name] for name in names], table.rows)
    parts = {"all": whole} if split is None else _parts(path, table, split, whole)
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Uncut(
        parts=parts,
        classes=classes,
        source=f"{path} ({len(table.rows):,} rows, sha256 {digest}...)",
        licence="the user's own file; it names none",
    )


def _open(path: Path, needed: str) -> tuple[Table, bytes]:
    """Return the table in a file, and what the file holds."""
    if path.suffix.lower() not in READERS:
        raise ValueError(f"{path}: {unknown('kind of file', path.suffix, READERS)} Save it as one.")
    content = _content(path, needed)
    table = READERS[path.suffix.lower()](path, content)
    if not table.rows:
        raise ValueError(f"{path} has columns but no rows; there is nothing to learn from.")
    return table, content


def _content(path: Path, needed: str) -> bytes:
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file in {path.absolute().parent}.")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file in it.")
    content = path.read_bytes()
    if not content.strip():
        raise ValueError(f"{path} is empty; it needs {needed}.")
    return content


def _parts(path: Path, table: Table, split: str, whole: Split) -> dict[str, Split]:
    """Return the splits that a column names."""
    found = []
    for row, value in zip(table.rows, table.values(split), strict=True):
        name = str(value).strip().lower()
        if name not in SPLITS:
            raise ValueError(
                f"{path}, row {row}: {unknown('split name', value, SPLITS)} "
                f"Write one of them in the column {split!r}, or rename a column that means "
                "something else."
            )
        found.append(SPLITS[name])
    for needed in ("train", "test"):
        if needed not in found:
            raise ValueError(
                f"{path}: the column {split!r} names {', '.join(sorted(set(found)))}, but no row "
                f"for {needed}; mark some rows {needed!r}, or take the column out."
            )
    names = np.array(found)
    return {name: whole.take(names == name) for name in dict.fromkeys(found)}


def _texts(path: Path, table: Table, column: str) -> list[str]:
    """Return the texts; an empty one is left to be dropped, a missing one is refused."""
    texts = table.values(column)
    for row, text in zip(table.rows, texts, strict=True):
        fault = None
        if _missing(text):
            fault = f"is missing ({text!r})"
        elif not isinstance(text, str):
            fault = f"is no text but {text!r:.60}"
        elif not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            fault = "holds half a character (a lone surrogate), which UTF-8 cannot write"
        if fault:
            raise ValueError(
                f"{path}, row {row}: {column!r} {fault}; write the text, or delete the row."
            )
    return texts


def _labels(path: Path, table: Table, column: str) -> list[str]:
    """Return the labels as the names of classes."""
    names = []
    for row, label in zip(table.rows, table.values(column), strict=True):
        if _missing(label) or (isinstance(label, str) and not label.strip()):
            raise ValueError(
                f"{path}, row {row}: the label {column!r} is missing ({label!r}); write one, or "
                "delete the row."
            )
        if isinstance(label, float) and not label.is_integer():
            raise ValueError(_fraction(path, table, row, column, label))
        if isinstance(label, list | tuple | dict):
            raise ValueError(
                f"{path}, row {row}: the label {column!r} is {label!r:.60}, several values; a text "
                "has one class here: keep one label a row."
            )
        if not isinstance(label, str | int | float):
            raise ValueError(
                f"{path}, row {row}: the label {column!r} is {label!r:.60} "
                f"({type(label).__name__}); write a name or a whole number."
            )
        names.append(str(label).strip())
    # A column of numbers with "1" and "1.0" has one class there, of two programs.
    spelt = [re.fullmatch(r"([+-]?\d+)(\.0+)?", name) for name in names]
    if len({bool(one[2]) if one else None for one in spelt}) == 2 and None not in spelt:
        return [one[1] for one in spelt if one]
    return names


def _classes(path: Path, table: Table, names: list[str], column: str) -> tuple[str, ...]:
    """Return the names of the classes in order: whole numbers by size, other names by letter."""
    rows = table.rows
    classes = sorted(set(names))
    numbers = {name: number for name in classes if (number := _number(name)) is not None}
    if len(numbers) == len(classes):
        for row, name in zip(rows, names, strict=True):
            if numbers[name] != numbers[name].to_integral_value():
                raise ValueError(_fraction(path, table, row, column, name))
        classes.sort(key=numbers.__getitem__)
    if len(classes) == 1:
        raise ValueError(
            f"{path}: every row, from {rows[0]} to {rows[-1]}, has the label {classes[0]!r} in "
            f"{column!r}; there is nothing to tell apart. Add texts of another class."
        )
    return tuple(classes)


def _fraction(path: Path, table: Table, row: int, column: str, label: object) -> str:
    others = [name for name in table.columns if name != column]
    return (
        f"{path}, row {row}: the label {column!r} is {label}, a number with a fraction, but this "
        "sorts texts into classes. It looks like a regression target: round it, write names, or "
        f"name another column ({', '.join(others)})."
    )


def _missing(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and value.strip().lower() in MISSING)


def _number(name: str) -> decimal.Decimal | None:
    """Return the number that a name spells, exactly, or None."""
    try:
        number = decimal.Decimal(name)
    except decimal.InvalidOperation:
        return None
    return number if number.is_finite() else None


def _separator(columns: list[str]) -> str:
    """Return a hint for a file whose header did not come apart."""
    for sign, name in ((";", "semicolons"), ("\t", "tabs"), (",", "commas"), ("|", "bars")):
        if len(columns) == 1 and sign in columns[0]:
            return f" The header is one cell: the file seems to be separated by {name}."
    return ""


def _decode(path: Path, content: bytes) -> str:
    """Return the characters of a file in UTF-8."""
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if content.startswith(mark):
            raise ValueError(f"{path}, line 1, byte 0: this is UTF-16; save the file as UTF-8.")
    try:
        characters = content.decode("utf-8-sig")
        fault = characters.find("\0")
        if fault < 0:
            return characters
        before, reason = len(characters[:fault].encode()), "a zero byte, so this is no text"
    except UnicodeDecodeError as error:
        before = error.start
        reason = f"0x{content[before]:02x} is not UTF-8"
    line = content[:before].count(b"\n") + 1
    raise ValueError(f"{path}, line {line}, byte {before}: {reason}; save the file as UTF-8.")


def _separated(separator: str) -> Callable[[Path, bytes], Table]:
    def read_separated(path: Path, content: bytes) -> Table:
        # The module's limit, 131,072 characters a cell, is less than a long text has.
        csv.field_size_limit(2**31 - 1)
        characters = io.StringIO(_decode(path, content), newline="")
        records = csv.reader(characters, delimiter=separator, strict=True)
        columns: list[str] = []
        rows, cells = [], []
        row = 0
        try:
            for row, record in enumerate(records, start=1):
                if not any(record):
                    continue  # an empty line, often the last
                if not columns:
                    columns = [name.strip() for name in record]
                elif len(record) != len(columns):
                    raise ValueError(
                        f"{path}, row {row}: {len(record)} cells, but the header has "
                        f"{len(columns)}; put a text that holds the separator or a line break "
                        "in quotes."
                    )
                else:
                    rows.append(row)
                    cells.append(record)
        except csv.Error as error:
            raise ValueError(
                f"{path}, row {row + 1}: {error}; close each quote, and write a quote inside a "
                'quoted text twice ("").'
            ) from error
        return Table(columns, rows, lambda name: [one[columns.index(name)] for one in cells])

    return read_separated


def _jsonl(path: Path, content: bytes) -> Table:
    rows, records = [], []
    for row, line in enumerate(_decode(path, content).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise ValueError(
                f"{path}, row {row}: this line is not JSON ({error}); write one object a line."
            ) from error
        if not isinstance(record, dict):
            raise ValueError(
                f"{path}, row {row}: {line.strip()[:40]!r} is not an object; write a line as in "
                '{"text": "...", "label": "..."}.'
            )
        rows.append(row)
        records.append(record)
    columns = list(dict.fromkeys(name for record in records for name in record))
    return Table(columns, rows, lambda name: [record.get(name) for record in records])


def _parquet(path: Path, content: bytes) -> Table:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content))
    except pyarrow.ArrowInvalid as error:
        raise ValueError(
            f"{path} is no Parquet file ({error}); write it with pandas' to_parquet, or save it "
            "as CSV."
        ) from error
    return Table(
        file.schema_arrow.names,
        list(range(1, file.metadata.num_rows + 1)),
        lambda name: file.read([name]).column(name).to_pylist(),
    )


READERS: dict[str, Callable[[Path, bytes], Table]] = {
    ".csv": _separated(","),
    ".tsv": _separated("\t"),
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}
