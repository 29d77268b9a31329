"""A small file of texts whose words show their class, generated when a test needs it."""

import csv
import random
from pathlib import Path

GOOD, BAD = ("fine", "lovely", "bright", "warm"), ("poor", "dull", "grim", "cold")
FILLER = ("the", "film", "was", "and", "a", "scene", "with", "actors", "story", "long")


def write(path: Path, rows: int = 120, seed: int = 0) -> Path:
    """Write a CSV of `rows` reviews with columns "review" and "stars", half of each class."""
    rng = random.Random(seed)
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "review", "stars"])
        for row in range(rows):
            words = [rng.choice(FILLER) for _ in range(rng.randint(3, 9))]
            words.insert(rng.randrange(len(words)), rng.choice(GOOD if row % 2 else BAD))
            table.writerow([row, f"{' '.join(words)} {row}", "good" if row % 2 else "bad"])
    return path
