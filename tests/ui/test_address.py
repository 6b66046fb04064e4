"""What is too long in an address is left out, with a sentence, before a page reads the rest."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from lab import limits
from ui.address import overlong

PAGE = """
import streamlit as st
from ui import address
address.take_out_overlong()
st.write(sorted(st.query_params))
"""


def test_at_the_limit_all_is_read_and_above_it_nothing() -> None:
    most, parts = limits.PARAMETER.most, limits.PARAMETERS.most
    assert overlong({"goal": "x" * most, "x" * most: ""}) == {}
    assert overlong({str(n): "" for n in range(parts)}) == {}
    above = {"goal": "x" * (most + 1), "seed": "1", "y" * (most + 1): ""}
    assert sorted(overlong(above)) == ["goal", "y" * (most + 1)]
    assert len(overlong({str(n): "" for n in range(parts + 1)})) == parts + 1


@pytest.mark.parametrize(
    "params",
    [{"done": "1," * 5_000_000}, {"x" * 9_000_000: "1"}, dict.fromkeys(map(str, range(10**5)), "")],
)
def test_it_takes_no_time(params: dict[str, str]) -> None:
    seconds = []
    for _ in range(3):
        start = time.process_time()
        overlong(params)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.02


def test_the_page_says_what_it_left_out() -> None:
    at = AppTest.from_string(PAGE)
    at.query_params["goal"] = "[x](http://evil.example)" * 1000
    at.query_params["seed"] = "1"
    at.run()
    assert "at most 2,000 letters, not 24,000" in at.warning[0].value
    assert at.json[0].value == '["seed"]' if at.json else "seed" in at.markdown[0].value
    assert not at.run().warning
