"""The settings that say where the trials of a sweep run, for the command line of each recipe."""

import dataclasses
import importlib.util
from typing import Literal

from recipes.sweeps.executors.executor import Executor
from recipes.sweeps.executors.processes import Processes


@dataclasses.dataclass(frozen=True)
class Place:
    """Where trials run."""

    on: Literal["processes", "ray"] = "processes"
    """Processes of this machine, or a Ray cluster: one started for the sweep on this machine, which
    listens to the loopback only, or that of --address."""
    address: str | None = None
    """Ray cluster that is there, as host:port; "auto" finds one that this machine is part of."""
    cores_per_trial: int = 1
    """Cores, and threads, of each trial, on Ray."""
    gpus_per_trial: float = 0
    """GPUs of each trial, on Ray; a fraction shares one."""

    def check(self) -> None:
        """Refuse what cannot be, before any work."""
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
        """Start what runs so many trials side by side; a cluster of --address, as many as fit.

        Raises:
            ConnectionError: where a cluster is asked for that is not there, or too small.
        """
        if self.on == "processes":
            return Processes(jobs)
        from recipes.sweeps.executors.ray import Ray

        return Ray(jobs, self.address, self.cores_per_trial, self.gpus_per_trial)
