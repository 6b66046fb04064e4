"""The health of a network, layer by layer: the spread of weights, activations and gradients, and
the share of units that have stopped learning.

A layer is well when its activations are neither all alike nor all at the edge of its curve, its
gradients are not vanishingly small beside those of other layers, and a step changes its weights by
about a thousandth.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine import as_numbers
from engine.diagnosis import flat_shares
from lab.runs.diagnose import DIAGNOSED
from lab.runs.run import Run
from lab.runs.snapshots import as_it_was

BINS = 31  # odd, so that 0 has one of its own
EXAMPLES = 200


class LayerHealth(NamedTuple):
    """The health of one layer that has weights.

    spreads: for weights, activations and gradients, how far the histogram reaches on either side of
    0
    flat, flat_kind: the share of its units that are "dead" (ReLU) or of its activations that are
    "saturated"
    update: size of the last step relative to the weights, ‖Δw‖ / ‖w‖; None before the first step
    """

    layer: int
    name: str
    spreads: tuple[float, ...]
    flat: float | None
    flat_kind: str
    update: float | None


def measure_health(run: Run) -> tuple[list[LayerHealth], NDArray[np.uint8]]:
    """Return the health of every layer with weights, and their histograms (layers, 3, BINS).

    The tallest bar of each histogram is 255.
    """
    network, e = run.network, run.experiment
    y = run.train_targets[:EXAMPLES]
    x = as_numbers(run.data.train_x[:EXAMPLES], network.theta.dtype)
    shares: dict[int, tuple[str, float | None]] = {
        **flat_shares(network, run.data.train_x[:DIAGNOSED])  # as many as the advice is based on
    }
    answers = [a.copy() for a in network.activations(x)]
    buffers = network.buffers.copy()  # a batch norm keeps account of every batch that it sees
    network.gradients(x[: e.batch_size], y[: e.batch_size], np.random.default_rng(0))
    network.buffers[:] = buffers
    layers, histograms = [], []
    for number, layer in enumerate(network.layers, 1):
        name = f"{number}.W"
        if name not in network.names:
            continue
        weights, gradient = network.names[name], layer.dW
        drawn = [_histogram(numbers) for numbers in (weights, answers[number - 1], gradient)]
        histograms += [bars for _, bars in drawn]
        flat_kind, flat = shares.get(number, ("", None))
        layers.append(
            LayerHealth(
                number,
                type(layer).__name__,
                tuple(reach for reach, _ in drawn),
                flat,
                flat_kind,
                _update(run, weights),
            )
        )
    return layers, np.array(histograms, np.uint8).reshape(len(layers), 3, BINS)


def _update(run: Run, weights: NDArray[np.floating]) -> float | None:
    if run.last_step.before is None:
        return None
    now = weights.copy()
    with as_it_was(run.network, run.last_step.before):  # `weights` is a view into θ
        change = float(np.linalg.norm(now - weights))
    size = float(np.linalg.norm(now))
    return change / size if size else None


def _histogram(numbers: NDArray[Any]) -> tuple[float, NDArray[np.uint8]]:
    """Return how far the numbers reach from 0, and the heights, 0 to 255, of BINS bars over that
    range.
    """
    reach = float(np.max(np.abs(numbers), initial=0.0))
    if not np.isfinite(reach):
        return 0.0, np.zeros(BINS, np.uint8)
    counts, _ = np.histogram(numbers, BINS, (-reach or -1.0, reach or 1.0))
    return reach, np.ceil(255 * counts / counts.max()).astype(np.uint8)
