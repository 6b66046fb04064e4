"""A learning-rate finder: one short run in which the rate grows at each step, and its losses.

Smith, "Cyclical learning rates for training neural networks", 2017.
"""

import numpy as np
import streamlit as st

from engine import SGD, BinaryCrossEntropy, Dense, Network, Sigmoid, Tanh, Xavier
from lab.data.toy_points import Moons
from ui import theme
from ui.board.sketch import Sketch

LOWEST, HIGHEST, STEPS = 0.001, 300.0, 120  # the rate of the first step and of the last
BEYOND = 3.0  # times its lowest loss, at which a run is called off
CHECKED = 100  # steps of a run that checks a rate


def _begin(seed: int) -> Network:
    """A network for two half moons, with its first weights."""
    layers, rng = [Dense(8, Tanh()), Dense(1, Sigmoid())], np.random.default_rng(seed)
    return Network(layers, 2, BinaryCrossEntropy(), Xavier(), rng, np.float64)


def _losses(rates: list[float], seed: int) -> list[float]:
    """The loss before each step of SGD with these rates, called off where it has run away."""
    network, data, losses = _begin(seed), Moons().load(seed), list[float]()
    x, y = data.train_x.astype(np.float64), network.targets(data.train_y)
    rule = SGD()
    rule.start(network.theta)
    with np.errstate(all="ignore"):
        for rate in rates:
            losses.append(network.training_loss(x, y))
            if not np.isfinite(losses[-1]) or losses[-1] > BEYOND * min(losses):
                break
            network.gradients(x, y)
            rule.step(network.theta, network.gradient, rate)
    return losses


@st.cache_data(max_entries=8, show_spinner=False)
def find_rate(seed: int = 0) -> tuple[list[float], list[float], float]:
    """Return rates, the loss at each, and a rate that suits: a tenth of that of the lowest loss."""
    rates = np.geomspace(LOWEST, HIGHEST, STEPS).tolist()
    losses = _losses(rates, seed)
    return rates[: len(losses)], losses, rates[int(np.argmin(losses))] / 10


@st.cache_data(max_entries=40, show_spinner=False)
def loss_after(rate: float, seed: int = 0) -> float:
    """Return the loss after CHECKED steps with a rate that stays the same."""
    losses = _losses([rate] * (CHECKED + 1), seed)
    return losses[-1]


def draw_finder(rates: list[float], losses: list[float], suits: float) -> Sketch:
    """The loss over the logarithm of the rate, and a mark at the rate that suits."""
    title = f"The loss while the rate grows from {LOWEST:g} on; {suits:.2g} suits"
    top = 1.2 * losses[0]
    drawing = Sketch((np.log10(LOWEST), np.log10(HIGHEST)), (0, top), title, 560, 220)
    for power in range(-3, 3):
        drawing.line([power, power], [0, top], "#8886", "", 1)
        drawing.text(power + 0.16, 0.05 * top, f"{10.0**power:g}")
    logs = np.log10(rates).tolist()
    drawing.line(logs, np.minimum(losses, 2 * top).tolist(), theme.BLUE)
    mark = float(np.log10(suits))
    return drawing.line([mark, mark], [0, top], theme.ORANGE, "7 5")
