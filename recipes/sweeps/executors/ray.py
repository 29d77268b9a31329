"""Trials as tasks of a Ray cluster, either started on this machine or existing."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from recipes.sweeps import record
from recipes.sweeps.executors.executor import Lost

RETRIES = 3  # retries of a trial whose worker or machine died
KNOCK, GREET = 5, 30  # timeouts in seconds: to connect to a cluster, to get an answer from Ray
CODE = Path(__file__).parents[3]


class Ray:
    """An executor that runs trials on a Ray cluster (https://docs.ray.io).

    Each trial states its cores and GPUs, and Ray finds a machine where they are free. A trial whose
    worker or machine dies is retried elsewhere, at most `RETRIES` times. Trials write no records:
    they return them to the sweep, which does.

    Without an address, a cluster is started on this machine and stopped with the sweep, even if the
    sweep is killed; it listens on the loopback interface only. With an address, the code of this
    checkout is sent to the cluster's machines. These must have the packages that it imports, and
    the user's own files under the same paths.

    Args:
        jobs: number of parallel trials on a cluster started here; an existing cluster runs as many
            as fit.
        address: `host:port` of an existing cluster, "auto" for one of this machine, or None.
        cores: cores per trial, and the number of threads it may use.
        gpus: GPUs per trial; with a fraction, trials share a GPU.

    Raises:
        ConnectionError: if there is no cluster, or none of its machines can run a trial.
    """

    def __init__(self, jobs: int, address: str | None = None, cores: int = 1, gpus: float = 0):
        # Read when Ray is imported. Disables the usage reports that Ray sends by default.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        # By default Ray would retry a trial forever if it needs more memory than there is.
        os.environ["RAY_task_oom_retries"] = str(RETRIES)  # noqa: SIM112, Ray's spelling
        if address is None:
            # Ray replaces 127.0.0.1 by the machine's own address and listens on all interfaces,
            # except on macOS and Windows. Despite its name, the variable works on Linux.
            os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        else:
            _greet(address)
        import ray

        self._ray, self._cores, self._gpus = ray, cores, gpus
        threads = {name: str(cores) for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")}
        runtime: dict[str, Any] = {
            "env_vars": {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTEROP_THREADS": "1"} | threads
        }
        if address is None:
            # The minimum that Ray accepts for its object store: a trial returns only a record.
            where = {"address": "local", "num_cpus": jobs * cores, "include_dashboard": False}
            where["object_store_memory"] = 80 * 2**20
        else:
            where = {"address": address}
            runtime["py_modules"] = [str(CODE / name) for name in ("recipes", "keras_gated")]
        ray.init(**where, runtime_env=runtime, log_to_driver=False, logging_level="ERROR")
        self._head = ray.get_runtime_context().gcs_address
        try:
            if address is None and not ray.util.get_node_ip_address().startswith(("127.", "::1")):
                raise ConnectionError(
                    "Ray was imported before this sweep and would listen beyond this machine; "
                    "import it later, or set RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0 before."
                )
            if not self.slots:
                most = ", ".join(
                    f"{node.get('CPU', 0):g} and {node.get('GPU', 0):g}" for node in self._nodes()
                )
                raise ConnectionError(
                    f"a trial asks for {cores} cores and {gpus:g} GPUs of one machine of the "
                    f"cluster; its machines have {most or 'none'}. Give fewer by --cores-per-trial "
                    "and --gpus-per-trial."
                )
        except ConnectionError:
            ray.shutdown()
            raise
        self._task = ray.remote(num_cpus=cores, num_gpus=gpus, max_retries=RETRIES)(_run)

    def _nodes(self) -> list[dict]:
        return [node["Resources"] for node in self._ray.nodes() if node["Alive"]]

    @property
    def slots(self) -> int:
        """Number of trials that fit on the machines that are available now."""
        try:
            _knock(self._head)
        except OSError:
            # Ray would wait for a minute, and then exit this process.
            raise ConnectionError(
                f"the Ray cluster at {self._head} went away; what had ended is on file, and the "
                "same command goes on from there once there is a cluster again."
            ) from None
        return sum(
            min(
                int(node.get("CPU", 0) / self._cores),
                int(node.get("GPU", 0) / self._gpus) if self._gpus else sys.maxsize,
            )
            for node in self._nodes()
        )

    def submit(self, run: Callable[[Any], dict], trial: Any):
        return self._task.options(name=str(trial)).remote(run, trial)

    def wait(self, running: Collection[Any], seconds: float):
        handles = list(running)
        ended, _ = self._ray.wait(handles, num_returns=len(handles), timeout=0)
        if not ended:
            ended, _ = self._ray.wait(handles, timeout=seconds)
        return ended

    def result(self, handle: Any) -> dict:
        try:
            line = self._ray.get(handle)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except self._ray.exceptions.RayError as error:
            said = " ".join(str(error).split())
            raise Lost(f"Ray lost it {RETRIES + 1} times: {said[:300]}") from None
        # A worker has no checkout to ask; it runs the code of this one.
        return line | {"commit": record.commit()} if "commit" in line else line

    def close(self) -> None:
        self._ray.shutdown()


def _run(run: Callable[[Any], dict], trial: Any) -> dict:
    return run(trial)


def _greet(address: str) -> None:
    """Raise an error if no cluster answers: Ray itself would try for two minutes and then exit."""
    try:
        if address != "auto":
            _knock(address)
        # In a subprocess, which can be killed; an attempt to connect cannot be stopped.
        greeting = "import sys, ray; ray.init(sys.argv[1], logging_level='ERROR')"
        answer = subprocess.run(
            [sys.executable, "-c", greeting, address], capture_output=True, text=True, timeout=GREET
        )
        if answer.returncode:
            raise OSError((answer.stderr.strip().splitlines() or ["no answer"])[-1])
    except (OSError, subprocess.TimeoutExpired) as error:
        said = (
            "it does not answer as Ray does"
            if isinstance(error, subprocess.TimeoutExpired)
            else error
        )
        raise ConnectionError(
            f"no Ray cluster at {address} ({said}). Start one there with `ray start --head` and "
            "give its host:port, or leave --address out: then one is started on this machine."
        ) from None


def _knock(address: str) -> None:
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK).close()
