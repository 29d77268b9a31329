"""Equality before speed: a side is timed only if it gives the numbers of the plain Keras layer."""

from collections.abc import Mapping

import numpy as np

# Relative to the largest value of an array. In float32, over hundreds of timesteps and thousands of
# terms per sum, two orders of summation differ by about 1e-5; a wrong equation differs by about 1.
TOLERANCE = 1e-4


def distances(
    outputs: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Return, for each array, its largest difference relative to its largest expected value.

    Infinite if an array is missing, has another shape, or is not finite.
    """
    return {
        name: _distance(outputs[name], expected[name])
        if name in outputs and name in expected
        else np.inf
        for name in {**expected, **outputs}
    }


def passed(errors: Mapping[str, float]) -> bool:
    """Return whether all arrays agree; without arrays, False."""
    return bool(errors) and all(error <= TOLERANCE for error in errors.values())


def _distance(outputs: np.ndarray, expected: np.ndarray) -> float:
    if outputs.shape != expected.shape:
        return np.inf
    if not outputs.size:
        return 0.0
    error = np.abs(outputs - expected).max() / max(np.abs(expected).max(), np.finfo("float32").tiny)
    return float(error) if np.isfinite(error) else np.inf


def uneven(name: str, weight: np.ndarray, rng) -> np.ndarray:
    """Return a weight, with noise added to zeros or ones, which would hide the order of gates.

    Gains become less than 1. At 1, a normalized recurrence amplifies the rounding errors of its
    first timesteps a hundredfold in a hundred timesteps, in float32 and in every implementation, so
    that parity would show nothing.
    """
    if name == "bias" or name.endswith("beta"):
        return weight + rng.normal(scale=0.1, size=weight.shape).astype("float32")
    if name.endswith("gamma"):
        return weight * rng.uniform(0.25, 0.75, size=weight.shape).astype("float32")
    return weight
