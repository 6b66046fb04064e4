"""A real scheduler and real workers of dask: the bits of a plain loop, nothing lost when a worker
is killed, and none of another kind let in.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lab.cli import main
from lab.sweeps import cluster
from lab.sweeps.cluster import ClusterError
from lab.sweeps.trials import Outcome, train_trial
from tests.lab.cli.running import ROOT
from tests.lab.sweeps.spinning import bits, moons

pytest.importorskip("distributed", reason="no dask: requirements-cluster.txt has it")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills processes as only POSIX does"),
    # dask's own threads may close a connection to a worker that was killed when they are gone
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
TEN = moons("units=4|8", "learning_rate=0.003|0.01|0.03|0.1|1", epochs=60)
Begin = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Begins a program of dask, in the folder of this repository, and ends it after the test."""
    begun: list[psutil.Process] = []

    def start(*words: str, **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        begun.append(psutil.Process(process.pid))
        return process

    yield start
    for process in reversed(begun):
        family = [process]
        if process.is_running():
            family += process.children(recursive=True)
        for each in family:
            if each.is_running():
                each.kill()
        psutil.wait_procs(family, timeout=10)


@pytest.fixture
def address(begin: Begin, tmp_path: Path) -> str:
    file = tmp_path / "scheduler.json"
    begin(
        "scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--scheduler-file",
        str(file),
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if file.exists() and file.read_text().endswith("}"):
            return str(json.loads(file.read_text())["address"])
        time.sleep(0.05)
    raise AssertionError("the scheduler did not begin")


WORKER = ("--nthreads", "1", "--no-dashboard")


@pytest.fixture(scope="module")
def expected() -> list:
    return bits(train_trial(trial.number, trial.experiment.to_dict()) for trial in TEN.trials)


def notes() -> tuple[list[str], Callable[[str], None]]:
    said: list[str] = []
    return said, said.append


def test_nothing_is_lost_when_one_of_two_workers_is_killed(
    begin: Begin, address: str, expected: list
) -> None:
    workers = [begin("worker", address, *WORKER, "--no-nanny") for _ in range(2)]
    said, note = notes()
    outcomes: list[Outcome] = []
    for outcome in cluster.train_on(address, TEN.trials, note):
        outcomes += [outcome] if outcome else []
        if len(outcomes) == 3 and workers[0].poll() is None:
            workers[0].kill()
            workers[0].wait()
    assert workers[0].returncode == -signal.SIGKILL
    assert bits(outcomes) == expected
    assert all(sentence == cluster.WAITING for sentence in said)


def test_a_worker_that_its_nanny_begins_anew_goes_on(
    begin: Begin, address: str, expected: list
) -> None:
    nanny = psutil.Process(begin("worker", address, *WORKER).pid)
    outcomes: list[Outcome] = []
    killed = False
    for outcome in cluster.train_on(address, TEN.trials, lambda _: None):
        outcomes += [outcome] if outcome else []
        if len(outcomes) == 3 and not killed:
            killed = True
            worker = max(nanny.children(recursive=True), key=lambda each: each.memory_info().rss)
            worker.kill()
    assert killed
    assert bits(outcomes) == expected


def test_a_worker_with_another_core_type_is_refused_in_a_sentence_that_names_both(
    begin: Begin, address: str, expected: list
) -> None:
    begin("worker", address, *WORKER, "--no-nanny", "--name", "other", OPENBLAS_CORETYPE="Nehalem")
    said, note = notes()
    with pytest.raises(ClusterError, match="refused") as problem:
        list(cluster.train_on(address, TEN.trials, note))
    assert "there the core type is" in str(problem.value)
    assert "Nehalem" in str(problem.value)
    assert "here the core type is" in str(problem.value)
    begin("worker", address, *WORKER, "--no-nanny", "--name", "alike")
    until = time.monotonic() + 60
    while time.monotonic() < until:  # until that one is there, too
        try:
            outcomes = list(filter(None, cluster.train_on(address, TEN.trials, note)))
            break
        except ClusterError:
            time.sleep(0.2)
    assert bits(outcomes) == expected
    assert any("is refused" in sentence for sentence in said)


def test_the_command_line_trains_on_a_cluster_what_it_trains_here(
    begin: Begin, address: str, tmp_path: Path
) -> None:
    begin("worker", address, *WORKER, "--no-nanny")
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    line = ["sweep", "--dataset", "moons", "--epochs", "5", "--vary", "units=2|4|8", "--quiet"]
    assert main([*line, "--cluster", address, "--out", str(there)]) == 0
    assert main([*line, "--jobs", "1", "--out", str(here)]) == 0
    tables = []
    for path in (here, there):
        with open(path, encoding="utf-8", newline="") as file:
            tables.append([row | {"seconds": ""} for row in csv.DictReader(file)])
    assert tables[0] == tables[1]
    assert len(tables[0]) == 3


def test_a_scheduler_that_ends_gets_a_sentence(begin: Begin, address: str) -> None:
    begin("worker", address, *WORKER, "--no-nanny")
    ended, began = 0, time.monotonic()

    def follow() -> None:
        nonlocal ended
        for outcome in cluster.train_on(address, TEN.trials, lambda _: None):
            ended += outcome is not None
            if ended == 1 and scheduler.is_running():
                scheduler.kill()
                scheduler.wait(10)

    port = int(address.rsplit(":", 1)[1])
    scheduler = next(
        child
        for child in psutil.Process().children(recursive=True)
        if any(c.status == "LISTEN" and c.laddr.port == port for c in child.net_connections())
    )
    with pytest.raises(ClusterError, match="does not answer any more: the same command goes on"):
        follow()
    assert time.monotonic() - began < 60


def test_where_there_is_no_scheduler_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_WITHIN", 0.5)
    with pytest.raises(ClusterError, match="there is no scheduler at tcp"):
        list(cluster.train_on("tcp://127.0.0.1:9", TEN.trials, lambda _: None))
