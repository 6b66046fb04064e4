"""What a page offers to vary: every value can be set, whatever the experiment."""

import pytest

from engine import ACTIVATIONS, INITIALIZERS, OPTIMIZERS
from lab.data.menu import DATASETS
from lab.runs.presets import presets, recommended
from lab.sweeps.axes import read_axis, with_setting
from lab.sweeps.offers import offers, titles_of_axes
from lab.sweeps.plan import Sweep
from lab.sweeps.ready_made import READY_MADE

BASES = {name: recommended(name) for name in DATASETS} | presets()


@pytest.mark.slow
@pytest.mark.parametrize("name", BASES)
def test_every_value_that_is_offered_can_be_set(name: str) -> None:
    base = BASES[name]
    offered = offers(base)
    assert {"optimizer", "learning_rate", "initializer"} <= set(offered)
    for offer in offered.values():
        assert len(offer.values) > 1
        assert 1 < len(offer.first) <= 5
        assert set(offer.first) <= set(offer.values)
        for value in offer.values:
            with_setting(base, offer.name, value)


def test_the_menus_are_offered_whole() -> None:
    offered = offers(BASES["spiral"])
    for name, menu in (
        ("optimizer", OPTIMIZERS),
        ("activation", ACTIVATIONS),
        ("initializer", INITIALIZERS),
    ):
        assert [value.partition("(")[0] for value in offered[name].values] == list(menu)


def test_the_settings_of_what_is_chosen_are_offered_with_the_value_that_they_have() -> None:
    offered = offers(recommended("spiral").changed(dataset=DATASETS["moons"](noise=0.123)))
    assert "0.123" in offered["noise"].values
    assert offered["noise"].title == "Data: noise"
    assert "momentum" not in offered


def test_an_axis_is_called_as_it_is_offered_or_by_its_name() -> None:
    axes = tuple(map(read_axis, ("beta_1=0|0.9", "hidden=2|4")))
    assert titles_of_axes(Sweep(BASES["spiral"], axes)) == {
        "beta_1": "Optimizer: β₁",
        "hidden": "Hidden",
    }


@pytest.mark.parametrize("ready", READY_MADE, ids=lambda ready: ready.title)
def test_a_sweep_that_is_ready_is_one_and_is_small_enough_for_a_page(ready) -> None:
    assert ready.sweep.count == len(ready.sweep.trials) <= 150
    for axis in ready.sweep.axes:
        assert axis.name in offers(ready.sweep.base)
