"""Records of trials, one JSON line each, in a file that survives interruptions."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Fields of every record, and their types.
FIELDS: dict[str, Any] = {
    "key": str,
    "status": str,
    "reason": str | None,
    "data": str,
    "model": str,
    "seconds": int | float,
}


class Runs:
    """The records of one comparison: `runs/NAME/trials.jsonl`.

    A record is appended as one line and flushed to the disk. A line that was truncated by a crash
    or a full disk is removed when the file is opened next, and its trial runs again. The same holds
    for any other line that cannot be read or lacks a field.

    Args:
        folder: folder of the comparison; created if it does not exist.
        fields: additional fields of every record, with their types.
        results: additional fields of every finished trial, with their types.

    Attributes:
        repaired: number of lines that could not be read.

    Raises:
        RuntimeError: while another process writes to the same folder.
    """

    def __init__(
        self, folder: Path, fields: Mapping[str, Any] = {}, results: Mapping[str, Any] = {}
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / "trials.jsonl"
        # Unbuffered: data that a full disk refuses would stay in a buffer, and be written by a
        # later close.
        self._file = open(self.path, "a+b", buffering=0)  # noqa: SIM115, it stays open and locked
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise RuntimeError(
                f"{self.path} is being written by another process; wait for it to end, or choose "
                "another --name."
            ) from None
        self._fields, self._results = FIELDS | dict(fields), dict(results)
        self.repaired = 0
        self._records = self._read()

    def _read(self) -> dict[str, dict]:
        self._file.seek(0)
        written = self._file.readall()
        end = written.rfind(b"\n") + 1
        if end < len(written):  # the last line is truncated
            self._file.truncate(end)
            self.repaired += 1
        records = {}
        for line in written[:end].splitlines():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):  # RecursionError: brackets nested thousands deep
                record = None
            if self._whole(record):
                records[record["key"]] = record
            else:
                self.repaired += 1
        return records

    def _whole(self, record) -> bool:
        """Return whether a line is a record with all its fields."""
        if not isinstance(record, dict):
            return False
        fields = self._fields | (self._results if record.get("status") == "done" else {})
        return all(name in record and isinstance(record[name], fields[name]) for name in fields)

    def append(self, record: dict) -> None:
        """Append a record; it replaces earlier records with the same key.

        Raises:
            OSError: if the line cannot be written, as on a full disk; nothing of it remains.
        """
        line = json.dumps(record, allow_nan=True).encode() + b"\n"
        start = self._file.seek(0, os.SEEK_END)
        try:
            while line:  # a nearly full disk may write only a part
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(start)
            raise OSError(
                error.errno,
                f"{error.strerror}; the {len(self._records)} records before are whole, and the "
                "same command goes on from there once there is room",
                str(self.path),
            ) from error
        self._records[record["key"]] = record

    def done(self, key: str) -> bool:
        """Return whether a trial is finished; a failed trial runs again."""
        return self._records.get(key, {}).get("status") == "done"

    def records(self, keys=None) -> list[dict]:
        """Return all records, or those of some trials, in their order."""
        wanted = self._records if keys is None else keys
        return [self._records[key] for key in wanted if key in self._records]

    def close(self) -> None:
        """Close the file and release its lock."""
        self._file.close()

    def __enter__(self) -> "Runs":
        return self

    def __exit__(self, *_) -> None:
        self.close()
