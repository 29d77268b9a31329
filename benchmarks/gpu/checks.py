"""Correctness checks: every implementation against the loop, before anything is timed."""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import keras
import numpy as np

import keras_gated as kg
from benchmarks.gpu.backend import numbers

CELLS = ("LSTM", "GRU", "SimpleRNN", "LayerNormLSTM", "MinGRU")
ENGINES = ("scan", "vendor", "packed", "fused")
# Relative to the largest value: the precision of a device's matrix products (TF32 has 10 bits).
TOLERANCES = {"float32": 5e-3, "mixed_bfloat16": 6e-2, "mixed_float16": 2e-2}


def masks(rows: int, time: int) -> dict:
    """Return masks of every pattern, by name."""
    rng = np.random.default_rng(1)
    right = np.arange(time)[None] < rng.integers(1, time + 1, rows)[:, None]
    gaps = rng.random((rows, time)) < 0.6
    hidden = gaps.copy()
    hidden[0] = False
    return {
        "none": None,
        "right": right,
        "left": right[:, ::-1],
        "gaps": gaps,
        "hidden row": hidden,
    }


def checks(
    backend, tiny: bool, engines=ENGINES, quick: bool = False
) -> Iterator[tuple[str, Callable, float]]:
    """Yield each comparison: its name, the function that returns its error, and the tolerance.

    The error is the largest one, relative to the largest value.
    """
    sizes = (4, 6, 3, 16) if tiny else (16, 40, 32, 64)
    patterns = masks(*sizes[:2])
    if tiny or quick:
        patterns = {name: patterns[name] for name in ("none", "gaps")}
    for name in CELLS:
        for engine in engines:
            for pattern, mask in patterns.items():
                if _serves(name, engine, *sizes[:2], mask=mask):
                    error = partial(_error, backend, name, engine, mask, "float32", *sizes)
                    yield f"{name}, {engine}, mask: {pattern}", error, TOLERANCES["float32"]
        for policy in ("mixed_bfloat16", "mixed_float16"):
            error = partial(_error, backend, name, "auto", patterns["gaps"], policy, *sizes)
            yield f"{name}, auto, {policy}", error, TOLERANCES[policy]
    fitted = partial(_saved, *sizes)
    yield "fit with jit_compile=True, saved and loaded", fitted, TOLERANCES["float32"]


def _serves(name: str, engine: str, rows: int, time: int, mask=None) -> bool:
    try:
        getattr(kg, name)(16, engine=engine).explain(
            rows, time, mask=mask is not None, training=True
        )
    except ValueError:
        return False
    return True


def _error(backend, name, engine, mask, policy, rows, time, features, units) -> float:
    """Return the largest difference from the loop, relative to the largest value."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, time, features)).astype("float32")
    upstream = rng.normal(size=(rows, time, units)).astype("float32")
    make = getattr(kg, name)
    loop = make(units, return_sequences=True, engine="loop", dtype=policy)
    other = make(units, return_sequences=True, engine=engine, dtype=policy)
    for layer in (loop, other):
        layer.build(x.shape)
    weights = [w + rng.normal(scale=0.1, size=w.shape) for w in loop.get_weights()]
    for layer in (loop, other):
        layer.set_weights(weights)
    upstream = upstream.astype(loop.compute_dtype) if policy == "mixed_float16" else upstream
    if policy != "float32":
        results = [backend.inference(layer, x, mask)() for layer in (loop, other)]
    else:
        results = [backend.training(layer, x, mask, upstream)() for layer in (loop, other)]
    pairs = zip(*map(numbers, results), strict=True)
    return max(float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-6)) for a, b in pairs)


def _saved(rows, time, features, units) -> float:
    """Return the difference between a fitted model and itself after saving and loading."""
    rng = np.random.default_rng(2)
    x = rng.integers(0, 20, (4 * rows, time))
    model = keras.Sequential(
        [
            keras.layers.Embedding(20, features, mask_zero=True),
            kg.LSTM(units, return_sequences=True, engine="fused" if _compiles() else "auto"),
            kg.LayerNormLSTM(units),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse", jit_compile=_compiles())
    model.fit(x, x[:, :1] / 20, batch_size=rows, epochs=1, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        again = keras.models.load_model(Path(folder) / "model.keras")
    first, second = (np.asarray(m.predict(x[:rows], verbose=0)) for m in (model, again))
    return float(np.abs(first - second).max() / max(np.abs(first).max(), 1e-6))


def _compiles() -> bool:
    return keras.backend.backend() != "torch"  # Keras warns of torch.compile, which it does not use
