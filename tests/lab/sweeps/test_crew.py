"""Processes of this computer get the bits of a plain loop, also where some of them are killed."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lab.cli import main
from lab.sweeps.crew import LOST, train_here
from lab.sweeps.plan import Sweep
from lab.sweeps.trials import FAILED, Outcome, train_trial
from tests.lab.cli.running import ROOT
from tests.lab.sweeps.spinning import bits, moons

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills processes as only POSIX does"),
]
TEN = moons("units=4|8", "learning_rate=0.003|0.01|0.03|0.1|1", epochs=60)


def plainly(sweep: Sweep) -> list[Outcome]:
    return [train_trial(trial.number, trial.experiment.to_dict()) for trial in sweep.trials]


@pytest.fixture(scope="module")
def expected() -> list:
    return bits(plainly(TEN))


def test_a_trial_has_the_same_bits_in_any_process(expected: list) -> None:
    assert bits(filter(None, train_here(TEN.trials, 2))) == expected
    assert not multiprocessing.active_children()


def test_nothing_is_lost_when_processes_are_killed(expected: list) -> None:
    killed, outcomes = set(), []
    for outcome in train_here(TEN.trials, 2):
        outcomes += [outcome] if outcome else []
        alive = {child.pid for child in multiprocessing.active_children()} - killed
        if outcome and alive and len(killed) < 3:
            killed.add(min(alive))
            os.kill(min(alive), signal.SIGKILL)
    assert len(killed) == 3
    assert bits(outcomes) == expected


def test_processes_give_way_to_others_and_have_one_thread_of_linear_algebra() -> None:
    nice = []
    for outcome in train_here(TEN.trials[:2], 1):
        nice += [psutil.Process(child.pid).nice() for child in multiprocessing.active_children()]
        assert outcome is None or outcome.kind["threads of linear algebra"] == "1"
    assert 19 in nice


def test_a_trial_whose_process_is_ended_each_time_is_given_up() -> None:
    outcomes: list[Outcome] = []
    for outcome in train_here([TEN.trials[3]], 1):
        outcomes += [outcome] if outcome else []
        for child in multiprocessing.active_children():
            child.kill()
    assert [(each.status, each.message) for each in outcomes] == [(FAILED, LOST)]


def test_a_trial_that_cannot_be_trained_fails_alone() -> None:
    bad = {"dataset": {"name": "Moons", "points": -1}}
    outcome = train_trial(7, bad)
    assert (outcome.number, outcome.status) == (7, FAILED)
    assert "points of Moons must be a whole number" in outcome.message


def test_a_trial_is_broken_off_where_it_takes_too_long() -> None:
    endless = moons("units=8", epochs=1_000_000).trials[0]
    began = time.perf_counter()
    outcome = train_trial(0, endless.experiment.to_dict(), 0.5)
    assert outcome.status == "too long"
    assert not outcome.sound
    assert time.perf_counter() - began < 5


def test_processes_end_with_the_one_that_began_them() -> None:
    code = (
        "from lab.sweeps.crew import train_here\n"
        "from tests.lab.sweeps.spinning import moons\n"
        "import multiprocessing\n"
        "if __name__ == '__main__':\n"
        "    for _ in train_here(moons('units=8', epochs=10**6).trials, 1):\n"
        "        print(*[c.pid for c in multiprocessing.active_children()], flush=True)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline().split()[0]))
    time.sleep(1.0)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_the_command_line_trains_the_same(tmp_path: Path) -> None:
    out = tmp_path / "train.json"
    line = ["train", "--dataset", "moons", "--hidden", "8", "--epochs", "5", "--seed", "1"]
    assert main([*line, "--quiet", "--json", str(out)]) == 0
    record = json.loads(out.read_text())
    history = train_trial(0, record["experiment"]).history
    assert [{**row, "seconds": 0} for row in record["history"]] == [
        {**row._asdict(), "seconds": 0} for row in history
    ]
