"""The table of what can be downloaded."""

import pytest

from lab.data import cache
from lab.data.sources import NAMES

pytestmark = pytest.mark.usefixtures("home")


def test_the_table() -> None:
    assert NAMES == ("mnist", "fashion-mnist")
    assert str(cache.state("mnist")) == "not downloaded (11.6 MB)"
    assert str(cache.state("fashion-mnist")) == "not downloaded (30.9 MB)"
