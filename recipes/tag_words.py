"""Train a tagger: one label for each word of a sentence. Copy this file and change the data.

    python tag_words.py --data tagged.txt --bidirectional    # one word and its tag per line
    python tag_words.py --data english.conllu                # words and their UPOS tags
    python tag_words.py --data conll2003 --words tokens --tags ner    # TensorFlow Datasets
    python -m recipes.tag_words --data brown    # in a clone of keras_gated, with npm

Needs keras_gated, tensorflow and pandas; writes a SavedModel to `saved_models/NAME/VERSION/`. If
the program is killed, the same command resumes after the last finished epoch.
"""

import argparse
import itertools
import random
import re
import shutil
import sys
import zlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd


def arguments(argv=None):
    """Return the options, with the data as `sets` and `classes`."""
    parser = argparse.ArgumentParser("tag_words", description=__doc__.splitlines()[0])
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    add = parser.add_argument
    add(
        "--data",
        default="brown",
        help="file: word first and tag last in a line; .conllu; or a name",
    )
    add("--words", default="tokens", help="feature of a data set that holds the words")
    add("--tags", default="pos", help="feature of a data set that holds the tags")
    add("--cell", default="gru", help="lstm, rg_lru, ..., or module:Class for your own")
    add("--units", type=int, default=64, help="size of each cell")
    add("--layers", type=int, default=1, help="number of stacked recurrent layers")
    add("--bidirectional", action="store_true", help="read the words after each word too")
    add("--tokens", type=int, default=100, help="words read of each sentence")
    add("--epochs", type=int, default=20, help="at most; training stops early")
    add("--seed", type=int, default=0, help="of weights, order, dropout and a file's split")
    add("--tensorboard", help="folder for TensorBoard's logs")
    add("--name", help="of the model")
    args = parser.parse_args(argv)
    name = args.name or f"{Path(args.data).stem}_{args.cell}"
    args.name = re.sub(r"[^\w. -]", "_", name).strip(". ")[:100] or "model"
    cell = args.cell.lower().replace("_", "").replace("-", "").removesuffix("cell")
    cells = Path(find_spec("keras_gated").origin).parent.glob("cells/[a-z]*.py")
    known = {file.stem.replace("_", ""): file.stem for file in cells}
    if ":" not in cell and cell not in known:
        names = ", ".join(sorted(known.values()))
        parser.error(f"--cell {args.cell}: expected module:Class or one of {names}")
    for option in ("units", "layers", "tokens", "epochs"):
        if (number := getattr(args, option)) < 1:
            parser.error(f"--{option} must be 1 or more; received {number}")
    if not 0 <= args.seed < 2**32:
        parser.error(f"--seed must be from 0 to 2**32 - 1; received {args.seed}")
    if args.tensorboard and not find_spec("tensorboard"):
        parser.error("--tensorboard needs TensorBoard: pip install tensorboard")
    try:
        args.sets, args.classes = load(args.data, args.words, args.tags, args.seed)
    except ImportError as error:
        parser.error(f"--data {args.data}: {error}. Pass a file, or see the top of this file")
    except (OSError, ValueError, RuntimeError) as error:
        parser.error(f"--data {args.data}: {error}")
    return args


def load(data, words, tags, seed):
    """Return `(sentences, tags)` for training, validation and test, and the names of the tags.

    A sentence is a string of words separated by spaces; its tags are a list of integers.
    """
    if data == "brown":
        from recipes.data import brown  # in a clone of keras_gated

        corpus = brown.load()
        return [
            (s.texts, s.labels) for s in (corpus.train, corpus.valid, corpus.test)
        ], corpus.classes
    if Path(data).is_dir() and Path(data).name != data:  # as glue is the name of a data set
        raise ValueError("is a folder; name a file in it")
    if not Path(data).suffix and not Path(data).is_file():
        import tensorflow_datasets as tfds

        sets, info = tfds.load(data, split=["train[:90%]", "train[90%:]", "test"], with_info=True)
        if missing := {words, tags} - {*info.features}:
            known = ", ".join(info.features)
            raise ValueError(f"no feature {missing.pop()!r}; --words and --tags: {known}")
        if not hasattr(getattr(info.features[tags], "feature", None), "names"):
            raise ValueError(f"--tags {tags} is no feature of one tag for each word")
        rows = [[(r[words], r[tags]) for r in tfds.as_numpy(part)] for part in sets]
        sets = [([sentence(w) for w, _ in part], [t for _, t in part]) for part in rows]
        return sets, info.features[tags].feature.names
    text = Path(data).read_text("utf-8-sig").strip()
    if Path(data).suffix == ".conllu":  # ten columns: the word is the second, its tag the fourth
        text = re.sub(r"(?m)^(#|\d+[-.]).*\n?", "", text)  # comments, and parts of words
        text = re.sub(r"(?m)^\d+\t([^\t]*)\t[^\t]*\t([^\t]*).*", r"\1\t\2", text).strip()
    gap = re.compile("\t" if "\t" in text else " +")
    blocks = [
        [gap.split(line.strip(" \r")) for line in block.split("\n")]
        for block in re.split(r"\n\s*\n", text)
    ]
    for line in (line for block in blocks for line in block):
        if len(line) < 2 or not line[0].strip() or not line[-1].strip():
            raise ValueError(f"expected a word and its tag in each line; one holds {line}")
    columns = {len(line): line for block in blocks for line in block}
    if len(columns) > 1:
        raise ValueError(f"lines have different numbers of columns, as {[*columns.values()][:2]}")
    classes = sorted({line[-1] for block in blocks for line in block})
    if len(blocks) < 10 or len(classes) < 2:
        raise ValueError(
            f"{len(blocks)} sentences with {len(classes)} different tags are too few; "
            "an empty line ends a sentence"
        )
    numbers = {tag: number for number, tag in enumerate(classes)}
    rows = [(sentence(line[0] for line in b), [numbers[line[-1]] for line in b]) for b in blocks]
    random.Random(seed).shuffle(rows)
    ends = [0, len(rows) * 8 // 10, len(rows) * 9 // 10, len(rows)]
    return [tuple(zip(*rows[a:b], strict=True)) for a, b in itertools.pairwise(ends)], classes


def sentence(words):
    """Return words as one string, in which a space ends a word; one may hold a space: 10 000."""
    texts = [word.decode() if isinstance(word, bytes) else word for word in words]
    return " ".join("_".join(text.split()) or "_" for text in texts)


if __name__ == "__main__":
    ARGS = arguments()  # errors are reported before TensorFlow is imported, which takes seconds

import keras
import tensorflow as tf

import keras_gated


def vectorizer(texts, tokens, vocabulary=10_000):
    """Return the layer from sentences to token ids: 0 is padding, 1 an unknown word."""
    options = {"standardize": "lower", "output_sequence_length": tokens}
    layer = keras.layers.TextVectorization(vocabulary + 2, **options)
    layer.adapt(list(texts))
    words = layer.get_vocabulary(include_special_tokens=False)
    return keras.layers.TextVectorization(vocabulary=words, **options)


def batches(words, tags, batch=32, seed=None):
    """Return batches of words, tags and weights; a weight is 1 for a word and 0 for padding.

    With a seed the batches are for training: they are shuffled in each epoch, and words that occur
    once in the sentences are replaced by the unknown word half of the time, which trains its
    vector.
    """
    padded, weights = np.zeros_like(words), np.zeros(words.shape, "float32")
    for row, labels in enumerate(tags):
        padded[row, : len(labels)], weights[row, : len(labels)] = labels[: words.shape[1]], 1
    rows = tf.data.Dataset.from_tensor_slices((words, padded, weights))
    if seed is None:
        return rows.batch(batch).prefetch(tf.data.AUTOTUNE)
    once = np.bincount(words.ravel()) == 1

    def forget(words, tags, weights):
        half = tf.random.uniform(tf.shape(words), seed=seed) < 0.5
        return tf.where(tf.gather(once, words) & half, 1, words), tags, weights

    rows = rows.shuffle(len(tags), seed).batch(batch, drop_remainder=len(tags) >= batch)
    return rows.map(forget).prefetch(tf.data.AUTOTUNE)


def build(layers, classes, vocabulary, embedding=64, dropout=0.3):
    """Return the model from token ids `(batch, words)` to `(batch, words, classes)`."""
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(vocabulary, embedding, mask_zero=True),
            *layers,
            keras.layers.Dropout(dropout),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


def train(model, rows, patience=5, callbacks=(), rate=2e-3, compiling=(), **fitting):
    """Train until the validation accuracy stops improving, and restore the best weights."""
    loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
    model.compile(keras.optimizers.Adam(rate), loss, weighted_metrics=metrics, **dict(compiling))
    stop = keras.callbacks.EarlyStopping("val_accuracy", 0, patience, restore_best_weights=True)
    return model.fit(rows, callbacks=[*callbacks, stop], **fitting)


def export(folder, vectorize, model, classes):
    """Write a SavedModel from `text` to `tags`, `probabilities`, `classes`, and model.keras."""
    text = keras.Input((), dtype="string", name="text")
    words = vectorize(text)
    probabilities = model(words)
    names = keras.layers.StringLookup(
        vocabulary=list(classes), num_oov_indices=0, invert=True, mask_token="", oov_token=" "
    )
    best = keras.ops.argmax(probabilities, axis=-1) + 1  # 0 is "", for padding
    tags = names(keras.ops.where(keras.ops.equal(words, 0), 0, best))
    numbers = keras.ops.cumsum(keras.ops.ones_like(probabilities[:, 0], "int32"), axis=-1)
    served = {"tags": tags, "probabilities": probabilities, "classes": names(numbers)}
    keras.Model(text, served).export(folder, verbose=False)
    keras.Model(text, probabilities).save(folder / "model.keras")


def main(args):
    """Train, evaluate and export a model."""
    try:
        cell = keras_gated.get(args.cell)
    except ValueError as error:  # a cell of one's own can be wrong
        sys.exit(f"--cell {args.cell}: {error}")
    keras.utils.set_random_seed(args.seed)
    vectorize = vectorizer(args.sets[0][0], args.tokens)
    sets = [(np.asarray(vectorize(list(texts)), "int32"), tags) for texts, tags in args.sets]
    training, valid, test = sets
    layers = []
    for _ in range(args.layers):
        layer = cell(args.units, return_sequences=True)
        layers.append(keras.layers.Bidirectional(layer) if args.bidirectional else layer)
    model = build(layers, len(args.classes), vectorize.vocabulary_size())

    contents = [[list(column) for column in part] for part in args.sets]
    settings = repr(vars(args) | {"sets": contents}) + Path(__file__).read_text("utf-8")
    number = zlib.crc32(settings.encode())  # after a change, training starts from scratch
    work = Path("saved_models", args.name, f"unfinished_{number:x}")
    log, weights = work / "epochs.csv", str(work / "epoch_{epoch}.weights.h5")
    ended = work / "ended"  # is there when training has ended
    # Before the second epoch ends, backups may be incomplete.
    if ended.exists() or (log.exists() and log.read_text().count("\n") >= 3):
        print("continuing after the last finished epoch")
    else:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
    callbacks = [
        keras.callbacks.ModelCheckpoint(weights, save_weights_only=True),
        keras.callbacks.CSVLogger(log, append=True),
        keras.callbacks.BackupAndRestore(work / "backup", double_checkpoint=True),
        *([keras.callbacks.TensorBoard(args.tensorboard)] if args.tensorboard else []),
    ]
    fitting = {
        "epochs": 0 if ended.exists() else args.epochs,
        "verbose": 1 if sys.stdout.isatty() else 2,
        "shuffle": False,
    }
    rows = batches(*training, seed=args.seed)
    train(model, rows, 3, callbacks, validation_data=batches(*valid, 512), **fitting)
    ended.touch()
    epochs = pd.read_csv(log).drop_duplicates("epoch", keep="last")  # a killed epoch runs again
    best = epochs.sort_values(["val_accuracy", "val_loss"], ascending=[False, True]).epoch.iloc[0]
    model.load_weights(weights.format(epoch=best + 1))
    score = model.evaluate(batches(*test, 512), return_dict=True, verbose=0)
    print(f"test accuracy {score['accuracy']:.4f}, loss {score['loss']:.4f}")

    export(work, vectorize, model, args.classes)
    versions = {name: version(name) for name in ("keras", "keras_gated", "tensorflow")}
    sizes = [len(tags) for _, tags in args.sets]
    card = {"name": args.name, "command": sys.argv, "cell": args.cell, "classes": [*args.classes]}
    card |= {"versions": versions, "texts": sizes, **score}
    pd.Series(card).to_json(work / "card.json", indent=2)
    for file in (*work.glob("epoch_*"), ended):
        file.unlink()
    number = max((int(f.name) for f in work.parent.glob("*") if f.name.isdecimal()), default=0) + 1
    print(f"written: {work.rename(work.parent / str(number))}")


if __name__ == "__main__":
    try:
        main(ARGS)
    except OSError as error:
        sys.exit(f"{error}")  # such as a folder that cannot be written
    except KeyboardInterrupt:
        print("\ninterrupted; the same command continues, once two epochs have finished")
        sys.exit(130)
