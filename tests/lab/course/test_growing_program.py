"""mynet.py runs by itself as far as each lesson, and learns what the course says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.course.growing_program import READS_PICTURES, SOURCE, added_by, program
from lab.data import cache

LESSONS = range(1, 18)


def run(lesson: int, folder: Path) -> str:
    (folder / "mynet.py").write_text(program(lesson), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "mynet.py"],
        cwd=folder,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_lesson_adds_a_few_lines_and_keeps_all_before(lesson: int) -> None:
    assert 2 <= lines(added_by(lesson)) <= 15
    whole = program(lesson)
    for before in range(1, lesson + 1):
        assert added_by(before).strip() in whole
    for later in range(lesson + 1, 18):
        assert f"# --- lesson {later}:" not in whole
    assert ("import gzip" in whole) == (lesson >= READS_PICTURES)
    assert not re.search(r"^(?:import|from) (?!numpy|gzip|os\b|pathlib)", whole, re.MULTILINE)


def test_lesson_0_adds_nothing_and_has_no_program() -> None:
    assert added_by(0) == ""
    with pytest.raises(KeyError):
        program(0)
    assert len(SOURCE.read_text(encoding="utf-8").splitlines()) < 350


@pytest.mark.slow
@pytest.mark.parametrize("lesson", range(1, 13))
def test_the_program_runs_as_far_as_each_lesson(lesson: int, tmp_path: Path) -> None:
    said = run(lesson, tmp_path)
    assert said.startswith(f"lesson {lesson}: ")
    if lesson in (9, 10):
        assert float(re.search(r"([\d.]+)%", said)[1]) > 90  # type: ignore[index]
    if lesson == 1:
        assert "loss 0.01" in said or "loss 0.00" in said


@pytest.mark.slow
@pytest.mark.skipif(cache.find("mnist") is None, reason="MNIST is not on this computer")
@pytest.mark.parametrize(("lesson", "least"), [(13, 85), (14, 96), (15, 92), (16, 94), (17, 97.3)])
def test_from_lesson_13_on_it_learns_from_mnist(lesson: int, least: float, tmp_path: Path) -> None:
    shares = [float(share) for share in re.findall(r"([\d.]+)%", run(lesson, tmp_path))]
    assert min(shares) > least, shares
    assert (tmp_path / "mynet.npz").exists() == (lesson == 17)
    if lesson == 17:
        assert len(shares) == 2  # of the validation set, and of the test set, asked once


@pytest.mark.slow
def test_without_mnist_it_says_which_file_belongs_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSBOX_DATA_DIR", str(tmp_path))
    (tmp_path / "mynet.py").write_text(program(14), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "mynet.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip().startswith("Put train-images-idx3-ubyte.gz beside this file")
