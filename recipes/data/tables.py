"""The user's own file: CSV, TSV, JSON, JSONL, Parquet or Excel, with texts and labels.

Data that would spoil training raises an error that names the row. Rows without a text or a label
are left out, and a note says how many. Rows are counted as a person counts them: a CSV file or an
Excel sheet starts with its header, so its first text is in row 2; a JSONL or Parquet file has none
and starts with row 1. A file may be compressed with gzip (`.csv.gz`).
"""

import codecs
import csv
import decimal
import functools
import gzip
import hashlib
import io
import json
import math
import re
import shlex
from collections import Counter
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

# What programs write for a missing label. "NA" and "None" are accepted, as they may be names of
# classes. As a text, any word is accepted.
MISSING = {"nan", "<na>", "null"}
WINDOWS = (
    "; a program for Windows may have written it in cp1252, which recipes.advise reads with "
    "--encoding cp1252"
)


class Table(NamedTuple):
    """The content of a file: names of its columns, row numbers, values by column name, notes."""

    columns: list[str]
    rows: list[int]
    values: Callable[[str], list[Any]]
    notes: tuple[str, ...] = ()


def texts(path: Path, column: str) -> list[str]:
    """Return a column of texts; errors name the row and the reason. No label is needed."""
    table = _open(path, "a column of texts")[0]
    _column(path, table, "text", column)
    return _texts(path, table, column)


def characters(path: Path) -> str:
    """Return a plain text file in UTF-8; errors name the line and the reason."""
    return _decode(path, _content(path, "text"), None, hint="")


def read(
    path: Path, text: str, label: str, split: str | None, encoding: str | None = None
) -> Uncut:
    """Return the texts of a file; errors name the row and the reason.

    Args:
        path: the file.
        text, label, split: names of columns; without `split`, a column "split" is used if present.
        encoding: Python's name of a text file's encoding; by default UTF-8, or UTF-16 with a byte
            order mark.
    """
    table, content = _open(path, "a column of texts and one of labels", encoding)
    if split is None and "split" in table.columns and "split" not in (text, label):
        split = "split"
    for what, column in (("text", text), ("label", label), ("split", split)):
        if column is not None:
            _column(path, table, what, column)
    total = len(table.rows)
    table = _with_both(path, table, text, label)
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
        source=f"{path} ({total:,} rows, sha256 {digest}...)",
        licence="the user's own file; it names none",
        notes=(*table.notes, *_alike(classes)),
        plain=True,
    )


def check(path: Path, text: str, label: str, encoding: str | None = None) -> None:
    """Check, without TensorFlow, that a file exists, can be read and has its columns."""
    table = _open(path, "a column of texts and one of labels", encoding)[0]
    for what, column in (("text", text), ("label", label)):
        _column(path, table, what, column)


def is_file(name: str) -> bool:
    """Return whether a name has the suffix of a supported kind of file, or is a path."""
    path = Path(name).expanduser()
    # A folder may have the name of a data set, as `trec`.
    return _suffix(path) in READERS or path.is_file() or (path.is_dir() and path.name != name)


def _column(path: Path, table: Table, what: str, column: str) -> None:
    """Raise an error for a missing or duplicate column; it says which option names the column."""
    if column not in table.columns:
        message = unknown("column", column, table.columns)
        near = re.search(r"Did you mean '(.*)'\?$", message)
        name = shlex.quote(near[1]) if near else "NAME"
        raise ValueError(f"{path}: {message} Say which one holds the {what}: --{what} {name}")
    if table.columns.count(column) > 1:
        raise ValueError(f"{path}: two columns are called {column!r}; rename one of them.")


def _with_both(path: Path, table: Table, text: str, label: str) -> Table:
    """Return the rows that have a text and a label, and a note on those that do not."""
    notes, keep = list(table.notes), np.ones(len(table.rows), bool)
    for what, column, missing in (("label", label, _unlabelled), ("text", text, _missing)):
        lacks = np.array([missing(value) for value in table.values(column)]) & keep
        if lacks.all():
            raise ValueError(f"{path}: no row has a {what} in {column!r}; name another column.")
        if count := int(lacks.sum()):
            first = table.rows[int(lacks.argmax())]
            have = "row has" if count == 1 else "rows have"
            notes.append(
                f"{count:,} of {len(table.rows):,} {have} no {what}: left out (first: row {first})"
            )
        keep &= ~lacks
    if keep.all():
        return table._replace(notes=tuple(notes))
    positions = np.flatnonzero(keep)

    def values(name: str) -> list[Any]:
        column = table.values(name)
        return [column[position] for position in positions]

    return Table(
        table.columns, [table.rows[position] for position in positions], values, tuple(notes)
    )


def _alike(classes: tuple[str, ...]) -> list[str]:
    """Return a note on classes whose names differ only in case or spaces."""
    spelt = Counter(" ".join(name.split()).casefold() for name in classes)
    same = [name for name in classes if spelt[" ".join(name.split()).casefold()] > 1]
    if not same:
        return []
    named = ", ".join(map(repr, same[:8])) + (" ..." if len(same) > 8 else "")
    return [f"labels that differ in case or spaces alone are classes of their own here: {named}"]


def _open(path: Path, needed: str, encoding: str | None = None) -> tuple[Table, bytes]:
    """Return the table in a file, and the file's content as bytes."""
    suffix = _suffix(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file in it.")
    if suffix not in READERS:
        raise ValueError(f"{path}: {unknown('kind of file', suffix, READERS)} Save it as one.")
    content = _content(path, needed)
    if path.suffix.lower() == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise ValueError(f"{path} is no whole gzip file ({error}); pack it again.") from error
    table = READERS[suffix](path, content, encoding)
    if not table.rows:
        raise ValueError(f"{path} has columns but no rows; there is nothing to learn from.")
    return table, content


def _suffix(path: Path) -> str:
    """Return the kind of a file: `.csv` for `posts.CSV` and for `posts.csv.gz`."""
    suffix = path.suffix.lower()
    return path.with_suffix("").suffix.lower() if suffix == ".gz" else suffix


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
    parts = []
    for row, value in zip(table.rows, table.values(split), strict=True):
        name = str(value).strip().lower()
        if name not in SPLITS:
            raise ValueError(
                f"{path}, row {row}: {unknown('split name', value, SPLITS)} "
                f"Write one of them in the column {split!r}, or rename a column that means "
                "something else."
            )
        parts.append(SPLITS[name])
    for needed in ("train", "test"):
        if needed not in parts:
            raise ValueError(
                f"{path}: the column {split!r} names {', '.join(sorted(set(parts)))}, but no row "
                f"for {needed}; mark some rows {needed!r}, or take the column out."
            )
    names = np.array(parts)
    return {name: whole.take(names == name) for name in dict.fromkeys(parts)}


def _texts(path: Path, table: Table, column: str) -> list[str]:
    """Return the texts; empty ones are dropped later."""
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
    """Return the labels as names of classes."""
    names = []
    for row, label in zip(table.rows, table.values(column), strict=True):
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
    # In a column of numbers "1" and "1.0" are the same class, written by two programs.
    spelt = [re.fullmatch(r"([+-]?\d+)(\.0+)?", name) for name in names]
    if len({bool(match[2]) if match else None for match in spelt}) == 2 and None not in spelt:
        return [match[1] for match in spelt if match]
    return names


def _classes(path: Path, table: Table, names: list[str], column: str) -> tuple[str, ...]:
    """Return the names of the classes in order: integers by value, other names alphabetically."""
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
    return value is None or (isinstance(value, float) and math.isnan(value))


def _unlabelled(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip() or value.strip().lower() in MISSING
    return _missing(value)


def _number(name: str) -> decimal.Decimal | None:
    """Return the exact number that a string spells, or None."""
    try:
        number = decimal.Decimal(name)
    except decimal.InvalidOperation:
        return None
    return number if number.is_finite() else None


def _decode(path: Path, content: bytes, encoding: str | None, hint: str = WINDOWS) -> str:
    """Decode a text file: UTF-8, UTF-16 with a byte order mark, or the given encoding."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    name = encoding or ("utf-16" if wide else "utf-8-sig")
    try:
        characters = content.decode("utf-8-sig" if codecs.lookup(name).name == "utf-8" else name)
    except LookupError:
        raise ValueError(
            f"unknown encoding {name!r}; Python knows utf-8, utf-16, latin-1, cp1252 and others."
        ) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}, byte {error.start}: 0x{content[error.start]:02x} is not "
            f"{encoding or 'UTF-8'}; save the file as UTF-8{'' if encoding else hint}."
        ) from error
    fault = characters.find("\0")
    if fault >= 0:
        before = len(characters[:fault].encode())
        raise ValueError(
            f"{path}, line {characters[:fault].count(chr(10)) + 1}, byte {before}: a zero byte, so "
            "this is no text; save the file as UTF-8."
        )
    return characters


SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def _separated(path: Path, content: bytes, encoding: str | None, usual: str = ",") -> Table:
    # The module's default limit, 131,072 characters per field, is too low for long texts.
    csv.field_size_limit(2**31 - 1)
    characters = _decode(path, content, encoding)
    header = next((line for line in characters.splitlines() if line.strip()), "")
    header = re.sub(r'"[^"]*"', "", header)  # a name in quotes may hold any sign
    # If the usual separator is not in the header, use the most frequent candidate.
    separator = usual if usual in header else max(SIGNS, key=header.count)
    separator = separator if separator in header else usual
    notes = (f"separated by {SIGNS[separator]}",) if separator != usual else ()
    reader = csv.reader(io.StringIO(characters, newline=""), delimiter=separator, strict=True)
    row, records = 0, []
    try:
        for row, cells in enumerate(reader, start=1):
            if any(cells):  # not an empty line, often the last
                records.append((row, cells))
    except csv.Error as error:
        raise ValueError(
            f"{path}, row {row + 1}: {error}; close each quote, and write a quote inside a "
            'quoted text twice ("").'
        ) from error
    columns = [name.strip() for _, names in records[:1] for name in names]
    del records[:1]
    for row, cells in records:
        if len(cells) != len(columns):
            raise ValueError(
                f"{path}, row {row}: {len(cells)} cells, but the header has {len(columns)}; put a "
                "text that holds the separator or a line break in quotes."
            )
    rows = [row for row, _ in records]
    return Table(columns, rows, lambda name: [c[columns.index(name)] for _, c in records], notes)


def _of_objects(rows: list[int], objects: list[dict]) -> Table:
    columns = list(dict.fromkeys(name for item in objects for name in item))
    return Table(columns, rows, lambda name: [item.get(name) for item in objects])


def _json(path: Path, content: bytes, encoding: str | None) -> Table:
    text = _decode(path, content, encoding)
    try:
        objects = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path} is not JSON ({error}); a file with one object a line is called .jsonl."
        ) from error
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        raise ValueError(
            f'{path} is no list of objects, as in [{{"text": "...", "label": "..."}}].'
        )
    return _of_objects(list(range(1, len(objects) + 1)), objects)


def _excel(path: Path, content: bytes, encoding: str | None) -> Table:
    import zipfile

    import pandas as pd

    try:
        # As in a CSV file, "NA" and "None" are words; an empty cell is empty.
        exactly = {"dtype": object, "keep_default_na": False, "na_values": [""]}
        sheets = pd.read_excel(io.BytesIO(content), sheet_name=None, **exactly)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} is no Excel workbook ({error}); save it as .xlsx or as CSV."
        ) from error
    (name, frame), *others = sheets.items()
    notes = (f"the sheet {name!r} is read, the first of {len(sheets)}",) if others else ()
    frame.columns = [str(column).strip() for column in frame.columns]
    rows = list(range(2, len(frame) + 2))
    return Table(list(frame.columns), rows, lambda column: frame[column].tolist(), notes)


def _jsonl(path: Path, content: bytes, encoding: str | None) -> Table:
    objects = {}
    for row, line in enumerate(_decode(path, content, encoding).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            objects[row] = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{path}, row {row}: this line is not JSON ({error}); write one object a line."
            ) from error
        if not isinstance(objects[row], dict):
            raise ValueError(
                f"{path}, row {row}: {line.strip()[:40]!r} is not an object; write a line as in "
                '{"text": "...", "label": "..."}.'
            )
    return _of_objects([*objects], [*objects.values()])


def _parquet(path: Path, content: bytes, encoding: str | None) -> Table:
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


READERS: dict[str, Callable[[Path, bytes, str | None], Table]] = {
    ".csv": _separated,
    ".tsv": functools.partial(_separated, usual="\t"),
    ".json": _json,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".xlsx": _excel,
}
