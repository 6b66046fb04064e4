"""Pages stay calm: little jumps while they load, and no more is sent than is looked at."""

from collections.abc import Callable
from typing import Any

import pytest

SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""
WIRE = """() => performance.getEntries()
  .reduce((sum, { encodedBodySize = 0 }) => sum + encodedBodySize, 0)"""


@pytest.mark.parametrize("path", ["", "playground", "digits", "draw", "sweep", "learn"])
def test_a_page_does_not_jump_while_it_loads(visit: Callable[..., Any], path: str) -> None:
    visitor = visit()
    shifts = []
    for _ in range(3):  # a busy machine paints in more steps
        visitor.open(path)
        visitor.page.evaluate(SHIFTS)
        visitor.settle()
        shifts.append(visitor.page.evaluate("() => window.shifted"))
        if min(shifts) < 0.1:
            break
    assert min(shifts) < 0.1, shifts


def test_digits_loads_no_charts_before_they_are_looked_at(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("digits")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.page.get_by_text("Most confidently wrong").wait_for()
    visitor.settle()
    loaded = visitor.page.evaluate("() => performance.getEntries().map(({name}) => name)")
    assert not [name for name in loaded if "plotly" in name.lower()]
    assert visitor.page.evaluate(WIRE) < 4e6
    visitor.press("Epoch")
    visitor.until(lambda s: s["epoch"] == "1" and s["status"] == "paused")
    visitor.page.get_by_role("tab", name="Curves").click()
    visitor.page.locator(".js-plotly-plot").first.wait_for()
