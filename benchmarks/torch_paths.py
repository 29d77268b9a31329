"""On torch: the engine `vendor` (torch's own ops) against the plain loop, in one process.

    KERAS_BACKEND=torch PYTHON benchmarks/torch_paths.py [THREADS]

PYTHON is an interpreter with torch. It needs no TensorFlow; since the package `benchmarks` imports
TensorFlow, this script imports the files beside it directly. It times one training step (outputs at
every timestep, gradients of the inputs and of each weight) and one inference of each layer, dense
and masked (gaps, one row masked throughout, mean 0.44 of the timesteps), batch 64, 100 timesteps,
128 to 256 units. A line is printed only if both engines give the same numbers.
"""

import sys

import clock
import keras
import lengths
import numpy as np
from machine import machine

import keras_gated

BATCH, TIME, FEATURES, UNITS = 64, 100, 128, 256
PATHS = ("loop", "vendor")
LAYERS = (keras_gated.LSTM, keras_gated.GRU, keras_gated.SimpleRNN)
# Relative to the largest value: float32 rounding over a hundred timesteps and their gradients.
TOLERANCE = 1e-4


def masks() -> dict:
    """Return no mask, and one with gaps and a fully masked row."""
    rng = np.random.default_rng(1)
    mask = lengths.mask(lengths.draw(BATCH, TIME), TIME)
    mask = rng.permuted(mask, axis=1)
    mask[1] = False
    return {"dense": None, "masked": mask}


def steps(make, mask) -> dict:
    """Return the training and inference functions of both engines, for equal layers and inputs."""
    import torch

    rng = np.random.default_rng(0)
    x = torch.tensor(rng.normal(size=(BATCH, TIME, FEATURES)).astype("float32"))
    upstream = torch.tensor(rng.normal(size=(BATCH, TIME, UNITS)).astype("float32"))
    mask = None if mask is None else torch.tensor(mask)
    layers = {path: make(UNITS, return_sequences=True, engine=path) for path in PATHS}
    for layer in layers.values():
        layer.build(x.shape)
        layer.set_weights(layers["loop"].get_weights())

    def train(layer):
        sources = [x.clone().requires_grad_(), *(w.value for w in layer.trainable_variables)]
        outputs = layer(sources[0], mask=mask, training=True)
        return [outputs, *torch.autograd.grad((outputs * upstream).sum(), sources)]

    def infer(layer):
        with torch.no_grad():
            return [layer(x, mask=mask)]

    return {"training": (train, layers), "inference": (infer, layers)}


def same(results) -> bool:
    """Return whether the two engines gave the same numbers."""
    first, second = results
    return all(
        float((a - b).abs().max().detach()) <= TOLERANCE * float(a.abs().max().detach())
        for a, b in zip(first, second, strict=True)
    )


def main():
    """Print a line for each layer, mask and task."""
    if keras.backend.backend() != "torch":
        raise SystemExit("set KERAS_BACKEND=torch: the ops are torch's.")
    import torch

    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    print(f"{machine()}, torch {torch.__version__}, {torch.get_num_threads()} thread(s)")
    print(f"{'layer':10} {'':7} {'':10} {'loop ms':>8} {'vendor ms':>10} {'ratio':>6}")
    patience = clock.Patience(seconds=1.5, fewest=4, most=12)
    for make in LAYERS:
        for name, mask in masks().items():
            for what, (step, layers) in steps(make, mask).items():
                if not same([step(layer) for layer in layers.values()]):
                    raise SystemExit(f"{make.__name__}, {name}, {what}: the paths differ")
                sides = {
                    path: lambda s=step, layer=layers[path]: s(layer) and None for path in PATHS
                }
                loop, vendor = (t.least for t in clock.interleave(sides, patience).values())
                print(
                    f"{make.__name__:10} {name:7} {what:10} {loop:8.1f} {vendor:10.1f} "
                    f"{loop / vendor:6.2f}"
                )


if __name__ == "__main__":
    main()
