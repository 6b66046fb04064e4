"""What the lesson lets one do, and what it says: no more than the engine computes."""

import re

import numpy as np
import pytest

from engine import (
    MSE,
    Dense,
    Linear,
    Network,
    Tanh,
    Xavier,
)
from tests.pages.learn.lesson_page import page_of, told

pytestmark = pytest.mark.slow


def test_backpropagation_walks_on_and_the_check_agrees_for_every_weight(visit) -> None:
    at = visit("backpropagation")
    for stage in at.select_slider(key="l9.walk").options:
        at.select_slider(key="l9.walk").set_value(stage).run()
        assert not at.exception
    for weight in at.selectbox(key="l9.check").options:
        at.selectbox(key="l9.check").set_value(weight).run()
        exact, numeric = re.findall(
            r"by backpropagation: (\S+)\nby trying: .* = (\S+)", page_of(at)
        )[0]
        assert exact == numeric


def test_a_flat_bend_lets_less_through_though_the_answer_changes_too() -> None:
    kept = []
    for w in (0.5, 2.0):
        made = Network(
            [Dense(2, Tanh()), Dense(1, Linear())],
            2,
            MSE(),
            Xavier(),
            np.random.default_rng(0),
            np.float64,
            regression=True,
        )
        made.theta[:] = (w, -0.3, 0.8, 0.2, 0.1, -0.1, 0.7, -0.5, 0.2)
        answer = made.gradients(np.array([[1.0, -0.5]]), np.array([[1.0]]))[0, 0]
        dh = 2 * (answer - 1) * 0.7
        kept.append(made.gradient[0] / 1.0 / dh)  # the slope of x₁ → h₁ is x₁ · dz₁, and x₁ is 1
    assert np.round(kept, 2).tolist() == [0.96, 0.13]
    assert "from 0.96 to 0.13" in told("backpropagation")
    assert "share of dh₁" in told("backpropagation")


def test_each_node_of_the_graph_has_its_local_slope_times_the_incoming_one(visit) -> None:
    at = visit("backpropagation")
    for w in (0.5, -2.0):
        at.slider(key="l9.graph_w").set_value(w).run()
        for node in at.button_group(key="l9.node").options:
            at.button_group(key="l9.node").set_value(node).run()
            assert not at.exception
            if node == "L":
                continue
            (said,) = [code.value for code in at.code if "incoming  dL/d" in code.value]
            incoming, local, product = (
                float(line.rsplit("= ", 1)[1].replace("−", "-")) for line in said.splitlines()[1:]
            )
            assert product == pytest.approx(incoming * local, abs=2e-3)
            if w < 0 and node in "wxbpz":  # ReLU lets nothing through
                assert product == 0
