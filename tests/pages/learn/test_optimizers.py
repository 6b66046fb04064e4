"""What the lesson lets one do, and what it says: no more than the engine computes."""

import re

import numpy as np
import pytest

from engine import (
    MSE,
    SGD,
    Adam,
    Dense,
    Linear,
    Momentum,
    Network,
    RMSprop,
    Tanh,
    Xavier,
)
from tests.pages.learn.lesson_page import check_listing, page_of, told

pytestmark = pytest.mark.slow


def test_balls_roll_like_the_listing_under_every_schedule_and_just_diverge_where_the_page_says(
    visit,
) -> None:
    at = visit("optimizers")
    for pair in at.selectbox(key="l10.pair").options:
        at.selectbox(key="l10.pair").set_value(pair).run()
        for plan in at.selectbox(key="l10.plan").options:
            at.selectbox(key="l10.plan").set_value(plan).run()
            check_listing(at)
    at.selectbox(key="l10.pair").set_value("Two weights of the last layer")
    at.selectbox(key="l10.plan").set_value("ConstantRate").run()
    ends = []
    for label in ("A little below", "A little above"):
        next(b for b in at.button if b.label == label).click().run()
        check_listing(at)
        first, last = re.findall(r"SGD +loss (\S+) at first, (\S+) after 60", page_of(at))[0]
        ends.append(float(last) / float(first))
    assert ends[0] < 0.1
    assert ends[1] > 10


SEVEN = np.array([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])[:, None]


TARGETS = np.array([-0.9, -1.0, -0.6, 0.1, 0.7, 0.9, 0.8])[:, None]


START = (1.5, -1.0, 0.5, 0.2, 0.5, -0.4, 0.8, 0.3, -0.6, 0.1)


LAST, EACH = (6, 7), (0, 6)  # the two pairs of weights of lesson 10


RULES = {"SGD": SGD, "Momentum": Momentum, "RMSprop": lambda rate: RMSprop(rate, 0.9), "Adam": Adam}


def landscape(pair: tuple[int, int], place: tuple[float, float]) -> Network:
    """Lesson 10's network, with two of its numbers at `place`."""
    made = Network(
        [Dense(3, Tanh()), Dense(1, Linear())],
        1,
        MSE(),
        Xavier(),
        np.random.default_rng(0),
        np.float64,
        regression=True,
    )
    made.theta[:] = START
    made.theta[list(pair)] = place
    return made


def curvatures(pair: tuple[int, int], place: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """The second derivatives at `place`, by differences of the gradient: eigenvalues, upwards, and
    their vectors.
    """
    rows = []
    for way in np.eye(2) * 1e-4:
        up, down = (landscape(pair, tuple(np.add(place, sign * way))) for sign in (1, -1))
        for made in (up, down):
            made.gradients(SEVEN, TARGETS)
        rows.append((up.gradient - down.gradient)[list(pair)] / 2e-4)
    return np.linalg.eigh(np.array(rows))


def rolled(
    rule: str, pair: tuple[int, int], place: tuple[float, float], rate: float, steps: int = 60
) -> np.ndarray:
    """Where the ball is after each step, (steps + 1, 2)."""
    places, step = [np.array(place)], RULES[rule](rate)
    step.start(places[0].copy())
    two = np.array(place)
    made = landscape(pair, place)
    for _ in range(steps):
        made.theta[list(pair)] = two
        made.gradients(SEVEN, TARGETS)
        step.step(two, made.gradient[list(pair)], rate)
        places.append(two.copy())
    return np.array(places)


def test_momentum_swings_across_the_valley_most_often_and_sgd_never_at_the_rate_that_is_asked() -> (
    None
):
    floor = rolled("SGD", LAST, (0.6, -0.9), 0.3, 1000)[-1]
    across = curvatures(LAST, tuple(floor))[1][:, 1]
    for start in ((-2.4, 2.4), (-3.0, 3.0), (-1.2, 1.2), (-1.2, 3.0), (-3.0, 1.2)):
        swings = {}
        for rule in RULES:
            side = np.sign((rolled(rule, LAST, start, 0.1) - floor) @ across)
            swings[rule] = int(np.sum(side[1:] != side[:-1]))
        assert swings["SGD"] == 0
        assert swings["Momentum"] > 2 * max(swings[rule] for rule in ("SGD", "RMSprop", "Adam"))
    assert "a learning rate of 0.1, a start at the upper left" in told("optimizers")


def test_on_an_even_slope_momentum_comes_to_ten_times_the_step() -> None:
    two, step = np.zeros(1), Momentum(0.1, 0.9)
    step.start(two)
    for _ in range(200):
        before = two.copy()
        step.step(two, np.ones(1), 0.1)
    assert (before - two)[0] == pytest.approx(10 * 0.1)
    assert "grow to ten times SGD's" in told("optimizers")


def test_two_over_the_curvature_binds_where_the_curvature_is_the_same_everywhere() -> None:
    places = np.random.default_rng(0).uniform(-3, 3, (20, 2))
    steepest = {
        pair: [curvatures(pair, tuple(place))[0][1] for place in places] for pair in (LAST, EACH)
    }
    assert np.ptp(steepest[LAST]) < 1e-5
    assert np.ptp(steepest[EACH]) > 1
    rate = 1.05 * 2 / steepest[LAST][0]
    assert np.abs(rolled("SGD", LAST, (-2.4, 2.4), rate)[-1]).max() > 100

    lowest = rolled("SGD", EACH, (-0.75, -2.1), 0.3, 1000)[-1]
    limit = 2 / curvatures(EACH, tuple(lowest))[0][1]
    below, above = (
        rolled("SGD", EACH, tuple(lowest + 0.01), share * limit, 1000) for share in (0.95, 1.05)
    )
    assert np.abs(below[-1] - lowest).max() < 0.001  # it comes to rest
    assert np.abs(above[-1] - above[-2]).max() > 0.05  # it swings to and fro
    assert (
        landscape(EACH, tuple(above[-1])).training_loss(SEVEN, TARGETS) < 0.06
    )  # low all the same
    assert "low, but never still" in told("optimizers")


def test_a_tenth_of_the_rate_of_the_lowest_loss_beats_a_tenth_of_it_and_ten_times_it(visit) -> None:
    at = visit("optimizers")
    for seed in range(10):
        at.slider(key="l10.seed").set_value(seed).run()
        assert not at.exception
        (said,) = [code.value for code in at.code if "a tenth of that is" in code.value]
        smaller, found, larger = (float(loss) for loss in re.findall(r"loss (\S+)", said))
        assert found < smaller
        assert found < larger / 3
    assert "About a tenth of the rate at which it was lowest" in told("optimizers")


def test_momentum_at_a_tenth_of_the_rate_steps_like_sgd_on_an_even_slope_and_the_listing_follows(
    visit,
) -> None:
    at = visit("optimizers")
    at.toggle(key="l10.fair").set_value(True).run()
    check_listing(at)
    two, step = np.zeros(1), Momentum(0.01, 0.9)
    step.start(two)
    for _ in range(200):
        before = two.copy()
        step.step(two, np.ones(1), 0.01)
    assert (before - two)[0] == pytest.approx(0.1)
