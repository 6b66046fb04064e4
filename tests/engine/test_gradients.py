"""Every derivative of every entry of every menu, against central differences, by coordinate and along directions."""

import itertools

import numpy as np
import pytest

from engine import ACTIVATIONS, INITIALIZERS, L2, LOSSES, CategoricalCrossEntropy, Dense, Linear, Network, Softmax, Tanh
from engine.gradient_check import exact_gradient, numeric_gradient, numeric_slope, relative_error


def network(layers: list[Dense], loss: str, initializer: str = "Xavier", seed: int = 3) -> Network:
    rng = np.random.default_rng(seed)
    made = Network(layers, 4, LOSSES[loss](), INITIALIZERS[initializer](), rng, dtype=np.float64)
    made.theta += rng.normal(0, 0.3, len(made.theta))  # biases off zero, and Zeros off its saddle
    return made


def legal(loss: str, output: str) -> bool:
    partner = LOSSES[loss].partner
    return partner is None or partner is ACTIVATIONS[output]


CASES = [
    pytest.param(hidden, output, loss, units, id=f"{hidden}-{output}-{loss}-{units}")
    for hidden, output, loss, units in itertools.product(ACTIVATIONS, ACTIVATIONS, LOSSES, (1, 3))
    if legal(loss, output) and not (output == "Softmax" and units == 1)
]


@pytest.mark.parametrize(("hidden", "output", "loss", "units"), CASES)
@pytest.mark.parametrize("strength", [0.0, 0.1])
def test_backpropagation_is_the_derivative(hidden: str, output: str, loss: str, units: int, strength: float) -> None:
    net = network([Dense(5, ACTIVATIONS[hidden]()), Dense(units, ACTIVATIONS[output]())], loss)
    rng, pull = np.random.default_rng(5), L2(strength)
    x, y = rng.normal(0, 1, (6, 4)), net.targets(rng.integers(0, max(units, 2), 6))
    exact = exact_gradient(net, x, y, pull)
    assert relative_error(exact, numeric_gradient(net, x, y, pull)) < 1e-6
    for _ in range(3):
        direction = rng.normal(0, 1, len(exact))
        slope = numeric_slope(net, x, y, direction, pull)
        assert slope == pytest.approx(float(exact @ direction), rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_first_weights_of_every_kind_can_be_checked(initializer: str) -> None:
    net = network([Dense(5, Tanh()), Dense(3, Softmax())], "CategoricalCrossEntropy", initializer)
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, (6, 4)), net.targets(rng.integers(0, 3, 6))
    assert relative_error(exact_gradient(net, x, y), numeric_gradient(net, x, y)) < 1e-6


@pytest.mark.parametrize("depth", [0, 1, 4])
def test_any_depth_down_to_a_single_neuron(depth: int) -> None:
    net = network([Dense(3, Tanh())] * depth + [Dense(1, Linear())], "MSE")
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, (7, 4)), rng.normal(0, 1, (7, 1))
    assert relative_error(exact_gradient(net, x, y), numeric_gradient(net, x, y)) < 1e-6


def test_a_wrong_derivative_would_be_found() -> None:
    net = network([Dense(5, Tanh()), Dense(3, Softmax())], "CategoricalCrossEntropy")
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, (6, 4)), net.targets(rng.integers(0, 3, 6))
    assert relative_error(exact_gradient(net, x, y) * 1.001, numeric_gradient(net, x, y)) > 1e-4


@pytest.mark.parametrize("loss", LOSSES)
def test_huge_outputs_give_finite_losses_and_gradients(loss: str) -> None:
    partner = LOSSES[loss].partner or Linear
    z = np.array([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 1000.0]])
    a = partner().forward(z, np.empty_like(z))
    y = np.eye(3)[[1, 0]]
    assert np.isfinite(LOSSES[loss]().value(z, a, y))
    assert np.isfinite(LOSSES[loss]().gradient(z, a, y, np.empty_like(z))).all()


def test_the_gradient_of_softmax_and_cross_entropy_is_p_minus_y() -> None:
    z, y = np.array([[1.0, 2.0, 3.0]]), np.array([[0.0, 1.0, 0.0]])
    p = Softmax().forward(z, np.empty_like(z))
    np.testing.assert_allclose(CategoricalCrossEntropy().gradient(z, p, y, np.empty_like(z)), p - y)
