"""Digits keeps a validation set when asked to, and says how often its test set was looked at."""

import time

import pytest

from lab.data.image_sets import Digits
from tests.pages.opening import experiment_of, open_page

pytestmark = pytest.mark.slow


def texts(at) -> str:
    return " ".join(said.value for said in [*at.markdown, *at.caption])


def test_the_test_set_is_sealed_until_it_is_opened_and_each_look_is_counted() -> None:
    at = open_page("digits")
    assert "sealed" not in texts(at)
    at.selectbox(key="digits:preset").set_value("Small digits 8x8, a hidden layer").run()
    at.select_slider(key="digits:validation_share").set_value(0.2).run()
    assert experiment_of(at, "digits").validation_share == 0.2
    at.button(key="digits:epoch").click().run()
    end = time.monotonic() + 30
    while "The test set is sealed" not in texts(at) and time.monotonic() < end:
        time.sleep(0.3)
        at.run()
    whole = Digits().load(0)
    kept, tests = round(0.2 * len(whole.train_y)), len(whole.test_y)
    assert f"All figures here are of {kept:,} validation pictures" in texts(at)
    for times in ("once", "2 times"):
        at.button(key="digits:open_test").click().run()
        at.run()
        assert not at.exception
        assert f"It was looked at {times}." in texts(at)
        assert f"of {tests:,} right" in texts(at)
    assert "the first look was the honest one" in texts(at)
