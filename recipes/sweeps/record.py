"""What is kept of a trial: one JSON line with all that its result depends on, and what it cost."""

import dataclasses
import datetime
import functools
import hashlib
import importlib.metadata
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recipes.sweeps import interrupts

NAMED = ("data", "model", "arm", "size", "seed", "units")  # what tells trials apart, in every line


def key(settings: dict[str, Any]) -> str:
    """Return the name of a trial: the same settings give the same one, in every process.

    Where one of them names a file, what the file holds counts too: changed, it is another one.
    """
    for name in settings.keys() & {"data", "filler"}:
        path = Path(settings[name]).expanduser()
        if path.is_file():
            told = path.stat()
            settings = settings | {f"{name} holds": _digest(path, told.st_size, told.st_mtime_ns)}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


@functools.lru_cache
def _digest(path: Path, size: int, changed: int) -> str:
    """Return the digest of a file; its size and time of change tell when to read it anew."""
    del size, changed
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown(data: str) -> str:
    """Return what a display calls a data set: of a file its name, without its folder.

    >>> shown("runs/posts/texts-0a1b/posts.csv.parquet"), shown("glue/sst2")
    ('posts.csv', 'glue/sst2')
    """
    return Path(data).name.removesuffix(".parquet") if Path(data).suffix else data


def made(trial, work: Callable[[], dict]) -> dict:
    """Do the work of a trial and return its line. Whatever goes wrong in it is a failed one."""
    started = time.perf_counter()
    forget_peak()
    result = outcome(work) | {"peak_memory_mb": peak()}
    return line(trial, result, time.perf_counter() - started)


def outcome(work: Callable[[], dict]) -> dict:
    """Return what a trial's work gave, and its status; one trial's fault must not end the others.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, whatever error it came out as.
    """
    try:
        return {"status": "done", "reason": None} | work()
    except Exception as error:
        interrupts.heed()
        return {"status": "failed", "reason": f"{type(error).__name__}: {error}"}


def line(trial, result: dict, seconds: float) -> dict:
    """Return the line that is kept of a trial, a dataclass with a `key` and the fields `NAMED`."""
    settings = dataclasses.asdict(trial)
    named = {name: settings.pop(name) for name in NAMED}
    return {
        "key": trial.key,
        **named,
        **result,
        "seconds": round(seconds, 2),
        "settings": settings,
        "commit": commit(),
        "versions": versions(),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def forget_peak() -> None:
    """Let the peak start anew, where the system can (Linux): a process runs trial after trial."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak() -> int:
    """Return the most memory this process held since `forget_peak`, in MB (10^6 bytes)."""
    try:
        status = Path("/proc/self/status").read_text()
        kilobytes = next(r.split()[1] for r in status.splitlines() if r.startswith("VmHWM"))
        return round(int(kilobytes) * 1024 / 1e6)
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(most * (1 if sys.platform == "darwin" else 1024) / 1e6)


@functools.lru_cache(maxsize=1)
def commit() -> str | None:
    """Return the commit of this checkout, "+" behind it where files differ, or None."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


@functools.lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return the versions of what a result may depend on."""
    packages = ("tensorflow", "keras", "tensorflow-datasets", "numpy", "scikit-learn")
    return {"python": platform.python_version()} | {
        package: importlib.metadata.version(package) for package in packages
    }
