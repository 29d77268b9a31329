"""Results in a JSON file: rows by name, all from one machine and one set of versions."""

import json
import os
from pathlib import Path

from benchmarks import machine

DONE, FAILED, SKIPPED = "done", "failed", "skipped"
RESULTS = Path(__file__).parent / "results"


class Record:
    """The rows of one file, with the machine and versions.

    Rows of another machine or of other versions are not comparable with new ones. They are dropped
    when the first new row is written.

    Args:
        path: the JSON file; its folder is created.
        fresh: discard all recorded rows.
        about: machine and versions; determined by default.

    Attributes:
        skipped: names of the rows that were left out on purpose.
        dropped: number of recorded rows that are not comparable.
    """

    def __init__(self, path: Path, fresh: bool = False, about: dict | None = None):
        self.path = path
        self.about = about or {"machine": machine.machine(), "versions": machine.versions()}
        on_file = read(path) if path.exists() else {}
        rows = {row["name"]: row for row in on_file.get("rows", [])}
        same = not fresh and all(on_file.get(key) == value for key, value in self.about.items())
        self.rows: dict[str, dict] = rows if same else {}
        self.dropped = 0 if same else len(rows)
        self.skipped: list[str] = on_file.get("skipped", []) if same else []

    def done(self, name: str) -> bool:
        """Return whether a row is recorded and finished; a failed row is measured again."""
        return self.rows.get(name, {}).get("status") == DONE

    def add(self, row: dict) -> None:
        """Add a row, or replace the one with the same name, and write the file."""
        self.rows[row["name"]] = row
        self.write()

    def write(self) -> None:
        """Write the file atomically."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = {
            "command": machine.command(),
            "commit": machine.commit(),
            **self.about,
            "skipped": self.skipped,
            "rows": list(self.rows.values()),
        }
        beside = self.path.with_suffix(".tmp")
        beside.write_text(json.dumps(whole, indent=1) + "\n")
        os.replace(beside, self.path)


def read(path: Path) -> dict:
    """Return the recorded data.

    Raises:
        ValueError: if it is not a record.
    """
    try:
        record = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is not a record of this benchmark: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("rows"), list):
        raise ValueError(f"{path} is not a record of this benchmark: it has no rows")
    return record
