"""Lengths of texts: log-normal, as those of reviews and sentences are."""

import numpy as np

MEAN = 0.44


def draw(rows: int, longest: int, mean: float = MEAN, seed: int = 0) -> np.ndarray:
    """Return `rows` log-normal lengths, the longest of them `longest`, with the mean asked for.

    The draws are fixed by the seed; their spread is chosen so that the mean is `mean * longest`,
    to within rounding. So few rows that the longest alone is more than that have the least mean
    there is, with all others of length 1.
    """
    below = np.random.default_rng(seed).normal(size=rows)
    below -= below.max()
    narrow, wide = 0.0, 100.0
    for _ in range(60):
        spread = (narrow + wide) / 2
        too_short = np.exp(spread * below).mean() < mean
        narrow, wide = (narrow, spread) if too_short else (spread, wide)
    return np.rint(longest * np.exp(narrow * below)).astype(int).clip(1, longest)


def mask(lengths: np.ndarray, time: int) -> np.ndarray:
    """Return `(batch, time)`, True where a step counts: padding stands at the end."""
    return np.arange(time)[None] < lengths[:, None]
