"""Files that are written, and those that cannot be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.cli import main
from lab.runs import model_file
from lab.runs.run import Run
from tests.lab.cli.running import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("option", ["--json", "--save"])
def test_a_place_that_cannot_be_written_is_noticed_before_training(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--epochs", "1", option, str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert "epoch" not in out
    assert err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_full_disk_leaves_the_file_that_was_resumed(tmp_path: Path) -> None:
    model = tmp_path / "g.st"
    assert main(["train", "--epochs", "1", "--quiet", "--save", str(model)]) == 0
    before = model.read_bytes()
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
        "from lab.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    options = ["train", "--resume", str(model), "--epochs", "2", "--quiet", "--save", str(model)]
    command = [sys.executable, "-c", code, *options]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be written" in done.stderr
    assert model.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["g.st"]


@pytest.mark.parametrize("name", ["n" * 300, "none/r.json", "a\0b", "", "/dev/fd/999"])
@pytest.mark.parametrize("option", ["--json", "--save"])
def test_no_place_that_cannot_be_written_costs_the_training(
    option: str,
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def work(self: Run, seconds: float) -> None:
        raise AssertionError("it has begun to train")

    monkeypatch.setattr(Run, "work", work)
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--quiet", option, name]) == 2
    err = capsys.readouterr().err
    assert (err.count("\n"), len(err) < 250) == (1, True)
    assert not list(tmp_path.iterdir())


def test_one_name_for_two_files_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to("a")
    arguments = [
        "train",
        "--epochs",
        "1",
        "--json",
        str(tmp_path / "a"),
        "--save",
        str(tmp_path / "link"),
    ]
    assert main(arguments) == 2
    assert "two names" in capsys.readouterr().err
    assert (
        main(["train", "--epochs", "1", "--quiet", "--json", "/dev/null", "--save", "/dev/null"])
        == 0
    )


def test_a_figure_that_is_no_number_does_not_cost_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, out, record = tmp_path / "m", tmp_path / "r.json", Run.record
    monkeypatch.setattr(
        Run, "record", lambda run: record(run) | {"samples_per_second": float("nan")}
    )
    assert (
        main(["train", "--epochs", "1", "--quiet", "--json", str(out), "--save", str(model)]) == 0
    )
    assert json.loads(out.read_text())["samples_per_second"] is None
    assert model_file.read(model).notes


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
def test_what_cannot_be_written_does_not_cost_what_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = tmp_path / "m", tmp_path / "r.json"
    options = ["train", "--epochs", "1", "--quiet"]
    assert main([*options, "--json", "/dev/full", "--save", str(model)]) == 2
    assert main([*options, "--json", str(out), "--save", "/dev/full"]) == 2
    assert capsys.readouterr().err.count("\n") == 2
    assert model_file.read(model).notes
    assert json.loads(out.read_text())["history"]
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "lab", "datasets"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "python -m lab: No space left on device\n")


def test_training_is_saved_though_nobody_reads_on(tmp_path: Path) -> None:
    model = tmp_path / "m"
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "lab", "train", "--epochs", "2", "--save", str(model)]
    done = subprocess.run(
        command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
    assert model_file.read(model).figures["epoch"] == 2
