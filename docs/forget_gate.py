"""The picture of the README: a trained LSTM's forget gate over a sentence.

    python docs/forget_gate.py "the acting is wooden , but the ending is wonderful ."

Trains `recipes.classify_text` on Rotten Tomatoes sentences, 20 seconds of CPU time on two cores.
"""

import sys
from pathlib import Path

import keras
import numpy as np

import keras_gated
from keras_gated.inspection import plots
from recipes import classify_text

SENTENCE = "it starts as a tired comedy , but the ending is honest , warm and quite wonderful ."


def main(sentence: str) -> None:
    """Train, trace and draw."""
    keras.utils.set_random_seed(0)
    sets, classes = classify_text.load("embedded_rotten_tomatoes", "text", "label", 0)
    vectorize = classify_text.vectorizer(sets[0][0], 60)
    training, valid, test = [(vectorize(list(texts)), labels) for texts, labels in sets]
    cell = keras_gated.LSTM(24, name="reader")
    model = classify_text.build(cell, len(classes), vectorize.vocabulary_size())
    classify_text.train(model, *training, 3, validation_data=valid, epochs=20, verbose=0)
    accuracy = model.evaluate(*test, return_dict=True, verbose=0)["accuracy"]

    words = sentence.split()
    numbers = np.asarray(vectorize([sentence]))[:, :60]
    record = keras_gated.trace(model, numbers)["reader"]
    known = [w for w in words if w.strip(".,")]
    labels = [*known, *[""] * (60 - len(known))]
    gate = record.gates["forget"][record.seen]
    # The gate hardly moves, so colours span its values and not 0 to 1.
    limits = (float(gate.min()), float(gate.max()))
    figure = plots.heat_map(record, "forget", labels, limits=limits)
    figure.savefig(Path(__file__).parent / "forget_gate.svg", facecolor="white")
    (probabilities,) = np.asarray(model.predict(numbers, verbose=0))
    print(
        f"test accuracy {accuracy:.3f}; {dict(zip(classes, probabilities.round(2), strict=True))}"
    )


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or SENTENCE)
