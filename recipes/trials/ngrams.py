"""The n-gram baseline of a language model: how often did this character follow the last few?

    p_k(c | context) = (n(context, c) + t(context) p_{k-1}(c | shorter context))
                       / (n(context) + t(context))

where n are the counts in training and t is the number of different characters that followed the
context there; p_{-1} is 1 / vocabulary. Witten and Bell, "The zero-frequency problem", 1991,
https://doi.org/10.1109/18.87000.
"""

import numpy as np


def bits(train: np.ndarray, test: np.ndarray, vocabulary: int, order: int) -> list[float]:
    """Return the bits per character of `test` by models fitted on `train`, of order 0 to `order`.

    Args:
        train, test: ids of characters, below `vocabulary`.
        vocabulary: number of ids.
        order: maximum number of context characters; 0 counts single characters.

    Raises:
        ValueError: for an order whose contexts cannot be numbered in 63 bits.

    >>> text = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    >>> [round(of_order, 2) for of_order in bits(text, text, 2, 1)]
    [1.0, 0.27]
    """
    if vocabulary ** (order + 1) >= 2**63:
        raise ValueError(f"order {order} of {vocabulary} characters is too much; lower either.")
    likely = np.full(len(test), 1 / vocabulary)
    found = []
    for k in range(order + 1):
        seen, counts = np.unique(_contexts(train, vocabulary, k), return_counts=True)
        contexts, first, kinds = np.unique(
            seen // vocabulary, return_index=True, return_counts=True
        )
        totals = np.add.reduceat(counts, first)
        asked = _contexts(test, vocabulary, k)
        n_both = _found(seen, counts, asked)
        n, t = (_found(contexts, of, asked // vocabulary) for of in (totals, kinds))
        known = n > 0
        better = (n_both + t * likely[k:]) / np.maximum(n + t, 1)
        likely[k:] = np.where(known, better, likely[k:])
        found.append(float(-np.log2(likely).mean()))
    return found


def _contexts(text: np.ndarray, vocabulary: int, order: int) -> np.ndarray:
    """Return each character and the `order` characters before it as one number."""
    numbers = text.astype("int64")
    joint = numbers[order:].copy()
    for back in range(1, order + 1):
        joint += numbers[order - back : len(numbers) - back] * vocabulary**back
    return joint


def _found(keys: np.ndarray, values: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Look up the value of each key in `asked`, 0 if it is missing."""
    places = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[places] == asked, values[places], 0)
