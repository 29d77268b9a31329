"""Sweeps on Ray: trials of a second each, on clusters started here, with failures."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="of the extra `cluster`")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc"),
]
ROOT = Path(__file__).parents[2]
LOOPBACK = os.environ | {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # listen on the loopback interface only
    "RAY_USAGE_STATS_ENABLED": "0",
    "PYTHONPATH": str(ROOT),
}
# python -c SWEEP FOLDER TRIALS [ADDRESS [CORES]]: trial 0 dies if the folder contains "dies"; the
# others wait a second, or four if it contains "slow". Each records its start and its end. The
# result is a function of the settings.
SWEEP = """
import dataclasses, functools, os, signal, sys, time
from pathlib import Path
from rich.console import Console
from recipes.sweeps import record
from recipes.sweeps.executors.place import Place
from recipes.sweeps.runs import Runs
from recipes.sweeps.sweep import sweep

@dataclasses.dataclass(frozen=True)
class Trial:
    seed: int
    folder: str
    data: str = "made up"
    model: str = "sleep"
    arm: str = ""
    size: int = 1
    units: int = 1
    growth = 1.0
    optional = False
    key = property(lambda self: str(self.seed))
    group = property(lambda self: self.seed)

def run(trial):
    def work():
        note = f"{trial.seed} {os.getpid()} {os.environ['OMP_NUM_THREADS']}\\n"
        with open(Path(trial.folder) / "began", "a") as file:
            file.write(note)
        if trial.seed == 0 and (Path(trial.folder) / "dies").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(4 if (Path(trial.folder) / "slow").exists() else 1)
        with open(Path(trial.folder) / "ended", "a") as file:
            file.write(note)
        return {"valid_accuracy": 0.5, "score": trial.seed**2}
    return record.made(trial, work)

folder, trials, address, cores = (*sys.argv[1:], *("", "", "1")[len(sys.argv) - 2:])[:4]
place = Place("ray", address or None, int(cores))
place.check()
with Runs(Path(folder)) as runs:
    try:
        outcome = sweep([Trial(n, folder) for n in range(int(trials))], run, runs, 2, None,
                        Console(), place.start)
    except OSError as refusal:
        print(refusal)
        sys.exit(1)
print("interrupted" if outcome.interrupted else "over")
"""
NODES = """
import sys
from ray.cluster_utils import Cluster
cluster = Cluster(True, head_node_args={"num_cpus": 1, "include_dashboard": False})
second = cluster.add_node(num_cpus=1)
print(cluster.address, flush=True)
for line in sys.stdin:
    if line.strip() == "gcs":
        cluster.head_node.kill_gcs_server(check_alive=False)
    else:
        cluster.remove_node({"head": cluster.head_node, "second": second}[line.strip()], False)
    print("killed", flush=True)
"""


def started(program, *arguments, **more):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE, text=True, env=LOOPBACK, **more,
    )  # fmt: skip


def ended(process, seconds=250):
    output, _ = process.communicate(timeout=seconds)
    return process.returncode, " ".join(output.split())


def records(folder):
    file = folder / "trials.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def noted(folder, name):
    """How often each trial began, or ended."""
    file = folder / name
    return (
        Counter(int(x.split()[0]) for x in file.read_text().splitlines()) if file.exists() else {}
    )


def until(happens, seconds=200):
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def whole(folder, trials):
    """Every trial is recorded, once, with its result."""
    found = records(folder)
    assert Counter(record["key"] for record in found) == Counter(map(str, range(trials)))
    assert {record["status"] for record in found} == {"done"}
    assert all(record["score"] == record["seed"] ** 2 for record in found)


@pytest.fixture
def nodes(tmp_path):
    """Two nodes on this machine, each with one core: `(address, kill)`."""
    process = started(NODES, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    address = process.stdout.readline().strip()

    def kill(which):
        process.stdin.write(which + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "killed\n"

    yield address, kill
    process.stdin.close()
    process.wait(60)


def below(number):
    """The process ids of all descendants of a process."""
    found, parents = [], [number]
    while parents:
        for tasks in Path(f"/proc/{parents.pop()}/task").glob("*/children"):
            children = [int(child) for child in tasks.read_text().split()]
            found += children
            parents += children
    return found


def alive(number):
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def listening(numbers):
    """The addresses on which processes listen, as the kernel writes them."""
    sockets = {}
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state, inode = (row.split()[place] for place in (1, 3, 9))
            if state == "0A":
                sockets[f"socket:[{inode}]"] = local.split(":")[0]
    found = []
    for number in numbers:
        for handle in Path(f"/proc/{number}/fd").glob("*"):
            try:
                found.append(sockets.get(os.readlink(handle)))
            except OSError:
                continue  # it is closed by now
    return [address for address in found if address]


def test_its_own_cluster_listens_to_the_loopback_alone_and_ends_with_it(tmp_path):
    process = started(SWEEP, tmp_path, 6)
    until(lambda: records(tmp_path))
    tree = [process.pid, *below(process.pid)]
    addresses = listening(tree)
    assert len(addresses) > 4, "Ray's processes listen somewhere"
    assert set(addresses) <= {"0100007F", "0000000000000000FFFF00000100007F", "0" * 24 + "01000000"}
    assert ended(process) == (0, "over")
    whole(tmp_path, 6)
    assert {line.split()[2] for line in (tmp_path / "ended").read_text().splitlines()} == {"1"}
    until(lambda: not any(map(alive, tree)))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_or_killed_it_goes_on_from_there(tmp_path, how):
    process = started(SWEEP, tmp_path, 8)
    until(lambda: len(records(tmp_path)) > 1)
    tree = below(process.pid)
    process.send_signal(how)
    assert ended(process) == {signal.SIGINT: (0, "interrupted"), signal.SIGKILL: (-9, "")}[how]
    until(lambda: not any(map(alive, tree)))
    kept = [record["key"] for record in records(tmp_path)]
    assert 1 < len(kept) < 8
    assert ended(started(SWEEP, tmp_path, 8)) == (0, "over")
    assert [record["key"] for record in records(tmp_path)][: len(kept)] == kept
    whole(tmp_path, 8)
    assert all(noted(tmp_path, "began")[int(key)] == 1 for key in kept), "none is done twice"


def test_one_of_two_nodes_dies_and_nothing_is_lost(tmp_path, nodes):
    address, kill = nodes
    (tmp_path / "slow").touch()  # ensures that one runs there when the node dies
    process = started(SWEEP, tmp_path, 12, address)

    def both_run():
        began, done = (sum(noted(tmp_path, name).values()) for name in ("began", "ended"))
        return len(records(tmp_path)) > 3 and began - done == 2

    until(both_run)
    kill("second")
    code, said = ended(process)  # Ray reports the death differently here
    assert (code, said.split()[-1]) == (0, "over")
    whole(tmp_path, 12)
    began, done = noted(tmp_path, "began"), noted(tmp_path, "ended")
    assert done == Counter(range(12)), "each came to its end once"
    assert max(began.values()) == 2, "what ran on the node began anew"
    assert began.total() == 13
    assert len({line.split()[1] for line in (tmp_path / "ended").open()}) > 1


def test_a_trial_that_kills_its_worker_has_failed_and_ends_nothing(tmp_path):
    (tmp_path / "dies").touch()
    code, said = ended(started(SWEEP, tmp_path, 4))  # Ray reports each death here
    assert (code, said.split()[-1]) == (0, "over")
    by_key = {record["key"]: record for record in records(tmp_path)}
    assert by_key.pop("0")["status"] == "failed"
    assert {record["status"] for record in by_key.values()} == {"done"}
    assert noted(tmp_path, "began") == Counter({0: 4, 1: 1, 2: 1, 3: 1})
    reason = next(r["reason"] for r in records(tmp_path) if r["key"] == "0")
    assert "Ray lost it 4 times" in reason
    (tmp_path / "dies").unlink()
    assert ended(started(SWEEP, tmp_path, 4)) == (0, "over")
    assert records(tmp_path)[-1]["score"] == 0


@pytest.mark.parametrize("what", ["gcs", "head"])
def test_a_cluster_that_goes_away_is_told_and_nothing_is_lost(tmp_path, nodes, what):
    address, kill = nodes
    process = started(SWEEP, tmp_path, 200, address)
    until(lambda: len(records(tmp_path)) > 3)
    kill(what)
    code, said = ended(process)
    assert code == 1, said
    # Without a node on its own machine, Ray ends a driver with its own message.
    words = {"gcs": f"the Ray cluster at {address} went away", "head": "Raylet is terminated"}
    assert words[what] in said
    kept = len(records(tmp_path))
    assert kept > 3
    assert ended(started(SWEEP, tmp_path, kept + 2)) == (0, "over")
    whole(tmp_path, kept + 2)


@pytest.mark.parametrize("there", ["nothing", "another server"])
def test_where_no_cluster_is_it_says_so_at_once(tmp_path, there):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if there == "another server":
            server.listen()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        code, said = ended(started(SWEEP, tmp_path, 2, address))
    assert code == 1
    assert f"no Ray cluster at {address}" in said
    assert "ray start --head" in said
    assert not records(tmp_path)


def test_more_cores_than_any_machine_has_are_refused(tmp_path, nodes):
    code, said = ended(started(SWEEP, tmp_path, 2, nodes[0], 2))
    assert code == 1
    assert "asks for 2 cores and 0 GPUs of one machine" in said
    assert "1 and 0, 1 and 0" in said
