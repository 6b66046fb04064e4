"""Pictures to take away open everywhere, say what the run had reached, and are the same for the
same run.
"""

import io
import xml.etree.ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import BatchNorm, Dense, Linear, Tanh
from lab.cli import main
from lab.data.menu import TOY_POINTS
from lab.frames.figures import DOTS_PER_INCH, FORMATS, draw_figure, figure_names
from lab.frames.protocol import unpack
from lab.frames.render import render_frame
from lab.frames.view import View
from lab.runs.model_file import to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run

pytestmark = pytest.mark.slow


def painted(run: Run) -> bytes:
    return render_frame(run, "paused", "", 0.0, View(diagram=True))


def check(content: bytes, file_format: str, run: Run) -> None:
    if file_format == "png":
        image = Image.open(io.BytesIO(content))
        image.load()
        assert image.width > 3 * DOTS_PER_INCH
        assert (
            len(np.unique(np.asarray(image.convert("L").resize((60, 60))))) > 8
        )  # something is on it
    else:
        root = xml.etree.ElementTree.fromstring(content)
        text = " ".join(
            "".join(node.itertext()) for node in root.iter() if node.tag.endswith("text")
        )
        assert f"test loss {unpack(painted(run))[0]['test_loss']:.4g}" in text


@pytest.mark.parametrize("name", TOY_POINTS)
def test_every_set_of_points(name: str) -> None:
    run = Run(recommended(name))
    run.work(1e9, steps=30)
    assert figure_names(run.experiment) == ("boundary", "network", "curves")
    check(draw_figure(painted(run), run.experiment, run.data, "boundary", "svg"), "svg", run)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("name", ["moons", "digits"])
def test_every_picture_as_either_kind_and_always_the_same(name: str, file_format: str) -> None:
    layers = (Dense(20, Linear()), BatchNorm(), Dense(5, Tanh()))
    run, left = (Run(recommended(name).changed(layers=layers)) for _ in range(2))
    run.work(1e9, steps=40)
    for figure in figure_names(run.experiment):
        content = draw_figure(painted(run), run.experiment, run.data, figure, file_format)
        check(content, file_format, run)
        assert draw_figure(painted(run), run.experiment, run.data, figure, file_format) == content
    run.work(1e9, steps=10)
    left.work(1e9, steps=50)
    assert np.array_equal(run.network.theta, left.network.theta)


def test_what_there_is_no_picture_of_gets_a_sentence() -> None:
    run = Run(recommended("moons"))
    for figure, file_format in (("mistakes", "png"), ("boundary", "gif")):
        with pytest.raises(
            ValueError, match="there are pictures of boundary, network, curves as png or svg"
        ):
            draw_figure(painted(run), run.experiment, run.data, figure, file_format)


def test_a_picture_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(recommended("moons").changed(epochs=3))
    run.work(1e9)
    saved, out = tmp_path / "m.safetensors", tmp_path / "boundary.svg"
    saved.write_bytes(to_bytes(run))
    assert main(["export", str(saved), "--out", str(out), "--picture", "boundary"]) == 0
    check(out.read_bytes(), "svg", run)
    assert main(["export", str(saved), "--out", str(out), "--picture", "soul"]) == 2
    assert "not soul" in capsys.readouterr().err
