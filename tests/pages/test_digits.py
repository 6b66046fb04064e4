"""The presets of the page of digits."""

import pytest
from streamlit.testing.v1 import AppTest

from lab.runs.presets import presets
from lab.workers.pool import shared_pool
from tests.pages.opening import ROOT, experiment_of, open_page

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


def test_an_address_of_too_large_a_network_gets_a_sentence_and_the_controls() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "digits.py"), default_timeout=30)
    at.query_params["dataset"] = "MNIST"
    at.query_params["layers"] = "Conv2D(32,3,1,1), Conv2D(32,3,1,1), Flatten"
    at.query_params["batch_size"] = "1024"
    at.run()
    assert not at.exception
    (error,) = at.error
    assert "GB" in error.value
    (size,) = (int(word) for word in error.value.rstrip(".").split()[-1:])
    assert not shared_pool().handles
    at.select_slider(key="digits:batch_size").set_value(size).run()
    assert not at.error
    assert experiment_of(at, "digits").batch_size == size
