"""The table of times on a GPU, from the records of `python -m benchmarks.gpu`."""

from pathlib import Path

from benchmarks.gpu.cases import KERAS, TORCH
from benchmarks.page import table_line
from benchmarks.record import read

BACKENDS = {"jax": "JAX", "torch": "torch", "tensorflow": "TensorFlow"}
OURS, XLA = "ours, auto", "ours, XLA"
# What Keras takes where cuDNN does not serve; for cells that Keras lacks, its layer around ours.
WITHOUT = (f"{KERAS}, no cuDNN", f"{KERAS}, RNN")


def markdown(results: Path) -> str:
    """Return the table: a line for each case of each backend that has a record."""
    heads = ["", "", "ours, ms", "ours, XLA", "Keras", "Keras without cuDNN", "torch.nn"]
    lines = [table_line(heads), table_line(["---"] * 2 + ["---:"] * 5)]
    paths = {name: results / f"gpu-{name}.json" for name in BACKENDS}
    records = {name: read(path) for name, path in paths.items() if path.exists()}
    for backend, record in records.items():
        for row in record["rows"]:
            if "ms" in row:
                without = next((side for side in WITHOUT if side in row["ms"]), "")
                sides = (OURS, XLA, KERAS, without, TORCH)
                times = [_time(row, side) for side in sides]
                lines.append(table_line([BACKENDS[backend], _case(row["name"]), *times]))
    devices = {record["device"]: None for record in records.values()}
    versions = [f"{BACKENDS[b]} {record['versions'][b]}" for b, record in records.items()]
    about = (
        f"Milliseconds on one {', '.join(devices)}, {', '.join(versions)}, sizes "
        "batch × time × features → units: the fastest of at least five interleaved turns, in "
        "brackets the median."
    )
    return "\n".join([*lines, "", about])


def _case(name: str) -> str:
    layer, sizes, units, padding, task = name.split("-")
    padded = "no padding" if padding == "dense" else "padded"
    return f"{padded}, {task}, {layer}, {sizes.replace('x', ' × ')} → {units}"


def _time(row: dict, side: str) -> str:
    if side not in row["ms"]:
        return ""
    return f"{row['ms'][side]:.1f} ({row['median_ms'][side]:.1f})"
