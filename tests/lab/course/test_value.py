"""A value's slopes are those of the engine, and of differences."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import MSE, Dense, Linear, Network, ReLU, Tanh, Xavier
from lab.course.value import Value

numbers = st.floats(-3, 3).map(lambda number: round(number, 3))


@given(numbers, numbers, numbers, numbers)
def test_a_neurons_slopes_are_the_engines(w: float, x: float, b: float, y: float) -> None:
    parts = [Value(number) for number in (w, x, b, y)]
    loss = ((parts[0] * parts[1] + parts[2]).relu() - parts[3]).square()
    loss.backward()
    rng = np.random.default_rng(0)
    made = Network([Dense(1, ReLU())], 1, MSE(), Xavier(), rng, np.float64, regression=True)
    made.theta[:] = w, b
    made.gradients(np.array([[x]]), np.array([[y]]))
    assert [parts[0].slope, parts[2].slope] == pytest.approx(made.gradient.tolist())


def test_two_layers_and_a_number_that_is_used_twice() -> None:
    rng = np.random.default_rng(0)
    layers = [Dense(2, Tanh()), Dense(1, Linear())]
    made = Network(layers, 2, MSE(), Xavier(), rng, np.float64, regression=True)
    x, y = np.array([[1.0, -0.5]]), np.array([[1.0]])
    made.gradients(x, y)
    theta = [Value(float(number)) for number in made.theta]
    inputs = [Value(float(number)) for number in x[0]]
    hidden = [
        (inputs[0] * theta[j] + inputs[1] * theta[2 + j] + theta[4 + j]).tanh() for j in range(2)
    ]
    loss = (hidden[0] * theta[6] + hidden[1] * theta[7] + theta[8] - Value(1.0)).square()
    for _ in range(2):  # asked twice, it says the same
        loss.backward()
        assert [value.slope for value in theta] == pytest.approx(made.gradient.tolist())
    twice = Value(3.0)
    (twice * twice).backward()
    assert twice.slope == 6


def test_it_has_forty_lines_of_code_or_fewer() -> None:
    code = [line for line in inspect.getsource(Value).splitlines() if line.strip()]
    assert sum('"""' not in line and not line.strip().startswith("`") for line in code) <= 40
