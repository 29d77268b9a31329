"""Correctness and times on a GPU, on the backend of `KERAS_BACKEND`.

    KERAS_BACKEND=jax python -m benchmarks.gpu            # at most eight minutes
    KERAS_BACKEND=torch python -m benchmarks.gpu --tiny   # all of it in a minute, on any device
    KERAS_BACKEND=jax python -m benchmarks.gpu --only times --cases inference MinGRU   # some of it

First every implementation is compared with the loop. Then each case is timed: each of our
implementations, `keras.layers`, and torch.nn if torch is the backend. Results are written as they
arrive, to `benchmarks/results/gpu-BACKEND.json`; what does not fit into the time is skipped.
"""

import argparse
import dataclasses
import gc
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_gated as kg
from benchmarks import machine
from benchmarks.clock import Patience, interleave, untimed
from benchmarks.gpu import backend as backends
from benchmarks.gpu.cases import Case, cases, sides
from benchmarks.gpu.checks import ENGINES, checks
from benchmarks.record import DONE, FAILED, RESULTS, SKIPPED, Record


@dataclasses.dataclass
class Run:
    """One run of the benchmark: its cases, deadline and output file."""

    backend: Any
    record: Record
    ends: float
    tiny: bool
    engines: list
    quick: bool

    def write(self, name: str, **row) -> None:
        """Write a row, and print it."""
        self.record.add({"name": name, **row})
        words = {k: v for k, v in row.items() if k not in ("status", "first_call_s")}
        print(f"{row['status']:8}{name}: {words}", flush=True)

    def check(self) -> bool:
        """Compare every implementation with the loop; return whether all are correct."""
        comparisons = list(checks(self.backend, self.tiny, self.engines, self.quick))
        right = True
        with ThreadPoolExecutor(self.backend.threads) as pool:
            errors = [pool.submit(error) for _, error, _ in comparisons]
            for (name, _, tolerance), error in zip(comparisons, errors, strict=True):
                try:
                    good = error.result() <= tolerance
                    row = {"error": error.result()}
                except Exception as failure:
                    good, row = False, {"reason": _first_lines(failure)}
                right &= good
                self.write(f"check: {name}", status=DONE if good else FAILED, **row)
        return right

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

    def time(self, some: list[Case]) -> None:
        """Compile all sides of some cases, then time them; a side that fails is recorded so.

        Where XLA compiles, it compiles them side by side.
        """
        failed: dict[str, dict] = {case.name: {} for case in some}
        steps_of = {case.name: dict(self._made(case, failed[case.name])) for case in some}
        calls: dict[str, dict] = {}
        with ThreadPoolExecutor(self.backend.threads) as pool:
            for case, sides_ in steps_of.items():
                calls[case] = {
                    name: pool.submit(backends.first_call, step) for name, step in sides_.items()
                }
        for case, of_case in calls.items():
            steps, first = {}, {}
            for name, call in of_case.items():
                try:
                    first[name] = round(call.result(), 2)
                    steps[name] = steps_of[case][name]
                except Exception as failure:
                    failed[case][name] = _first_lines(failure)
            timings = self.timed(steps)
            self.write(
                case,
                status=DONE if steps else FAILED,
                ms={name: round(timing.least, 4) for name, timing in timings.items()},
                median_ms={name: round(timing.median, 4) for name, timing in timings.items()},
                first_call_s=first if self.backend.threads == 1 else {},
                failed=failed[case],
            )
        gc.collect()

    def times(self, planned: list[Case]) -> None:
        """Time all cases, and measure the memory; what does not fit into the time is left out."""
        at_once = max(1, self.backend.threads // 2)
        for number in range(0, len(planned), at_once):
            if time.monotonic() > self.ends:
                self.record.skipped = [left.name for left in planned[number:]]
                print(f"{SKIPPED:8}{len(self.record.skipped)} cases: the time is over", flush=True)
                return
            self.time(planned[number : number + at_once])
            if number == 0:
                self.memory()

    def _made(self, case: Case, failed: dict):
        steps = sides(case, self.backend, self.engines)
        while True:
            try:
                yield next(steps)
            except StopIteration:
                return
            except Exception as failure:
                failed["making a side"] = _first_lines(failure)
                return

    def memory(self) -> None:
        """Measure the memory of a training step over many timesteps."""
        if keras.backend.backend() == "torch":
            return  # its loop keeps what autograd keeps, and has no remat
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
                peaks[name] = _first_lines(failure)
        self.write("memory", status=DONE, mib=peaks)

    def timed(self, steps: dict) -> dict:
        """Return the times of steps that take turns."""
        patience = Patience(0, 1, 1) if self.tiny else Patience(1.0, 5, 30)
        return interleave({name: untimed(step) for name, step in steps.items()}, patience)


def _named(name: str, parts: list[str] | None) -> bool:
    return parts is None or any(part in name for part in parts)


def _first_lines(failure: Exception) -> str:
    """Return the type and the first lines of an error: Keras puts the cause into the second."""
    lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
    return f"{type(failure).__name__}: {' '.join(lines[:2])[:400]}"


def main(argv=None) -> int:
    """Check and time; return 0 if every implementation is correct."""
    parser = argparse.ArgumentParser("benchmarks.gpu", description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="all of it at small sizes")
    parser.add_argument("--minutes", type=float, default=8.0, help="after which no case begins")
    parser.add_argument("--out", type=Path, help="the file to write")
    parser.add_argument("--engines", nargs="+", default=ENGINES, help="beside the default")
    parser.add_argument("--cases", nargs="+", help="parts of names, as in inference 32x100 MinGRU")
    parser.add_argument("--only", choices=["checks", "times"], help="one half of it")
    parser.add_argument("--quick", action="store_true", help="check with two masks of five")
    settings = parser.parse_args(argv)
    ends = time.monotonic() + 60 * settings.minutes
    backend = backends.current()
    versions = {"keras": keras.__version__, "keras_gated": kg.__version__, **backend.version()}
    about = {"device": backend.device(), "gpu": backend.on_gpu(), "versions": versions}
    out = settings.out or RESULTS / f"gpu-{keras.backend.backend()}.json"
    fresh = not settings.cases  # some cases are added to those on record
    record = Record(out, fresh=fresh, about={**about, "machine": machine.machine()})
    run = Run(backend, record, ends, settings.tiny, settings.engines, settings.quick)
    print(about, flush=True)
    right = run.check() if settings.only != "times" else True
    if settings.only != "checks":
        run.limits()
        run.times([case for case in cases(settings.tiny) if _named(case.name, settings.cases)])
    record.write()
    print(f"written: {out.name}", flush=True)
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
