"""Side-by-side timings and their results: `python -m benchmarks.speed`."""

import os
from importlib.util import find_spec

if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow" and find_spec("tensorflow"):
    import recipes  # noqa: F401, which loads TensorFlow without its notes on start-up
