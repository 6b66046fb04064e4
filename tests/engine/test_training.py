"""Training sees every example, goes on where it stopped, and gives the same bits."""

import itertools
from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    L2,
    Adam,
    CategoricalCrossEntropy,
    Dense,
    Dropout,
    He,
    Momentum,
    Network,
    Softmax,
    Tanh,
    TrainingOptions,
    TrainingPosition,
    Xavier,
    confident_mistakes,
    evaluate,
    fit,
)
from tests.engine.small_network import fresh, points, trained


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


def test_confident_mistakes_come_worst_first() -> None:
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.01, 0.99]])
    assert confident_mistakes(p, np.array([0, 0, 0, 0]), 2).tolist() == [3, 1]


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
