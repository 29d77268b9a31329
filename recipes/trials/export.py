"""The versions of a saved model, `NAME/VERSION`, and what its card says."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path


def next_version(folder: Path) -> Path:
    """Return the folder of a model's next version, `NAME/VERSION`, that is not there yet."""
    latest = versions(folder)[-1:]
    return folder / str(1 + max((int(path.name) for path in latest), default=0))


def versions(folder: Path) -> list[Path]:
    """Return the folders of a model's versions, the latest last."""
    # ASCII: "²" is a digit too, but no number.
    found = [path for path in folder.glob("*") if path.name.isascii() and path.name.isdecimal()]
    return sorted((path for path in found if path.is_dir()), key=lambda path: int(path.name))


def card(folder: Path) -> dict:
    """Return what a model's `card.json` says; nothing where there is none.

    Raises:
        ValueError: if it is not a JSON object.
    """
    file = folder / "card.json"
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not JSON ({error}); write the model again.") from None
    if not isinstance(found, dict):
        raise ValueError(
            f"{file} holds a JSON {type(found).__name__} where an object is expected; write the "
            "model again."
        )
    return found


@contextlib.contextmanager
def whole(version: Path) -> Iterator[Path]:
    """Give a folder to write into, which becomes the version when all of it is there."""
    unfinished = version.with_name(f"{version.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    yield unfinished
    unfinished.rename(version)
