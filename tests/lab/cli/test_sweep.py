"""`sweep` on the command line: what it writes, how it goes on, and what it says to wrong values."""

import contextlib
import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.cli import main
from tests.lab.cli.running import ROOT

pytestmark = pytest.mark.slow
SMALL = ["sweep", "--dataset", "moons", "--epochs", "3", "--vary", "units=2|4", "--seeds", "2"]
OPTIMIZERS = ["--vary", "optimizer=SGD(0.1)|Adam(0.003)|Adam(0.03)"]


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def but_seconds(path: Path) -> list[dict[str, str]]:
    return [row | {"seconds": ""} for row in rows(path)]


def test_a_row_a_trial_and_its_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, histories = tmp_path / "sweep.csv", tmp_path / "histories.jsonl"
    line = [*SMALL, *OPTIMIZERS, "--out", str(out), "--json", str(histories), "--jobs", "2"]
    assert main(line) == 0
    found = rows(out)
    assert [row["number"] for row in found] == [str(n) for n in range(12)]
    assert {row["optimizer"] for row in found} == {"SGD(0.1)", "Adam(0.003)", "Adam(0.03)"}
    lines = [json.loads(each) for each in histories.read_text().splitlines()]
    assert [len(each["history"]) for each in lines] == [3] * 12
    assert float(found[7]["test_loss"]) == lines[7]["history"][-1]["test_loss"]
    printed = capsys.readouterr().out.splitlines()
    best = min(found, key=lambda row: float(row["best_test_loss"]))
    assert "median over the seeds" in printed[0]
    assert f"units {best['units']}" in printed[1]

    assert main(line) == 0
    assert "12 of 12 trials are there already" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process by SIGTERM")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_sweep_that_was_stopped_or_killed_goes_on_where_it_was(
    tmp_path: Path, number: signal.Signals
) -> None:
    line = ["sweep", "--dataset", "spiral", "--epochs", "40", *OPTIMIZERS, "--seeds", "3"]
    line += ["--jobs", "2", "--quiet"]
    out, whole = tmp_path / "sweep.csv", tmp_path / "whole.csv"
    process = subprocess.Popen(
        [sys.executable, "-m", "lab", *line, "--out", str(out)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while time.monotonic() < until and not (out.exists() and rows(out)):
        time.sleep(0.02)
    process.send_signal(number)
    said = process.communicate(timeout=30)[1]
    before = but_seconds(out)
    assert 1 <= len(before) < 9
    if number == signal.SIGTERM:
        assert process.returncode == 143
        assert f"stopped after {len(before)} of 9 trials: the same command goes on" in said
    assert main([*line, "--out", str(out)]) == 0
    assert main([*line, "--out", str(whole)]) == 0
    assert but_seconds(out) == but_seconds(whole)
    assert all(row in but_seconds(out) for row in before)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--vary", "colour=red"], "'colour' is nothing that this experiment has"),
        (["--vary", "units"], "must be written as name=value|value"),
        (["--vary", "units=2|many"], "units must be a number, not 'many'"),
        (["--seeds", "0"], "seeds must be a whole number from 1 to 1,000, not 0"),
        (["--seeds", "1.5"], "seeds must be a whole number"),
        (["--random", "-3"], "random must be a whole number from 1 to 10,000"),
        (["--jobs", "many"], "jobs must be a number, not 'many'"),
        (["--jobs", "1000"], "jobs must be a whole number from 1 to 256"),
        (["--cluster", "somewhere"], "a cluster must be written as tcp://HOST:PORT"),
        (["--cluster", "tcp://a:1", "--jobs", "2"], "--jobs is for this computer"),
        (["--seeds", "1000", "--vary", "batch_size=1|2|3|4|5|6"], "at most 10,000 trials"),
    ],
)
def test_a_wrong_value_gets_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    out = tmp_path / "sweep.csv"
    line = ["sweep", "--dataset", "moons", "--vary", "learning_rate=0.1|1", "--out", str(out)]
    assert main([*line, *more]) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1
    assert not out.exists()


def test_nothing_to_vary_and_no_place_to_write_get_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "--dataset", "moons", "--out", str(tmp_path / "a.csv")]) == 2
    assert "nothing varies" in capsys.readouterr().err
    assert main([*SMALL, "--out", str(tmp_path / "no" / "a.csv")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert main([*SMALL]) == 2
    assert "--out" in capsys.readouterr().err
    assert main([*SMALL, "--out", str(tmp_path)]) == 2
    assert "it is a folder" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no terminal to be had")
def test_on_a_terminal_a_bar_says_how_far_it_is_and_what_is_best_so_far(tmp_path: Path) -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 200))
    line = [*SMALL, "--out", str(tmp_path / "sweep.csv"), "--jobs", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lab", *line],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # which is how the end of a terminal reads
        while part := os.read(ours, 4096):
            said += part
    os.close(ours)
    assert process.wait(60) == 0
    shown = said.decode()
    assert "4/4" in shown or "3/4" in shown
    assert re.search(r"best: test loss 0\.\d+ with units [24], seed [01]", shown)
