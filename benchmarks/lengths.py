"""Lengths of texts: log-normal, like those of reviews and sentences."""

import numpy as np

MEAN = 0.44


def draw(rows: int, longest: int, mean: float = MEAN, seed: int = 0) -> np.ndarray:
    """Return `rows` log-normal lengths with a maximum of `longest` and the given mean.

    The draws depend only on the seed. Their spread is chosen to give a mean of `mean * longest`, to
    within rounding. With so few rows that the longest alone exceeds that mean, all others have
    length 1.
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
    """Return `(batch, time)`, True where a timestep counts; padding is at the end."""
    return np.arange(time)[None] < lengths[:, None]
