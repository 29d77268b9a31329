"""Train a character language model on a long text, and generate text. Copy and change this file.

    python language_model.py --data my.txt
    python language_model.py --data tiny_shakespeare                # TensorFlow Datasets
    python -m recipes.language_model --data embedded_shakespeare    # in a clone of keras_gated
    python language_model.py --name my_gru --generate "Once upon"

Each row of a batch reads its own part of the text, in chunks. The state is carried from chunk to
chunk, gradients are not (truncated backpropagation through time). Needs keras_gated, tensorflow and
pandas; writes to `saved_models/NAME/VERSION/`. If the program is killed, the same command resumes
after the last finished epoch.
"""

import argparse
import json
import math
import re
import shutil
import sys
import zlib
from collections import Counter
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd


def arguments(argv=None):
    """Return the options, with the training, validation and test text as `parts`."""
    parser = argparse.ArgumentParser("language_model", description=__doc__.splitlines()[0])
    parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
    add = parser.add_argument
    add("--data", default="embedded_shakespeare", help=".txt, .csv, .tsv or .jsonl file, or a name")
    add("--text", default="text", help="column of the texts, in a table or a data set")
    add("--size", type=int, default=10**9, help="largest number of training characters")
    add("--cell", default="gru", help="lstm, rg_lru, ..., or module:Class for your own")
    add("--units", type=int, default=128, help="size of each cell")
    add("--layers", type=int, default=1, help="number of stacked recurrent layers")
    add(
        "--rows",
        type=int,
        default=16,
        help="batch size: parts of the text that are read in parallel",
    )
    add("--steps", type=int, default=64, help="characters over which gradients flow back")
    add("--epochs", type=int, default=20, help="at most; training stops early")
    add("--seed", type=int, default=0, help="of weights, dropout and what is written")
    add("--tensorboard", help="folder for TensorBoard's logs")
    add("--name", help="of the model")
    add("--generate", metavar="PROMPT", help="continue this prompt with the latest model of --name")
    add("--length", type=int, default=500, help="characters to write")
    add("--temperature", type=float, default=0.8, help="0 always takes the likeliest character")
    args = parser.parse_args(argv)
    name = args.name or f"{Path(args.data).stem}_{args.cell}"
    args.name = re.sub(r"[^\w. -]", "_", name).strip(". ")[:100] or "model"
    cell = args.cell.lower().replace("_", "").replace("-", "").removesuffix("cell")
    cells = Path(find_spec("keras_gated").origin).parent.glob("cells/[a-z]*.py")
    known = {file.stem.replace("_", ""): file.stem for file in cells}
    if ":" not in cell and cell not in known:
        names = ", ".join(sorted(known.values()))
        parser.error(f"--cell {args.cell}: expected module:Class or one of {names}")
    for option in ("size", "units", "layers", "rows", "steps", "epochs", "length"):
        if (number := getattr(args, option)) < 1:
            parser.error(f"--{option} must be 1 or more; received {number}")
    if not 0 <= args.seed < 2**32:
        parser.error(f"--seed must be from 0 to 2**32 - 1; received {args.seed}")
    if args.tensorboard and not find_spec("tensorboard"):
        parser.error("--tensorboard needs TensorBoard: pip install tensorboard")
    if not args.temperature >= 0:
        parser.error(f"--temperature must be 0 or more; received {args.temperature}")
    try:
        args.parts = load(args.data, args.text) if args.generate is None else ()
    except ImportError as error:
        parser.error(f"--data {args.data}: {error}. Pass a file, or see the top of this file")
    except (OSError, ValueError) as error:
        parser.error(f"--data {args.data}: {error}")
    needed = args.rows * args.steps + 1
    lengths = [min(len(part), args.size) for part in args.parts]
    if any(length < needed for length in lengths):
        sizes = ", ".join(f"{length:,}" for length in lengths)
        parser.error(
            f"--rows {args.rows} of --steps {args.steps} need {needed:,} characters for training, "
            f"validation and test each; there are {sizes}"
        )
    return args


def load(data, column):
    """Return the training, validation and test text."""
    if data.startswith("embedded_"):
        from recipes.data import corpus  # in a clone of keras_gated

        found = corpus.load(data)
        return found.train, found.valid, found.test
    kind = Path(data).suffix.lower()
    if Path(data).is_dir() and Path(data).name != data:  # as glue is the name of a data set
        raise ValueError("is a folder; name a file in it")
    if not kind and not Path(data).is_file():
        import tensorflow_datasets as tfds

        sets, info = tfds.load(data, split=["train", "validation", "test"], with_info=True)
        if column not in info.features:
            raise ValueError(f"no feature {column!r}; --text is one of {', '.join(info.features)}")
        rows = [[row[column].decode() for row in tfds.as_numpy(part)] for part in sets]
        return tuple("\n".join(part) for part in rows)
    if kind in (".csv", ".tsv", ".jsonl"):
        table = read(data, kind)
        if column not in table:
            raise ValueError(f"no column {column!r}; --text is one of {', '.join(map(str, table))}")
        text = "\n".join(table[column].dropna().astype(str))
    elif kind in (".json", ".parquet", ".xlsx", ".gz", ".zip") or column != "text":
        raise ValueError(f"--text {column} is a column, which a .csv, .tsv or .jsonl file has")
    else:
        text = Path(data).read_text("utf-8-sig")
    cuts = len(text) * 90 // 100, len(text) * 95 // 100
    return text[: cuts[0]], text[cuts[0] : cuts[1]], text[cuts[1] :]


def read(path, kind):
    """Return the table in a file; an empty cell and "NA" stay as they are written."""
    if kind == ".jsonl":
        return pd.read_json(path, lines=True, dtype=False)
    with open(path, encoding="utf-8-sig") as file:
        head = re.sub(r'"[^"]*"', "", next(file, ""))  # a name in quotes may hold any mark
    mark = "\t" if kind == ".tsv" else max(",;\t", key=head.count)
    strings = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
    table = pd.read_csv(path, sep=mark, **strings)
    if not isinstance(table.index, pd.RangeIndex):
        raise ValueError("rows have more cells than the header; put each text in quotes")
    return table


if __name__ == "__main__":
    ARGS = arguments()  # errors are reported before TensorFlow is imported, which takes seconds

import keras

import keras_gated
from keras_gated.truncated import Chunks, ResetStates


def alphabet(text, size=255):
    """Return the most frequent characters. A character's id is its position plus 1."""
    return "".join(sorted(letter for letter, _ in Counter(text).most_common(size)))


def numbers(text, letters):
    """Return the id of each character, 0 for one that is not in the alphabet."""
    known = {letter: number for number, letter in enumerate(letters, 1)}
    return np.fromiter((known.get(letter, 0) for letter in text), "int32", len(text))


def build(layers, letters, rows=None, steps=None, embedding=32):
    """Return the model from characters `(rows, steps)` to the logits of each next character."""
    inputs = keras.Input(batch_shape=(rows, steps), dtype="int32")
    outer = keras.layers.Embedding(letters, embedding), keras.layers.Dense(letters)
    return keras.Sequential([inputs, outer[0], *layers, outer[1]])


def recurrent(cell, units, count=1, dropout=0.1, **options):
    """Return recurrent layers, each followed by dropout."""
    layers = []
    for _ in range(count):
        layers.append(keras_gated.get(cell)(units, return_sequences=True, **options))
        layers.append(keras.layers.Dropout(dropout))
    return layers


def train(model, chunks, validation, patience=2, callbacks=(), rate=4e-3, **fitting):
    """Train until the validation loss stops improving, and restore the best weights."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0), loss)
    stop = keras.callbacks.EarlyStopping("val_loss", 0, patience, restore_best_weights=True)
    fitting |= {"validation_data": validation, "shuffle": False}  # keep the order of the text
    return model.fit(chunks, callbacks=[ResetStates(), *callbacks, stop], **fitting)


def write(model, letters, prompt, length, temperature=0.8, seed=None):
    """Yield the characters that a model generates after a prompt, each as soon as it is sampled."""
    if any(
        isinstance(each, keras.layers.RNN) and not hasattr(each, "stream") for each in model.layers
    ):
        model = keras_gated.convert(model)  # layers of Keras's cannot go on from a state
    rng = np.random.default_rng(seed)
    piece, carried = numbers(prompt, letters)[None], None
    for _ in range(length):
        logits, carried = keras_gated.stream(model, piece, carried)
        logits = keras.ops.convert_to_numpy(logits)[0, -1, 1:].astype("float64")  # 0: none
        if temperature > 0:
            logits = logits / temperature + rng.gumbel(size=len(logits))
        number = int(logits.argmax()) + 1
        yield letters[number - 1]
        piece = np.array([[number]], "int32")


def generate(args):
    """Print a prompt and its continuation by the latest model of `--name`."""
    versions = [f for f in Path("saved_models", args.name).glob("*") if f.name.isdecimal()]
    if not versions:
        sys.exit(f"--name {args.name}: there is no model in {Path('saved_models', args.name)}")
    folder = max(versions, key=lambda file: int(file.name))
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        letters = str(card["alphabet"])
        if ":" in card.get("cell", ""):
            keras_gated.get(card["cell"])  # imports a cell of one's own
        model = keras.saving.load_model(folder / "model.keras", compile=False)
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        sys.exit(f"{folder} holds no language model: {error!r:.300}")
    prompt = args.generate or "\n"
    if strange := set(prompt) - set(letters):
        sys.exit(f"--generate holds {sorted(strange)}; the model knows {letters!r}")
    print(prompt, end="")
    for letter in write(model, letters, prompt, args.length, args.temperature, args.seed):
        print(letter, end="", flush=True)
    print()


def main(args):
    """Train, evaluate and export a model."""
    try:
        keras_gated.get(args.cell)
    except ValueError as error:  # a cell of one's own can be wrong
        sys.exit(f"--cell {args.cell}: {error}")
    keras.utils.set_random_seed(args.seed)
    letters = alphabet(args.parts[0])
    parts = [numbers(part, letters) for part in (args.parts[0][: args.size], *args.parts[1:])]
    training, valid, test = (Chunks(part, args.rows, args.steps) for part in parts)
    layers = recurrent(args.cell, args.units, args.layers, stateful=True)
    model = build(layers, len(letters) + 1, args.rows, args.steps)

    settings = repr(args) + Path(__file__).read_text("utf-8")
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
    verbose = 1 if sys.stdout.isatty() else 2
    count = 0 if ended.exists() else args.epochs
    train(model, training, valid, callbacks=callbacks, epochs=count, verbose=verbose)
    ended.touch()
    epochs = pd.read_csv(log).drop_duplicates("epoch", keep="last")  # a killed epoch runs again
    best = epochs.sort_values("val_loss").epoch.iloc[0]
    model.load_weights(weights.format(epoch=best + 1))
    bits = model.evaluate(test, callbacks=[ResetStates()], verbose=0) / math.log(2)
    print(f"test: {bits:.4f} bits per character")

    served = build(recurrent(args.cell, args.units, args.layers), len(letters) + 1)  # any batch
    for layer, trained in zip(served.layers, model.layers, strict=True):
        layer.set_weights(trained.get_weights())
    served.export(work, verbose=False)
    served.save(work / "model.keras")
    versions = {name: version(name) for name in ("keras", "keras_gated", "tensorflow")}
    card = {"name": args.name, "command": sys.argv, "cell": args.cell, "alphabet": letters}
    card |= {"versions": versions, "characters": [len(part) for part in parts], "bits": bits}
    (work / "card.json").write_text(json.dumps(card, indent=2))
    for file in (*work.glob("epoch_*"), ended):
        file.unlink()
    number = max((int(f.name) for f in work.parent.glob("*") if f.name.isdecimal()), default=0) + 1
    print(f"written: {work.rename(work.parent / str(number))}")
    print("".join(write(served, letters, "\n", 300, args.temperature, args.seed)))


if __name__ == "__main__":
    try:
        main(ARGS) if ARGS.generate is None else generate(ARGS)
    except OSError as error:
        sys.exit(f"{error}")  # such as a folder that cannot be written
    except KeyboardInterrupt:
        print("\ninterrupted; the same command continues, once two epochs have finished")
        sys.exit(130)
