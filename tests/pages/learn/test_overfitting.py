"""What the lesson lets one do, and what it says: no more than the engine computes."""

import numpy as np
import pytest

from engine import (
    L2,
    MSE,
    SGD,
    Adam,
    BatchNorm,
    BinaryCrossEntropy,
    Dense,
    He,
    Linear,
    Network,
    ReLU,
    Sigmoid,
    Xavier,
)
from engine.training import evaluate, fit
from lab.data import cache
from lab.data.image_sets import MNIST, first_images
from lab.data.toy_points import Moons
from lab.runs.presets import recommended
from lab.runs.run import Run
from tests.pages.learn.lesson_page import check_listing, told, train
from ui.learn.leak import leaky_test
from ui.learn.trial import untrained

pytestmark = pytest.mark.slow


def test_a_network_learns_by_heart_and_a_cure_makes_the_gap_smaller(visit) -> None:
    at = visit("overfitting")
    for name in ("Batch normalisation", "L2", "Early stopping", "Augmentation"):
        at.button_group(key="l15.closer").set_value(name).run()
        assert not at.exception
        check_listing(at)
    for most in (6.0, 0.5, 0.0):
        at.slider(key="l15.most").set_value(most)
        at.button(key="l15.again").click().run()
        check_listing(at)
    at.toggle(key="l15.moved").set_value(True).run()
    train(at, "l15.run")
    (told,) = [code.value for code in at.code if "test pictures" in code.value]
    plain, cured = (line.split() for line in told.splitlines()[1:])
    assert "100.00%" in plain
    assert float(cured[-2]) < float(plain[-2])
    better = float(cured[-3].rstrip("%")) > float(plain[-3].rstrip("%"))
    assert any("Here augmentation brings most" in said.value for said in at.markdown) == better


@pytest.mark.skipif(cache.find("mnist") is None, reason="MNIST is not on this computer")
def test_what_each_cure_brings_is_what_the_lesson_says(visit) -> None:
    at, right, experiments = visit("overfitting"), {}, {}
    for name in ("dropout", "l2", "norm", "moved", "stop"):
        at.toggle(key=f"l15.{name}").set_value(True).run()
        plain, experiments[name] = at.session_state["l15.run"].wanted.values()
        at.toggle(key=f"l15.{name}").set_value(False).run()
    twice = plain.changed(dataset=MNIST(train_size=2 * plain.dataset.train_size))
    climbed = {}
    for name, experiment in {"plain": plain, "twice": twice, **experiments}.items():
        run = Run(experiment)
        run.work(1e9)
        right[name] = run.open_test_set().accuracy
        losses = [row.test_loss for row in run.history]  # on the validation set
        climbed[name] = losses[-1] - min(losses)
    gain = {name: share - right["plain"] for name, share in right.items()}
    assert gain["moved"] > gain["twice"] > 0.02  # augmentation brings most
    assert 0.002 < gain["dropout"] < 0.03  # dropout a little
    assert max(abs(gain[name]) for name in ("l2", "norm", "stop")) < 0.015  # hardly any
    assert climbed["plain"] > 0.05  # it falls, and climbs again
    assert all(climbed[name] < climbed["plain"] for name in ("l2", "norm", "stop"))
    for said in ("worth more than twice as many", "Dropout brings a little", "hardly change how"):
        assert said in told("overfitting")


def test_a_leak_lifts_the_score_and_the_network_is_the_same() -> None:
    data, rows = first_images(MNIST(), 10_000), np.arange(500)
    experiment = recommended("mnist").changed(layers=(Dense(128, ReLU()),), optimizer=Adam(0.002))
    model = untrained(experiment)
    x, y = data.train_x[rows], model.network.targets(data.train_y[rows])
    rng = np.random.default_rng(0)
    for _ in fit(model.network, x, y, Adam(0.002), batch_size=32, epochs=20, rng=rng):
        pass
    tests = [leaky_test(model, data, rows, leaked) for leaked in range(0, 301, 20)]
    scores = [test.score for test in tests]
    assert scores[0] == tests[0].honest < 0.97
    assert scores[-1] > scores[0] + 0.005
    assert np.mean(np.diff(scores) >= 0) > 0.8
    assert {test.honest for test in tests} == {tests[0].honest}
    known = sum(test.leaked_right for test in tests) / sum(test.leaked for test in tests)
    assert known == 1 if cache.find("mnist") else known > 0.99  # it knows them by heart
    assert "only its score has risen" in told("overfitting")


def test_l2_pulls_large_weights_harder_under_sgd_and_all_alike_under_adam() -> None:
    pulled = {}
    for rule in (SGD(0.1), Adam(0.01)):
        made = Network(
            [Dense(1, Linear())],
            2,
            MSE(),
            Xavier(),
            np.random.default_rng(0),
            np.float64,
            regression=True,
        )
        made.theta[:] = 1.5, 0.5, 0.0
        rule.start(made.theta)
        for _ in range(20):
            made.gradient[:] = 0  # no picture asks for them
            L2(0.1).change_gradient(made)
            rule.step(made.theta, made.gradient, rule.learning_rate)
        pulled[type(rule)] = np.array([1.5, 0.5]) - made.theta[:2]
    assert pulled[SGD][0] == pytest.approx(3 * pulled[SGD][1])
    assert pulled[Adam][0] == pytest.approx(pulled[Adam][1], rel=0.05)
    assert "it pulls large and small ones alike" in told("overfitting")


def test_batch_normalisation_bears_a_rate_too_large_without_it_and_needs_no_batch_in_use() -> None:
    data, losses = Moons().load(0), []
    for norm in (False, True):
        layers = [
            layer
            for _ in range(4)
            for layer in (
                [Dense(16, Linear()), BatchNorm(activation=ReLU())] if norm else [Dense(16, ReLU())]
            )
        ]
        made = Network(
            [*layers, Dense(1, Sigmoid())],
            2,
            BinaryCrossEntropy(),
            He(),
            np.random.default_rng(0),
            np.float64,
        )
        points, targets = data.train_x.astype(np.float64), made.targets(data.train_y)
        for _ in fit(
            made, points, targets, SGD(2.0), batch_size=30, epochs=20, rng=np.random.default_rng(0)
        ):
            pass
        losses.append(evaluate(made, points, targets).loss)
    assert losses[1] < losses[0] / 2
    assert np.allclose(made.outputs(points[:1]), made.outputs(points)[:1])
    assert "averages over many batches" in told("overfitting")
