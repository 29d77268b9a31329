"""Writing a trained classifier so that it can be served: strings in, probabilities out."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import keras
import tensorflow as tf


def write(folder: Path, vectorizer, model: keras.Model, classes: tuple[str, ...]) -> None:
    """Write a SavedModel into `folder`, and `model.keras` beside its files.

    The SavedModel's signature `serving_default` takes `text`, strings of shape `(batch,)`, and
    gives `probabilities` of shape `(batch, classes)` and `label`, the likeliest class's name, of
    shape `(batch,)`. It holds TensorFlow operations only: neither Keras nor this package is
    needed to serve it.

    Args:
        folder: folder to be written; made if it is not there.
        vectorizer: the layer from strings to word numbers.
        model: the classifier from word numbers to probabilities.
        classes: names of the classes.
    """
    whole = from_strings(vectorizer, model)
    names = tf.constant(list(classes))

    def serve(text):
        probabilities = whole(text, training=False)
        return {
            "probabilities": probabilities,
            "label": tf.gather(names, tf.argmax(probabilities, axis=-1)),
        }

    archive = keras.export.ExportArchive()
    archive.track(whole)
    archive.add_endpoint(
        "serving_default", serve, input_signature=[tf.TensorSpec((None,), tf.string, name="text")]
    )
    archive.write_out(str(folder), verbose=False)
    whole.save(folder / "model.keras")


def from_strings(vectorizer, model: keras.Model) -> keras.Model:
    """Return the model from strings `(batch,)` to probabilities `(batch, classes)`."""
    text = keras.Input((), dtype="string", name="text")
    return keras.Model(text, model(vectorizer(text)), name=model.name)


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
