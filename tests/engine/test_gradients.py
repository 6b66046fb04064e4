"""Every derivative of every entry of every menu, against central differences.

By coordinate and along directions. What can differ is tried, not the product of all menus: a
network with one hidden layer is f_out(f_hidden(x W + b) W + b) under a loss, and backwards each
part sees only the array of gradients that the part behind it hands on. Loss and output activation
meet (partners share one gradient), so every legal pair of them is tried, with one output and with
several; a hidden activation meets neither, whatever follows hands it one array of the same shape
and layout, the output layer's dx. So every activation is tried once in the hidden place, and these
cases fail wherever one of the 1,664 of the full product would.
"""

import itertools

import numpy as np
import pytest

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    L2,
    LOSSES,
    Activation,
    CategoricalCrossEntropy,
    Dense,
    LeakyReLU,
    Linear,
    Network,
    Softmax,
    Tanh,
)
from engine.gradient_check import exact_gradient, numeric_gradient, numeric_slope, relative_error


def network(layers: list[Dense], loss: str, initializer: str = "Xavier", seed: int = 3) -> Network:
    rng = np.random.default_rng(seed)
    made = Network(layers, 4, LOSSES[loss](), INITIALIZERS[initializer](), rng, dtype=np.float64)
    made.theta += rng.normal(0, 0.3, len(made.theta))  # biases off zero, and Zeros off its saddle
    return made


def legal(loss: str, output: str) -> bool:
    partner = LOSSES[loss].partner
    return partner is None or partner is ACTIVATIONS[output]


OUTPUTS = [
    ("Tanh", output, loss, units)
    for output, loss, units in itertools.product(ACTIVATIONS, LOSSES, (1, 3))
    if legal(loss, output) and not (output == "Softmax" and units == 1)
]
HIDDEN = [(hidden, "Linear", "MSE", 3) for hidden in ACTIVATIONS]
CASES = [pytest.param(*case, id="-".join(map(str, case))) for case in OUTPUTS + HIDDEN]


@pytest.mark.parametrize(("hidden", "output", "loss", "units"), CASES)
def test_backpropagation_is_the_derivative(hidden: str, output: str, loss: str, units: int) -> None:
    net = network([Dense(5, ACTIVATIONS[hidden]()), Dense(units, ACTIVATIONS[output]())], loss)
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, (6, 4)), net.targets(rng.integers(0, max(units, 2), 6))
    for pull in (L2(0.0), L2(0.1)):
        exact = exact_gradient(net, x, y, pull)
        np.testing.assert_allclose(exact, numeric_gradient(net, x, y, pull), rtol=1e-6, atol=1e-9)
        for _ in range(3):
            direction = rng.normal(0, 1, len(exact))
            direction /= np.linalg.norm(direction)
            slope = numeric_slope(net, x, y, direction, pull)
            assert slope == pytest.approx(float(exact @ direction), rel=1e-6, abs=1e-9)


def test_every_entry_and_every_legal_pair_of_loss_and_output_is_tried() -> None:
    cases = [case.values for case in CASES]
    assert {hidden for hidden, *_ in cases} == set(ACTIVATIONS)
    pairs = {(loss, out) for loss in LOSSES for out in ACTIVATIONS if legal(loss, out)}
    assert {(loss, output) for _, output, loss, _ in cases} == pairs
    assert len(cases) == len({*OUTPUTS, *HIDDEN}) + 1  # one stands in both


@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_first_weights_of_every_kind_can_be_checked(initializer: str) -> None:
    net = network([Dense(5, Tanh()), Dense(3, Softmax())], "CategoricalCrossEntropy", initializer)
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, (6, 4)), net.targets(rng.integers(0, 3, 6))
    assert relative_error(exact_gradient(net, x, y), numeric_gradient(net, x, y)) < 1e-6


@pytest.mark.parametrize(
    "hidden", [*(kind() for kind in ACTIVATIONS.values()), LeakyReLU(0.3)], ids=repr
)
@pytest.mark.parametrize("depth", [0, 1, 4])
def test_any_depth_down_to_a_single_neuron(depth: int, hidden: Activation) -> None:
    net = network([Dense(3, hidden)] * depth + [Dense(1, Linear())], "MSE")
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, (7, 4)), rng.normal(0, 1, (7, 1))
    assert relative_error(exact_gradient(net, x, y), numeric_gradient(net, x, y)) < 1e-6


def test_a_wrong_derivative_would_be_found() -> None:
    net = network([Dense(5, Tanh()), Dense(3, Softmax())], "CategoricalCrossEntropy")
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, (6, 4)), net.targets(rng.integers(0, 3, 6))
    assert relative_error(exact_gradient(net, x, y) * 1.001, numeric_gradient(net, x, y)) > 1e-4


def test_a_short_batch_after_many_of_other_lengths_has_the_gradient_it_would_have_alone() -> None:
    rng, layers = np.random.default_rng(2), [Dense(5, Tanh()), Dense(3, Softmax())]
    used, x = network(layers, "CategoricalCrossEntropy"), rng.normal(0, 1, (40, 4))
    y = used.targets(rng.integers(0, 3, 40))
    for rows in (40, 7, 39, 12, 5, 33, 21, 40, 3):
        used.gradients(x[:rows], y[:rows])
        used.outputs(x)
        alone = network(layers, "CategoricalCrossEntropy")
        alone.gradients(x[:rows], y[:rows])
        np.testing.assert_array_equal(used.gradient, alone.gradient)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES)
def test_huge_outputs_give_finite_losses_and_gradients(loss: str, dtype: type[np.floating]) -> None:
    partner = LOSSES[loss].partner or Linear
    z = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], dtype)
    a = partner().forward(z, np.empty_like(z))
    y = np.eye(3)[[1, 0]]
    assert np.isfinite(LOSSES[loss]().value(z, a, y))
    assert np.isfinite(LOSSES[loss]().gradient(z, a, y, np.empty_like(z))).all()


def test_the_gradient_of_softmax_and_cross_entropy_is_p_minus_y() -> None:
    z, y = np.array([[1.0, 2.0, 3.0]]), np.array([[0.0, 1.0, 0.0]])
    p = Softmax().forward(z, np.empty_like(z))
    np.testing.assert_allclose(CategoricalCrossEntropy().gradient(z, p, y, np.empty_like(z)), p - y)
