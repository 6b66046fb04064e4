"""What is wrong gets one line and an exit code; every command explains itself."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.cli import main
from lab.cli.parser import KNOBS, MENUS, option_name, settings_of
from lab.cli.program import COMMANDS
from tests.lab.cli.running import ROOT, run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "arguments",
    [
        "train --epochs abc",
        "train --epochs 0",
        "train --epochs 2.5",
        "train --seed -1",
        "train --batch-size 0",
        "train --dataset iris",
        "train --optimizer sdg",
        "train --activation reluu",
        "train --loss mean",
        "train --learning-rate nan",
        "train --learning-rate inf",
        "train --learning-rate fast",
        "train --l2 -1",
        "train --hidden 64,,3",
        "train --hidden 0",
        "train --hidden 1e3",
        "train --hidden 4096,4096",
        "train --points 3",
        "train --momentum 0.9",
        "train --digit 3",
        "train --output tanh",
        "train --bogus 3",
        "train --noise",
        "train --json /nowhere/at/all.json",
        "train --distribution triangular",
        "predict nothing.safetensors a.png",
        "predict README.md a.png",
        "download iris",
        "dance",
        "",
    ],
)
def test_a_wrong_value_gets_one_line_and_exit_code_2(
    arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments.split()) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("python -m lab")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--epochs", "abc"],
        ["--learning-rate", "nan"],
        ["--hidden", "64,,3"],
        ["--dataset", "iris"],
        ["--bogus"],
        ["--epochs", "9" * 5000],
        ["--dataset", "a\nb"],
    ],
    ids=lambda a: a[-1][:9],
)
def test_no_wrong_value_brings_a_traceback(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_process_ends_with_that_code_and_that_line() -> None:
    done = run("train", "--epochs", "abc")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_seen_enough_is_not_an_error() -> None:
    # as in `python -m lab datasets | head -1`
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-u", "-m", "lab", "datasets"]
    done = subprocess.run(
        command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writer)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command.split(), "--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    if command == "train":
        names = itertools.chain(*(menu for menu, _ in MENUS.values()))
        unbroken = re.sub(r"\s", "", shown)  # lines break at hyphens as well
        assert all(name in unbroken for name in names)
        settings = settings_of(KNOBS)
        assert all(option_name(name) in shown for name in settings)


@pytest.mark.parametrize("epochs", ["1e999", "nan", "1.5", "0"])
def test_a_saved_run_goes_on_for_a_whole_number_of_epochs(
    epochs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(tmp_path / "m")
    assert main(["train", "--epochs", "1", "--quiet", "--save", model]) == 0
    assert main(["train", "--quiet", "--resume", model, "--epochs", epochs]) == 2
    assert "epochs must be a whole number" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["z" * 5000],
        ["train", "--" + "z" * 5000],
        ["train", "--epochs", "z" * 5000],
        ["train", "--hidden", "z" * 5000],
        ["train", "--hidden=" + "z" * 5000],
        ["train", "--resume", "z" * 5000],
        ["predict", "z" * 5000, "a"],
        ["export", "a", "--out", "z" * 5000],
        ["download", "z" * 5000],
        ["train", "--json", "z" * 5000],
        ["train", "--dataset", "a\nb" * 5000],
        ["train", "y", "z\n" * 5000],
        ["train", "--weights-only=" + "z" * 5000],
        ["train", "--optimizer", "adam", "--schedule", "cyclical(" + "z" * 5000 + ")"],
    ],
    ids=lambda a: "-".join(part[:12] for part in a),
)
def test_what_was_given_is_quoted_in_a_line_and_cut(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "z" * 61 not in err
    assert len(err) < 600
