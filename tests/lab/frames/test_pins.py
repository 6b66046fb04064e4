"""Comparisons say what differs and no more, and the middle of several runs is that of all."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import L2, OPTIMIZERS, SGD, Adam, Dense, ReLU, Tanh
from lab.data.image_sets import STAND_IN
from lab.data.own_points import OwnPoints
from lab.data.toy_points import Moons
from lab.frames.boundary import GRID
from lab.frames.pins import (
    LONGEST,
    SEEDS,
    TWICE,
    differences,
    median_curve,
    pin_run,
    race_optimizers,
    ranking,
    sets_apart,
    with_seeds,
)
from lab.notation import format_choice
from lab.runs.history import Epoch
from lab.runs.presets import recommended
from lab.runs.run import Run

MOONS = recommended("moons")
BUMPS = recommended("bumps").changed(layers=(Dense(8, ReLU()),))


def test_only_what_differs_is_told() -> None:
    assert differences([MOONS, MOONS]) == {}
    others = [
        MOONS,
        MOONS.changed(optimizer=SGD(0.3)),
        MOONS.changed(batch_size=7, regularizers=(L2(0.1),)),
    ]
    assert differences(others) == {
        "Optimizer": ["Adam(0.01)", "SGD(0.3)", "Adam(0.01)"],
        "Regularisation": ["none", "none", "L2(0.1)"],
        "Batch size": ["32", "32", "7"],
    }


def test_where_all_chose_the_same_only_its_settings_that_differ_are_told() -> None:
    wide = MOONS.changed(
        layers=(Dense(4, Tanh()), Dense(8, ReLU())), optimizer=Adam(0.3, beta_1=0.5)
    )
    assert differences([MOONS, wide]) == {
        "Layer 1: units": ["16", "4"],
        "Layer 2: units": ["16", "8"],
        "Layer 2: activation": ["Tanh", "ReLU"],
        "Optimizer: learning rate": ["0.01", "0.3"],
        "Optimizer: β₁": ["0.9", "0.5"],
    }
    assert differences([MOONS, MOONS.changed(layers=())]) == {
        "Layers": [", ".join(map(format_choice, MOONS.layers)), "none"]
    }
    noisy = MOONS.changed(dataset=Moons(noise=0.3, points=100), epochs=7)
    assert differences([MOONS, noisy]) == {
        "Data: noise": ["0.1", "0.3"],
        "Data: points": ["400", "100"],
        "Epochs": ["200", "7"],
    }


def test_long_words_are_cut() -> None:
    drawn = [
        recommended("own-points").changed(dataset=OwnPoints("A" + sign * 2000 + "Bzzzz"))
        for sign in "ab"
    ]
    (texts,) = differences(drawn).values()
    assert all(len(word) == LONGEST and word.endswith("…") for word in texts)


def test_a_race_has_every_optimizer_and_keeps_ones_own_settings() -> None:
    racers = race_optimizers(MOONS.changed(optimizer=Adam(0.5)), 30)
    assert list(racers) == list(OPTIMIZERS)
    assert racers["Adam"].optimizer == Adam(0.5)
    assert racers["SGD"].optimizer == SGD()
    assert all(e.epochs == 30 and e.layers == MOONS.layers for e in racers.values())


def test_seeds_differ_in_nothing_else() -> None:
    runs = with_seeds(MOONS.changed(seed=2**32 - 2, data_seed=3), 10)
    assert len(runs) == SEEDS
    assert len({e.seed for e in runs.values()}) == SEEDS
    assert differences(list(runs.values())).keys() == {"Seed"}


def rows(values: list[float]) -> list[Epoch]:
    return [Epoch(number, 0.0, 0.0, 0.0, value, 0.0) for number, value in enumerate(values, 1)]


@given(st.lists(st.lists(st.floats(0, 10), max_size=20), min_size=1, max_size=7))
def test_the_middle_is_the_median_and_whoever_stopped_early_counts_on(
    values: list[list[float]],
) -> None:
    curve = median_curve([rows(losses) for losses in values], "test_loss")
    longest = max(map(len, values))
    assert curve["epoch"].tolist() == list(range(1, longest + 1))
    for number in range(longest):
        column = [losses[min(number, len(losses) - 1)] for losses in values if losses]
        assert curve["median"][number] == np.median(column)
        assert (curve["lowest"][number], curve["highest"][number]) == (min(column), max(column))


def test_nothing_at_all_has_no_middle() -> None:
    assert (
        len(median_curve([], "test_loss")["median"])
        == len(median_curve([[]], "test_loss")["median"])
        == 0
    )


@pytest.mark.parametrize("name", ["spiral", "bumps", "tf-playground", "digits"])
def test_a_pin_keeps_what_the_run_had_reached(name: str) -> None:
    run = Run(recommended(name).changed(epochs=4))
    run.work(1e9)
    pin = pickle.loads(pickle.dumps(pin_run(run)))
    assert pin.test_loss == run.history[-1].test_loss
    assert pin.curve.shape[1] == 5
    if name == "digits":
        assert pin.winner is None
    else:
        assert pin.winner.shape == pin.sure.shape == (GRID, GRID)


def test_runs_that_were_tested_on_other_pictures_say_so() -> None:
    digits = pin_run(Run(recommended("digits").changed(layers=())))
    standing_in, real = replace(digits, source=STAND_IN), replace(digits, source="mnist")
    assert (
        sets_apart([digits, digits]) == sets_apart([pin_run(Run(MOONS)), pin_run(Run(BUMPS))]) == {}
    )
    (row,) = sets_apart([real, standing_in, digits]).values()
    assert row == ["MNIST", STAND_IN, "scikit-learn's digits, 8x8"]


def test_the_ranking_puts_the_best_first_and_a_diverged_run_last() -> None:
    pins = []
    for optimizer in (SGD(100.0), SGD(0.01), Adam(0.02)):
        run = Run(BUMPS.changed(optimizer=optimizer, epochs=40))
        run.work(1e9)
        pins.append(pin_run(run))
    assert [pin.diverged for pin in pins] == [True, False, False]
    table = ranking(pins)
    assert [row["Optimizer"] for row in table] == ["Adam(0.02)", "SGD(0.01)", "SGD(100.0)"]
    assert table[0]["Test loss"] < table[1]["Test loss"]
    assert table[0][TWICE] <= 40
    assert table[2]["Test loss"] is table[2]["Test accuracy"] is None
    assert [row["Test loss"] for row in ranking(pins[:1])] == [None]
