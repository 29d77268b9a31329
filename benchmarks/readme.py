"""The tables of the README and of the documentation: `python -m benchmarks.readme`.

Writes the text between markers such as `<!-- cells -->` and `<!-- /cells -->` on each page:

- cells: the table of cells, from the library and the record of `python -m benchmarks.family`;
- speed: every row recorded by `python -m benchmarks.speed`, `benchmarks.main_job`,
  `benchmarks.fit_wall`, `benchmarks.serving`, `benchmarks.new_sizes` and `benchmarks.steps`;
- gpu: every row recorded by `python -m benchmarks.gpu`;
- highlights: a few of those rows, including the slowest of all.
"""

import dataclasses
import statistics
import sys
from pathlib import Path

import tyro

from benchmarks import catalogue, grid, memory
from benchmarks.gpu import table as gpu
from benchmarks.main_job import AUTO, LOOP
from benchmarks.page import begin_of, between, table_line
from benchmarks.record import RESULTS, read
from benchmarks.row import DONE
from benchmarks.sides import KERAS, OURS, TORCH
from benchmarks.table import shape

CELLS, SPEED, HIGHLIGHTS, GPU = "cells", "speed", "highlights", "gpu"
ROOT = RESULTS.parent.parent
STEPS = {
    "jax": "a jitted training step on JAX",
    "torch": "a training step on torch",
    "tensorflow": "a training step in eager TensorFlow",
}
# The rows of the README, in addition to the slowest of all.
CHOSEN = ("masked-lstm-256", "masked-gru-256", "dense-lstm-256", "mingru")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Write the tables of the README and of the documentation."""

    family: Path = RESULTS / "family.json"
    """Record of `python -m benchmarks.family`; without it the table of cells has no speeds."""
    results: Path = RESULTS / "speed.json"
    """Record of `python -m benchmarks.speed`."""
    grid: Path = RESULTS / "grid.json"
    """Record of `python -m benchmarks.speed --grid full`, reported in one line if it exists."""
    job: Path = RESULTS / "main_job.json"
    """Record of `python -m benchmarks.main_job`, reported in one line if it exists."""
    fits: Path = RESULTS / "fit_wall.json"
    """Record of `python -m benchmarks.fit_wall`, reported in its own table if it exists."""
    serving: Path = RESULTS / "serving.json"
    """Record of `python -m benchmarks.serving`, reported in its own table if it exists."""
    new_sizes: Path = RESULTS / "new_sizes.json"
    """Record of `python -m benchmarks.new_sizes`, reported in its own table if it exists."""
    steps: tuple[Path, ...] = tuple(RESULTS / f"steps-{backend}.json" for backend in STEPS)
    """Records of `python -m benchmarks.steps`, each reported in its own table if it exists."""
    pages: tuple[Path, ...] = (
        ROOT / "README.md",
        ROOT / "docs" / "cells.md",
        ROOT / "docs" / "guides" / "speed.md",
    )
    """The pages to write to."""


def main(settings: Settings) -> None:
    """Write the tables whose markers the pages have.

    Raises:
        ValueError: if a page has no markers, or the record of speeds has no finished row.
    """
    tables = {
        CELLS: lambda: catalogue.text(_on_file(settings.family)),
        SPEED: lambda: _speed(settings),
        HIGHLIGHTS: lambda: _highlights(read(settings.results), _on_file(settings.fits)),
        GPU: lambda: gpu.markdown(settings.results.parent),
    }
    for path in settings.pages:
        page = path.read_text()
        has = [table for table in tables if begin_of(table) in page]
        if not has:
            raise ValueError(
                f"{path.name} has none of the lines {', '.join(map(begin_of, tables))}."
            )
        for table in has:
            page = between(page, tables[table](), table)
        path.write_text(page)
        print(f"{path.name}: wrote {' and '.join(has)}")


def _speed(settings: Settings) -> str:
    parts = [text(read(settings.results), _on_file(settings.grid), _on_file(settings.job))]
    for path, table in (
        (settings.fits, _fits),
        (settings.serving, _serving),
        (settings.new_sizes, _new_sizes),
        *((path, _steps) for path in settings.steps),
    ):
        if record := _on_file(path):
            parts.append(table(record))
    return "\n\n".join(parts)


def _on_file(path: Path) -> dict | None:
    return read(path) if path.exists() else None


def text(record: dict, over: dict | None = None, job: dict | None = None) -> str:
    """Return the table in Markdown, the machine, the grid's worst point, and the main job."""
    rows = [row for row in record["rows"] if row["status"] == DONE]
    timed = [row for row in rows if KERAS in row["ratios"]]
    if not timed:
        raise ValueError("the record has no finished row; run `python -m benchmarks.speed` first.")
    torch = any(TORCH in row["ratios"] for row in timed)
    heads = ["", "sizes", "Keras, ms", "ours, ms", "times faster"]
    heads += ["than torch.nn"] if torch else []
    lines = [table_line(heads), table_line(["---"] * 2 + ["---:"] * (len(heads) - 2))]
    for row in timed:
        cells = _cells(row)
        if torch:
            cells += [f"{row['ratios'][TORCH]:.1f}" if TORCH in row["ratios"] else ""]
        lines.append(table_line(cells))
    paragraphs = ["\n".join(lines), _about(record, timed)]
    paragraphs += [_memory(row) for row in rows if row["name"] == "memory" and row["ratios"]]
    if over is not None:
        paragraphs += [line for line in [_grid(over)] if line]
    if job is not None:
        paragraphs.append(_main_job(job["rows"]))
    return "\n\n".join(paragraphs)


def _highlights(record: dict, fits: dict | None = None) -> str:
    """Return the chosen rows and the slowest of all, the machine, and a line on whole fits."""
    timed = [row for row in record["rows"] if row["status"] == DONE and KERAS in row["ratios"]]
    slowest = min(timed, key=lambda row: row["ratios"][KERAS])
    lines = [table_line(["", "sizes", "Keras, ms", "ours, ms", "times faster"])]
    lines += [table_line(["---", "---", "---:", "---:", "---:"])]
    for row in [*(row for row in timed if row["name"] in CHOSEN and row is not slowest), slowest]:
        title, *cells = _cells(row)
        lines.append(
            table_line(
                [title + (" (the slowest of `benchmarks.speed`)" if row is slowest else ""), *cells]
            )
        )
    machine, versions = record["machine"], record["versions"]
    whole = f"\n\n{_over_fits(fits)}" if fits else ""
    return "\n".join(lines) + (
        f"\n\nMilliseconds on {machine['cores']} CPU cores, TensorFlow {versions['tensorflow']}, "
        f"Keras {versions['keras']} (the faster of with and without XLA): the fastest run, in "
        f"brackets the median. Sizes are batch × time × features → units.{whole}"
    )


def _over_fits(record: dict) -> str:
    """Return a sentence on all whole fits."""
    ratios = [row["ratio"] for row in record["rows"]]
    return (
        f"Whole calls of `fit` and `predict` from a fresh start, compiling included, are "
        f"{statistics.median(ratios):.2f} times as fast as Keras's in the median of {len(ratios)} "
        f"models, {min(ratios):.2f} times at the least."
    )


def _cells(row: dict) -> list[str]:
    """Return title, sizes, Keras's time, our time and their ratio."""
    sides = row["sides"][row["better"]], row["sides"][OURS]
    times = [f"{side['min_ms']:,.0f} ({side['median_ms']:,.0f})" for side in sides]
    return [row["title"], _sizes(row), *times, f"**{row['ratios'][KERAS]:.1f}**"]


def _sizes(row: dict) -> str:
    return shape(row).replace("x", " × ").replace("->", "→")


def _about(record: dict, rows: list[dict]) -> str:
    machine, versions = record["machine"], record["versions"]
    torch = {side["note"] for row in rows for name, side in row["sides"].items() if name == TORCH}
    used = ", ".join(
        [f"TensorFlow {versions['tensorflow']}", f"Keras {versions['keras']}", *sorted(torch)]
    )
    return (
        f"`python -m benchmarks.speed` on {machine['cores']} cores ({machine['cpu']}), {used}: the "
        "fastest run and, in brackets, the median; sizes are batch × time × features → units. "
        "Keras is the faster of a `tf.function` with and without `jit_compile=True`. Outputs and "
        "gradients were equal before anything was timed."
    )


def _memory(row: dict) -> str:
    parts = [f"{row['ratios'][OURS]:.0%} of Keras's"] if OURS in row["ratios"] else []
    if memory.LOW in row["ratios"]:
        parts.append(f"with `remat=True` {row['ratios'][memory.LOW]:.0%}")
    steps = f"{row['shape']['time']:,} steps"
    return f"Peak memory of a training step, LSTM of {steps}: {', '.join(parts)}."


def _grid(over: dict) -> str | None:
    rows = [row for row in over["rows"] if row["status"] == DONE and KERAS in row["ratios"]]
    if not rows:
        return None
    worst = min(rows, key=lambda row: row["ratios"][KERAS])
    below = sum(row["ratios"][KERAS] < grid.TARGET for row in rows)
    where = f"{_sizes(worst)} ({worst['title']})"
    return (
        f"Over {len(rows)} combinations of batch, time, units, padding and training "
        f"(`--grid full`) the worst is {worst['ratios'][KERAS]:.2f} times Keras's speed, at "
        f"{where}; {below} are below {grid.TARGET}."
    )


def _fits(record: dict) -> str:
    """Return the table of whole fits, its description, and the machine."""
    rows = []
    for row in sorted(record["rows"], key=lambda row: row["name"]):
        kind, padding, epochs = row["name"].rsplit("-", 2)
        rows.append((f"{kind}, {PADDING[padding]}, epochs: {epochs}", row, "wall", ".1f"))
    about = (
        "Wall seconds in a fresh process, tracing and compiling included: 2,000 rows of 100 "
        "timesteps, batches of 32, 500 rows of validation, then `predict`; Keras is the faster of "
        '`compile(jit_compile="auto")` and `jit_compile=True`. '
        f"`python -m benchmarks.fit_wall` on {_machine(record)}."
    )
    table = _pairs("`fit` and `predict`, all included", "s", rows)
    return f"{table}\n\n{_over_fits(record)}\n\n{about}"


def _serving(record: dict) -> str:
    """Return the table of served models."""
    rows = []
    for row in record["rows"]:
        use, batch, padding = row["name"].split("-")
        texts = "1 text" if batch == "1" else f"{batch} texts"
        rows.append((f"{USES[use]}, {texts}, {PADDING[padding]}", row, "min_ms", ".1f"))
    return (
        f"{_pairs('a call of a served model', 'ms', rows)}\n\nA text classifier with an LSTM of "
        "128 units over 200 words. Keras is the faster of `predict` with and without "
        f"`jit_compile=True`. `python -m benchmarks.serving` on {_machine(record)}."
    )


def _new_sizes(record: dict) -> str:
    """Return the table of batches of new sizes."""
    rows = []
    for row in record["rows"]:
        new, use, padding = row["name"].split("-")
        what = {"batches": "ten batch sizes", "lengths": "twenty lengths"}[new]
        rows.append((f"{what}, {USES[use]}, {PADDING[padding]}", row, "wall", ".2f"))
    return (
        f"{_pairs('one batch of each new size', 's', rows)}\n\nWall seconds in a fresh process "
        "that has seen batches of 32 × 100, LSTM of 64 units. Keras is the faster of with and "
        f"without `jit_compile=True`. `python -m benchmarks.new_sizes` on {_machine(record)}."
    )


def _steps(record: dict) -> str:
    """Return the table of training steps on a backend, outside of a `tf.function`."""
    rows = []
    for row in record["rows"]:
        layer, sizes, units, padding, _ = row["name"].split("-")
        sizes = f"{sizes.replace('x', ' × ')} → {units}"
        rows.append((f"{layer}, {PADDING[padding]}, {sizes}", row, "min_ms", ".1f"))
    backend = next(name for name in STEPS if name in record["versions"])
    first = [row["first_ratio"] for row in record["rows"]]
    compiling = (
        f"A first call, compiling included, takes {min(first):.1f} to {max(first):.1f} times as "
        "long as Keras's. "
    )
    return (
        f"{_pairs(STEPS[backend], 'ms', rows)}\n\n{compiling if backend == 'jax' else ''}Keras is "
        f"`keras.layers.RNN` around our cell where it has no such layer. `KERAS_BACKEND={backend} "
        f"python -m benchmarks.steps` on {_machine(record)}, {backend} "
        f"{record['versions'][backend]}."
    )


PADDING = {"masked": "padded", "dense": "dense"}
USES = {
    "fit": "`fit`",
    "predict": "`predict`",
    "export": "`model.export`",
    "saved_model": "`tf.saved_model.save`",
}


def _pairs(head: str, unit: str, rows: list[tuple[str, dict, str, str]]) -> str:
    """Return a table of Keras's faster side and ours, by title, row, quantity and its format."""
    lines = [table_line([head, f"Keras, {unit}", f"ours, {unit}", "times faster"])]
    lines += [table_line(["---", "---:", "---:", "---:"])]
    for title, row, quantity, form in rows:
        times = [format(row["sides"][side][quantity], form) for side in (row["better"], OURS)]
        lines.append(table_line([title, *times, f"**{row['ratio']:.2f}**"]))
    return "\n".join(lines)


def _machine(record: dict) -> str:
    return f"{record['machine']['cores']} cores ({record['machine']['cpu']})"


def _main_job(rows: list[dict]) -> str:
    passes, trials = (
        [sum(row[path][what] for row in rows) for path in (LOOP, AUTO)]
        for what in ("fastest_pass", "seconds")
    )
    each = [row[LOOP]["fastest_pass"] / row[AUTO]["fastest_pass"] for row in rows]
    return (
        f"The networks of `make compare` (64 to 152 units, batches of 32) pass over their texts "
        f"{passes[0] / passes[1]:.1f} times as fast as on the plain loop ({min(each):.1f} to "
        f"{max(each):.1f}); whole trials, with tracing and compiling, are "
        f"{trials[0] / trials[1]:.1f} times as fast (`python -m benchmarks.main_job`)."
    )


if __name__ == "__main__":
    try:
        main(tyro.cli(Settings, prog="python -m benchmarks.readme", description=__doc__))
    except (ValueError, OSError) as refusal:
        sys.exit(f"{refusal}")
