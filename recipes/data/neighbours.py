"""Do neighbouring rows of the embedded sets speak of one film? A split at random then leaks.

    python -m recipes.data.neighbours           # two minutes

Two measures of each set. Likeness: the cosine of TF-IDF vectors of texts of one class that stand
so many rows apart. Accuracy: words and logistic regression, tested on a tenth of the rows that
was taken at random, or in blocks of consecutive rows; mean and standard error over seeds. Where
neighbours are alike and blocks are harder than random rows, only blocks measure what a model
knows of films that it has not met.
"""

import sys

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from recipes.data import catalogue, splits
from recipes.data.splits import Split

APART = (1, 5, 20, 50, 100, 1000)
BLOCKS = (1, 20, 100)
SEEDS = 6


def likeness(split: Split, apart: int) -> float:
    """Return the mean cosine of texts of one class that stand so many rows apart."""
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2)
    known = vectors.fit_transform(split.texts)
    own = [known[split.labels == label] for label in np.unique(split.labels)]
    return float(np.mean([one[:-apart].multiply(one[apart:]).sum(1).mean() for one in own]))


def accuracy(split: Split, block: int, seed: int) -> float:
    """Return how much of a tenth held back in blocks is told right by its words."""
    rng = np.random.default_rng(seed)
    blocks = split.rows // block
    names = rng.permutation(np.unique(blocks))
    test = np.isin(blocks, names[: len(names) // 10])
    vectors = TfidfVectorizer(sublinear_tf=True)
    regression = LogisticRegression(C=10, max_iter=300)
    regression.fit(vectors.fit_transform(split.texts[~test]), split.labels[~test])
    return regression.score(vectors.transform(split.texts[test]), split.labels[test])


def main() -> int:
    """Print both measures of both sets."""
    for name in ("embedded_rotten_tomatoes", "embedded_imdb"):
        parts, _ = splits.clean(catalogue.read(name, None, None).parts)
        whole = parts["all"]
        print(name)
        for apart in APART:
            print(f"  {apart:5d} rows apart: likeness {likeness(whole, apart):.4f}")
        for block in BLOCKS:
            scores = [accuracy(whole, block, seed) for seed in range(SEEDS)]
            error = np.std(scores, ddof=1) / len(scores) ** 0.5
            print(f"  blocks of {block:3d}: {np.mean(scores):.4f} +- {error:.4f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
