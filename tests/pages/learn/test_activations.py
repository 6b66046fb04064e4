"""What the lesson lets one do, and what it says: no more than the engine computes."""

import re

import numpy as np
import pytest

from engine import (
    Adam,
    BinaryCrossEntropy,
    Dense,
    Linear,
    Network,
    Sigmoid,
    Xavier,
)
from engine.training import fit
from tests.pages.learn.lesson_page import check_listing, page_of, told

pytestmark = pytest.mark.slow


def test_every_activation_of_the_menu_learns_xor_or_is_a_line(visit) -> None:
    at = visit("activations")
    assert "Linear</b>" not in page_of(at)  # not before one has said what it will do
    at.radio(key="lesson.6.1").set_value("All four").run()
    for name in at.selectbox(key="l6.kind").options:
        at.selectbox(key="l6.kind").set_value(name).run()
        assert not at.exception
        check_listing(at)
    right = re.findall(r"<b>(\w+)</b>: (\d) of 4", page_of(at))
    assert right[-1][0] == "Linear"
    assert int(right[-1][1]) <= 3


def test_a_network_without_a_bend_says_one_half_of_xor_everywhere() -> None:
    corners, kinds = (
        np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]),
        np.array([[0.0], [1], [1], [0]]),
    )
    rng = np.random.default_rng(1)
    layers = [Dense(4, Linear()), Dense(1, Sigmoid())]
    made = Network(layers, 2, BinaryCrossEntropy(), Xavier(), rng, np.float64)
    for _ in fit(made, corners, kinds, Adam(0.05), batch_size=4, epochs=200, rng=rng):
        pass
    plane = np.random.default_rng(2).uniform(-2, 2, (1000, 2))
    assert np.abs(made.outputs(plane) - 0.5).max() < 0.001
    assert "one half everywhere" in told("activations")
    assert "Here each input is 1 or −1" in told("activations")
