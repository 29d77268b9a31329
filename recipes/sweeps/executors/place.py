"""The settings of the executor, for the command line of each recipe."""

import dataclasses
import importlib.util
from typing import Literal

from recipes.sweeps.executors.executor import Executor
from recipes.sweeps.executors.processes import Processes


@dataclasses.dataclass(frozen=True)
class Place:
    """Where trials run."""

    on: Literal["processes", "ray"] = "processes"
    """Processes of this machine, or a Ray cluster: the one at --address, or one started on this
    machine for the sweep, which listens on the loopback interface only.
    """
    address: str | None = None
    """Existing Ray cluster, as host:port; "auto" finds the one that this machine belongs to."""
    cores_per_trial: int = 1
    """Cores, and threads, per trial, on Ray."""
    gpus_per_trial: float = 0
    """GPUs per trial, on Ray; with a fraction, trials share a GPU."""

    def check(self) -> None:
        """Raise an error for invalid settings, before anything runs."""
        if self.on == "processes":
            for name in ("address", "cores_per_trial", "gpus_per_trial"):
                if getattr(self, name) != getattr(Place, name):
                    raise ValueError(f"--{name.replace('_', '-')} is of Ray; add --on ray.")
            return
        if importlib.util.find_spec("ray") is None:
            raise ValueError(
                "--on ray needs Ray, which is not installed: pip install "
                "'keras_gated[recipes,cluster]', in a checkout pip install '.[recipes,cluster]' "
                "-c constraints.txt."
            )
        if self.cores_per_trial < 1 or self.gpus_per_trial < 0:
            raise ValueError(
                "--cores-per-trial is 1 or more and --gpus-per-trial 0 or more; received "
                f"{self.cores_per_trial} and {self.gpus_per_trial:g}."
            )
        if self.address not in (None, "auto"):
            host, _, port = str(self.address).rpartition(":")
            if not host or not port.isdigit() or "/" in host:
                raise ValueError(
                    f"--address is host:port of a Ray cluster, or auto; received {self.address!r}."
                )

    def start(self, jobs: int) -> Executor:
        """Start an executor for `jobs` parallel trials; with --address, as many as the cluster
        fits.

        Raises:
            ConnectionError: if the cluster is unreachable or too small.
        """
        if self.on == "processes":
            return Processes(jobs)
        from recipes.sweeps.executors.ray import Ray

        return Ray(jobs, self.address, self.cores_per_trial, self.gpus_per_trial)
