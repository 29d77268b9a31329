"""Correctness and times on a GPU, on the backend of `KERAS_BACKEND`: `python -m benchmarks.gpu`."""
