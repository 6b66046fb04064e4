"""What the lesson lets one do, and what it says: no more than the engine computes."""

import numpy as np
import pytest

from engine import (
    Conv2D,
    MaxPool2D,
    as_numbers,
)
from engine.training import TrainingOptions, fit
from lab.data import image_sets
from lab.data.image_sets import MNIST, shifted
from tests.pages.learn.lesson_page import check_listing, printed, told

pytestmark = pytest.mark.slow


def test_a_kernel_is_chosen_or_typed_and_its_sum_follows(visit) -> None:
    at = visit("convolution")
    assert printed(at, "in the window")[0] > 1
    at.selectbox(key="l16.kernel").set_value("Blur").run()
    assert at.number_input(key="l16.w11").value == 0.2
    check_listing(at)
    for u in range(3):
        for v in range(3):
            at.number_input(key=f"l16.w{u}{v}").set_value(-1.0)
    at.run()
    assert at.selectbox(key="l16.kernel").value == "Your own"
    below, bent = printed(at, "in the window")
    assert below < 0
    assert bent == 0
    check_listing(at)
    at.selectbox(key="l16.digit").set_value("1").run()
    at.slider(key="l16.shift").set_value(-6).run()
    check_listing(at)


def test_a_digit_shifted_a_little_is_read_by_the_cnn_more_often_than_by_the_mlp(visit) -> None:
    at, still = visit("convolution"), {}
    data = image_sets.first_images(image_sets.MNIST(), 10_000)
    pictures, labels = as_numbers(data.test_x[:1000]).reshape(-1, 28, 28), data.test_y[:1000]
    for name, e in at.session_state["l16.run"].wanted.items():
        made, rng = e.network(), np.random.default_rng(0)
        for _ in fit(
            made,
            data.train_x,
            made.targets(data.train_y),
            e.optimizer,
            batch_size=e.batch_size,
            epochs=e.epochs,
            rng=rng,
            options=TrainingOptions(e.schedule),
        ):
            pass
        moved = [image_sets.shifted(pictures, by).reshape(-1, 784) for by in (-2, -1, 1, 2, 3)]
        still[name] = [float(np.mean(made.decide(made.outputs(rows)) == labels)) for rows in moved]
    assert all(cnn > mlp for cnn, mlp in zip(still["CNN"], still["MLP"], strict=True)), still


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
        as_numbers(image_sets.first_images(MNIST(), 100).test_x[:100])
        .reshape(-1, 28, 28)
        .astype(np.float64)
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


def test_the_side_of_a_map_is_what_the_layer_makes_of_it(visit) -> None:
    at = visit("convolution")
    for size, padding, stride in ((3, 0, 1), (5, 2, 1), (9, 4, 4), (1, 0, 3)):
        for name, value in (("size", size), ("padding", padding), ("stride", stride)):
            at.slider(key=f"l16.{name}").set_value(value)
        at.run()
        layer = Conv2D(1, size, stride, padding)
        side, _, _ = layer.output_shape((28, 28))
        assert any(code.value.endswith(f"rounded down, + 1 = {side}") for code in at.code)
        plain = {"p": padding, "k": size, "s": stride}
        exec("side = (28 + 2 * p - k) // s + 1", plain)
        assert plain["side"] == side


def test_a_kernel_of_the_second_layer_has_a_window_for_each_map(visit) -> None:
    at = visit("convolution")
    weights = at.session_state["l16.run"].wanted["CNN"].network().names["3.W"]
    assert weights.shape[:3] == (5, 5, 8)
    assert any("5 · 5 · 8 = 200 weights" in said.value for said in at.markdown)
