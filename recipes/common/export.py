"""Writing a trained classifier so that it can be served: strings in, probabilities out."""

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
