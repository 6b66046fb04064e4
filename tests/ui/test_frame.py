"""The frame around all pages."""

import pytest
from streamlit.testing.v1 import AppTest

from lab.workers.pool import shared_pool
from tests.pages.opening import ROOT

pytestmark = pytest.mark.slow


def test_the_frame_opens_on_start() -> None:
    at = AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=30).run()
    assert not at.exception
    assert at.title[0].value == "See a neural network learn"
    (handle,) = [each for each in shared_pool().handles.values() if each.public]
    assert handle.training
    again = AppTest.from_file(str(ROOT / "ui" / "frame.py"), default_timeout=30).run()
    assert not again.exception
    assert [each for each in shared_pool().handles.values() if each.public] == [handle]
