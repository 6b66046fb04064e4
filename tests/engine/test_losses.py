from dataclasses import dataclass

import numpy as np
import pytest

from engine import (
    LOSSES,
    Adam,
    CategoricalCrossEntropy,
    Dense,
    Hinge,
    Linear,
    Loss,
    Network,
    Tanh,
    Xavier,
    evaluate,
    fit,
)
from engine.activations import Array
from engine.gradient_check import exact_gradient, numeric_gradient, relative_error


@dataclass
class LogCosh(Loss):
    """The one of ten lines that losses.py shows."""

    def value(self, z: Array, a: Array, y: Array) -> float:
        return float(np.mean(np.log(np.cosh(a - y))))

    def gradient(self, z: Array, a: Array, y: Array, out: Array) -> Array:
        return np.divide(np.tanh(a - y), y.size, out=out)


def test_a_loss_of_ones_own_is_ten_lines() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (200, 2))
    y = (x[:, :1] * x[:, 1:]).clip(-1, 1)
    layers = [Dense(16, Tanh()), Dense(1, Linear())]
    net = Network(
        layers, 2, LogCosh(), Xavier(), np.random.default_rng(1), np.float64, regression=True
    )
    assert relative_error(exact_gradient(net, x, y), numeric_gradient(net, x, y)) < 1e-6
    for _ in fit(net, x, y, Adam(0.02), batch_size=20, epochs=60, rng=rng):
        pass
    assert evaluate(net, x, y).accuracy > 0.9


def test_the_docstring_shows_that_very_loss() -> None:
    import engine.losses

    shown = {}
    code = engine.losses.__doc__.split("itself:\n\n")[1]
    lines = [line.removeprefix("    ") for line in code.splitlines()]
    exec("\n".join(lines), {"np": np, "dataclass": dataclass, "Loss": Loss}, shown)
    rng = np.random.default_rng(0)
    a, y = rng.normal(0, 1, (5, 2)), rng.normal(0, 1, (5, 2))
    theirs, ours = shown["LogCosh"](), LogCosh()
    assert theirs.value(a, a, y) == ours.value(a, a, y)
    np.testing.assert_array_equal(
        theirs.gradient(a, a, y, np.empty_like(a)), ours.gradient(a, a, y, np.empty_like(a))
    )
    assert len([line for line in lines if line.strip()]) <= 10


def test_label_smoothing_shares_out_and_keeps_the_sum() -> None:
    y = np.eye(4)[[0, 2]]
    smooth = CategoricalCrossEntropy(0.2)._smooth(y)
    np.testing.assert_allclose(smooth.sum(axis=1), 1)
    np.testing.assert_allclose(smooth[0], [0.85, 0.05, 0.05, 0.05])


def test_hinge_sets_its_own_targets() -> None:
    net = Network([Dense(3, Linear())], 2, Hinge(), Xavier(), np.random.default_rng(0))
    np.testing.assert_array_equal(net.targets(np.array([2, 0])), [[-1, -1, 1], [1, -1, -1]])
    assert net.decide(np.array([[-0.4, 0.1, -3.0]]))[0] == 1
    single = Network([Dense(1, Linear())], 2, Hinge(), Xavier(), np.random.default_rng(0))
    np.testing.assert_array_equal(single.targets(np.array([0, 1])), [[-1], [1]])
    np.testing.assert_array_equal(single.decide(np.array([[-0.1], [0.1]])), [0, 1])


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_a_mean_over_the_examples(name: str) -> None:
    loss = LOSSES[name]()
    output = (loss.partner or Linear)()
    rng = np.random.default_rng(0)
    z, y = rng.normal(0, 1, (6, 3)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    a = output.forward(z, np.empty_like(z))
    twice = (np.vstack([z, z]), np.vstack([a, a]), np.vstack([y, y]))
    assert loss.value(*twice) == pytest.approx(loss.value(z, a, y))
    assert loss.value(z, a, y) > 0
