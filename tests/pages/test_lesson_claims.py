"""What the lessons say is held to what the engine computes: no sentence of theirs claims more than
that.
"""

import ast
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from engine import (
    L2,
    MSE,
    SGD,
    Adam,
    BatchNorm,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Conv2D,
    Dense,
    He,
    HillClimb,
    Linear,
    MaxPool2D,
    Momentum,
    Network,
    ReLU,
    RMSprop,
    Sigmoid,
    Softmax,
    Tanh,
    Xavier,
)
from engine.training import evaluate, fit
from lab.course.glossary import TERMS
from lab.course.lessons import LESSONS, parse_done
from lab.data import image_sets
from lab.data.image_sets import MNIST, shifted
from lab.data.toy_points import Moons, Spiral

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def told(file: str) -> str:
    """All texts of a lesson's source, white space made single."""
    paths = [ROOT / "pages" / "learn" / f"{file}.py"]
    if file == "overfitting":
        paths.append(ROOT / "ui" / "learn" / "cures.py")
    texts = [
        node.value
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return " ".join(" ".join(texts).split())


# --- a neuron -------------------------------------------------------------------------------------

X = np.array([-2.0, -1.5, -0.8, 0.0, 0.6, 1.0, 1.5, 2.0])[:, None]
Y = np.array([0.0, 0.1, 0.0, 0.1, 0.5, 1.0, 1.7, 2.6])[:, None]


def neuron(w: float, b: float) -> Network:
    made = Network(
        [Dense(1, ReLU())],
        1,
        MSE(),
        Xavier(),
        np.random.default_rng(0),
        np.float64,
        regression=True,
    )
    made.theta[:] = w, b
    return made


@given(st.floats(-3, 3), st.floats(-3, 2.5))
def test_a_larger_bias_raises_the_sloping_part_and_leaves_what_stays_below_zero(
    w: float, b: float
) -> None:
    low, high = (neuron(w, bias).outputs(X) for bias in (b, b + 0.5))
    asleep, awake = w * X + b + 0.5 <= 0, w * X + b > 0
    assert np.allclose((high - low)[awake], 0.5)
    assert not high[asleep].any()
    assert "sloping part of the line" in told("one_neuron")
    assert "every answer rises" not in told("one_neuron")


def test_numpy_is_more_than_ten_times_as_quick_as_the_loop_at_a_million_pairs() -> None:
    values, weights = np.random.default_rng(0).random((2, 1_000_000))
    one_by_one, other = values.tolist(), weights.tolist()

    def seconds(call, rounds: int) -> float:
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        return min(times)

    def loop() -> None:
        total = 0.0
        for value, weight in zip(one_by_one, other, strict=True):
            total += value * weight

    assert seconds(loop, 1) > 10 * seconds(lambda: np.dot(values, weights), 9)
    assert "Fifty times or more" not in told("dot_product")


# --- bends, luck, slopes --------------------------------------------------------------------------


def test_a_network_without_a_bend_says_one_half_of_xor_everywhere() -> None:
    corners, kinds = (
        np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]),
        np.array([[0.0], [1], [1], [0]]),
    )
    rng = np.random.default_rng(1)
    layers = [Dense(4, Linear()), Dense(1, Sigmoid())]
    made = Network(layers, 2, BinaryCrossEntropy(), Xavier(), rng, np.float64)
    for _ in fit(made, corners, kinds, Adam(0.05), batch_size=4, epochs=200, rng=rng):
        pass
    plane = np.random.default_rng(2).uniform(-2, 2, (1000, 2))
    assert np.abs(made.outputs(plane) - 0.5).max() < 0.001
    assert "one half everywhere" in told("activations")
    assert "Here each input is 1 or −1" in told("activations")


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


def test_a_flat_bend_lets_less_through_though_the_answer_changes_too() -> None:
    kept = []
    for w in (0.5, 2.0):
        made = Network(
            [Dense(2, Tanh()), Dense(1, Linear())],
            2,
            MSE(),
            Xavier(),
            np.random.default_rng(0),
            np.float64,
            regression=True,
        )
        made.theta[:] = (w, -0.3, 0.8, 0.2, 0.1, -0.1, 0.7, -0.5, 0.2)
        answer = made.gradients(np.array([[1.0, -0.5]]), np.array([[1.0]]))[0, 0]
        dh = 2 * (answer - 1) * 0.7
        kept.append(made.gradient[0] / 1.0 / dh)  # the slope of x₁ → h₁ is x₁ · dz₁, and x₁ is 1
    assert np.round(kept, 2).tolist() == [0.96, 0.13]
    assert "from 0.96 to 0.13" in told("backpropagation")
    assert "share of dh₁" in told("backpropagation")


def test_one_word_has_one_meaning() -> None:
    assert "nudg" not in (TERMS["gradient check"].meaning + told("backpropagation")).lower()
    assert "divided" in TERMS["slope"].meaning


# --- optimizers -----------------------------------------------------------------------------------

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


# --- pictures -------------------------------------------------------------------------------------


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


def answers(kernel: np.ndarray, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A kernel's maps of pictures (count, 28, 28), and the same after pooling, a row for each
    picture.
    """
    layer, pool = Conv2D(1, 3), MaxPool2D(2)
    layer.bind((28, 28), np.dtype(np.float64), {"W": kernel.reshape(3, 3, 1, 1), "b": np.zeros(1)})
    pool.bind((26, 1, 26), np.dtype(np.float64), {})
    maps = layer.forward(pictures.reshape(len(pictures), -1), layer.cache(len(pictures), False))
    maps = maps.reshape(len(pictures), -1).copy()
    return maps, pool.forward(maps, pool.cache(len(pictures), False)).reshape(
        len(pictures), -1
    ).copy()


def test_a_shift_by_one_pixel_changes_the_pooled_map_but_less_than_the_map() -> None:
    digits = (
        image_sets.first_images(MNIST(), 100).test_x[:100].reshape(-1, 28, 28).astype(np.float64)
    )
    for kernel in (
        [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
        [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        [[0.1] * 3] * 3,
    ):
        weights = np.array(kernel, float)
        before, after = answers(weights, digits), answers(weights, shifted(digits, 1))
        mapped, pooled = (
            np.abs(b - a).sum(1) / a.sum(1) for a, b in zip(before, after, strict=True)
        )
        assert (pooled > 0).all()
        assert np.mean(pooled < mapped) > 0.95
    assert "nothing at all" not in told("convolution")
    assert "strictly, cross-correlation" in told("convolution")


def test_less_than_a_third_of_what_one_layer_reads_is_still_read_four_pixels_further_right() -> (
    None
):
    data = image_sets.first_images(MNIST(), 10_000)
    made = Network(
        [Dense(10, Softmax())], 784, CategoricalCrossEntropy(), Xavier(), np.random.default_rng(0)
    )
    for _ in fit(
        made,
        data.train_x,
        made.targets(data.train_y),
        Adam(0.001),
        batch_size=64,
        epochs=50 if data.note else 5,
        rng=np.random.default_rng(0),
    ):
        pass
    moved = shifted(data.test_x.reshape(-1, 28, 28), 4).reshape(-1, 784)
    still, after = (
        np.mean(made.decide(made.outputs(x)) == data.test_y) for x in (data.test_x, moved)
    )
    assert 0.85 < still < 1  # most, and never all
    assert after < still / 3
    assert "Fewer than a third" in told("ten_digits")
    middle = made.names["1.W"][:, 0].reshape(28, 28)[11:17, 11:17]
    assert middle.mean() < -0.05
    assert "Once trained, the middle of the picture of 0 is blue" in told("ten_digits")


def test_where_the_test_set_has_had_a_say_the_lessons_say_so() -> None:
    for file in ("overfitting", "now_you"):
        assert "a third set of pictures" in told(file)
    assert "chosen here, by the test set" in told("detector")
    assert "kept aside" in TERMS["early stopping"].meaning
    assert "at once" not in (ROOT / "pages" / "learn.py").read_text(encoding="utf-8")


# --- the address ----------------------------------------------------------------------------------


ODD = st.lists(st.integers() | st.text("0123456789²٣-+ _", max_size=9), max_size=40)


@given(st.text(max_size=300) | ODD.map(lambda parts: ",".join(map(str, parts))))
@example("9" * 5000)
@example("²,٣,-1,+2,1_0,０３")
@example("3,3, 3 ,18,0")
@example("," * 10_000)
def test_any_address_tells_which_lessons_are_done(address: str) -> None:
    done = parse_done(address)
    assert done <= {one.number for one in LESSONS}
    assert parse_done(",".join(map(str, done))) == done
    assert (3 in done) == ("3" in [part.strip() for part in address.split(",")])


def test_an_address_of_many_digits_opens_the_course() -> None:
    def page() -> None:
        import streamlit as st

        from ui.learn import lesson

        lesson.remember()
        st.text(sorted(st.session_state["lesson.done"]))

    at = AppTest.from_function(page)
    at.query_params["done"] = "9" * 5000 + ",7"
    at.run()
    assert not at.exception
    assert at.text[0].value == "[7]"
