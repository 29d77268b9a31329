"""Train a text classifier: a string in, a label out. Copy this file and change the data.

    python classify_text.py --data reviews.csv --text review --label stars
    python classify_text.py --data imdb_reviews --cell lstm    # TensorFlow Datasets, by name
    python -m recipes.classify_text --data embedded_imdb       # in a clone of keras_gated

Needs keras_gated, tensorflow and pandas; for a data set by name, tensorflow-datasets too. Writes a
SavedModel to `saved_models/NAME/VERSION/`. If the program is killed, the same command resumes after
the last finished epoch.
"""

import argparse
import csv
import json
import re
import shutil
import string
import sys
import zlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd


def arguments(argv=None):
    """Return the options, with the data as `sets` and `classes`."""
    parser = argparse.ArgumentParser("classify_text", description=__doc__.splitlines()[0])
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    add = parser.add_argument
    add("--data", default="embedded_imdb", help=".csv, .tsv, .jsonl or .parquet file, or a name")
    add("--text", default="text", help="column of the texts")
    add("--label", default="label", help="column of the labels")
    add("--cell", default="gru", help="lstm, rg_lru, ..., or module:Class for your own")
    add("--units", type=int, default=64, help="size of the cell")
    add("--tokens", type=int, default=250, help="words read of each text")
    add("--epochs", type=int, default=40, help="at most; training stops early")
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
    for option in ("units", "tokens", "epochs"):
        if (number := getattr(args, option)) < 1:
            parser.error(f"--{option} must be 1 or more; received {number}")
    if not 0 <= args.seed < 2**32:
        parser.error(f"--seed must be from 0 to 2**32 - 1; received {args.seed}")
    if args.tensorboard and not find_spec("tensorboard"):
        parser.error("--tensorboard needs TensorBoard: pip install tensorboard")
    try:
        args.sets, args.classes = load(args.data, args.text, args.label, args.seed)
    except ImportError as error:
        parser.error(f"--data {args.data}: {error}. Pass a file, or see the top of this file")
    except (OSError, ValueError) as error:
        parser.error(f"--data {args.data}: {error}")
    return args


def load(data, text, label, seed):
    """Return `(texts, labels)` of the training, validation and test set, and the class names."""
    if data.startswith("embedded_"):
        from recipes.data import texts  # in a clone of keras_gated

        corpus = texts.load(data)
        return [
            (s.texts, s.labels) for s in (corpus.train, corpus.valid, corpus.test)
        ], corpus.classes
    kind = Path(data).suffix.lower()
    is_name = not kind and not Path(data).is_file() and Path(data).name == data
    if Path(data).exists() and not is_name and kind not in (".csv", ".tsv", ".jsonl", ".parquet"):
        raise ValueError("expected a file that ends in .csv, .tsv, .jsonl or .parquet")
    if not kind:
        import tensorflow_datasets as tfds

        splits = ["train[:90%]", "train[90%:]", "test"]
        sets, info = tfds.load(data, split=splits, with_info=True)
        if missing := {text, label} - {*info.features}:
            known = ", ".join(info.features)
            raise ValueError(f"no feature {missing.pop()!r}; --text and --label: {known}")
        if not hasattr(info.features[label], "names"):
            raise ValueError(f"--label {label} is no feature of one class for each text")
        tables = [tfds.as_dataframe(part) for part in sets]
        return [(table[text], table[label]) for table in tables], info.features[label].names
    table = read(data, kind)
    if missing := {text, label} - {*table}:
        raise ValueError(
            f"no column {missing.pop()!r}; --text and --label: {', '.join(map(str, table))}"
        )
    table = table.loc[:, ~table.columns.duplicated()]
    rows = table[[text, label]].set_axis(["text", "label"], axis=1).dropna()
    rows["label"] = [  # 1.0 is 1: columns of numbers become floats where one is missing
        str(int(each)) if isinstance(each, float) and each.is_integer() else str(each).strip()
        for each in rows.label
    ]
    rows = rows.astype(str)
    rows = rows[(rows.text.str.strip() != "") & (rows.label != "")]
    # Texts that the model cannot tell apart are copies: in training and test they would be a leak.
    plain = rows.text.str.lower().str.translate(str.maketrans("", "", string.punctuation))
    rows = rows[~plain.str.split().str.join(" ").duplicated()]
    print(f"{len(rows):,} of {len(table):,} rows have a label and a text of their own")
    if rows.text.str.split().str.len().median() < 2:
        print("most texts hold no space: put spaces between words, also in Chinese or Japanese")
    rows = rows.sample(frac=1, random_state=seed)
    labels, classes = pd.factorize(rows.label, sort=True)
    if len(rows) < 10 or not 2 <= len(classes) <= len(rows) / 2:
        raise ValueError(f"{len(rows)} rows with {len(classes)} labels are too few, or no labels")
    cuts = [len(rows) * 8 // 10, len(rows) * 9 // 10]
    return [*zip(np.split(rows.text, cuts), np.split(labels, cuts), strict=True)], list(classes)


def read(path, kind):
    """Return the table in a file; names and numbers stay as they are written."""
    if kind in (".csv", ".tsv"):
        with open(path, encoding="utf-8-sig", newline="") as file:
            usual = "\t" if kind == ".tsv" else ","
            head = next((line for line in file if line.strip()), "")
            head = re.sub(r'"[^"]*"', "", head)  # a name in quotes may hold any mark
            mark = usual if usual in head else max(usual + ",;\t", key=head.count)
            file.seek(0)
            csv.field_size_limit(2**31 - 1)  # of a text; otherwise 131,072 characters
            reader = csv.reader(file, delimiter=mark, strict=True)
            try:
                lines = [line for line in reader if any(map(str.strip, line))]
            except csv.Error as error:
                raise ValueError(
                    f"line {reader.line_num}: {error}; write a quote within quotes twice"
                ) from error
        names = [name.strip() for name in next(iter(lines), [])]
        for line in (line for line in lines if len(line) != len(names)):
            raise ValueError(
                f"a row of {len(line)} cells under a header of {len(names)}; put each text in "
                f"quotes: {line!s:.80}"
            )
        return pd.DataFrame(lines[1:], columns=names)
    if kind == ".parquet":
        return pd.read_parquet(path, dtype_backend="numpy_nullable")
    objects = []
    with open(path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            try:
                objects += [json.loads(line)] if line.strip() else []
            except json.JSONDecodeError as error:
                raise ValueError(f"line {number} is no JSON: {error.msg}") from error
    if not all(isinstance(each, dict) for each in objects):
        raise ValueError('expected an object in each line, as {"text": "...", "label": "..."}')
    return pd.DataFrame(objects, dtype=object)


if __name__ == "__main__":
    ARGS = arguments()  # errors are reported before TensorFlow is imported, which takes seconds

import keras

import keras_gated


def vectorizer(texts, tokens, vocabulary=10_000, **options):
    """Return the layer from strings to token ids: 0 is padding, 1 an unknown word."""
    layer = keras.layers.TextVectorization(output_sequence_length=tokens, **options)
    layer.adapt(list(texts))
    words = layer.get_vocabulary(include_special_tokens=False)
    if len(words) > vocabulary:
        # Words that occur once are all dropped: a few of them would train the unknown word badly.
        counts = np.bincount(np.ravel(layer(list(texts))), minlength=len(words) + 2)[2:]
        words = [word for word, n in zip(words, counts, strict=True) if n > 1][:vocabulary]
    options |= {"output_sequence_length": tokens, "vocabulary": words}
    return keras.layers.TextVectorization(**options)


def build(layer, classes, vocabulary, embedding=64, dropout=0.3):
    """Return the model from token ids `(batch, words)` to probabilities `(batch, classes)`."""
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(vocabulary, embedding, mask_zero=True),
            layer,
            keras.layers.Dropout(dropout),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


def train(model, x, y=None, patience=10, callbacks=(), rate=2e-3, compiling=(), **fitting):
    """Train until the validation accuracy stops improving, and restore the best weights."""
    loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
    model.compile(keras.optimizers.Adam(rate), loss, metrics=metrics, **dict(compiling))
    stop = keras.callbacks.EarlyStopping("val_accuracy", 0, patience, restore_best_weights=True)
    return model.fit(x, y, callbacks=[*callbacks, stop], **fitting)


def export(folder, vectorize, model, classes):
    """Write a SavedModel from `text` to `probabilities`, `label` and `classes`, and model.keras."""
    text = keras.Input((), dtype="string", name="text")
    probabilities = model(vectorize(text))
    numbers = keras.ops.cumsum(keras.ops.ones_like(probabilities, "int32"), axis=-1) - 1
    options = {"num_oov_indices": 0, "invert": True, "oov_token": " "}  # " " is no class
    name = keras.layers.StringLookup(vocabulary=list(classes), **options)
    label = name(keras.ops.argmax(probabilities, axis=-1))
    served = {"probabilities": probabilities, "label": label, "classes": name(numbers)}
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
    training, valid, test = [(vectorize(list(texts)), labels) for texts, labels in args.sets]
    model = build(cell(args.units), len(args.classes), vectorize.vocabulary_size())

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
    patience = max(3, 10_000 // len(training[1]))  # epochs; an epoch over few texts has few updates
    fitting = {
        "epochs": 0 if ended.exists() else args.epochs,
        "verbose": 1 if sys.stdout.isatty() else 2,
    }
    train(model, *training, patience, callbacks, validation_data=valid, **fitting)
    ended.touch()
    epochs = pd.read_csv(log).drop_duplicates("epoch", keep="last")  # a killed epoch runs again
    best = epochs.sort_values(["val_accuracy", "val_loss"], ascending=[False, True]).epoch.iloc[0]
    model.load_weights(weights.format(epoch=best + 1))
    score = model.evaluate(*test, return_dict=True, verbose=0)
    print(f"test accuracy {score['accuracy']:.4f}, loss {score['loss']:.4f}")

    export(work, vectorize, model, args.classes)
    versions = {name: version(name) for name in ("keras", "keras_gated", "tensorflow")}
    sizes = [len(labels) for _, labels in args.sets]
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
