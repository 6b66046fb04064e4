"""What the lesson lets one do, and what it says: no more than the engine computes."""

import re

import pytest

from lab.runs.run import Run
from tests.pages.learn.lesson_page import check_listing, listed

pytestmark = pytest.mark.slow


def test_slopes_vanish_through_sigmoids_and_sizes_stay_within_twenty_as_the_page_says(
    visit,
) -> None:
    at = visit("initialisation")

    def sizes(what: str) -> list[float]:
        found = [float(size) for size in re.findall(rf"{what} ([^\s,]+)", listed(at))]
        assert len(found) == 10
        return found

    for start in at.button_group(key="l11.start").options:
        for bend in at.button_group(key="l11.bend").options:
            at.button_group(key="l11.start").set_value(start)
            at.button_group(key="l11.bend").set_value(bend).run()
            check_listing(at)
    for start, bend in (("He", "ReLU"), ("Xavier", "tanh"), ("Xavier", "sigmoid")):
        at.button_group(key="l11.start").set_value(start)
        at.button_group(key="l11.bend").set_value(bend)
        for units in (8, 16, 32, 64, 128):
            at.select_slider(key="l11.units").set_value(units).run()
            if bend == "sigmoid":
                slopes = sizes("slopes")
                assert slopes[0] / slopes[-1] < 1e-4
            else:
                assert all(
                    max(sizes(what)) / min(sizes(what)) < 20 for what in ("answers", "slopes")
                )


def test_with_relu_small_weights_whisper_large_ones_shout_and_those_of_he_do_neither(visit) -> None:
    at = visit("initialisation")
    for units in (8, 32, 128):
        at.select_slider(key="l11.units").set_value(units)
        grown = {}
        for start in ("too small", "too large", "He"):
            at.button_group(key="l11.start").set_value(start).run()
            forward, back = (
                [float(size) for size in re.findall(rf"{what} ([^\s,]+)", listed(at))]
                for what in ("answers", "slopes")
            )
            grown[start] = forward[-1] / forward[0], back[0] / back[-1]
            shown = next(
                metric.value
                for metric in at.metric
                if metric.label == "dL/dz in layer 1 ÷ layer 10"
            )
            assert float(shown) == pytest.approx(back[0] / back[-1], rel=0.1)
        assert max(grown["too small"]) < 1e-3
        assert min(grown["too large"]) > 3 * max(grown["He"])
        assert units == 8 or min(grown["too large"]) > 100  # eight neurons bear larger weights


def test_about_as_many_parameters_do_far_more_in_two_layers_than_in_one(visit) -> None:
    wanted = visit("initialisation").session_state["l11.depth"].wanted
    assert {len(experiment.layers) for experiment in wanted.values()} == {1, 2, 3, 4}
    sizes = [experiment.parameters for experiment in wanted.values()]
    assert max(abs(size - 240) for size in sizes) < 30
    for seed in (0, 1):
        losses = []
        for experiment in wanted.values():
            run = Run(experiment.changed(seed=seed))
            while run.status == "ready":
                run.work(1.0)
            losses.append(run.history[-1].train_loss)
        assert losses[0] > 3 * max(losses[1:])
