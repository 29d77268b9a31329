"""The versions of a saved model, `NAME/VERSION`, and its card."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path


def next_version(folder: Path) -> Path:
    """Return the folder of a model's next version, `NAME/VERSION`; it does not exist yet."""
    latest = versions(folder)[-1:]
    return folder / str(1 + max((int(path.name) for path in latest), default=0))


def versions(folder: Path) -> list[Path]:
    """Return the folders of a model's versions, the latest last."""
    # ASCII only: "²" is a digit too, but not a number.
    folders = [path for path in folder.glob("*") if path.name.isascii() and path.name.isdecimal()]
    return sorted((path for path in folders if path.is_dir()), key=lambda path: int(path.name))


def card(folder: Path) -> dict:
    """Return the content of a model's `card.json`, or an empty dict if there is none.

    Raises:
        ValueError: if it is not a JSON object.
    """
    file = folder / "card.json"
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not JSON ({error}); write the model again.") from None
    if not isinstance(content, dict):
        raise ValueError(
            f"{file} holds a JSON {type(content).__name__} where an object is expected; write the "
            "model again."
        )
    return content


@contextlib.contextmanager
def whole(version: Path) -> Iterator[Path]:
    """Provide a temporary folder, which is renamed to the version when it is complete."""
    unfinished = version.with_name(f"{version.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    yield unfinished
    unfinished.rename(version)
