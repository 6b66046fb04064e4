"""A layer's health says what is there: the spread of its numbers, who is dead, and how large a step
is.
"""

import numpy as np
import pytest

from engine import Conv2D, Dense, Flatten, ReLU, Sigmoid
from engine.diagnosis import in_units
from lab.explain.health import BINS, measure_health
from lab.runs.diagnose import DIAGNOSED
from lab.runs.presets import presets, recommended
from lab.runs.run import Run


def test_the_size_of_a_step_beside_the_weights() -> None:
    run = Run(recommended("spiral").changed(layers=(Dense(8, ReLU()),)))
    run.last_step.start(run.network.theta)
    assert [row.update for row in measure_health(run)[0]] == [None, None]
    run.work(1e9, steps=7)
    before = run.network.theta.copy()
    run.step_batch()
    change = (run.network.theta - before)[:16]  # the first layer's weights lie first
    assert measure_health(run)[0][0].update == pytest.approx(
        np.linalg.norm(change) / np.linalg.norm(run.network.names["1.W"]), rel=1e-5
    )


def test_dead_and_saturated_units_are_counted() -> None:
    run = Run(recommended("spiral").changed(layers=(Dense(8, ReLU()), Dense(6, Sigmoid()))))
    run.network.names["1.b"][:2] = -100.0
    run.network.names["2.b"][:3] = 100.0
    first, second, output = measure_health(run)[0]
    assert (first.flat_kind, second.flat_kind, output.flat_kind) == ("dead", "saturated", "")
    assert first.flat >= 2 / 8
    assert second.flat >= 3 / 6


def test_health_and_advice_count_the_same_dead_units_of_a_convolution() -> None:
    run = Run(recommended("digits").changed(layers=(Conv2D(8, 3), Flatten())))
    run.network.names["1.b"][:5] = -100.0
    (dead,) = [d for d in in_units(run.network, run.data.train_x[:DIAGNOSED]) if d.layer == 1]
    row = measure_health(run)[0][0]
    assert (row.flat_kind, row.flat) == ("dead", dead.amount)
    assert dead.amount >= 5 / 8


def test_histograms_count_every_number() -> None:
    run = Run(recommended("spiral").changed(layers=(Dense(8, ReLU()),)))
    rows, pictures = measure_health(run)
    assert pictures.shape == (2, 3, BINS)
    weights = run.network.names["1.W"]
    assert rows[0].spreads[0] == pytest.approx(np.abs(weights).max())
    counts, _ = np.histogram(weights, BINS, (-rows[0].spreads[0], rows[0].spreads[0]))
    assert np.array_equal(pictures[0, 0], np.ceil(255 * counts / counts.max()).astype(np.uint8))


@pytest.mark.parametrize(
    "name", [name for name, e in presets().items() if type(e.dataset).__name__ == "MNIST"]
)
def test_networks_of_pictures_have_a_health_and_are_left_as_they_are(name: str) -> None:
    run = Run(presets()[name])
    theta, buffers = run.network.theta.copy(), run.network.buffers.copy()
    rows, pictures = measure_health(run)
    assert len(rows) == sum(".W" in key for key in run.network.names)
    assert pictures.max() == 255
    assert np.array_equal(run.network.theta, theta)
    assert np.array_equal(run.network.buffers, buffers)
