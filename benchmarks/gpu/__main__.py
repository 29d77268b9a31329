"""Correctness and times on a GPU, on the backend of `KERAS_BACKEND`.

    KERAS_BACKEND=jax python -m benchmarks.gpu            # at most eight minutes
    KERAS_BACKEND=torch python -m benchmarks.gpu --tiny   # all of it in a minute, on any device

First every implementation is compared with the loop. Then each case is timed: each of our
implementations, `keras.layers`, and torch.nn if torch is the backend. Results are written as they
arrive, to `benchmarks/results/gpu-BACKEND.json`; what does not fit into the time is skipped.
"""

import argparse
import dataclasses
import gc
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_gated as kg
from benchmarks import machine
from benchmarks.clock import Patience, interleave
from benchmarks.gpu import backend as backends
from benchmarks.gpu.cases import Case, cases, sides
from benchmarks.gpu.checks import checks
from benchmarks.record import DONE, FAILED, SKIPPED, Record

RESULTS = Path(__file__).parent.parent / "results"


@dataclasses.dataclass
class Run:
    """One run of the benchmark: its cases, deadline and output file."""

    backend: Any
    record: Record
    ends: float
    tiny: bool

    def write(self, name: str, **row) -> None:
        """Write a row, and print it."""
        self.record.add({"name": name, **row})
        words = {k: v for k, v in row.items() if k not in ("status", "first_call_s")}
        print(f"{row['status']:8}{name}: {words}", flush=True)

    def check(self) -> bool:
        """Compare every implementation with the loop; return whether all are correct."""
        right = True
        found = checks(self.backend, self.tiny)
        while True:
            try:
                name, error, tolerance = next(found)
            except StopIteration:
                return right
            except Exception as failure:
                self.write("checks", status=FAILED, reason=_first_line(failure))
                return False
            good = bool(error <= tolerance)
            right &= good
            self.write(f"check: {name}", status=DONE if good else FAILED, error=error)

    def limits(self) -> None:
        """Time one large matrix product and one copy."""
        n, mib = (64, 1) if self.tiny else (8192, 1024)
        steps = {"product": self.backend.product(n), "copy": self.backend.copy(mib)}
        times = self.timed(steps)
        self.write(
            "limits",
            status=DONE,
            tflops=2 * n**3 / times["product"].least / 1e9,
            gb_per_s=2 * mib * 2**20 / times["copy"].least / 1e6,
        )

    def time(self, case: Case) -> None:
        """Time all sides of a case; for a side that fails, the error is recorded."""
        steps, first = {}, {}
        failed: dict[str, str] = {}
        for name, step in self._made(case, failed):
            if time.monotonic() > self.ends:
                break
            try:
                first[name] = backends.first_call(step)
                steps[name] = step
            except Exception as failure:
                failed[name] = _first_line(failure)
        found = self.timed(steps)
        self.write(
            case.name,
            status=DONE if steps else FAILED,
            ms={name: round(timing.least, 4) for name, timing in found.items()},
            median_ms={name: round(timing.median, 4) for name, timing in found.items()},
            first_call_s={name: round(seconds, 2) for name, seconds in first.items()},
            failed=failed,
        )
        gc.collect()

    def _made(self, case: Case, failed: dict):
        found = sides(case, self.backend)
        while True:
            try:
                yield next(found)
            except StopIteration:
                return
            except Exception as failure:
                failed["making a side"] = _first_line(failure)
                return

    def memory(self) -> None:
        """Measure the memory of a training step over many timesteps."""
        rows, steps, units = (2, 20, 4) if self.tiny else (32, 2_000, 256)
        x = np.ones((rows, steps, units), "float32")
        peaks = {}
        for name, layer in {
            "ours": kg.LSTM(units, return_sequences=True, engine="fused"),
            "ours, remat": kg.LSTM(units, return_sequences=True, engine="fused", remat=True),
            "keras": keras.layers.LSTM(units, return_sequences=True, use_cudnn=False),
        }.items():
            layer.build(x.shape)
            try:
                peaks[name] = self.backend.peak_mib(layer, x, None, x)
            except Exception as failure:
                peaks[name] = _first_line(failure)
        self.write("memory", status=DONE, mib=peaks)

    def timed(self, steps: dict) -> dict:
        """Return the times of steps that take turns."""

        def turn(step):
            def run():
                step()

            return run

        patience = Patience(0, 1, 1) if self.tiny else Patience(1.0, 5, 30)
        return interleave({name: turn(step) for name, step in steps.items()}, patience)


def _first_line(failure: Exception) -> str:
    lines = str(failure).strip().splitlines()
    return f"{type(failure).__name__}: {lines[0][:300] if lines else ''}"


def main(argv=None) -> int:
    """Check and time; return 0 if every implementation is correct."""
    parser = argparse.ArgumentParser("benchmarks.gpu", description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="all of it at small sizes")
    parser.add_argument("--minutes", type=float, default=8.0, help="after which no case begins")
    parser.add_argument("--out", type=Path, help="the file to write")
    settings = parser.parse_args(argv)
    ends = time.monotonic() + 60 * settings.minutes
    backend = backends.current()
    versions = {"keras": keras.__version__, "keras_gated": kg.__version__, **backend.version()}
    about = {"device": backend.device(), "gpu": backend.on_gpu(), "versions": versions}
    out = settings.out or RESULTS / f"gpu-{keras.backend.backend()}.json"
    record = Record(out, fresh=True, about={**about, "machine": machine.machine()})
    run = Run(backend, record, ends, settings.tiny)
    print(about, flush=True)
    right = run.check()
    run.limits()
    planned = cases(settings.tiny)
    for number, case in enumerate(planned):
        if time.monotonic() > ends:
            record.skipped = [left.name for left in planned[number:]]
            print(f"{SKIPPED:8}{len(record.skipped)} cases: the time is over", flush=True)
            break
        run.time(case)
        if number == min(9, len(planned) - 1):
            run.memory()
    record.write()
    print(f"written: {out.name}", flush=True)
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
