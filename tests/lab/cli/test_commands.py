"""The commands besides `train`: which datasets there are, and what is no file."""

import os
from pathlib import Path

import pytest

from lab.cli import main
from lab.data.menu import DATASETS, TOY_POINTS
from tests.lab.cli.running import run_one_by_one

pytestmark = pytest.mark.slow


def test_the_listing_has_every_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(DATASETS)
    assert all(
        "always here" in line for line in lines if line.split()[0] in (*TOY_POINTS, "digits")
    )


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "folder"])
def test_what_is_no_file_is_not_read(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    path = str(tmp_path / name)
    results = run_one_by_one(
        ["train", "--resume", path],
        ["predict", path, path],
        ["predict", "mlp", path],
        ["export", path, "--out", "x.py"],
    )
    assert [code for code, _ in results] == [2, 2, 1, 2]
    assert all("it is a" in printed for _, printed in results)
