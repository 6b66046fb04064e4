"""Every derivative can be checked without calculus: nudge a number, see how the loss moves, and
compare.

Central differences, (L(θ+h) - L(θ-h)) / 2h, in float64; their error falls with h² until rounding
takes over.
"""

import numpy as np

from engine.arrays import Array, Floats
from engine.network import Network
from engine.regularizers import Regularizer


def loss_at(
    network: Network, x: Array, y: Array, regularizer: Regularizer | None = None, seed: int = 0
) -> float:
    """The loss (and penalty) of the network as training sees it, with the same dropout always."""
    penalty = regularizer.penalty(network) if regularizer else 0.0
    return network.training_loss(x, y, np.random.default_rng(seed)) + penalty


def numeric_gradient(
    network: Network, x: Array, y: Array, regularizer: Regularizer | None = None, h: float = 1e-5
) -> Floats:
    """d loss / dθ, one coordinate of θ at a time: (parameters,)."""
    gradient = np.empty(len(network.theta))
    for i, kept in enumerate(network.theta.copy()):
        network.theta[i] = kept + h
        above = loss_at(network, x, y, regularizer)
        network.theta[i] = kept - h
        below = loss_at(network, x, y, regularizer)
        network.theta[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient


def numeric_slope(
    network: Network, x: Array, y: Array, direction: Floats, regularizer: Regularizer | None = None
) -> float:
    """How fast the loss grows when θ moves along `direction`: one number checks all coordinates."""
    h = 1e-5
    kept = network.theta.copy()
    network.theta[:] = kept + h * direction
    above = loss_at(network, x, y, regularizer)
    network.theta[:] = kept - h * direction
    below = loss_at(network, x, y, regularizer)
    network.theta[:] = kept
    return (above - below) / (2 * h)


def exact_gradient(
    network: Network, x: Array, y: Array, regularizer: Regularizer | None = None, seed: int = 0
) -> Floats:
    """The same by backpropagation, as training computes it."""
    network.gradients(x, y, np.random.default_rng(seed))
    if regularizer:
        regularizer.change_gradient(network)
    return network.gradient.astype(np.float64)


def relative_error(exact: Floats | float, numeric: Floats | float) -> float:
    """‖exact - numeric‖ / (‖exact‖ + ‖numeric‖): 0 when they agree, 1 with nothing in common."""
    scale = np.linalg.norm(exact) + np.linalg.norm(numeric)
    return float(np.linalg.norm(np.subtract(exact, numeric)) / scale) if scale else 0.0
