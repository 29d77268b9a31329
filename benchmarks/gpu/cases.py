"""The cases that are timed: layers, sizes, and the sides of each."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras
import numpy as np

import keras_gated as kg
from benchmarks import lengths
from benchmarks.gpu.backend import Torch

KERAS, TORCH = "keras", "torch.nn"
MODULES = {"LSTM": "LSTM", "GRU": "GRU", "SimpleRNN": "RNN"}


class Case(NamedTuple):
    """A layer, the sizes of its call, whether rows are padded, and whether it is trained."""

    layer: str
    batch: int
    time: int
    features: int
    units: int
    masked: bool
    training: bool

    @property
    def name(self) -> str:
        """Name of the case, as in `LSTM-64x512x512-512-masked-training`."""
        padding = "masked" if self.masked else "dense"
        task = "training" if self.training else "inference"
        sizes = f"{self.batch}x{self.time}x{self.features}-{self.units}"
        return f"{self.layer}-{sizes}-{padding}-{task}"


def cases(tiny: bool) -> list[Case]:
    """Return all cases, the most important first."""
    large = (2, 5, 3, 4) if tiny else (64, 512, 512, 512)
    small = (3, 4, 2, 3) if tiny else (32, 100, 128, 128)
    long = (2, 9, 3, 4) if tiny else (8, 4096, 64, 64)
    tasks = [(False, True), (True, True), (False, False), (True, False)]
    planned = []
    for sizes in (large, small):
        for masked, training in tasks:
            for layer in ("LSTM", "GRU", "SimpleRNN", "LayerNormLSTM"):
                planned.append(Case(layer, *sizes, masked, training))
    long_cases = [Case("MinGRU", *long, False, True), Case("GRU", *long, False, True)]
    if tiny:  # one of each kind
        return [planned[0], planned[5], planned[14], long_cases[0]]
    return [*planned[:8], *long_cases, *planned[8:]]


def sides(case: Case, backend, engines) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the name and the step of each side of a case, made one at a time."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(case.batch, case.time, case.features)).astype("float32")
    upstream = rng.normal(size=(case.batch, case.time, case.units)).astype("float32")
    mask = lengths.mask(lengths.draw(case.batch, case.time), case.time) if case.masked else None

    def step(layer):
        layer.build(x.shape)
        if case.training:
            return backend.training(layer, x, mask, upstream)
        return backend.inference(layer, x, mask)

    ours = getattr(kg, case.layer)
    for engine in ("auto", *_served(case, engines)):
        yield f"ours, {engine}", step(ours(case.units, return_sequences=True, engine=engine))
    if case.layer in ("LSTM", "GRU") and case.training and not case.masked:
        yield (
            "ours, bfloat16",
            step(ours(case.units, return_sequences=True, dtype="mixed_bfloat16")),
        )
    if keras.backend.backend() == "tensorflow":
        yield "ours, XLA", step(ours(case.units, return_sequences=True, jit_compile=True))
    if hasattr(keras.layers, case.layer):
        theirs = getattr(keras.layers, case.layer)
        yield KERAS, step(theirs(case.units, return_sequences=True))
        if case.layer in ("LSTM", "GRU"):
            slow = theirs(case.units, return_sequences=True, use_cudnn=False)
            yield f"{KERAS}, no cuDNN", step(slow)
    elif case.time < 1_000:
        cell = getattr(kg, f"{case.layer}Cell")(case.units)
        yield f"{KERAS}, RNN", step(keras.layers.RNN(cell, return_sequences=True))
    if case.layer in MODULES and isinstance(backend, Torch):
        yield TORCH, _torch_nn(case, backend, x, mask, upstream)


def _served(case: Case, engines) -> list[str]:
    """Return the implementations that support the case, other than the default."""
    served = []
    for engine in engines:
        layer = getattr(kg, case.layer)(case.units, engine=engine)
        asked = {"mask": case.masked, "training": case.training}
        try:
            layer.explain(case.batch, case.time, **asked)
        except ValueError:
            continue
        served.append(engine)
    return served


def _torch_nn(case: Case, backend: Torch, x, mask, upstream):
    """Return the step of torch's own layer, on packed sequences if rows are padded."""
    torch = backend.torch
    module = getattr(torch.nn, MODULES[case.layer])(case.features, case.units, batch_first=True)
    module = module.to(backend.where)
    counts = None if mask is None else torch.tensor(mask.sum(axis=1))
    tensor, upstream = backend.tensor(x), backend.tensor(upstream)
    tensor.requires_grad_(case.training)
    utilities = torch.nn.utils.rnn

    def outputs():
        if counts is None:
            return module(tensor)[0]
        packed = utilities.pack_padded_sequence(tensor, counts, True, enforce_sorted=False)
        return utilities.pad_packed_sequence(module(packed)[0], True, total_length=case.time)[0]

    if case.training:
        return backend.differentiated(outputs, [tensor, *module.parameters()], upstream)
    return backend.undifferentiated(outputs)
