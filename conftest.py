"""Names that examples in docstrings may use without importing them."""

import importlib.util

import numpy as np
import pytest

# The primitives of a backend that is not installed.
collect_ignore = [
    f"keras_gated/engine/{backend}.py"
    for backend in ("jax", "tensorflow")
    if importlib.util.find_spec(backend) is None
]


@pytest.fixture(autouse=True)
def _names_in_examples(doctest_namespace):
    doctest_namespace["np"] = np
