"""The record of a trial: one JSON line with its settings, versions, result and cost."""

import dataclasses
import datetime
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recipes.sweeps import checkout, interrupts

NAMED = ("data", "model", "arm", "size", "seed", "units")  # identify a trial


def key(settings: dict[str, Any]) -> str:
    """Return the key of a trial: the same settings give the same key in every process.

    If a setting names a file, its content is part of the key: a changed file is another trial.
    """
    for name in settings.keys() & {"data", "filler"}:
        if content := _content(settings[name]):
            settings = settings | {f"{name} holds": content}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def cached(maxsize: int) -> Callable[[Callable], Callable]:
    """Cache the results of a function whose first argument names a data set or a file.

    They are forgotten when the content of the file changes: its trials have other keys then.
    """

    def decorated(function: Callable) -> Callable:
        @functools.lru_cache(maxsize=maxsize)
        def of_content(content: str | None, *arguments):
            return function(*arguments)

        @functools.wraps(function)
        def called(name: str, *arguments):
            return of_content(_content(name), name, *arguments)

        called.cache_clear = of_content.cache_clear  # type: ignore[attr-defined]
        return called

    return decorated


def _content(name: str) -> str | None:
    """Return the digest of a file, or None for the name of a data set."""
    path = Path(name).expanduser()
    if not path.is_file():
        return None
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache
def _digest(path: Path, size: int, changed: int) -> str:
    """Return the digest of a file, cached until its size or modification time changes."""
    del size, changed
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown(data: str) -> str:
    """Return the display name of a data set; for a file its name without the folder.

    >>> shown("runs/posts/texts-0a1b/posts.csv.parquet"), shown("glue/sst2")
    ('posts.csv', 'glue/sst2')
    """
    return Path(data).name.removesuffix(".parquet") if Path(data).suffix else data


def made(trial, work: Callable[[], dict]) -> dict:
    """Run a trial and return its record. An exception becomes a failed record."""
    started, key = time.perf_counter(), trial.key  # of the file as it is before it is read
    forget_peak()
    result = outcome(work) | {"peak_memory_mb": peak()}
    return line(trial, result, time.perf_counter() - started) | {"key": key}


def outcome(work: Callable[[], dict]) -> dict:
    """Return the result and status of a trial; an exception in it must not end the others.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, whatever exception it caused.
    """
    try:
        return {"status": "done", "reason": None} | work()
    except Exception as error:
        interrupts.heed()
        return {"status": "failed", "reason": f"{type(error).__name__}: {error}"}


def line(trial, result: dict, seconds: float) -> dict:
    """Return the record of a trial, a dataclass with a `key` and the fields `NAMED`."""
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
        "machine": machine(),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def forget_peak() -> None:
    """Reset the peak memory (Linux only), since a process runs many trials."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak() -> int:
    """Return the peak memory of this process since `forget_peak`, in MB (10^6 bytes)."""
    try:
        status = Path("/proc/self/status").read_text()
        kilobytes = next(r.split()[1] for r in status.splitlines() if r.startswith("VmHWM"))
        return round(int(kilobytes) * 1024 / 1e6)
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(most * (1 if sys.platform == "darwin" else 1024) / 1e6)


@functools.lru_cache(maxsize=1)
def commit() -> str | None:
    """Return the commit of this checkout, followed by "+" if files outside of `docs` differ."""
    return checkout.commit("docs")


@functools.lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Return the versions of the software that a result may depend on."""
    packages = ("tensorflow", "keras", "tensorflow-datasets", "numpy", "scikit-learn")
    return {"python": platform.python_version()} | {
        package: importlib.metadata.version(package) for package in packages
    }


def machine() -> str:
    """Return a description of the machine."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
