"""The JavaScript without a browser: its own tests, and frames as they are packed here and parsed
there.
"""

import json
import math
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab.explain.health import BINS
from lab.frames.protocol import unpack
from lab.frames.render import render_frame, render_waiting_frame
from lab.frames.squeeze import expand, squeeze
from lab.frames.units import TILE
from lab.frames.view import View
from lab.runs.presets import recommended
from lab.runs.run import Run

HERE = Path(__file__).parent
COLUMNS = ("epoch", "train_loss", "test_loss", "train_accuracy", "test_accuracy")


@pytest.fixture(scope="session")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI requires the tests of JavaScript, and there is no node")
        pytest.skip("no node on this machine: the tests of JavaScript need one")
    return found


def test_the_modules_pass_their_own_tests(node: str) -> None:
    files = [str(path) for path in sorted(HERE.glob("*.test.js"))]
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr
    assert files


def painted(dataset: str, view: View | None = None) -> bytes:
    """A frame of a run that has learned for an epoch."""
    run = Run(recommended(dataset))
    run.step_epoch()
    return render_frame(run, "running", "θ moves", 12.5, view)


FRAMES = {
    "waiting": lambda: render_waiting_frame("loading", "Unpacking"),
    "classes": lambda: painted("spiral"),
    "numbers": lambda: painted("plane", View(diagram=True, unit=(1, 0))),
    "all arrays": lambda: painted("spiral", View(diagram=True, health=True, unit=(1, 1))),
    "the past": lambda: painted("spiral", View(at=0)),
    "images": lambda: painted("digits", View(health=True)),
}


def numbers(array: Any) -> list[float | None]:
    """As JSON has them: what is no number is null."""
    return [None if math.isnan(x) else x for x in np.asarray(array, float).tolist()]


CASES = [*((kind, False) for kind in FRAMES), *((kind, True) for kind in FRAMES)]


@pytest.mark.parametrize(("kind", "sent"), CASES)
def test_a_frame_is_parsed_as_it_was_packed(
    node: str, tmp_path: Path, kind: str, sent: bool
) -> None:
    packed = FRAMES[kind]()
    file = tmp_path / "frame"
    file.write_bytes(squeeze(packed) if sent else packed)
    packed = expand(squeeze(packed)) if sent else packed  # which rounds it
    command = [node, str(HERE / "parse_frame.js"), str(file), *(["squeezed"] if sent else [])]
    parsed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    header, arrays = unpack(packed)
    assert parsed["header"] == header
    assert parsed["size"] == header["grid"]
    curve = arrays.pop("curve", np.empty(0))
    assert parsed["curve"] == dict(
        zip(COLUMNS, map(numbers, np.reshape(curve, (5, -1))), strict=True)
    )
    assert parsed["arrays"] == {name: numbers(array) for name, array in arrays.items()}
    assert parsed.get("tileSize") == (TILE if header["diagram"] else None)
    assert parsed.get("bins") == (BINS if header["health"] else None)
