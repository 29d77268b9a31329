"""Trials in a pool of processes on this machine."""

import concurrent.futures as futures
import contextlib
import multiprocessing
import os
import sys
import threading
import types
from collections.abc import Callable, Collection, Iterator
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from recipes.sweeps.executors.executor import Lost

# Read by TensorFlow on import. Small networks gain more from a second trial in parallel than one
# trial gains from a second thread.
ONE_THREAD = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


class Processes:
    """An executor of `jobs` processes, each of which runs one trial at a time on one thread.

    If a process dies, the pool breaks and the other running trials are lost too; later trials get a
    new pool. If this process is killed, its processes end by themselves.
    """

    def __init__(self, jobs: int):
        self.slots = jobs
        self._pool = _pool(jobs)
        self._of: dict[futures.Future, futures.ProcessPoolExecutor] = {}

    def submit(self, run: Callable[[Any], dict], trial: Any) -> futures.Future:
        with _without_main():
            try:
                handle = self._pool.submit(run, trial)
            except BrokenProcessPool:  # a process died since the last submit
                self._pool = _pool(self.slots)
                handle = self._pool.submit(run, trial)
        self._of[handle] = self._pool
        return handle

    def wait(self, running: Collection[futures.Future], seconds: float):
        ended, _ = futures.wait(running, timeout=seconds, return_when=futures.FIRST_COMPLETED)
        pools = [self._of.pop(future) for future in ended]
        for future, pool in zip(ended, pools, strict=True):
            # One process died (probably out of memory). This breaks the pool, so the futures of all
            # its running trials end too.
            if pool is self._pool and isinstance(future.exception(), BrokenProcessPool):
                self._pool = _pool(self.slots)
        return ended

    def result(self, handle: futures.Future) -> dict:
        try:
            return handle.result(timeout=0)
        except (BrokenProcessPool, TimeoutError):
            raise Lost(
                "the process that ran it, or one beside it, died; out of memory is the usual cause",
                again=True,
            ) from None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()


def _pool(jobs: int) -> futures.ProcessPoolExecutor:
    os.environ |= ONE_THREAD  # the processes inherit it
    # Spawned, not forked: TensorFlow does not survive a fork.
    context = multiprocessing.get_context("spawn")
    return futures.ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Keep processes that start here from importing the script that runs, as spawned ones do.

    Trials do not need it, and a script without `if __name__ == "__main__":` would start again.
    """
    script, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _start_worker() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the workers
    parent = multiprocessing.parent_process()
    assert parent is not None, "a process of the pool has one"
    # Nothing signals that a parent was killed: a worker without this thread could run forever.
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    # Keras and XLA would print over the display.
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)


def _end_with(parent) -> None:
    parent.join()
    os._exit(1)
