"""The machine and the versions: numbers are comparable only if both are the same."""

import ast
import hashlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path

import keras_gated
from recipes.sweeps import checkout


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> dict:
    """Return the model of the CPU, the number of usable cores, and the operating system."""
    return {"cpu": _cpu(), "cores": cores(), "system": f"{platform.system()} {platform.machine()}"}


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    fields = dict(part for line in lines if len(part := line.split(":", 1)) == 2)
    values = {key.strip(): value.strip() for key, value in fields.items()}
    # Many CPUs are called "AMD EPYC"; family and model distinguish them.
    family = [f"{key} {values[key]}" for key in ("cpu family", "model") if key in values]
    return ", ".join([values.get("model name", "unknown"), *family])


def versions() -> dict[str, str]:
    """Return the versions that a time may depend on; `code` is that of the library's sources.

    `code` is a digest of the syntax trees, which comments and line breaks do not change.
    """
    packages = ("tensorflow", "keras", "numpy")
    return {
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in packages},
        "keras_gated": keras_gated.__version__,
        "code": _digest(Path(keras_gated.__file__).parent),
    }


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(
            f"{path.relative_to(folder)}\n{ast.dump(ast.parse(path.read_text()))}".encode()
        )
    return digest.hexdigest()[:12]


def commit() -> str | None:
    """Return the commit of this checkout, followed by "+" if files but the results differ."""
    return checkout.commit("benchmarks/results")


def command() -> str:
    """Return the command that started this process, without absolute paths."""
    program = Path(sys.argv[0]).stem
    program = Path(sys.argv[0]).parent.name if program == "__main__" else program
    words = (word.split("=", 1) for word in sys.argv[1:])
    arguments = (
        "=".join(Path(part).name if os.path.isabs(part) else part for part in w) for w in words
    )
    return " ".join(["python -m", f"benchmarks.{program}", *arguments])
