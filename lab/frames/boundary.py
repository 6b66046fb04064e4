"""The boundary of a network: which class wins at each point of the plane, and how clearly.

A grid is the network's inputs at its points, row by row from the top.
"""

import numpy as np
from numpy.typing import NDArray

from engine import Network, Softmax
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
    softmax = isinstance(network.output.activation, Softmax)
    winner, lead = _top_two(outputs if softmax else network.probabilities(outputs))
    # the root brings out the small leads of a network that has only begun
    return winner, np.nan_to_num(255 * np.sqrt(lead)).astype(np.uint8)


def _top_two(p: NDArray[np.floating]) -> tuple[NDArray[np.uint8], NDArray[np.floating]]:
    """Return the class of the largest probability in each row of p, (rows, classes), and its lead
    over the second largest.
    """
    best, *others = np.ascontiguousarray(p.T)
    winner, second = np.zeros(len(p), np.uint8), np.zeros_like(best)
    for number, other in enumerate(others, 1):
        winner[other > best] = number
        np.maximum(second, np.minimum(best, other), out=second)
        np.maximum(best, other, out=best)
    return winner, best - second
