"""A frame holds what a page shows of a run, finite numbers only, and nothing unasked for."""

import json
import struct
import time
from typing import Any, NamedTuple

import numpy as np
import pytest

from engine import (
    MSE,
    SGD,
    Dense,
    Linear,
    ReLU,
    as_numbers,
)
from lab.data.menu import TOY_POINTS
from lab.data.toy_points import Spiral
from lab.frames.boundary import GRID, plane_grid
from lab.frames.few_pictures import EVERY
from lab.frames.render import render_frame, render_waiting_frame
from lab.frames.view import View
from lab.runs.presets import recommended
from lab.runs.run import READY, Run


class Parsed(NamedTuple):
    head: dict[str, Any]
    curve: np.ndarray
    winner: np.ndarray
    sure: np.ndarray
    arrays: dict[str, np.ndarray]


def no_constants(name: str) -> None:
    raise AssertionError(f"{name} in a header")


def parsed(frame: bytes) -> Parsed:
    """A frame read as docs/frames.md describes it, to the last byte."""
    (length,) = struct.unpack_from("<I", frame)
    assert length % 4 == 0
    head = json.loads(frame[4 : 4 + length].decode(), parse_constant=no_constants)
    points, side, offset = head["curve"], head["grid"], 4 + length
    arrays = {}
    for name, dtype, count in head["arrays"]:
        arrays[name] = np.frombuffer(frame, f"<{dtype}", count, offset)
        offset += -(-arrays[name].nbytes // 4) * 4
    assert len(frame) == offset
    empty = np.zeros(0, np.uint8)
    planes = [arrays.get(name, empty).reshape(side, side) for name in ("winner", "sure")]
    return Parsed(head, arrays.get("curve", empty).reshape(5, points), *planes, arrays)


@pytest.mark.parametrize(
    "dataset",
    [*(dataset_class() for dataset_class in TOY_POINTS.values()), Spiral(classes=5)],
    ids=repr,
)
def test_a_frame_of_points_is_what_its_description_says(dataset: Any) -> None:
    run, plane = Run(recommended(dataset)), plane_grid(dataset)
    low, high = dataset.low, dataset.high
    for _ in range(12):
        run.step_batch()
    head, curve, winner, sure, _ = parsed(render_frame(run, "running", "", 12.0))
    assert (head["status"], head["message"], head["step"]) == ("running", None, 12)
    assert (head["grid"], head["low"], head["high"]) == (GRID, low, high)
    assert head["units"] == "-".join(map(str, run.experiment.sizes))
    now = run.measure_now()
    for point, painted in ((run.curve[0], curve[:, 0]), (now, curve[:, -1])):
        np.testing.assert_array_equal(painted[:3], np.array(point[:3], np.float32))
        np.testing.assert_array_equal(painted[3:], np.maximum(0, np.array(point[3:], np.float32)))
    assert head["test_accuracy"] == now.test_accuracy
    if dataset.regression:
        height = run.network.outputs(plane)[:, 0]
        np.testing.assert_array_equal(winner.ravel(), height > 0)
        np.testing.assert_allclose(
            sure.ravel(), 255 * np.sqrt(np.abs(height).clip(0, 1)), atol=1.01
        )
        return
    p = np.sort(run.network.probabilities(run.network.outputs(plane)), axis=1)
    np.testing.assert_allclose(sure.ravel(), 255 * np.sqrt(p[:, -1] - p[:, -2]), atol=1.01)
    for row, y in ((0, high), (GRID - 1, low)):
        for column, x in ((0, low), (GRID - 1, high)):
            corner = run.network.outputs(dataset.inputs(np.array([[x, y]], np.float32)))
            assert winner[row, column] == run.network.decide(corner)[0]


def test_a_frame_of_pictures_has_a_confusion_matrix_and_a_waiting_one_has_all_keys() -> None:
    run = Run(recommended("digits"))
    first = parsed(render_frame(run, "running", "", 0.0)).head
    assert (first["confusion"], first["grid"], first["seconds_left"]) == (None, 0, None)
    run.step_epoch()
    head = parsed(render_frame(run, "running", "", 100.0)).head
    assert np.sum(head["confusion"]) == len(run.data.test_y)
    assert np.trace(head["confusion"]) / len(run.data.test_y) == head["test_accuracy"]
    assert head["seconds_left"] == pytest.approx((40 - 1) * head["batches"] / 100)
    waiting = parsed(render_waiting_frame("loading", "MNIST is being read"))
    assert set(waiting.head) == set(head)
    assert (waiting.head["status"], waiting.head["message"]) == ("loading", "MNIST is being read")


@pytest.mark.parametrize("name", ["moons", "digits"])
def test_divergence_is_never_shown_as_nan(name: str) -> None:
    layers = (Dense(16, ReLU()), Dense(16, ReLU()))
    run = Run(
        recommended(name).changed(optimizer=SGD(100.0), layers=layers, loss=MSE(), output=Linear())
    )
    while run.status == READY:
        run.work(0.0)
        head, curve, *_ = parsed(render_frame(run, run.status, run.message, 0.0))
        assert np.isfinite(curve[:, 0]).all()
    assert head["status"] == "diverged"
    assert "learning rate" in head["message"]


def test_fewer_epochs_than_are_done_leave_no_negative_time() -> None:
    run = Run(recommended("spiral"))
    for _ in range(5):
        run.step_epoch()
    run.change(run.experiment.changed(epochs=2))
    assert parsed(render_frame(run, "running", "", 5.0)).head["seconds_left"] >= 0


def test_what_nobody_asks_for_is_not_painted() -> None:
    run = Run(recommended("spiral"))
    assert set(parsed(render_frame(run, "paused", "", 0.0)).arrays) == {"curve", "winner", "sure"}
    assert run.last_step.before is None
    run.work(1e9, steps=3)
    assert run.last_step.before is None  # nor is a copy of θ made at every step


def test_the_few_pictures_stay_the_same_and_what_they_are_taken_for_follows_the_network() -> None:
    run, view = Run(recommended("digits")), View(few=True, pictures=True)
    before = parsed(render_frame(run, "running", "", 0.0, view))
    few = before.head["few"]
    assert sorted(few["true"]) == sorted([*range(10)] * 2)
    assert few["shape"] == [8, 8]
    pixels = before.arrays["pictures"].reshape(20, 64)
    for label, picture in zip(few["true"], pixels, strict=True):
        same = np.abs(255 * as_numbers(run.data.test_x) - picture).max(axis=1) < 0.51
        assert label in run.data.test_y[same]
    run.step_epoch()
    run.step_epoch()
    time.sleep(EVERY)
    after = parsed(render_frame(run, "running", "", 0.0, View(few=True)))
    assert "pictures" not in after.arrays
    assert after.head["few"]["true"] == few["true"]
    told = run.network.decide(run.network.outputs((pixels / 255).astype(np.float32)))
    assert after.head["few"]["taken_for"] == told.tolist() != few["taken_for"]
    run.step_epoch()  # within EVERY: what stays in sight when it rests is asked for anew
    rests = parsed(render_frame(run, "paused", "", 0.0, View(few=True))).head["few"]
    told = run.network.decide(run.network.outputs((pixels / 255).astype(np.float32)))
    assert rests["taken_for"] == told.tolist()
    assert parsed(render_frame(run, "running", "", 0.0)).head["few"] is None
    back = parsed(render_frame(run, "paused", "", 0.0, View(few=True, at=0)))
    assert back.head["few"]["taken_for"] == few["taken_for"]
