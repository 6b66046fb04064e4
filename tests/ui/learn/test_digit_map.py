"""Pictures that a trained hidden layer takes for alike are mostly of the same digit."""

import numpy as np
import pytest

from lab.data.image_sets import Digits
from lab.runs.presets import recommended
from lab.runs.run import Run
from ui.learn.digit_map import draw_map, hidden_answers, nearest, places


def same_digit(run: Run) -> float:
    """How many of the eight nearest neighbours are of the same digit, as a share."""
    answers = hidden_answers(run.network, run.data.test_x)
    labels, shares = run.data.test_y, []
    for row in range(len(labels)):
        near = nearest(answers, answers[row], 9)
        assert near[0] == row or np.isclose(answers[near[0]] @ answers[row], 1)
        shares.append(np.mean(labels[near[near != row][:8]] == labels[row]))
    return float(np.mean(shares))


def test_neighbours_are_of_the_same_digit_and_more_so_after_training() -> None:
    run = Run(recommended(Digits()).changed(epochs=10))
    before = same_digit(run)
    while run.status == "ready":
        run.work(1.0)
    after = same_digit(run)
    assert after > 0.9
    assert after > before


def test_the_map_shows_the_two_widest_directions() -> None:
    rng = np.random.default_rng(0)
    cloud = rng.normal(0, 1, (200, 6)) * [1, 9, 1, 1, 4, 1]
    flat = places(cloud)
    assert np.abs(flat).max() == pytest.approx(1)
    assert abs(np.corrcoef(flat[:, 0], cloud[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(flat[:, 1], cloud[:, 4])[0, 1]) > 0.95


@pytest.mark.parametrize("units", [1, 2])
def test_a_layer_that_says_nothing_has_a_map_too(units: int) -> None:
    flat = places(np.zeros((5, units)))
    assert not flat.any()
    drawn = draw_map(flat, np.arange(5), flat[0])
    assert "A map of 5 pictures" in drawn.title
