"""What a wall shows of a run, and how a goal is counted from its own history."""

import pytest

from engine import Dense, Tanh
from lab.frames.tiles import SIDE, Standing, count_standing, is_stuck, paint_tile, rank
from lab.runs.edit import Edit
from lab.runs.goals import Goal
from lab.runs.presets import recommended
from lab.runs.run import Run

GOAL = "test loss at most 0.4 with the fewest units"


@pytest.fixture
def run() -> Run:
    return Run(recommended("gaussians"))


def test_a_tile_is_small_and_says_how_far_a_run_is(run: Run) -> None:
    run.step_epoch()
    tile = paint_tile(run, "running")
    assert (len(tile.plane), tile.curve, tile.epoch) == (SIDE * SIDE, b"", 1)
    assert {byte & 7 for byte in tile.plane} == {0, 1}
    assert tile.step == run.position.step
    assert tile.accuracy == pytest.approx(run.measure_now().test_accuracy)
    pictures = Run(recommended("digits"))
    pictures.step_epoch()
    of_pictures = paint_tile(pictures, "running")
    assert not of_pictures.plane
    assert max(of_pictures.curve) == 255


def test_a_goal_is_counted_once_it_is_met_and_says_what_was_set_by_hand(run: Run) -> None:
    assert count_standing(run, GOAL) is None
    while run.history == [] or run.history[-1].test_loss > 0.4:
        run.step_epoch()
    standing = count_standing(run, GOAL)
    assert standing
    assert (standing.epoch, standing.units) == (run.history[-1].epoch, run.experiment.units)
    assert standing.value <= 0.4
    assert not standing.by_hand
    run.step_epoch()
    assert count_standing(run, GOAL) == standing  # the first, as it took the fewest steps
    assert count_standing(run, "test loss at most 0.4 with at most 1 units") is None
    run.edit(Edit("1.W", (0, 0), 0.5))
    run.step_epoch()
    later = count_standing(run, "test loss at most 0.9")
    assert later
    assert later.by_hand


def test_the_fewest_win_and_ties_go_to_who_was_thriftier() -> None:
    goal = Goal.parse(GOAL)
    few, thrifty, many = (
        Standing(9, 0.1, 2, 20, 90, False),
        Standing(9, 0.1, 2, 10, 95, False),
        Standing(1, 0.01, 8, 60, 10, False),
    )
    assert sorted([many, few, thrifty], key=lambda each: rank(goal, each)) == [thrifty, few, many]


def test_who_learns_nothing_any_more_is_stuck() -> None:
    straight = recommended("circles").changed(layers=(), epochs=200)
    run = Run(straight)
    run.work(5.0)
    assert is_stuck(run)
    good = Run(recommended("gaussians").changed(layers=(Dense(4, Tanh()),), epochs=60))
    good.work(5.0)
    assert not is_stuck(good)
