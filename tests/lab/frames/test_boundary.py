"""The boundary of a network, also of one whose numbers are broken."""

import numpy as np
import pytest

from engine import CategoricalCrossEntropy, Dense, Network, Softmax, Tanh, Xavier
from lab.data.toy_points import Spiral
from lab.frames.boundary import boundary, plane_grid
from lab.runs.presets import recommended


def test_a_broken_network_still_has_a_boundary_of_known_classes() -> None:
    network = recommended("spiral").network()
    network.theta[:] = np.nan
    winner, _ = boundary(network, plane_grid(Spiral()))
    assert winner.max() < 3


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_the_lead_is_that_of_the_largest_probability_over_the_second(classes: int) -> None:
    rng = np.random.default_rng(0)
    layers = [Dense(8, Tanh()), Dense(classes, Softmax())]
    network = Network(layers, 2, CategoricalCrossEntropy(), Xavier(), rng)
    grid = plane_grid(Spiral())
    winner, sure = boundary(network, grid)
    p = network.probabilities(network.outputs(grid))
    ordered = np.sort(p, axis=1)
    assert np.array_equal(winner, p.argmax(axis=1))
    lead = 255 * np.sqrt(ordered[:, -1] - ordered[:, -2])
    assert np.abs(sure - lead).max() <= 1.01
