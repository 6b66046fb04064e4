"""Every optimizer is its paper's formula, goes downhill, and keeps no number that is all but 0."""

import numpy as np
import pytest

from engine import (
    MSE,
    OPTIMIZERS,
    Adam,
    AdamW,
    Dense,
    Linear,
    Momentum,
    NAdam,
    Nesterov,
    Network,
    Optimizer,
    RMSprop,
    Search,
    Xavier,
    fit,
)
from engine.training import CLEARED
from tests.engine.small_network import fresh, points, trained

WITH_GRADIENT = [name for name, kind in OPTIMIZERS.items() if not issubclass(kind, Search)]


PRINTED = ("SGD", "Momentum", "Nesterov", "Adagrad", "RMSprop", "Adam", "AdamW", "NAdam")


def naive(
    name: str, theta: np.ndarray, gradients: list[np.ndarray], optimizer: object
) -> np.ndarray:
    """Each formula as its paper prints it."""
    eta, v, m, s = optimizer.learning_rate, 0.0, 0.0, 0.0  # type: ignore[attr-defined]
    for t, g in enumerate(gradients, 1):
        if name == "SGD":
            theta = theta - eta * g
        elif name == "Momentum":
            v = optimizer.momentum * v + g  # type: ignore[attr-defined]
            theta = theta - eta * v
        elif name == "Nesterov":
            v = optimizer.momentum * v + g  # type: ignore[attr-defined]
            theta = theta - eta * (g + optimizer.momentum * v)  # type: ignore[attr-defined]
        elif name == "Adagrad":
            s = s + g**2
            theta = theta - eta * g / (np.sqrt(s) + optimizer.eps)  # type: ignore[attr-defined]
        elif name == "RMSprop":
            s = optimizer.alpha * s + (1 - optimizer.alpha) * g**2  # type: ignore[attr-defined]
            theta = theta - eta * g / (np.sqrt(s) + optimizer.eps)  # type: ignore[attr-defined]
        elif name == "NAdam":
            b1, b2 = optimizer.beta_1, optimizer.beta_2  # type: ignore[attr-defined]
            m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
            mu = [b1 * (1 - 0.5 * 0.96 ** (i * optimizer.momentum_decay)) for i in range(1, t + 2)]  # type: ignore[attr-defined]
            ahead = mu[t] * m / (1 - np.prod(mu)) + (1 - mu[t - 1]) * g / (1 - np.prod(mu[:t]))
            theta = theta - eta * ahead / (np.sqrt(s / (1 - b2**t)) + optimizer.eps)  # type: ignore[attr-defined]
        elif name in ("Adam", "AdamW"):
            theta = theta * (1 - eta * getattr(optimizer, "weight_decay", 0.0))
            b1, b2 = optimizer.beta_1, optimizer.beta_2  # type: ignore[attr-defined]
            m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
            theta = theta - eta * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + optimizer.eps)  # type: ignore[attr-defined]
    return theta


@pytest.mark.parametrize("name", PRINTED)
def test_every_optimizer_is_its_formula(name: str) -> None:
    rng, optimizer = np.random.default_rng(0), OPTIMIZERS[name]()
    start, gradients = rng.normal(0, 1, 20), [rng.normal(0, 1, 20) for _ in range(10)]
    theta = start.copy()
    optimizer.start(theta)
    for g in gradients:
        optimizer.step(theta, g.copy(), optimizer.learning_rate)
    np.testing.assert_allclose(theta, naive(name, start, gradients, optimizer), rtol=1e-10)


@pytest.mark.parametrize("name", PRINTED)
def test_in_float32_every_optimizer_is_its_formula_but_for_rounding(name: str) -> None:
    rng, optimizer = np.random.default_rng(0), OPTIMIZERS[name]()
    start, gradients = rng.normal(0, 1, 20), [rng.normal(0, 1, 20) for _ in range(10)]
    theta = start.astype(np.float32)
    optimizer.start(theta)
    for g in gradients:
        optimizer.step(theta, g.astype(np.float32), optimizer.learning_rate)
    assert theta.dtype == np.float32
    np.testing.assert_allclose(
        theta, naive(name, start, gradients, optimizer), rtol=1e-4, atol=1e-5
    )


def test_bias_correction_makes_adams_first_step_as_long_as_its_learning_rate() -> None:
    theta, optimizer = np.zeros(4), Adam(0.01)
    optimizer.start(theta)
    optimizer.step(theta, np.array([1e-3, 1.0, -1e3, 1e6]), 0.01)
    np.testing.assert_allclose(theta, [-0.01, -0.01, 0.01, -0.01], rtol=1e-4)


@pytest.mark.parametrize("name", [*WITH_GRADIENT, "HillClimb"])
def test_a_learning_rate_of_zero_leaves_the_network_as_it_is(name: str) -> None:
    net = trained(2, optimizer=OPTIMIZERS[name](learning_rate=0.0))
    np.testing.assert_array_equal(net.theta, fresh().theta)


@pytest.mark.parametrize("name", WITH_GRADIENT)
def test_every_optimizer_goes_downhill_and_begins_afresh(name: str) -> None:
    optimizer, ends = OPTIMIZERS[name](), []
    for _ in range(2):
        theta = np.array([3.0, -2.0])
        optimizer.start(theta)
        for _ in range(200):
            optimizer.step(theta, theta * np.array([1.0, 0.1]), optimizer.learning_rate)
        ends.append(theta)
    assert np.linalg.norm(ends[0]) < np.linalg.norm([3.0, -2.0])
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("name", ["RandomSearch", "HillClimb"])
def test_searching_never_makes_a_batch_worse_and_draws_from_the_chance_it_is_given(
    name: str,
) -> None:
    x, labels = points(32)
    ends = []
    for _ in range(2):
        net = fresh()
        y, losses = net.targets(labels), []
        for _ in fit(
            net, x, y, OPTIMIZERS[name](), batch_size=32, epochs=200, rng=np.random.default_rng(2)
        ):
            losses.append(net.training_loss(x, y))
        assert (np.diff(losses) <= 1e-6).all()
        assert losses[-1] < losses[0]
        ends.append(net.theta)
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("kind", [Momentum, Nesterov, RMSprop, Adam, NAdam, AdamW])
def test_what_an_optimizer_remembers_never_decays_into_denormal_numbers(
    kind: type[Optimizer],
) -> None:
    rng = np.random.default_rng(0)
    x = np.zeros((640, 3), np.float32)
    x[:, 0], x[0, 1], x[1, 2] = rng.normal(size=640), 1, 1e-18  # two are lit once, one hardly
    net = Network([Dense(1, Linear())], 3, MSE(), Xavier(), rng)
    optimizer, y = kind(), net.targets(np.zeros(640, int))
    smallest, seen = np.finfo(np.float32).smallest_normal, 0
    for step in fit(net, x, y, optimizer, batch_size=1, epochs=4, rng=rng):
        if step.step % CLEARED == 0:
            remembered = [v for v in optimizer.memory().values() if isinstance(v, np.ndarray)]
            for size in map(np.abs, (net.theta, *remembered)):
                assert not np.any((size > 0) & (size < smallest))
            seen += len(remembered)
    assert seen
