"""A formula for the number of parameters of a layer, fitted to counts and checked on others."""

import itertools
import math

import numpy as np

from keras_gated import CellLayer

# Sizes of a layer in addition to features d and units u, by the argument that sets them.
OTHER_SIZES = {"projection": "p"}
# The formula is fitted at small, distinct sizes, and checked at others.
FITTED, CHECKED = (2, 3, 5), ((7, 11, 4), (16, 6, 9))


def count(layer: type[CellLayer], features: int, units: int, **sizes: int) -> int:
    """Return the number of parameters of a layer of these sizes, trainable or not."""
    return _built(layer, features, units, **sizes).count_params()


def formula(layer: type[CellLayer]) -> str:
    """Return the number of a layer's parameters as a factored formula: `4 u (d + u + 1)`.

    d is the number of input features, u the number of units, p the argument `projection`. The
    number is a polynomial of degree two in the sizes, since weights are matrices, vectors and
    scalars. Its coefficients reproduce the counts exactly at all sizes tried.

    Raises:
        ValueError: if no such polynomial with integer coefficients gives the counts.
    """
    others = {
        name: letter for name, letter in OTHER_SIZES.items() if name in layer.Cell.arguments()
    }
    letters = ["d", "u", *others.values()]
    powers = [
        tuple(chosen)
        for degree in (2, 1, 0)
        for chosen in itertools.combinations_with_replacement(letters, degree)
    ]
    fitted = list(itertools.product(FITTED, repeat=len(letters)))
    sizes = [*fitted, *(held[: len(letters)] for held in CHECKED)]
    counts = [
        count(layer, d, u, **dict(zip(others, others_sizes, strict=True)))
        for d, u, *others_sizes in sizes
    ]

    terms = np.array([[_product(p, letters, at) for p in powers] for at in sizes])
    solved, *_ = np.linalg.lstsq(terms[: len(fitted)], counts[: len(fitted)])
    coefficients = np.rint(solved).astype(int)
    if (terms @ coefficients != counts).any():
        raise ValueError(
            f"the parameters of {layer.__name__} are no polynomial of the second degree in "
            f"{', '.join(letters)}: at {sizes} they are {counts}."
        )
    return _written({p: int(c) for p, c in zip(powers, coefficients, strict=True) if c})


def trains_nothing(layer: type[CellLayer]) -> bool:
    """Return whether a layer has no trainable parameters."""
    return not _built(layer, features=2, units=3).trainable_weights


def _built(layer: type[CellLayer], features: int, units: int, **sizes: int):
    instance = layer(units, **sizes)
    instance.build((None, None, features))
    return instance


def _product(power, letters, at) -> int:
    return math.prod(at[letters.index(letter)] for letter in power)


def _written(terms: dict[tuple[str, ...], int]) -> str:
    """Return the sum of the terms, with u and a common factor taken out of those that contain u."""
    inner = {_without(power, "u"): c for power, c in terms.items() if "u" in power}
    outer = {power: c for power, c in terms.items() if "u" not in power}
    common = math.gcd(*inner.values())
    inside = _sum({power: c // common for power, c in inner.items()})
    text = f"{'' if common == 1 else f'{common} '}u ({inside})"
    return f"{text} + {_sum(outer)}" if outer else text


def _without(power: tuple[str, ...], letter: str) -> tuple[str, ...]:
    index = power.index(letter)
    return power[:index] + power[index + 1 :]


def _sum(terms: dict[tuple[str, ...], int]) -> str:
    return " + ".join(
        " ".join([*([str(c)] if c != 1 or not power else []), *power]) for power, c in terms.items()
    )
