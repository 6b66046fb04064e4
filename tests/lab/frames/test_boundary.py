"""The boundary of a network, also of one whose numbers are broken."""

import numpy as np

from lab.data.toy_points import Spiral
from lab.frames.boundary import boundary, plane_grid
from lab.runs.presets import recommended


def test_a_broken_network_still_has_a_boundary_of_known_classes() -> None:
    network = recommended("spiral").network()
    network.theta[:] = np.nan
    winner, _ = boundary(network, plane_grid(Spiral()))
    assert winner.max() < 3
