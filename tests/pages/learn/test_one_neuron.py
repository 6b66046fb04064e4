"""What the lesson lets one do, and what it says: no more than the engine computes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import MSE, SGD, Dense, Network, ReLU, Xavier
from tests.pages.learn.lesson_page import told

pytestmark = pytest.mark.slow

# the points of the lesson
X = np.array([-2.0, -1.5, -0.8, 0.0, 0.6, 1.0, 1.5, 2.0])[:, None]
Y = np.array([0.0, 0.1, 0.0, 0.1, 0.5, 1.0, 1.7, 2.6])[:, None]


def neuron(w: float, b: float) -> Network:
    made = Network(
        [Dense(1, ReLU())],
        1,
        MSE(),
        Xavier(),
        np.random.default_rng(0),
        np.float64,
        regression=True,
    )
    made.theta[:] = w, b
    return made


def test_a_neuron_learns_the_line_at_a_press(visit) -> None:
    at = visit("one_neuron")
    before = float(at.metric[0].value)
    next(b for b in at.button if b.label == "A hundred steps").click().run()
    assert not at.exception
    assert float(at.metric[0].value) < before / 3


def test_single_steps_of_the_neuron_go_on_as_a_hundred_at_once_do(visit) -> None:
    at = visit("one_neuron")
    at.slider(key="l1.w").set_value(1.11)
    at.slider(key="l1.b").set_value(0.08).run()  # here steps of two places stand still
    for _ in range(3):
        next(
            button for button in at.button if button.label == "Let it learn: one step"
        ).click().run()
    made, step = neuron(1.11, 0.08), SGD(0.1)
    step.start(made.theta)
    for _ in range(3):
        made.gradients(X, Y)
        step.step(made.theta, made.gradient, 0.1)
    assert at.session_state["l1"].learned == made.theta.tolist()
    assert at.slider(key="l1.w").value == pytest.approx(made.theta[0], abs=0.005)
    at.slider(key="l1.w").set_value(2.0).run()  # moved by hand: what was learned is gone
    assert "w ← 2 − " in " ".join(code.value for code in at.code)


@given(st.floats(-3, 3), st.floats(-3, 2.5))
def test_a_larger_bias_raises_the_sloping_part_and_leaves_what_stays_below_zero(
    w: float, b: float
) -> None:
    low, high = (neuron(w, bias).outputs(X) for bias in (b, b + 0.5))
    asleep, awake = w * X + b + 0.5 <= 0, w * X + b > 0
    assert np.allclose((high - low)[awake], 0.5)
    assert not high[asleep].any()
    assert "sloping part of the line" in told("one_neuron")
    assert "every answer rises" not in told("one_neuron")
