"""torch.nn as one of the sides: a separate process that waits for its turn.

    PYTHON benchmarks/torch_side.py FOLDER THREADS

PYTHON is an interpreter with torch and NumPy; nothing of this repository is imported there. The
child reads FOLDER/call.npz (layer, inputs, upstream gradient, weights in Keras's layout), writes
its outputs and gradients to FOLDER/numbers.npz, prints "ready" and its version, and then answers
each "go" with the seconds of one training step.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

# torch's name, and the position in Keras of each of its column blocks: r z n there, here z r n.
MODULES = {"lstm": ("LSTM", (0, 1, 2, 3)), "gru": ("GRU", (1, 0, 2)), "simple_rnn": ("RNN", (0,))}
# torch's threads spin for a few milliseconds after a step, which must not slow the next side down.
REST = 0.02


class Torch:
    """A child process that runs a layer's training step on request; a context manager.

    Args:
        python: a Python interpreter with torch and NumPy.
        layer: one of `MODULES`.
        threads: number of threads that it may use.
        data: inputs `(batch, time, features)`, the gradient of the outputs, and the weights.

    Raises:
        RuntimeError: if the child does not start, with its last message.
    """

    def __init__(self, python: Path, layer: str, threads: int, x, upstream, weights):
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        named = {f"weight_{index}": weight for index, weight in enumerate(weights)}
        np.savez(folder / "call.npz", layer=layer, x=x, upstream=upstream, **named)
        self._child = subprocess.Popen(
            [str(python), __file__, str(folder), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        answer = self._heard().split()
        if answer[:1] != ["ready"]:
            errors = self._child.communicate()[1].strip().splitlines()
            self.close()
            raise RuntimeError(
                f"torch did not start: {errors[-1] if errors else 'it said nothing'}"
            )
        self.version = answer[1]

    def numbers(self) -> dict[str, np.ndarray]:
        """Return the outputs and gradients of the first step, with the names of `LayerCall`."""
        with np.load(Path(self._folder.name) / "numbers.npz") as arrays:
            return {name: arrays[name] for name in arrays.files}

    def step(self) -> float:
        """Run one step in the child; return its seconds."""
        assert self._child.stdin is not None
        self._child.stdin.write("go\n")
        self._child.stdin.flush()
        seconds = float(self._heard())
        time.sleep(REST)
        return seconds

    def _heard(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline()

    def close(self) -> None:
        """Stop the child, and delete its folder."""
        if self._child.poll() is None:
            self._child.communicate()
        self._folder.cleanup()

    def __enter__(self) -> Torch:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def to_torch(weight: np.ndarray, order) -> np.ndarray:
    """Return a kernel `(inputs, columns)` or bias `(columns,)` with its blocks in torch's order."""
    blocks = np.split(weight, len(order), axis=-1)
    return np.concatenate([blocks[index] for index in order], axis=-1).T.copy()


def to_keras(weight: np.ndarray, order) -> np.ndarray:
    """Return the inverse of `to_torch`."""
    blocks = np.split(weight.T, len(order), axis=-1)
    return np.concatenate([blocks[order.index(index)] for index in range(len(order))], axis=-1)


def main(folder: Path, threads: int) -> None:
    """Run as the child process."""
    import torch

    torch.set_num_threads(threads)
    with np.load(folder / "call.npz") as call:
        name, order = MODULES[str(call["layer"])]
        x = torch.tensor(call["x"], requires_grad=True)
        upstream = torch.tensor(call["upstream"])
        kernel, recurrent, bias = (call[f"weight_{index}"] for index in range(3))
    # torch always has two biases; for a layer with one bias the second is zeros.
    biases = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    module = getattr(torch.nn, name)(x.shape[2], recurrent.shape[0], batch_first=True)
    with torch.no_grad():
        for parameter, value in zip(module.parameters(), (kernel, recurrent, *biases), strict=True):
            parameter.copy_(torch.tensor(to_torch(value, order)))
    sources = [x, *module.parameters()]

    def step():
        outputs, _ = module(x)
        return outputs, torch.autograd.grad(outputs, sources, upstream)

    outputs, (of_x, *of_weights) = step()
    of_weights = [to_keras(g.numpy(), order) for g in of_weights]
    np.savez(
        folder / "numbers.npz",
        **{
            "outputs": outputs.detach().numpy(),
            "d inputs": of_x.numpy(),
            "d kernel": of_weights[0],
            "d recurrent_kernel": of_weights[1],
            "d bias": np.stack(of_weights[2:]) if bias.ndim == 2 else of_weights[2],
        },
    )
    del outputs, of_x, of_weights
    print("ready", torch.__version__, flush=True)
    for line in sys.stdin:
        if line.strip() == "go":
            start = time.perf_counter()
            step()
            print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
