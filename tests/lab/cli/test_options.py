"""From options to an experiment: every name, every setting, and the lines of the README."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES, Choice
from lab.cli import main
from lab.cli.options import experiment_from
from lab.cli.parser import MENUS, build_parser, option_name
from lab.course.lessons import LESSONS
from lab.data.menu import DATASETS
from lab.runs.experiment import Experiment
from tests.lab.cli.running import ROOT, trained

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ("--hidden 128,64", (2, 128, 64, 3)),
        ("--hidden 5 --classes 4", (2, 5, 4)),
        ("--dataset XOR --loss mse --output TANH --hidden 3", (2, 3, 1)),
        ("--dataset digits --activation leakyrelu --negative-slope 0.2", (64, 64, 10)),
        (
            "--optimizer ADAM --beta-1 0.8 --schedule cosine "
            "--initializer glorot --distribution normal",
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
    assert main(["train", "--hidden", "", "--epochs", "1", "--quiet", "--json", str(out)]) == 0
    assert json.loads(out.read_text())["parameters"] == 9


def test_an_empty_name_is_a_wrong_name(capsys: pytest.CaptureFixture[str]) -> None:
    for name in MENUS:
        assert main(["train", "--epochs", "1", "--quiet", f"--{name}", ""]) == 2, name
        assert f"{name} must be one of" in capsys.readouterr().err


def every_setting() -> list[object]:
    menus: dict[str, Mapping[str, type[Choice]]] = {
        "dataset": DATASETS,
        "optimizer": OPTIMIZERS,
        "initializer": INITIALIZERS,
        "activation": ACTIVATIONS,
        "schedule": SCHEDULES,
        "loss": LOSSES,
    }
    return [
        pytest.param(menu_name, name, f, id=f"{name}-{f.name}")
        for menu_name, menu in menus.items()
        for name, entry_class in menu.items()
        for f in fields(entry_class)
        if "menu" not in f.metadata
    ]


@pytest.mark.parametrize(("menu", "name", "f"), every_setting())
def test_every_setting_of_every_entry_can_be_given(menu: str, name: str, f: Any) -> None:
    text = (
        f.default
        if "text" in f.metadata
        else (f.metadata.get("options") or [str(f.metadata["high"])])[-1]
    )
    arguments = ["train", f"--{menu}", name.upper(), option_name(f.name), text]
    experiment = experiment_from(vars(build_parser().parse_args(arguments)))
    owner = experiment.layers[0].activation if menu == "activation" else getattr(experiment, menu)
    assert getattr(owner, f.name) == f.metadata.get("high", text)


def readme_course() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return readme.split("## A course on")[1].split("\n## ")[0]


def test_every_command_of_the_readmes_course_is_an_experiment() -> None:
    course = readme_course()
    commands = [line for line in re.findall(r"`(--[^`]+)`", course) if "--resume" not in line]
    assert len(commands) > 20
    parser = build_parser()
    for command in commands:
        options = vars(parser.parse_args(["train", *shlex.split(command)]))
        experiment = experiment_from(
            {name: value for name, value in options.items() if value is not None}
        )
        assert experiment.parameters > 0, command


def test_lessons_and_the_readmes_course_name_each_other() -> None:
    course = readme_course()
    titles = {
        int(number): title for number, title in re.findall(r"\| (\d+) ([^|,]+?)(?: \||,)", course)
    }
    assert {
        lesson.number: lesson.title
        for lesson in LESSONS
        if lesson.title.startswith(titles[lesson.number])
    }.keys() == titles.keys()
    assert len(titles) == len(LESSONS)
