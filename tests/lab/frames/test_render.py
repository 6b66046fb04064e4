import json
import struct
from typing import Any, NamedTuple

import numpy as np
import pytest

from engine import (
    MSE,
    SGD,
    BatchNorm,
    Dense,
    Dropout,
    Layer,
    LayerNorm,
    Linear,
    ReLU,
    Sigmoid,
    Tanh,
)
from lab.data.menu import TOY_POINTS
from lab.data.tf_playground import TFPlayground
from lab.data.toy_points import Spiral
from lab.frames.render import GRID, MOST_UNITS, TILE, boundary, frame, plane_of, waiting_frame
from lab.frames.view import View
from lab.runs.experiment import Experiment, recommended
from lab.runs.history import CURVE_POINTS, CurvePoint
from lab.runs.run import READY, Run


class Parsed(NamedTuple):
    head: dict[str, Any]
    curve: np.ndarray
    winner: np.ndarray
    sure: np.ndarray
    arrays: dict[str, np.ndarray]


def no_constants(name: str) -> None:
    raise AssertionError(f"{name} in a header")


def parsed(picture: bytes) -> Parsed:
    """A frame read as `painting` describes it, to the last byte."""
    (length,) = struct.unpack_from("<I", picture)
    assert length % 4 == 0
    head = json.loads(picture[4 : 4 + length].decode(), parse_constant=no_constants)
    n, side, place = head["curve"], head["grid"], 4 + length
    arrays = {}
    for name, kind, count in head["arrays"]:
        arrays[name] = np.frombuffer(picture, f"<{kind}", count, place)
        place += -(-arrays[name].nbytes // 4) * 4
    assert len(picture) == place
    empty = np.zeros(0, np.uint8)
    planes = [arrays.get(name, empty).reshape(side, side) for name in ("winner", "sure")]
    return Parsed(head, arrays.get("curve", empty).reshape(5, n), *planes, arrays)


@pytest.mark.parametrize(
    "dataset", [*(kind() for kind in TOY_POINTS.values()), Spiral(classes=5)], ids=repr
)
def test_a_frame_of_points_is_what_its_description_says(dataset: Any) -> None:
    run, plane = Run(recommended(dataset)), plane_of(dataset)
    low, high = dataset.low, dataset.high
    for _ in range(12):
        run.step_batch()
    head, curve, winner, sure, _ = parsed(frame(run, "running", "", 12.0))
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
    first = parsed(frame(run, "running", "", 0.0)).head
    assert (first["confusion"], first["grid"], first["seconds_left"]) == (None, 0, None)
    run.step_epoch()
    head = parsed(frame(run, "running", "", 100.0)).head
    assert np.sum(head["confusion"]) == len(run.data.test_y)
    assert np.trace(head["confusion"]) / len(run.data.test_y) == head["test_accuracy"]
    assert head["seconds_left"] == pytest.approx((40 - 1) * head["batches"] / 100)
    waiting = parsed(waiting_frame("loading", "MNIST is being read"))
    assert set(waiting.head) == set(head)
    assert (waiting.head["status"], waiting.head["message"]) == ("loading", "MNIST is being read")


def test_a_curve_keeps_its_beginning_its_end_and_a_bounded_number_of_points() -> None:
    run = Run(Experiment(dataset=Spiral(points=20), layers=(), batch_size=1000, epochs=1500))
    start = run.curve.latest
    while run.status == READY:
        run.work(1.0, steps=7)
        curve = parsed(frame(run, "running", "", 0.0)).curve
        assert curve.shape[1] <= CURVE_POINTS
        assert (np.diff(curve[0]) >= 0).all()
        assert CurvePoint(*map(float, curve[:, 0])) == pytest.approx(start, rel=1e-6)
    assert curve[0, -1] == 1500


@pytest.mark.parametrize("name", ["moons", "digits"])
def test_divergence_is_never_shown_as_nan(name: str) -> None:
    layers = (Dense(16, ReLU()), Dense(16, ReLU()))
    run = Run(
        recommended(name).changed(optimizer=SGD(100.0), layers=layers, loss=MSE(), output=Linear())
    )
    while run.status == READY:
        run.work(0.0)
        head, curve, *_ = parsed(frame(run, run.status, run.message, 0.0))
        assert np.isfinite(curve[:, 0]).all()
    assert head["status"] == "diverged"
    assert "learning rate" in head["message"]


def test_a_broken_network_still_has_a_boundary_of_known_classes() -> None:
    network = recommended("spiral").network()
    network.theta[:] = np.nan
    winner, _ = boundary(network, plane_of(Spiral()))
    assert winner.max() < 3


def test_fewer_epochs_than_are_done_leave_no_negative_time() -> None:
    run = Run(recommended("spiral"))
    for _ in range(5):
        run.step_epoch()
    run.change(run.experiment.changed(epochs=2))
    assert parsed(frame(run, "running", "", 5.0)).head["seconds_left"] >= 0


NETWORKS = {
    "two layers": (Dense(8, Tanh()), Dense(6, ReLU())),
    "none": (),
    "of many kinds": (
        Dense(20, Linear()),
        BatchNorm(),
        Dropout(0.3),
        LayerNorm(),
        Dense(3, Sigmoid()),
    ),
}


@pytest.mark.parametrize("dataset", TOY_POINTS.values())
@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_the_diagram_shows_what_the_units_say(dataset: Any, layers: tuple[Layer, ...]) -> None:
    if dataset is TFPlayground:
        layers = tuple(layer for layer in layers if isinstance(layer, Dense))
    run = Run(recommended(dataset()).changed(layers=layers))
    run.work(1e9, steps=5)
    picture = parsed(frame(run, "paused", "", 0.0, View(diagram=True)))
    columns = picture.head["diagram"]
    assert [column["units"] for column in columns] == [
        np.prod(shape) for shape in run.experiment.shapes
    ]
    shown = [min(column["units"], MOST_UNITS) for column in columns]
    tiles = picture.arrays["tiles"].reshape(sum(shown), TILE, TILE)
    axis = np.linspace(run.experiment.dataset.low, run.experiment.dataset.high, TILE)
    assert tiles[0, 0, 0] < 128 < tiles[0, 0, -1]  # x₁ grows to the right
    assert tiles[1, 0, 0] > 128 > tiles[1, -1, 0]  # x₂ grows upwards
    if layers:
        place = run.experiment.dataset.inputs(
            np.array([[axis[3], axis[-5]]], np.float64)
        )  # row 4 from the top
        said = run.network.activations(place.astype(run.network.theta.dtype))[0][0, 1]
        assert tiles[shown[0] + 1, 4, 3] == pytest.approx(
            128 + 127 * said / columns[1]["reach"], abs=1
        )
    dense = [
        number for number, layer in enumerate(run.network.layers, 1) if isinstance(layer, Dense)
    ]
    assert picture.arrays["weights"].size == sum(
        (shown[number - 1] + 1) * shown[number] for number in dense
    )
    assert picture.arrays["weights"][0] == np.float32(run.network.names[f"{dense[0]}.W"][0, 0])
    assert picture.arrays["weights"][-1] == np.float32(run.network.names[f"{dense[-1]}.b"][-1])


def test_one_unit_fills_the_large_picture_and_one_that_is_not_there_does_not() -> None:
    run = Run(recommended("spiral"))
    picture = parsed(frame(run, "paused", "", 0.0, View(diagram=True, unit=(1, 2))))
    assert picture.head["unit"]["layer"] == 1
    plane = plane_of(run.experiment.dataset)
    answers = np.concatenate(
        [run.network.activations(part)[0][:, 2].copy() for part in np.split(plane, 8)]
    )
    shades = picture.arrays["unit"].astype(float)
    assert np.abs(shades - (128 + 127 * answers / picture.head["unit"]["reach"])).max() <= 1
    for unit in ((1, 99), (99, 0)):
        picture = parsed(frame(run, "paused", "", 0.0, View(diagram=True, unit=unit)))
        assert picture.head["unit"] is None


def test_what_nobody_asks_for_is_not_painted() -> None:
    run = Run(recommended("spiral"))
    assert set(parsed(frame(run, "paused", "", 0.0)).arrays) == {"curve", "winner", "sure"}
    assert run.last_step.before is None
    run.work(1e9, steps=3)
    assert run.last_step.before is None  # nor is a copy of θ made at every step
