"""What the lesson lets one do, and what it says: no more than the engine computes."""

import time

import pytest

from tests.pages.learn.lesson_page import page_of

pytestmark = pytest.mark.slow
TABLE = "digit   same hands"


def test_the_open_task_begins_weak_has_hints_and_judges_what_was_trained(visit) -> None:
    at = visit("now_you")
    assert "6,370 parameters" in page_of(at)
    for number in (1, 2, 3):
        assert f"**Hint {number}.**" not in " ".join(said.value for said in at.markdown)
        at.button(key="l17.hint").click().run()
        assert f"**Hint {number}.**" in " ".join(said.value for said in at.markdown)
    assert not any(button.key == "l17.hint" for button in at.button)
    at.number_input(key="learn17:layer:0:Dense:units").set_value(16).run()
    assert "12,730 parameters" in page_of(at)
    at.button(key="learn17:epoch").click().run()
    end = time.monotonic() + 180
    while time.monotonic() < end and not (
        any("best so far" in said.value for said in at.markdown)
        and any(code.value.startswith(TABLE) for code in at.code)
    ):
        time.sleep(0.3)
        at.run()
    assert "784-16-10, SGD 0.01, batches of 64" in " ".join(said.value for said in at.markdown)
    (table,) = [code.value for code in at.code if code.value.startswith(TABLE)]
    rows = [line.split() for line in table.splitlines()[1:]]
    assert [row[0] for row in rows] == list("0123456789")
    same, other = ([float(row[k].rstrip("%")) for row in rows] for k in (1, 2))
    assert sum(other) < sum(same)  # other hands are a harder test
    worst = other.index(min(other))
    assert any(f"of the drawn {worst}s" in said.value for said in at.markdown)
    assert "sealed" in " ".join(said.value for said in at.markdown)
