"""The diagram and the large picture show what the units say."""

from typing import Any

import numpy as np
import pytest

from engine import BatchNorm, Dense, Dropout, Layer, LayerNorm, Linear, ReLU, Sigmoid, Tanh
from lab.data.menu import TOY_POINTS
from lab.data.tf_playground import TFPlayground
from lab.frames.boundary import plane_grid
from lab.frames.render import render_frame
from lab.frames.units import MOST_UNITS, TILE
from lab.frames.view import View
from lab.runs.presets import recommended
from lab.runs.run import Run
from tests.lab.frames.test_render import parsed

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
    picture = parsed(render_frame(run, "paused", "", 0.0, View(diagram=True)))
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
        inputs = run.experiment.dataset.inputs(
            np.array([[axis[3], axis[-5]]], np.float64)
        )  # row 4 from the top
        activation = run.network.activations(inputs.astype(run.network.theta.dtype))[0][0, 1]
        assert tiles[shown[0] + 1, 4, 3] == pytest.approx(
            128 + 127 * activation / columns[1]["reach"], abs=1
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
    picture = parsed(render_frame(run, "paused", "", 0.0, View(diagram=True, unit=(1, 2))))
    assert picture.head["unit"]["layer"] == 1
    plane = plane_grid(run.experiment.dataset)
    answers = np.concatenate(
        [run.network.activations(part)[0][:, 2].copy() for part in np.split(plane, 8)]
    )
    shades = picture.arrays["unit"].astype(float)
    assert np.abs(shades - (128 + 127 * answers / picture.head["unit"]["reach"])).max() <= 1
    for unit in ((1, 99), (99, 0)):
        picture = parsed(render_frame(run, "paused", "", 0.0, View(diagram=True, unit=unit)))
        assert picture.head["unit"] is None
