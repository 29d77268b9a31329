"""One row of the table: checks that the sides are equal, then times each."""

import contextlib
import datetime
import gc
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmarks import limit, machine, memory, parity
from benchmarks.cases import Case
from benchmarks.clock import Patience, interleave
from benchmarks.layer_call import LayerCall, MissingError
from benchmarks.record import DONE, FAILED, SKIPPED
from benchmarks.sides import KERAS, KERAS_XLA, OURS, OURS_XLA, TORCH, Side
from benchmarks.torch_side import Torch

# Maximum memory, as a fraction of that of Keras's better side.
MEMORY_TARGETS = {OURS: 0.5, memory.LOW: 0.25}


def measure(case: Case, python: Path | None = None, patience: Patience | None = None) -> dict:
    """Return the record of a case.

    A side that fails, or is not equal to its reference, is not timed.

    Args:
        case: what to compare.
        python: a Python interpreter with torch, or None to leave torch out.
        patience: replaces the case's own.
    """
    row = _row(case.name, case.title, case.work.shape, case.targets)
    with contextlib.ExitStack() as stack:
        try:
            sides = case.make()
        except MissingError as reason:
            return row | {"status": SKIPPED, "reason": str(reason)}
        except Exception as error:
            return row | {"status": FAILED, "reason": _told(error)}
        if case.torch and python and isinstance(case.work, LayerCall):
            try:
                sides.append(_torch(case.work, python, stack))
            except RuntimeError as error:
                row |= {"status": FAILED, "reason": _told(error)}
        if case.limit:
            sides += limit.sides()
        row["sides"], equal = _compared(sides)
        if any("reason" in result for result in row["sides"].values()):
            row["status"] = FAILED
        timed = {side.name: side.step for side in sides if side.timed and side.name in equal}
        for name, timing in interleave(timed, patience or case.patience).items():
            row["sides"][name] |= {
                "min_ms": round(timing.least, 4),
                "median_ms": round(timing.median, 4),
                "turns": len(timing.turns),
            }
    _conclude(row, case)
    del sides, timed
    keras.backend.clear_session()
    gc.collect()
    return row


def _row(name: str, title: str, shape: dict, targets: dict) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "status": DONE,
        "shape": shape,
        "targets": targets,
        "sides": {},
        "ratios": {},
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _torch(call: LayerCall, python: Path, stack: contextlib.ExitStack) -> Side:
    x, _, upstream = call.data()
    child = stack.enter_context(
        Torch(python, call.layer, machine.cores(), x, upstream, call.weights())
    )
    return Side(TORCH, child.step, child.numbers, note=f"torch {child.version}")


def _compared(sides: list[Side]) -> tuple[dict[str, dict[str, Any]], set[str]]:
    """Return the notes and errors of each side, and the names of those that may be timed."""
    results: dict[str, dict[str, Any]] = {}
    numbers: dict[str, dict[str, np.ndarray]] = {}
    references = {side.against for side in sides}
    equal = set()
    for side in sides:
        results[side.name] = {} if side.note is None else {"note": side.note}
        try:
            outputs = side.numbers()
        except Exception as error:
            results[side.name]["reason"] = _told(error)
            continue
        if side.name in references:
            numbers[side.name] = outputs
        if side.against is None:
            equal.add(side.name)
            continue
        # If the reference itself failed, nothing is shown about this side either.
        errors = parity.distances(outputs, numbers.get(side.against, {}))
        results[side.name] |= {"against": side.against, "errors": errors}
        if parity.passed(errors):
            equal.add(side.name)
        else:
            results[side.name]["reason"] = f"not equal to {side.against}"
    return results, equal


def _conclude(row: dict, case: Case) -> None:
    """Add the ratios, and the time relative to the limit of the matrix products."""
    times = {name: result["min_ms"] for name, result in row["sides"].items() if "min_ms" in result}
    rivals = {name: times[name] for name in (KERAS, KERAS_XLA) if name in times}
    # Keras's better side is known only if both were timed.
    if len(rivals) == 2:
        row["better"] = min(rivals, key=rivals.__getitem__)
        ours = [times[name] for name in (OURS, OURS_XLA) if name in times]
        if ours:
            row["ratios"][KERAS] = rivals[row["better"]] / min(ours)
    if OURS in times and TORCH in times:
        row["ratios"][TORCH] = times[TORCH] / times[OURS]
    if case.limit and OURS in times and isinstance(case.work, LayerCall):
        products = min(times[name] for name in (limit.MATMUL, limit.MATMUL_XLA) if name in times)
        least = limit.milliseconds(limit.flops(case.work), products)
        row["limit_ms"], row["ours_to_limit"] = least, times[OURS] / least


def measure_memory(**sizes) -> dict:
    """Return the record of the peak memory of a training step; `sizes` replace the default ones."""
    call = memory.call(**sizes)
    row = _row("memory", "peak memory of a training step, LSTM", call.shape, MEMORY_TARGETS)
    row["at_most"] = True
    expected: dict[str, np.ndarray] = {}
    for name in memory.SIDES:
        results: dict[str, Any] = {}
        row["sides"][name] = results
        with tempfile.TemporaryDirectory() as folder:
            try:
                peak, outputs = memory.measure(name, Path(folder), sizes)
            except RuntimeError as error:
                row["status"], results["reason"] = FAILED, _told(error)
                continue
        if name == KERAS:
            expected = outputs
        else:
            results["errors"] = parity.distances(outputs, expected)
            if not parity.passed(results["errors"]):
                row["status"], results["reason"] = FAILED, f"not equal to {KERAS}"
                continue
        results["peak_mib"] = round(peak, 1)
    peaks = {
        name: results["peak_mib"] for name, results in row["sides"].items() if "peak_mib" in results
    }
    if KERAS in peaks and KERAS_XLA in peaks:
        row["better"] = min((KERAS, KERAS_XLA), key=peaks.__getitem__)
        for name in MEMORY_TARGETS:
            if name in peaks:
                row["ratios"][name] = peaks[name] / peaks[row["better"]]
    return row


def met(row: dict, target: str) -> bool | None:
    """Return whether a row reaches one of its targets; None if it was not measured."""
    if target not in row["targets"] or target not in row["ratios"]:
        return None
    ratio, least = row["ratios"][target], row["targets"][target]
    return ratio <= least if row.get("at_most") else ratio >= least


def _told(error: Exception) -> str:
    """Return an error as a short line, without absolute paths."""
    line = next((line for line in str(error).splitlines() if line.strip()), "")
    words = (word for word in line.split() if not word.lstrip("'\"(").startswith("/"))
    return f"{type(error).__name__}: {' '.join(words)}"[:300]
