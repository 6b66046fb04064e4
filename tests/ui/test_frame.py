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
    handle = shared_pool().get(at.session_state["start"].token)
    assert handle
    assert handle.training
