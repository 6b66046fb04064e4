"""Looking inside on the Digits page, for networks of both kinds."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.opening import ROOT

pytestmark = pytest.mark.slow
NUMBER = "digits:insides:number"


def looked_into(preset: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / "digits.py"), default_timeout=30)
    at.run()
    at.selectbox(key="digits:preset").set_value(preset).run()
    for _ in range(200):  # until the pictures are here
        numbers = [each for each in at.number_input if each.key == NUMBER and each.value is None]
        for number in numbers:  # it is empty until one presses a picture
            number.set_value(1)
        if any("Each pixel" in caption.value for caption in at.caption):
            break
        time.sleep(0.1)
        at.run()
    assert not at.exception
    return at


@pytest.mark.parametrize(
    ("preset", "said"),
    [
        ("Ten digits, a hidden layer", "What each unit of the first layer looks for"),
        ("Ten digits, convolutional", "The filters of the first layer"),
        ("Small digits 8x8, a hidden layer", "What each unit of the first layer looks for"),
    ],
)
def test_weights_layers_and_reasons_are_shown(preset: str, said: str) -> None:
    at = looked_into(preset)
    told = " ".join(markdown.value for markdown in at.markdown)
    assert said in told
    assert "Output: 10 units" in told
    assert any("make the sum" in caption.value for caption in at.caption)
    at.number_input(key=NUMBER).set_value(5).run()
    assert not at.exception
    at.button(
        key="digits:insides:wrong"
    ).click().run()  # an untrained network gets nearly all of them wrong
    assert not at.exception
    assert at.number_input(key=NUMBER).value > 5
