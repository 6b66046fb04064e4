"""What the lesson lets one do, and what it says: no more than the engine computes."""

import re

import numpy as np
import pytest

from engine import (
    SGD,
    CategoricalCrossEntropy,
    Dense,
    HillClimb,
    Network,
    Softmax,
    Tanh,
    Xavier,
)
from engine.training import evaluate, fit
from lab.data.toy_points import Spiral
from tests.pages.learn.lesson_page import page_of, told

pytestmark = pytest.mark.slow


def test_tries_only_ever_lower_the_loss_and_new_weights_soon_bring_nothing(visit) -> None:
    at = visit("luck")
    for kind, most in (("New weights every time", 20), ("A nudge every time", 400)):
        at.button_group(key="l8.kind").set_value(kind).run()
        early, late = map(
            int,
            re.findall(r"kept: (\d+) of the first 200 tries, (\d+) of the last", page_of(at))[0],
        )
        first, middle, last = map(
            float,
            re.findall(r"loss: (\S+) at first, (\S+) after 200, (\S+) after 2000", page_of(at))[0],
        )
        assert late < early <= most
        assert last <= middle < first


def searched(units: int, depth: int, size: float, tries: int) -> tuple[Network, int, float, float]:
    """A network on lesson 8's spiral after so many nudges: itself, how many were kept, the loss
    before and after.
    """
    data = Spiral(turns=1.0).load(0)
    layers = [*(Dense(units, Tanh()) for _ in range(depth)), Dense(3, Softmax())]
    made = Network(
        layers, 2, CategoricalCrossEntropy(), Xavier(), np.random.default_rng(0), np.float32
    )
    targets, last, kept = made.targets(data.train_y), made.theta.copy(), 0
    before = evaluate(made, data.train_x, targets).loss
    for _ in fit(
        made,
        data.train_x,
        targets,
        HillClimb(size),
        batch_size=300,
        epochs=tries,
        rng=np.random.default_rng(5),
    ):
        kept += not np.array_equal(made.theta, last)
        np.copyto(last, made.theta)
    return made, kept, before, evaluate(made, data.train_x, targets).loss


def test_of_many_weights_far_fewer_nudges_of_the_same_size_help_but_smaller_ones_do() -> None:
    small, few, *_ = searched(12, 1, 0.1, 100)
    large, fewer, *_ = searched(314, 2, 0.1, 100)
    assert len(small.theta) == 75
    assert 100_000 <= len(large.theta) < 101_000
    assert fewer < few / 2
    assert round((len(large.theta) / len(small.theta)) ** 0.5) == 37
    _, kept, before, after = searched(314, 2, 0.003, 60)
    assert kept > 20  # about half of them
    assert after < before
    assert "100,000 weights instead of 75" in told("luck")
    assert "It hardly learns at all" not in told("luck")


def test_a_direction_by_chance_goes_downhill_about_one_over_root_n_as_steeply_as_the_gradient() -> (
    None
):
    data = Spiral(turns=1.0).load(0)
    made, *_ = searched(314, 2, 0.1, 0)
    made.gradients(data.train_x, made.targets(data.train_y))
    ways = np.random.default_rng(0).normal(0, 1, (200, len(made.theta)))
    steepest = made.gradient / np.linalg.norm(made.gradient)
    shares = ways @ steepest / np.linalg.norm(ways, axis=1)
    assert np.sqrt(np.mean(shares**2)) == pytest.approx(len(made.theta) ** -0.5, rel=0.2)
    assert "1/√n as steeply" in told("luck")


def test_nudges_still_fall_at_six_thousand_tries_and_the_slopes_are_far_ahead() -> None:
    data = Spiral(turns=1.0).load(0)
    losses = {}
    for rule in (HillClimb(0.1), SGD(0.5)):
        made = Network(
            [Dense(12, Tanh()), Dense(3, Softmax())],
            2,
            CategoricalCrossEntropy(),
            Xavier(),
            np.random.default_rng(0),
            np.float32,
        )
        targets = made.targets(data.train_y)
        losses[type(rule)] = [
            evaluate(made, data.train_x, targets).loss
            for step in fit(
                made,
                data.train_x,
                targets,
                rule,
                batch_size=300,
                epochs=6000,
                rng=np.random.default_rng(5),
            )
            if step.step in (4000, 6000)
        ]
    assert losses[HillClimb][1] < losses[HillClimb][0]
    assert losses[SGD][1] < losses[HillClimb][1] / 3
    assert "luck goes flat" not in told("luck")
