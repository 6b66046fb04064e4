"""The loss of a small network over two of its weights, and the paths of optimizers that roll down.

The other eight parameters of THETA stand still; the network is to meet seven points.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from engine import (
    MSE,
    SGD,
    Adam,
    ConstantRate,
    Dense,
    Descent,
    Linear,
    Momentum,
    Network,
    RMSprop,
    Schedule,
    Tanh,
    Xavier,
)
from ui import theme

Pair = tuple[int, int]  # the positions in θ of the two weights that move
Point = tuple[float, float]  # their values

X = np.array([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])
Y = np.array([-0.9, -1.0, -0.6, 0.1, 0.7, 0.9, 0.8])
# W₁, b₁, W₂, b₂ of three hidden neurons
THETA = (1.5, -1.0, 0.5, 0.2, 0.5, -0.4, 0.8, 0.3, -0.6, 0.1)
REACH, CELLS = 3.0, 41  # the map goes from -REACH to REACH, in so many cells
AXIS = np.linspace(-REACH, REACH, CELLS)
MOMENTUM, ALPHA = 0.9, 0.9


def network() -> Network:
    """One input, three hidden neurons, one answer, with the numbers above."""
    layers, rng = [Dense(3, Tanh()), Dense(1, Linear())], np.random.default_rng(0)
    net = Network(layers, 1, MSE(), Xavier(), rng, np.float64, regression=True)
    net.theta[:] = THETA
    return net


def optimizer(name: str, rate: float) -> Descent:
    """The engine's, with a memory short enough for a few dozen steps."""
    return {
        "SGD": SGD(rate),
        "Momentum": Momentum(rate, MOMENTUM),
        "RMSprop": RMSprop(rate, ALPHA),
        "Adam": Adam(rate),
    }[name]


def height(net: Network, pair: Pair, point: Point) -> float:
    """The loss where the two weights are at `point`."""
    net.theta[list(pair)] = point
    return net.training_loss(X[:, None], Y[:, None])


@st.cache_data(max_entries=4, show_spinner=False)
def surface(pair: Pair) -> NDArray[np.float64]:
    """The loss over the two weights, (second, first), both from -REACH to REACH."""
    net = network()
    return np.array([[height(net, pair, (first, second)) for first in AXIS] for second in AXIS])


def greatest_curvature(pair: Pair, point: Point, h: float = 1e-3) -> float:
    """The greatest curvature at `point`: the largest eigenvalue of the second derivatives.

    These are taken by differences of `h`.
    """
    net, (a, b) = network(), point

    def at(i: float, j: float) -> float:
        return height(net, pair, (a + i * h, b + j * h))

    first, second = ((at(i, j) - 2 * at(0, 0) + at(-i, -j)) / h**2 for i, j in ((1, 0), (0, 1)))
    both = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h**2)
    return float(np.linalg.eigvalsh([[first, both], [both, second]])[-1])


def roll(
    name: str,
    pair: Pair,
    start: Point,
    rate: float,
    steps: int,
    plan: Schedule,
) -> tuple[NDArray[np.float64], list[float]]:
    """Where the ball is after each step, (steps + 1, 2), and how high."""
    net, rule = network(), optimizer(name, rate)
    path, losses = [np.array(start)], [height(net, pair, start)]
    two = np.array(start)
    rule.start(two)
    for k in range(steps):
        net.gradients(X[:, None], Y[:, None])
        rule.step(two, net.gradient[list(pair)], rate * plan.factor(k, k / steps))
        losses.append(height(net, pair, (two[0], two[1])))
        path.append(two.copy())
    return np.array(path), losses


@st.cache_data(max_entries=4, show_spinner=False)
def lowest_point(pair: Pair) -> Point:
    """The lowest point: a thousand steps downhill from the lowest one of the map."""
    row, column = np.unravel_index(surface(pair).argmin(), (CELLS, CELLS))
    start = float(AXIS[column]), float(AXIS[row])
    path, _ = roll("SGD", pair, start, 0.3, 1000, ConstantRate())
    return float(path[-1, 0]), float(path[-1, 1])


def bands(heights: NDArray[np.float64]) -> Image.Image:
    """The landscape as a map: darker is lower, with an edge at each contour."""
    level = np.log(heights[::-1] + 0.02)
    smooth = np.asarray(
        Image.fromarray(level.astype(np.float32)).resize((460, 460), Image.Resampling.BICUBIC)
    )
    step = (
        np.floor(16 * (smooth - smooth.min()) / (smooth.max() - smooth.min() + 1e-9)).clip(0, 15)
        / 15
    )
    low, high = (
        ((18, 28, 42), (96, 112, 130))
        if theme.scheme() == "dark"
        else ((150, 176, 204), (250, 251, 253))
    )
    colours = np.array(low) + step[..., None] * (np.array(high) - np.array(low))
    return Image.fromarray(colours.astype(np.uint8))
