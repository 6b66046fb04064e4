"""The units of a network over the plane: a tile of each for the diagram, and a single one at large.

An activation is painted as a shade, 1 to 255, where 128 is 0; what counts as the strongest, the
reach, is the same for all units of a layer.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import Dense, Network
from lab.data.dataset import Dataset
from lab.data.toy_points import SHORT
from lab.frames.protocol import Arrays, finite

TILE = 20  # points on a side of a tile
MOST_UNITS = 16  # of a layer that the diagram shows


def paint_diagram(
    network: Network, dataset: Dataset, grid: NDArray[np.floating], arrays: Arrays
) -> list[dict[str, Any]]:
    """Put `tiles` and `weights` into `arrays`, and return the diagram's columns for the header.

    `grid` holds the inputs at TILE x TILE points; the first column shows the inputs, each further
    one a layer.
    """
    tiles: list[NDArray[np.floating]] = []
    weights: list[NDArray[np.float32]] = []
    columns: list[dict[str, Any]] = []
    shown_before = 0
    for number, activations in enumerate(_columns(network, grid)):
        units, reach = activations.shape[1], _reach(activations)
        shown = min(units, MOST_UNITS)
        tiles.append(activations.T[:shown] / reach)
        column = {"units": units, "shown": shown, "reach": reach}
        column |= {"kind": "inputs", "name": "", "dense": False}
        if number:
            layer = network.layers[number - 1]
            activation = getattr(layer, "activation", None)
            column |= {"kind": "layer", "name": type(layer).__name__}
            column["activation"] = type(activation).__name__ if activation else ""
            if isinstance(layer, Dense):
                column["dense"] = True
                weights += [layer.W[:shown_before, :shown].ravel(), layer.b[:shown]]
        columns.append(column)
        shown_before = shown
    columns[-1]["kind"] = "classes" if columns[-1]["units"] > 1 else "output"
    columns[0]["names"] = [SHORT[name] for name in dataset.chosen]
    arrays["tiles"] = _shades(np.concatenate(tiles).ravel())
    arrays["weights"] = np.nan_to_num(np.concatenate(weights)).astype("<f4")
    return columns


def paint_unit(
    network: Network, unit: tuple[int, int], grid: NDArray[np.floating], arrays: Arrays
) -> dict[str, Any] | None:
    """Put the shades of `unit`, (column, number), over `grid` into `arrays`, and describe them.

    Returns None, and leaves `arrays` as they are, where the network has no such unit (any more).
    """
    layer, number = unit
    parts = []
    for start in range(0, len(grid), network.chunk):
        columns = _columns(network, grid[start : start + network.chunk])
        if layer >= len(columns) or number >= columns[layer].shape[1]:
            return None
        parts.append(columns[layer][:, number].copy())
    activations = np.concatenate(parts)
    reach = _reach(activations)
    arrays["unit"] = _shades(activations / reach)
    return {
        "layer": layer,
        "number": number,
        "low": finite(float(activations.min())),
        "high": finite(float(activations.max())),
        "reach": reach,
    }


def _columns(network: Network, grid: NDArray[np.floating]) -> list[NDArray[np.floating]]:
    """Return what every column of the diagram holds over at most a chunk of a grid.

    The outputs become numbers from -1 for no to 1 for yes, or a probability for each class.
    """
    columns = [grid, *network.activations(grid)]
    outputs = columns[-1]
    if network.regression:
        columns[-1] = outputs.clip(-1, 1)
    elif outputs.shape[1] == 1:
        columns[-1] = 2 * network.probabilities(outputs)[:, 1:] - 1
    else:
        columns[-1] = network.probabilities(outputs)
    return columns


def _shades(levels: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return numbers from -1 to 1 as 1 to 255, so that 128 is 0."""
    return (128 + 127 * np.nan_to_num(levels).clip(-1, 1)).round().astype(np.uint8)


def _reach(activations: NDArray[np.floating]) -> float:
    """Return the largest size of an activation, but at least 1."""
    largest = float(np.max(np.abs(activations), initial=0.0))
    return max(1.0, largest) if math.isfinite(largest) else 1.0
