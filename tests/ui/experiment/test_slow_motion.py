"""Slow motion on the page: on, forth, back, by hand, and the step made."""

import pytest
from streamlit.testing.v1 import AppTest

from lab.runs.edit import Edit
from lab.workers.pool import shared_pool
from tests.pages.opening import open_page

pytestmark = pytest.mark.slow


def walking() -> AppTest:
    at = open_page("playground")
    at.toggle(key="playground:slow").set_value(True).run()
    assert not at.exception
    return at


def station(at: AppTest) -> str:
    return next(m.value for m in at.markdown if " of " in m.value and m.value.startswith("**"))


def press(at: AppTest, name: str) -> None:
    at.button(key=f"playground:slow:{name}").click().run()
    assert not at.exception


def test_forth_and_back_and_the_step_is_made() -> None:
    at = walking()
    assert station(at) == "**1 of 9: Take a batch**"
    press(at, "next")
    assert "Layer 1, Dense: forward" in station(at)
    assert any("·" in code.value and " = " in code.value for code in at.code)
    assert any("def forward" in code.value for code in at.code)
    press(at, "back")
    press(at, "back")
    assert station(at).startswith("**1 of 9")
    for _ in range(12):
        press(at, "next")
    assert station(at) == "**9 of 9: The step, Adam**"
    press(at, "make")
    assert station(at).startswith("**1 of 9")
    assert "This is batch 2 of 10" in " ".join(m.value for m in at.markdown)
    record = shared_pool().record(at.session_state["playground"].token)
    assert record["history"] == []


def test_who_computes_by_hand_is_told_whether_it_is_right() -> None:
    at = walking()
    press(at, "next")
    text = next(code.value for code in at.code if "·" in code.value)
    answer = text.split(" = ")[1].split(",")[0]
    at.toggle(key="playground:slow:by_hand").set_value(True).run()
    assert not any(answer in code.value for code in at.code if "def " not in code.value)

    def typed(words: str) -> None:
        next(box for box in at.text_input if box.key.endswith(":typed")).set_value(words).run()
        assert not at.exception

    typed("no idea")
    assert at.warning[0].value.startswith("That is not a number.")
    typed("123")
    assert at.warning[0].value.startswith("Not yet. Multiply each weight")
    flipped = answer.removeprefix("−") if answer.startswith("−") else f"-{answer}"
    typed(flipped)
    assert at.warning[0].value.startswith("The right size, but the wrong sign.")
    typed(answer)
    assert not at.warning
    assert any(f"= {answer}" in code.value for code in at.code)


def test_a_weight_that_was_typed_in_meanwhile_is_in_the_walk() -> None:
    at = walking()
    press(at, "next")
    before = [code.value for code in at.code]
    shared_pool().edit(at.session_state["playground"].token, Edit("1.b", (0,), 0.875))
    press(at, "next")
    press(at, "back")
    after = [code.value for code in at.code]
    assert after != before
    assert "0.875" in " ".join(after)
