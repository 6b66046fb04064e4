import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES
from lab import cli as command_line
from lab.course.lessons import LESSONS
from lab.data.menu import DATASETS, TOY_POINTS
from lab.runs import model_file as saved_models
from lab.runs.experiment import Experiment, recommended
from lab.runs.run import Run
from lab.workers.pool import Pool

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (
    "train --dataset {} --hidden 64 --activation relu --optimizer momentum --learning-rate 0.1 --momentum 0.9 "
    "--batch-size 64 --epochs 5 --seed 0"
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "lab", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def trained(options: str, tmp_path: Path) -> dict:
    out = tmp_path / "result.json"
    assert command_line.main([*options.split(), "--quiet", "--json", str(out)]) == 0
    return json.loads(out.read_text())


def test_the_example_trains_saves_and_reads(tmp_path: Path) -> None:
    result, model, picture = tmp_path / "r.json", tmp_path / "m.safetensors", tmp_path / "seven.png"
    done = run(*EXAMPLE.format("digits").split(), "--json", str(result), "--save", str(model))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("epoch ") == 5
    record = json.loads(result.read_text())
    assert {"experiment", "history", "parameters", "samples_per_second"} <= set(record)
    assert [set(row) for row in record["history"]] == [
        {"epoch", "seconds", "train_loss", "train_accuracy", "test_loss", "test_accuracy"}
    ] * 5
    assert record["parameters"] == 64 * 64 + 64 + 64 * 10 + 10
    assert record["samples_per_second"] > 0

    image = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(image).line([(30, 25), (90, 25), (55, 100)], fill=0, width=10, joint="curve")
    image.save(picture)
    (tmp_path / "none.png").write_text("<html>")
    said = run("predict", str(model), str(picture), str(tmp_path / "none.png"), "--json")
    first, second = (json.loads(line) for line in said.stdout.splitlines())
    assert set(first) == {"file", "label", "sure", "probabilities", "notes"}
    assert first["label"] == "7"
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert set(second) == {"file", "error"}
    assert said.returncode == 1
    assert "7" in run("predict", "mlp", str(picture)).stdout.split(":")[1].split()[0]
    letter = Image.new("L", (120, 100), 255)
    ImageDraw.Draw(letter).text((60, 40), "R", 0, font_size=130, anchor="mm")  # cut off above
    letter.save(picture)
    said = run("predict", "cnn", str(picture)).stdout
    assert "edge of the picture" in said
    assert "Not sure." in said


def test_the_record_is_that_of_the_experiment_itself(tmp_path: Path) -> None:
    record = trained("train --dataset Moons --epochs 12 --seed 4", tmp_path)
    direct = Run(recommended("moons").changed(epochs=12, seed=4), thin=False)
    while direct.status == "ready":
        direct.work(0.01)
    assert Experiment.from_dict(record["experiment"]) == direct.experiment
    theirs = direct.record()["history"]
    for row in (*record["history"], *theirs):
        del row["seconds"]
    assert record["history"] == theirs


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ("--hidden 128,64", (2, 128, 64, 3)),
        ("--hidden 5 --classes 4", (2, 5, 4)),
        ("--dataset XOR --loss mse --output TANH --hidden 3", (2, 3, 1)),
        ("--dataset digits --activation leakyrelu --negative-slope 0.2", (64, 64, 10)),
        (
            "--optimizer ADAM --beta-1 0.8 --schedule cosine --initializer glorot --distribution normal",
            (2, 16, 16, 3),
        ),
    ],
)
def test_names_in_any_case_and_every_setting(
    options: str, sizes: tuple[int, ...], tmp_path: Path
) -> None:
    record = trained(f"train --epochs 1 {options}", tmp_path)
    assert Experiment.from_dict(record["experiment"]).sizes == sizes


def test_no_hidden_layer(tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    assert (
        command_line.main(["train", "--hidden", "", "--epochs", "1", "--quiet", "--json", str(out)])
        == 0
    )
    assert json.loads(out.read_text())["parameters"] == 9


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
    assert command_line.main(arguments.split()) == 2
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
def test_no_wrong_value_brings_a_traceback(arguments: list[str]) -> None:
    done = run("train", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_an_empty_name_is_a_wrong_name(capsys: pytest.CaptureFixture[str]) -> None:
    for option in command_line.MENUS:
        assert command_line.main(["train", "--epochs", "1", "--quiet", f"--{option}", ""]) == 2, (
            option
        )
        assert f"{option} must be one of" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--json", "--save"])
def test_a_place_that_cannot_be_written_is_noticed_before_training(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["train", "--epochs", "1", option, str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert "epoch" not in out
    assert err.count("\n") == 1


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


@pytest.mark.parametrize("command", ["", *command_line.COMMANDS])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main([*command.split(), "--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    if command == "train":
        names = itertools.chain(*(menu for menu, _ in command_line.MENUS.values()))
        unbroken = re.sub(r"\s", "", shown)  # lines break at hyphens as well
        assert all(name in unbroken for name in names)
        settings = command_line.settings_of(command_line.KNOBS)
        assert all(command_line.option(name) in shown for name in settings)


def every_setting() -> list[object]:
    flag = {
        "dataset": DATASETS,
        "optimizer": OPTIMIZERS,
        "initializer": INITIALIZERS,
        "activation": ACTIVATIONS,
        "schedule": SCHEDULES,
        "loss": LOSSES,
    }
    return [
        pytest.param(what, name, f, id=f"{name}-{f.name}")
        for what, menu in flag.items()
        for name, kind in menu.items()
        for f in fields(kind)
        if "menu" not in f.metadata
    ]


@pytest.mark.parametrize(("what", "name", "f"), every_setting())
def test_every_setting_of_every_entry_can_be_given(what: str, name: str, f: Any) -> None:
    text = (
        f.default
        if "text" in f.metadata
        else (f.metadata.get("options") or [str(f.metadata["high"])])[-1]
    )
    arguments = ["train", f"--{what}", name.upper(), command_line.option(f.name), text]
    experiment = command_line.experiment_from(
        vars(command_line.build_parser().parse_args(arguments))
    )
    owner = experiment.layers[0].activation if what == "activation" else getattr(experiment, what)
    assert getattr(owner, f.name) == f.metadata.get("high", text)


def test_the_history_is_that_of_the_worker_pool(tmp_path: Path) -> None:
    record, pool = (
        trained("train --dataset digits --hidden 8 --epochs 3 --seed 5", tmp_path),
        Pool(1),
    )
    try:
        token = pool.start(Experiment.from_dict(record["experiment"]), training=True)
        deadline = time.monotonic() + 30
        theirs = None
        while (theirs is None or theirs["status"] == "ready") and time.monotonic() < deadline:
            time.sleep(0.05)  # a worker that only answers does not train
            pool.paint(token)  # nor for nobody
            theirs = pool.record(token)
        assert theirs
        assert theirs["status"] == "finished"
        for row in (*record["history"], *theirs["history"]):
            del row["seconds"]
        assert theirs["history"] == record["history"]
        assert {k: v for k, v in theirs.items() if k != "samples_per_second"} == {
            k: v for k, v in record.items() if k != "samples_per_second"
        }
    finally:
        pool.close()


def test_divergence_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = "train --dataset circles --loss mse --output linear --activation relu --optimizer sgd --learning-rate 100"
    out = tmp_path / "r.json"
    assert command_line.main([*options.split(), "--quiet", "--json", str(out)]) == 1
    assert "smaller learning rate" in capsys.readouterr().err
    assert json.loads(out.read_text())["status"] == "diverged"


def test_the_listing_has_every_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["datasets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(DATASETS)
    assert all(
        "always here" in line for line in lines if line.split()[0] in (*TOY_POINTS, "digits")
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_mnist_with_64_hidden_units_reaches_97_5_percent_within_5_epochs(
    seed: int, tmp_path: Path
) -> None:
    record = trained(f"train --dataset mnist --hidden 64 --seed {seed}", tmp_path)
    assert len(record["history"]) == 5
    # of the stand-in's 1,437 pictures it learns 97.2 to 97.8 %
    assert record["history"][-1]["test_accuracy"] >= (0.975 if record["data"] == "mnist" else 0.965)
    assert np.isfinite(record["history"][-1]["train_loss"])


def test_every_command_of_the_readmes_course_is_an_experiment() -> None:
    course = (
        (ROOT / "README.md")
        .read_text(encoding="utf-8")
        .split("## A course on")[1]
        .split("\n## ")[0]
    )
    commands = [found for found in re.findall(r"`(--[^`]+)`", course) if "--resume" not in found]
    assert len(commands) > 20
    parser = command_line.build_parser()
    for command in commands:
        options = vars(parser.parse_args(["train", *shlex.split(command)]))
        experiment = command_line.experiment_from(
            {name: value for name, value in options.items() if value is not None}
        )
        assert experiment.parameters > 0, command


def test_lessons_and_the_readmes_course_name_each_other() -> None:
    course = (
        (ROOT / "README.md")
        .read_text(encoding="utf-8")
        .split("## A course on")[1]
        .split("\n## ")[0]
    )
    told = {int(number): title for number, title in re.findall(r"\| (\d+) ([^|]+?) \|", course)}
    assert {
        one.number: one.title for one in LESSONS if one.title.startswith(told[one.number])
    }.keys() == told.keys()
    assert len(told) == len(LESSONS)


SLOW = "train --dataset spiral --hidden 64,64 --epochs 10000 --seed 3"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_has_been_trained_so_far_is_saved_when_training_is_stopped(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    model, record = tmp_path / "m.safetensors", tmp_path / "r.json"
    command = [
        sys.executable,
        "-m",
        "lab",
        *SLOW.split(),
        "--save",
        str(model),
        "--json",
        str(record),
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(
            number, signal.SIG_DFL
        ),  # a shell's background jobs ignore SIGINT
    ) as process:
        assert process.stdout
        while not process.stdout.readline().startswith("epoch   3"):
            assert process.poll() is None
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert said.count("\n") == 1
    assert "stopped after" in said
    assert "--resume" in said
    assert json.loads(record.read_text())["status"] == "ready"
    saved = saved_models.read(model)
    assert saved.notes
    run = saved_models.resumed(saved)
    assert 0 < run.position.epoch < 10_000
    assert run.position.step == saved.notes["bookmark"]["step"]


@pytest.fixture
def heard() -> Iterator[None]:
    """Ctrl+C is heard, also where the tests run in the background of a shell that ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_stopped_training_that_is_kept_nowhere_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    work, before = Run.work, signal.getsignal(signal.SIGINT)

    def interrupted(self: Run, seconds: float) -> None:
        work(self, 0.0)
        signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "work", interrupted)
        assert command_line.main(["train", "--quiet"]) == 130
    assert "nothing is kept without --save" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_full_disk_leaves_the_file_that_was_resumed(tmp_path: Path) -> None:
    model = tmp_path / "g.st"
    assert command_line.main(["train", "--epochs", "1", "--quiet", "--save", str(model)]) == 0
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
    assert command_line.main(["train", "--quiet", option, name]) == 2
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
    assert command_line.main(arguments) == 2
    assert "two names" in capsys.readouterr().err
    assert (
        command_line.main(
            ["train", "--epochs", "1", "--quiet", "--json", "/dev/null", "--save", "/dev/null"]
        )
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
        command_line.main(
            ["train", "--epochs", "1", "--quiet", "--json", str(out), "--save", str(model)]
        )
        == 0
    )
    assert json.loads(out.read_text())["samples_per_second"] is None
    assert saved_models.read(model).notes


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
def test_what_cannot_be_written_does_not_cost_what_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = tmp_path / "m", tmp_path / "r.json"
    options = ["train", "--epochs", "1", "--quiet"]
    assert command_line.main([*options, "--json", "/dev/full", "--save", str(model)]) == 2
    assert command_line.main([*options, "--json", str(out), "--save", "/dev/full"]) == 2
    assert capsys.readouterr().err.count("\n") == 2
    assert saved_models.read(model).notes
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
    assert saved_models.read(model).figures["epoch"] == 2


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "folder"])
def test_what_is_no_file_is_not_read(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    path = str(tmp_path / name)
    for arguments, code in (
        (["train", "--resume", path], 2),
        (["predict", path, path], 2),
        (["predict", "mlp", path], 1),
        (["export", path, "--out", "x.py"], 2),
    ):
        done = run(*arguments)
        assert done.returncode == code
        assert "it is a" in done.stdout + done.stderr


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
    assert command_line.main(arguments) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "z" * 61 not in err
    assert len(err) < 600
