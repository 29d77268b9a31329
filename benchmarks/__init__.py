"""Side-by-side timings, and what they gave: `python -m benchmarks.speed`."""

import recipes  # noqa: F401, which loads TensorFlow without its notes on start-up
