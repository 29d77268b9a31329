"""Peak memory of a training step, each side in its own process.

    python -m benchmarks.memory SIDE FOLDER

is the child process. It imports, makes the layer and the data, records the memory in use, runs one
step and records the peak. Its outputs and gradients are written to FOLDER for comparison.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.layer_call import LayerCall
from benchmarks.sides import KERAS, KERAS_XLA, OURS

LOW = "ours, remat"
SIDES = (KERAS, KERAS_XLA, OURS, LOW)


def call(**sizes) -> LayerCall:
    """Return the call that is measured, at sizes where the buffers of the timesteps dominate."""
    ours = {OURS: {}, LOW: {"remat": True}}
    return LayerCall("lstm", **{"time": 2_000, "units": 128, **sizes}, ours=ours)


def measure(side: str, folder: Path, sizes: dict) -> tuple[float, dict[str, np.ndarray]]:
    """Return the peak memory of a side's step in MiB, and its outputs and gradients.

    Raises:
        RuntimeError: if the child fails, with its last message.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", side, str(folder), json.dumps(sizes)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it said nothing"])[-1])
    with np.load(folder / "numbers.npz") as arrays:
        numbers = {name: arrays[name] for name in arrays.files}
    return float(done.stdout.split()[-1]), numbers


def resident(field: str) -> float:
    """Return `VmRSS` (current memory) or `VmHWM` (peak) of this process in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/self/status has no {field}; memory is measured on Linux only")


def main(side: str, folder: Path, sizes: dict) -> None:
    """Run as the child process."""
    chosen = next(candidate for candidate in call(**sizes).sides() if candidate.name == side)
    before = resident("VmRSS")
    # Reset the peak: it may have been higher during the imports.
    Path("/proc/self/clear_refs").write_text("5")
    chosen.step()
    peak = resident("VmHWM") - before
    arrays: dict[str, Any] = dict(chosen.numbers())
    np.savez(folder / "numbers.npz", **arrays)
    print(peak)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
