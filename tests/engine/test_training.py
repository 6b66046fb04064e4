import numpy as np
import pytest

from engine import (
    INITIALIZERS,
    OPTIMIZERS,
    SCHEDULES,
    Adam,
    CategoricalCrossEntropy,
    Cosine,
    Dense,
    Momentum,
    Network,
    ReLU,
    Softmax,
    Tanh,
    Xavier,
    confident_mistakes,
    evaluate,
    fit,
)


def points(n: int = 203) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (n, 2)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.int64)


def fresh(seed: int = 1) -> Network:
    layers = [Dense(8, Tanh()), Dense(2, Softmax())]
    return Network(layers, 2, CategoricalCrossEntropy(), Xavier(), np.random.default_rng(seed))


def trained(epochs: int = 30, **settings: object) -> Network:
    net, (x, labels) = fresh(), points()
    optimizer = settings.pop("optimizer", Adam(0.02))
    for _ in fit(net, x, net.targets(labels), optimizer, batch_size=32, epochs=epochs,
                 rng=np.random.default_rng(2), **settings):  # fmt: skip
        pass
    return net


def test_xor_is_learned_and_the_same_seed_gives_the_same_bits() -> None:
    one, other = trained(60), trained(60)
    x, labels = points()
    assert evaluate(one, x, one.targets(labels)).accuracy > 0.97
    assert one.theta.tobytes() == other.theta.tobytes()


def test_every_epoch_sees_every_example_once_and_the_last_batch_may_be_short() -> None:
    net, (x, labels) = fresh(), points(70)
    seen: list[np.ndarray] = []
    gradients = net.gradients

    def watch(xb: np.ndarray, yb: np.ndarray) -> np.ndarray:
        seen.append(xb.copy())
        return gradients(xb, yb)

    net.gradients = watch  # type: ignore[method-assign]
    steps = list(fit(net, x, net.targets(labels), Adam(), batch_size=32, epochs=2, rng=np.random.default_rng(0)))
    assert [len(batch) for batch in seen] == [32, 32, 6] * 2
    assert [(s.epoch, s.batch, s.batches, s.step) for s in steps][-1] == (2, 3, 3, 6)
    for epoch in (seen[:3], seen[3:]):
        np.testing.assert_array_equal(np.sort(np.vstack(epoch), axis=0), np.sort(x, axis=0))
    assert not np.array_equal(np.vstack(seen[:3]), np.vstack(seen[3:]))


def test_predicting_on_the_way_changes_nothing() -> None:
    net, (x, labels) = fresh(), points()
    for step in fit(net, x, net.targets(labels), Adam(0.02), batch_size=32, epochs=30, rng=np.random.default_rng(2)):
        net.outputs(x[: 1 + step.step % 90])
    assert net.theta.tobytes() == trained().theta.tobytes()


def test_predicting_leaves_the_last_batch_where_it_was() -> None:
    net, (x, labels) = fresh(), points()
    batch, others = x[:32], x[32:64]
    a = net.gradients(batch, net.targets(labels[:32]))
    kept, gradient = a.copy(), net.gradient.copy()
    net.outputs(others)
    evaluate(net, others, net.targets(labels[32:64]))
    np.testing.assert_array_equal(a, kept)
    np.testing.assert_array_equal(net.gradient, gradient)


VARIANCES = {
    "Zeros": lambda made, fan_in, fan_out: 0.0,
    "Normal": lambda made, fan_in, fan_out: made.std**2,
    "Xavier": lambda made, fan_in, fan_out: 2 / (fan_in + fan_out),
    "He": lambda made, fan_in, fan_out: 2 / fan_in,
}


@pytest.mark.parametrize("shape", [(300, 500), (700, 200)])
@pytest.mark.parametrize(
    ("name", "settings"),
    [(name, {"distribution": d}) for name in ("Xavier", "He") for d in ("normal", "uniform")]
    + [(name, {}) for name in INITIALIZERS],
)
def test_first_weights_have_the_variance_that_is_told(
    name: str, settings: dict[str, str], shape: tuple[int, int]
) -> None:
    made = INITIALIZERS[name](**settings)
    w = made.draw(np.random.default_rng(0), shape, *shape)
    variance = VARIANCES[name](made, *shape)
    assert w.shape == shape
    assert np.var(w) == pytest.approx(variance, rel=0.02)
    assert abs(np.mean(w)) <= 5 * np.sqrt(variance / w.size)
    farthest = np.abs(w).max() / np.sqrt(variance) if variance else 0.0
    if settings.get("distribution", getattr(made, "distribution", "normal")) == "uniform":
        assert farthest < np.sqrt(3) + 1e-9
    elif variance:
        assert farthest > 3


def test_outputs_do_not_depend_on_how_many_are_asked_for_at_once() -> None:
    net = trained()
    x = np.random.default_rng(1).normal(0, 1, (2500, 2)).astype(np.float32)
    np.testing.assert_allclose(net.outputs(x)[1700:1710], net.outputs(x[1700:1710]), rtol=1e-5)


def naive(name: str, theta: np.ndarray, gradients: list[np.ndarray], optimizer: object) -> np.ndarray:
    """Each formula as its paper prints it."""
    eta, v, m, s = optimizer.learning_rate, 0.0, 0.0, 0.0  # type: ignore[attr-defined]
    for t, g in enumerate(gradients, 1):
        if name == "SGD":
            theta = theta - eta * g
        elif name == "Momentum":
            v = optimizer.momentum * v + g  # type: ignore[attr-defined]
            theta = theta - eta * v
        elif name == "RMSprop":
            s = optimizer.alpha * s + (1 - optimizer.alpha) * g**2  # type: ignore[attr-defined]
            theta = theta - eta * g / (np.sqrt(s) + optimizer.eps)  # type: ignore[attr-defined]
        elif name == "Adam":
            b1, b2 = optimizer.beta_1, optimizer.beta_2  # type: ignore[attr-defined]
            m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
            theta = theta - eta * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + optimizer.eps)  # type: ignore[attr-defined]
        else:
            raise AssertionError(f"no formula here for {name}: add it")
    return theta


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_its_formula(name: str) -> None:
    rng, optimizer = np.random.default_rng(0), OPTIMIZERS[name]()
    start, gradients = rng.normal(0, 1, 20), [rng.normal(0, 1, 20) for _ in range(10)]
    theta = start.copy()
    optimizer.start(theta)
    for g in gradients:
        optimizer.step(theta, g.copy(), optimizer.learning_rate)
    np.testing.assert_allclose(theta, naive(name, start, gradients, optimizer), rtol=1e-10)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_in_float32_every_optimizer_is_its_formula_but_for_rounding(name: str) -> None:
    rng, optimizer = np.random.default_rng(0), OPTIMIZERS[name]()
    start, gradients = rng.normal(0, 1, 20), [rng.normal(0, 1, 20) for _ in range(10)]
    theta = start.astype(np.float32)
    optimizer.start(theta)
    for g in gradients:
        optimizer.step(theta, g.astype(np.float32), optimizer.learning_rate)
    assert theta.dtype == np.float32
    np.testing.assert_allclose(theta, naive(name, start, gradients, optimizer), rtol=1e-4, atol=1e-5)


def test_bias_correction_makes_adams_first_step_as_long_as_its_learning_rate() -> None:
    theta, optimizer = np.zeros(4), Adam(0.01)
    optimizer.start(theta)
    optimizer.step(theta, np.array([1e-3, 1.0, -1e3, 1e6]), 0.01)
    np.testing.assert_allclose(theta, [-0.01, -0.01, 0.01, -0.01], rtol=1e-4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_learning_rate_of_zero_leaves_the_network_as_it_is(name: str) -> None:
    net = trained(2, optimizer=OPTIMIZERS[name](learning_rate=0.0))
    np.testing.assert_array_equal(net.theta, fresh().theta)


@pytest.mark.parametrize("name", OPTIMIZERS)
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


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_stays_between_0_and_1(name: str) -> None:
    assert all(0 <= SCHEDULES[name]().factor(p) <= 1 for p in np.linspace(0, 1, 50))


def test_the_cosine_schedule_glides_to_nothing() -> None:
    assert Cosine().factor(0) == 1
    assert Cosine().factor(0.5) == pytest.approx(0.5)
    assert Cosine().factor(1) == pytest.approx(0)
    assert trained(schedule=Cosine()).theta.tobytes() != trained().theta.tobytes()


def test_fit_goes_on_where_another_ended() -> None:
    x, labels = points()
    net, optimizer, rng = fresh(), Momentum(0.05), np.random.default_rng(2)
    for first, last in ((1, 4), (5, 10)):
        steps = list(
            fit(net, x, net.targets(labels), optimizer, batch_size=32, epochs=last, rng=rng, first_epoch=first)
        )
        assert steps[-1].epoch == last
    assert net.theta.tobytes() == trained(10, optimizer=Momentum(0.05)).theta.tobytes()


def test_theta_is_one_vector_and_layers_are_windows_into_it() -> None:
    net = fresh()
    assert len(net.theta) == sum(view.size for view in net.names.values())
    net.theta[:] = 7
    assert all((view == 7).all() for view in net.names.values())
    assert net.is_weight.sum() == 2 * 8 + 8 * 2


def test_a_network_needs_a_layer_and_the_loss_its_output() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least one layer"):
        Network([], 2, CategoricalCrossEntropy(), Xavier(), rng)
    with pytest.raises(ValueError, match="needs Softmax at the output, not ReLU"):
        Network([Dense(3, ReLU())], 2, CategoricalCrossEntropy(), Xavier(), rng)


@pytest.mark.parametrize("output", [Softmax(), Tanh(), ReLU()])
def test_probabilities_always_sum_to_one(output: object) -> None:
    from engine import MSE

    net = Network([Dense(3, output)], 2, MSE(), Xavier(), np.random.default_rng(0))  # type: ignore[arg-type]
    p = net.probabilities(net.outputs(np.random.default_rng(1).normal(0, 3, (50, 2))))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    assert p.min() >= 0


def test_confident_mistakes_come_worst_first() -> None:
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.01, 0.99]])
    assert confident_mistakes(p, np.array([0, 0, 0, 0]), 2).tolist() == [3, 1]
