"""The presets of the page of digits."""

import pytest

from lab.runs.presets import presets
from tests.pages.opening import experiment_of, open_page

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_trained_as_it_says(name: str) -> None:
    at = open_page("digits")
    at.selectbox(key="digits:preset").set_value(name).run()
    assert not at.exception
    assert experiment_of(at, "digits") == presets()[name]
    assert at.selectbox(key="digits:preset").value == name


def test_a_changed_preset_is_ones_own() -> None:
    at = open_page("digits")
    at.number_input(key="digits:seed").set_value(3).run()
    assert at.selectbox(key="digits:preset").value == "Your own mixture"
