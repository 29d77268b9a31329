"""The tasks of `recipes.compare_cells`, with the defaults of each."""

from typing import NamedTuple

WORDS, CHARACTERS, TAGGING, TOPICS = "words", "characters", "tagging", "topics"
EVERY = 10**9  # more texts than any data set has: all

# Baselines: those that are fitted directly, and those that are trained but ignore word order.
BOW, CHARACTER_NGRAMS, MOST_FREQUENT = "bow", "character_ngrams", "most_frequent"
AVERAGE, EMBEDDING = "average", "embedding"
ENCODER = "minilm"  # recipes.trials.encoder, an optional baseline
FITTED, BLIND = (BOW, CHARACTER_NGRAMS, MOST_FREQUENT), (AVERAGE, EMBEDDING)


class Task(NamedTuple):
    """A kind of task.

    Attributes:
        question: the question in words.
        reads: what a cell reads per timestep, in the plural.
        data: default data sets.
        fitted, blind: its two baselines: fitted directly, and ignoring order.
        tokens: timesteps read of a text, by default and with --full.
        sizes: numbers of training texts, by default and with --full.
    """

    question: str
    reads: str
    data: tuple[str, ...]
    fitted: str
    blind: str
    tokens: tuple[int, int]
    sizes: tuple[tuple[int, ...], tuple[int, ...]]


TASKS = {
    WORDS: Task(
        question="The vanilla RNN, the LSTM and the GRU on little and on much text: which is "
        "right more often, at what cost, and does any beat a bag of words?",
        reads="words",
        data=("embedded_rotten_tomatoes", "embedded_imdb"),
        fitted=BOW,
        blind=AVERAGE,
        tokens=(100, 400),
        sizes=((500, 2_000, EVERY), (500, 1_000, 2_000, 4_000, 8_000, 16_000, EVERY)),
    ),
    CHARACTERS: Task(
        question="The same reviews read letter by letter, so that a word is something a cell must "
        "put together: which cell is right more often, and does any beat n-grams of letters?",
        reads="characters",
        data=("embedded_imdb",),
        fitted=CHARACTER_NGRAMS,
        blind=AVERAGE,
        tokens=(250, 1_000),
        sizes=((1_000, 4_000), (1_000, 2_000, 4_000, 8_000, 16_000, EVERY)),
    ),
    TAGGING: Task(
        question="The part of speech of each word, from it and the words before: which cell is "
        "right more often, and how much more than one who knows the word alone?",
        reads="words",
        data=("brown",),
        fitted=MOST_FREQUENT,
        blind=EMBEDDING,
        tokens=(100, 200),
        sizes=((500, 2_000, 8_000), (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, EVERY)),
    ),
    TOPICS: Task(
        question="What a text is about: which newsgroup of 20 a post is from, and what a piece of "
        "news tells of. Which cell is right more often, and does any beat a bag of words?",
        reads="words",
        data=("embedded_newsgroups",),
        fitted=BOW,
        blind=AVERAGE,
        tokens=(100, 400),
        sizes=((500, 2_000, EVERY), (250, 500, 1_000, 2_000, 4_000, 8_000, EVERY)),
    ),
}
