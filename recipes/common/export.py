"""Writing a trained classifier so that it can be served: strings in, probabilities out."""

import contextlib
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
    versions = [int(path.name) for path in folder.glob("*") if path.name.isdigit()]
    return folder / str(max(versions, default=0) + 1)


@contextlib.contextmanager
def whole(version: Path) -> Iterator[Path]:
    """Give a folder to write into, which becomes the version when all of it is there."""
    unfinished = version.with_name(f"{version.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    yield unfinished
    unfinished.rename(version)
