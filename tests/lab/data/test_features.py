"""Input features: what a network is told of a point, for every set alike."""

import numpy as np
import pytest

from lab.data.menu import TOY_POINTS
from lab.data.toy_points import FEATURES, XOR
from lab.runs.presets import recommended
from lab.runs.run import Run


@pytest.mark.parametrize("name", TOY_POINTS)
def test_all_seven_features_of_every_set(name: str) -> None:
    dataset = TOY_POINTS[name](features=",".join(FEATURES))
    data = dataset.load(1)
    assert data.places
    x, y = data.places[0].T.astype(np.float64)
    k = dataset.waves
    expected = np.column_stack([x, y, x * x, y * y, x * y, np.sin(k * x), np.sin(k * y)])
    assert np.allclose(data.train_x, expected, atol=1e-5)
    plain = TOY_POINTS[name]().load(1)
    assert plain.places
    assert np.array_equal(
        plain.places[0], data.places[0]
    )  # the points are the same, whatever is told of them
    assert np.array_equal(plain.train_x, plain.places[0])


def test_a_single_neuron_solves_xor_when_told_the_product() -> None:
    run = Run(recommended(XOR(features="xTimesY")).changed(layers=(), epochs=60))
    run.work(1e9)
    assert run.history[-1].test_accuracy > 0.95


@pytest.mark.parametrize("features", ["", ",", "x,z", "X", "x" * 101])
def test_features_that_are_none_get_a_sentence(features: str) -> None:
    with pytest.raises(ValueError, match="features of XOR"):
        XOR(features=features)


def test_the_order_of_naming_does_not_matter() -> None:
    dataset, other = XOR(features="xTimesY, x"), XOR(features="x,xTimesY,x")
    assert dataset.chosen == other.chosen == ["x", "xTimesY"]
    assert np.array_equal(dataset.load(0).train_x, other.load(0).train_x)
