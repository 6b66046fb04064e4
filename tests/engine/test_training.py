import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    GRU,
    INITIALIZERS,
    L2,
    MSE,
    OPTIMIZERS,
    SCHEDULES,
    Adam,
    AdamW,
    CategoricalCrossEntropy,
    Conv2D,
    Cosine,
    Dense,
    Dropout,
    ExponentialDecay,
    He,
    InverseTime,
    Linear,
    Momentum,
    NAdam,
    Nesterov,
    Network,
    OneCycle,
    Optimizer,
    ReduceOnPlateau,
    ReLU,
    RMSprop,
    Search,
    Softmax,
    StepDecay,
    Tanh,
    TrainingOptions,
    TrainingPosition,
    WarmUp,
    Xavier,
    confident_mistakes,
    evaluate,
    fit,
)
from engine.training import CLEARED


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
    for _ in fit(
        net,
        x,
        net.targets(labels),
        optimizer,
        batch_size=32,
        epochs=epochs,
        rng=np.random.default_rng(2),
        options=TrainingOptions(**settings),  # type: ignore[arg-type]
    ):
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

    def watch(xb: np.ndarray, yb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        seen.append(xb.copy())
        return gradients(xb, yb, rng)

    net.gradients = watch  # type: ignore[method-assign]
    steps = list(
        fit(
            net,
            x,
            net.targets(labels),
            Adam(),
            batch_size=32,
            epochs=2,
            rng=np.random.default_rng(0),
        )
    )
    assert [len(batch) for batch in seen] == [32, 32, 6] * 2
    assert [(s.epoch, s.batch, s.batches, s.step) for s in steps][-1] == (2, 3, 3, 6)
    for epoch in (seen[:3], seen[3:]):
        np.testing.assert_array_equal(np.sort(np.vstack(epoch), axis=0), np.sort(x, axis=0))
    assert not np.array_equal(np.vstack(seen[:3]), np.vstack(seen[3:]))


def test_predicting_on_the_way_changes_nothing() -> None:
    net, (x, labels) = fresh(), points()
    for step in fit(
        net,
        x,
        net.targets(labels),
        Adam(0.02),
        batch_size=32,
        epochs=30,
        rng=np.random.default_rng(2),
    ):
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
    "Constant": lambda made, fan_in, fan_out: 0.0,
    "Uniform": lambda made, fan_in, fan_out: made.limit**2 / 3,
    "Normal": lambda made, fan_in, fan_out: made.std**2,
    "Xavier": lambda made, fan_in, fan_out: 2 / (fan_in + fan_out),
    "He": lambda made, fan_in, fan_out: 2 / fan_in,
    "LeCun": lambda made, fan_in, fan_out: 1 / fan_in,
    "Orthogonal": lambda made, fan_in, fan_out: made.gain**2 / max(fan_in, fan_out),
}


@pytest.mark.parametrize("shape", [(300, 500), (700, 200)])
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        (name, {"distribution": d})
        for name in ("Xavier", "He", "LeCun")
        for d in ("normal", "uniform")
    ]
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
    assert abs(np.mean(w) - getattr(made, "value", 0.0)) <= 5 * np.sqrt(variance / w.size) + 1e-12
    farthest = np.abs(w).max() / np.sqrt(variance) if variance else 0.0
    if name == "Uniform" or getattr(made, "distribution", "normal") == "uniform":
        assert farthest < np.sqrt(3) + 1e-9
    elif variance:
        assert farthest > 3


def test_outputs_do_not_depend_on_how_many_are_asked_for_at_once() -> None:
    net = trained()
    x = np.random.default_rng(1).normal(0, 1, (2500, 2)).astype(np.float32)
    np.testing.assert_allclose(net.outputs(x)[1700:1710], net.outputs(x[1700:1710]), rtol=1e-5)


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


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_stays_between_0_and_1(name: str) -> None:
    schedule = SCHEDULES[name]()
    for share in np.linspace(0, 1, 50):
        assert 0 <= schedule.factor(30 * share, share) <= 1
        schedule.observe(1.0)


def test_each_schedule_is_its_formula() -> None:
    assert StepDecay(2, 0.5).factor(5.9, 0) == 0.25
    assert ExponentialDecay(0.9).factor(2, 0) == pytest.approx(0.81)
    assert InverseTime(0.5).factor(2, 0) == 0.5
    assert [Cosine().factor(9, p) for p in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    assert [OneCycle(0.25, 0.1).factor(9, p) for p in (0, 0.25, 1)] == pytest.approx([0.1, 1, 0])
    assert [WarmUp(2).factor(e, 0) for e in (0, 1, 2, 50)] == pytest.approx([0.01, 0.505, 1, 1])
    waits = ReduceOnPlateau(0.5, patience=2)
    for loss, factor in (
        (1.0, 1),
        (0.5, 1),
        (0.5, 1),
        (0.6, 1),
        (0.5, 0.5),
        (0.4, 0.5),
        (0.39, 0.5),
    ):
        waits.observe(loss)
        assert waits.factor(0, 0) == factor
    assert trained(schedule=Cosine()).theta.tobytes() != trained().theta.tobytes()


def test_fit_goes_on_where_another_ended() -> None:
    x, labels = points()
    net, optimizer, rng, position = (
        fresh(),
        Momentum(0.05),
        np.random.default_rng(2),
        TrainingPosition(),
    )
    for last in (4, 10):
        steps = list(
            fit(
                net,
                x,
                net.targets(labels),
                optimizer,
                batch_size=32,
                epochs=last,
                rng=rng,
                options=TrainingOptions(position=position),
            )
        )
        assert steps[-1].epoch == last
    assert net.theta.tobytes() == trained(10, optimizer=Momentum(0.05)).theta.tobytes()


@given(stop=st.integers(1, 69))
def test_stopped_anywhere_and_taken_up_elsewhere_it_ends_at_the_same_bits(stop: int) -> None:
    x, labels = points()

    def steps(
        net: Network, optimizer: object, rng: np.random.Generator, position: TrainingPosition
    ) -> Iterator[object]:
        return fit(
            net,
            x,
            net.targets(labels),
            optimizer,
            batch_size=32,
            epochs=10,
            rng=rng,
            options=TrainingOptions(regularizers=[L2(0.01)], position=position),
        )

    def made() -> tuple[Network, Adam, np.random.Generator]:
        layers = [Dense(8, Tanh()), Dropout(0.2), Dense(2, Softmax())]
        net = Network(layers, 2, CategoricalCrossEntropy(), Xavier(), np.random.default_rng(1))
        return net, Adam(0.02), np.random.default_rng(2)

    whole = made()
    list(steps(*whole, TrainingPosition()))
    one, position = made(), TrainingPosition()
    list(itertools.islice(steps(*one, position), stop))
    other = made()
    other[0].theta[:] = one[0].theta
    other[1].start(other[0].theta)
    vars(other[1]).update(one[1].memory())
    other[2].bit_generator.state = one[2].bit_generator.state
    list(steps(*other, TrainingPosition(**vars(position))))
    assert other[0].theta.tobytes() == whole[0].theta.tobytes()


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
    with pytest.raises(ValueError, match="must be Dense, not Dropout"):
        Network([Dropout()], 2, CategoricalCrossEntropy(), Xavier(), rng)
    with pytest.raises(ValueError, match="layer 2, Conv2D, needs pictures"):
        Network([Dense(3), Conv2D(), Dense(3)], 2, MSE(), Xavier(), rng)
    with pytest.raises(
        ValueError, match="layer 1, Conv2D, has a window of 9 pixels, and what comes in has only 8"
    ):
        Network([Conv2D(1, 9), Dense(3)], (8, 8), MSE(), Xavier(), rng)
    with pytest.raises(ValueError, match="layer 1, GRU, reads pictures row by row"):
        Network([GRU(), Dense(3)], 2, MSE(), Xavier(), rng)
    net = Network([Dropout(), Dense(3)], 2, MSE(), Xavier(), rng)
    with pytest.raises(ValueError, match="source of chance"):
        net.gradients(np.ones((1, 2), np.float32), np.ones((1, 3), np.float32))
    with pytest.raises(ValueError, match="needs Softmax at the output, not ReLU"):
        Network([Dense(3, ReLU())], 2, CategoricalCrossEntropy(), Xavier(), rng)


@pytest.mark.parametrize("output", [Softmax(), Tanh(), ReLU()])
def test_probabilities_always_sum_to_one(output: object) -> None:
    net = Network([Dense(3, output)], 2, MSE(), Xavier(), np.random.default_rng(0))  # type: ignore[arg-type]
    p = net.probabilities(net.outputs(np.random.default_rng(1).normal(0, 3, (50, 2))))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    assert p.min() >= 0


def test_confident_mistakes_come_worst_first() -> None:
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.01, 0.99]])
    assert confident_mistakes(p, np.array([0, 0, 0, 0]), 2).tolist() == [3, 1]


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


def test_bytes_of_pictures_train_to_the_same_bits_as_their_numbers() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (300, 16), dtype=np.uint8)
    numbers = np.multiply(pictures, np.float32(1 / 255), dtype=np.float32)
    labels = np.arange(300) % 3
    ends = []
    for x in (pictures, numbers):
        rng = np.random.default_rng(1)
        net = Network([Dense(8), Dense(3, Softmax())], 16, CategoricalCrossEntropy(), He(), rng)
        y = net.targets(labels)
        for _ in fit(net, x, y, Adam(), batch_size=32, epochs=2, rng=rng):
            pass
        hidden, _ = net.activations(x[:9])
        ends.append((net.theta, net.outputs(x), hidden, evaluate(net, x, y).loss))
    assert all(map(np.array_equal, *ends))
