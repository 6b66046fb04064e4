"""What the lessons say is held to what the engine computes: no sentence of theirs claims more than that."""

import ast
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from engine import MSE, SGD, Dense, Network, ReLU, Xavier
from lab.course import LESSONS, done_in

ROOT = Path(__file__).resolve().parents[2]


def told(file: str) -> str:
    """All texts of a lesson's source, white space made single."""
    tree = ast.parse((ROOT / "pages" / "learn" / f"{file}.py").read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return " ".join(" ".join(texts).split())


# --- a neuron ---------------------------------------------------------------------------------------------------------

X = np.array([-2.0, -1.5, -0.8, 0.0, 0.6, 1.0, 1.5, 2.0])[:, None]
Y = np.array([0.0, 0.1, 0.0, 0.1, 0.5, 1.0, 1.7, 2.6])[:, None]


def neuron(w: float, b: float) -> Network:
    made = Network([Dense(1, ReLU())], 1, MSE(), Xavier(), np.random.default_rng(0), np.float64, regression=True)
    made.theta[:] = w, b
    return made


@given(st.floats(-3, 3), st.floats(-3, 2.5))
def test_a_larger_bias_raises_the_sloping_part_and_leaves_what_stays_below_zero(w: float, b: float) -> None:
    low, high = (neuron(w, bias).outputs(X) for bias in (b, b + 0.5))
    asleep, awake = w * X + b + 0.5 <= 0, w * X + b > 0
    assert np.allclose((high - low)[awake], 0.5)
    assert not high[asleep].any()
    assert "sloping part of the line" in told("one_neuron")
    assert "every answer rises" not in told("one_neuron")


def test_single_steps_of_the_neuron_go_on_as_a_hundred_at_once_do() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "learn" / "one_neuron.py"), default_timeout=30)
    at.session_state["l1.w"], at.session_state["l1.b"] = 1.11, 0.08  # here steps of two places stand still
    at.run()
    for _ in range(3):
        next(button for button in at.button if button.label == "Let it learn: one step").click().run()
    made, step = neuron(1.11, 0.08), SGD(0.1)
    step.start(made.theta)
    for _ in range(3):
        made.gradients(X, Y)
        step.step(made.theta, made.gradient, 0.1)
    assert at.session_state["l1.learned"] == made.theta.tolist()
    assert at.slider(key="l1.w").value == pytest.approx(made.theta[0], abs=0.005)
    at.slider(key="l1.w").set_value(2.0).run()  # moved by hand: what was learned is gone
    assert "w ← 2 − " in " ".join(code.value for code in at.code)


def test_numpy_is_more_than_ten_times_as_quick_as_the_loop_at_a_million_pairs() -> None:
    values, weights = np.random.default_rng(0).random((2, 1_000_000))
    one_by_one, other = values.tolist(), weights.tolist()

    def seconds(call, rounds: int) -> float:
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        return min(times)

    def loop() -> None:
        total = 0.0
        for value, weight in zip(one_by_one, other, strict=True):
            total += value * weight

    assert seconds(loop, 1) > 10 * seconds(lambda: np.dot(values, weights), 9)
    assert "Fifty times or more" not in told("dot_product")


# --- the address ------------------------------------------------------------------------------------------------------


ODD = st.lists(st.integers() | st.text("0123456789²٣-+ _", max_size=9), max_size=40)


@given(st.text(max_size=300) | ODD.map(lambda parts: ",".join(map(str, parts))))
@example("9" * 5000)
@example("²,٣,-1,+2,1_0,０３")
@example("3,3, 3 ,18,0")
@example("," * 10_000)
def test_any_address_tells_which_lessons_are_done(address: str) -> None:
    done = done_in(address)
    assert done <= {one.number for one in LESSONS}
    assert done_in(",".join(map(str, done))) == done
    assert (3 in done) == ("3" in [part.strip() for part in address.split(",")])


def test_an_address_of_many_digits_opens_the_course() -> None:
    def page() -> None:
        import streamlit as st

        from ui import lesson

        lesson.remember()
        st.text(sorted(st.session_state["lesson.done"]))

    at = AppTest.from_function(page)
    at.query_params["done"] = "9" * 5000 + ",7"
    at.run()
    assert not at.exception
    assert at.text[0].value == "[7]"
