from dataclasses import fields
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lab.data.menu import DATASETS
from lab.sweeps.offers import MARKS
from tests.test_architecture import MENUS

ALL: dict[str, Any] = {**MENUS, "datasets": DATASETS}


def show(name: str) -> None:
    from tests.ui.experiment.test_setting_widgets import ALL
    from ui.experiment.setting_widgets import SettingWidgets

    for kind in ALL[name].values():
        assert SettingWidgets("page").settings(kind, name) == kind()


def settings_of(kind: Any) -> list[Any]:
    """The settings of a choice, and those of the choices in it."""
    nested = [f.default_factory for f in fields(kind) if "menu" in f.metadata]
    return [*fields(kind), *(f for inner in nested for f in settings_of(inner))]


@pytest.mark.parametrize("name", ALL)
def test_every_setting_of_a_menu_gets_one_widget_with_its_usual_value(name: str) -> None:
    page = AppTest.from_function(show, kwargs={"name": name}, default_timeout=60).run()
    assert not page.exception
    wanted = [f for kind in ALL[name].values() for f in settings_of(kind)]
    shown = [node for node in page.main if getattr(node, "key", None)]
    assert len(shown) == sum(not f.metadata.get("drawn") for f in wanted)


@pytest.mark.parametrize("name", ALL)
def test_what_a_setting_says_of_its_widget_is_understood(name: str) -> None:
    for kind in ALL[name].values():
        for f in fields(kind):
            scale = f.metadata.get("scale", "linear")
            assert scale == "linear" or min(MARKS[scale]) <= f.default <= max(MARKS[scale])
            assert (scale == "log") == (f.name == "learning_rate")
            if some_of := f.metadata.get("some_of"):
                assert set(f.default.split(",")) <= set(some_of)
