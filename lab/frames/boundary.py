"""The boundary of a network: which class wins at each point of the plane, and how clearly.

A grid is the network's inputs at its points, row by row from the top.
"""

import numpy as np
from numpy.typing import NDArray

from engine import Network
from lab.data.dataset import Dataset

GRID = 80  # points on a side


def plane_grid(dataset: Dataset, size: int = GRID) -> NDArray[np.floating]:
    """Return the inputs at size x size points of the dataset's plane: (size · size, inputs)."""
    axis = np.linspace(dataset.low, dataset.high, size, dtype=np.float32)
    return dataset.inputs(np.column_stack([np.tile(axis, size), np.repeat(axis[::-1], size)]))


def boundary(
    network: Network, grid: NDArray[np.floating]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the winning class at each point of `grid`, and how sure the network is, 0 to 255.

    Sure is the root of the distance between the best and the second best probability; for
    regression, of the output's distance from 0, which parts the two "classes", up to 1.
    """
    outputs = network.outputs(grid)
    if network.regression:
        height = np.nan_to_num(outputs[:, 0]).clip(-1, 1)
        return (height > 0).astype(np.uint8), (255 * np.sqrt(np.abs(height))).astype(np.uint8)
    p = network.probabilities(outputs)
    winner = p.argmax(axis=1)
    if p.shape[1] == 2:
        lead = np.abs(p[:, 1] - p[:, 0])
    else:
        best = np.partition(p, -2, axis=1)
        lead = best[:, -1] - best[:, -2]
    # the root brings out the small leads of a network that has only begun
    return winner.astype(np.uint8), np.nan_to_num(255 * np.sqrt(lead)).astype(np.uint8)
