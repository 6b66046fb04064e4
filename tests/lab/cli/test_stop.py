"""Ctrl+C and SIGTERM while a network is trained."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.cli import main
from lab.runs import model_file
from lab.runs.run import Run
from tests.lab.cli.running import ROOT

pytestmark = pytest.mark.slow

SLOW = "train --dataset spiral --hidden 64,64 --epochs 10000 --seed 3"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_has_been_trained_so_far_is_saved_when_training_is_stopped(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    model, record = tmp_path / "m.safetensors", tmp_path / "r.json"
    files = ["--save", str(model), "--json", str(record)]
    command = [sys.executable, "-m", "lab", *SLOW.split(), *files]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell's background jobs ignore SIGINT
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    ) as process:
        assert process.stdout
        while not process.stdout.readline().startswith("epoch   3"):
            assert process.poll() is None
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert errors.count("\n") == 1
    assert "stopped after" in errors
    assert "--resume" in errors
    assert json.loads(record.read_text())["status"] == "ready"
    saved = model_file.read(model)
    assert saved.notes
    run = model_file.resumed(saved)
    assert 0 < run.position.epoch < 10_000
    assert run.position.step == saved.notes["bookmark"]["step"]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl+C is heard, also where the tests run in the background of a shell that ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_stopped_training_that_is_kept_nowhere_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    work, before = Run.work, signal.getsignal(signal.SIGINT)

    def interrupted(self: Run, seconds: float) -> None:
        work(self, 0.0)
        signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "work", interrupted)
        assert main(["train", "--quiet"]) == 130
    assert "nothing is kept without --save" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before
