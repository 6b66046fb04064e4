"""What is sent of a frame is a third of it at most; what comes out again no eye tells from it."""

import numpy as np
import pytest

from lab.frames.protocol import pack, unpack
from lab.frames.render import render_frame, render_waiting_frame
from lab.frames.squeeze import ROUNDED, expand, squeeze
from lab.frames.view import View
from lab.runs import links
from lab.runs.presets import recommended
from lab.runs.run import Run

NOISY = links.from_params({"dataset": "Spiral(3,noise=0.7)", "layers": "Dense(6,Tanh),4"})
VIEWS = [View(), View(diagram=True), View(diagram=True, health=True, unit=(1, 0))]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("experiment", [NOISY, recommended("plane")], ids=["classes", "numbers"])
def test_a_frame_of_a_plane_becomes_a_third(experiment: object, view: View) -> None:
    run = Run(experiment)  # type: ignore[arg-type]
    for _ in range(250):  # a curve as long as curves become
        run.step_epoch()
    frame = render_frame(run, "running", "θ moves", 12.5, view)
    sent = squeeze(frame)
    assert len(sent) < len(frame) / 3
    (header, arrays), (seen, came) = unpack(frame), unpack(expand(sent))
    assert seen == header
    assert list(came) == list(arrays)
    for name, array in arrays.items():
        if name in ROUNDED:
            assert np.abs(came[name].astype(int) - array).max() <= 1
        elif name == "curve":
            np.testing.assert_allclose(came[name], array, rtol=1.3e-4)
        else:
            assert np.array_equal(came[name], array)


def test_nothing_of_unusual_numbers_is_lost() -> None:
    curve = np.array([0, -0.0, np.nan, np.inf, -np.inf, 3.4e38, 1e-45, -7.25] * 5, np.float32)
    winner = np.arange(6, dtype=np.uint8)  # of a grid whose last row is not full
    frame = pack({"curve": 8, "grid": 4, "diagram": None}, {"curve": curve, "winner": winner})
    _, came = unpack(expand(squeeze(frame)))
    assert np.array_equal(came["winner"], winner)
    finite = np.isfinite(curve)
    assert np.array_equal(came["curve"][~finite], curve[~finite], equal_nan=True)
    np.testing.assert_allclose(came["curve"][finite], curve[finite], rtol=1.3e-4, atol=1e-40)
    assert np.isfinite(came["curve"][finite]).all()


def test_one_that_waits_has_no_arrays() -> None:
    frame = render_waiting_frame("loading", "Unpacking")
    assert expand(squeeze(frame)) == frame
