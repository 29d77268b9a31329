"""Records of trials, one JSON line each, in a file that survives interruptions."""

import fcntl
import json
import os
from collections.abc import Callable, Mapping
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
    or a full disk is removed when the file is opened next, and its trial runs again. Any other line
    that cannot be read, lacks a field or has an impossible value is ignored, and its trial runs
    again.

    Args:
        folder: folder of the comparison; created if it does not exist.
        fields: additional fields of every record, with their types.
        results: additional fields of every finished trial, with their types.
        possible: returns whether the values of a finished trial, which has these fields, are
            possible.
        option: option of the command line that chooses another folder, for the error message.

    Attributes:
        ignored: number of lines that could not be read.

    Raises:
        RuntimeError: while another process writes to the same folder.
    """

    def __init__(
        self,
        folder: Path,
        fields: Mapping[str, Any] = {},
        results: Mapping[str, Any] = {},
        possible: Callable[[dict], bool] = lambda record: True,
        option: str = "--name",
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
                f"another {option}."
            ) from None
        self._fields, self._results = FIELDS | dict(fields), dict(results)
        self._possible = possible
        self.ignored = 0
        self._records = self._read()

    def _read(self) -> dict[str, dict]:
        self._file.seek(0)
        written = self._file.readall()
        end = written.rfind(b"\n") + 1
        if end < len(written):  # the last line is truncated
            self._file.truncate(end)
            self.ignored += 1
        records = {}
        for line in written[:end].splitlines():
            record = self.record(line)
            if record is None:
                self.ignored += 1
            else:
                records[record["key"]] = record
        return records

    def record(self, line: bytes) -> dict | None:
        """Return the record in a line; None if there is none with all its fields."""
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):  # RecursionError: brackets nested thousands deep
            return None
        if not isinstance(record, dict) or record.get("status") not in ("done", "failed"):
            return None
        done = record["status"] == "done"
        fields = self._fields | (self._results if done else {})
        if not all(isinstance(record.get(name, ...), fields[name]) for name in fields):
            return None
        return record if not done or self._possible(record) else None

    def append(self, *records: dict) -> None:
        """Append records, which replace earlier ones with the same key, in one write.

        Raises:
            OSError: if they cannot be written, as on a full disk; nothing of them remains.
        """
        line = "".join(json.dumps(record, allow_nan=True) + "\n" for record in records).encode()
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
        self._records |= {record["key"]: record for record in records}

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
