"""axe-core finds nothing serious on our pages, light and dark, wide and narrow, at work; none
scrolls sideways.
"""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

PATHS = ("", "playground", "digits", "draw", "learn", "learn-one-neuron")


def complaints(page: Any) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:160]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def put_to_work(visitor: Any, path: str, width: int) -> None:
    """Brings a page that has just been opened to where most of it is to be seen."""
    visitor.settle()
    if path in ("playground", "digits"):
        visitor.until(lambda s: int(s["frames"]) >= 1)
        visitor.page.get_by_text("Health of each layer").click()
        if path == "playground":
            visitor.press("Train")
            visitor.until(lambda s: int(s["step"]) > 100)
            visitor.page.get_by_text("Slow motion").click()
            visitor.press("Pin this run")
        visitor.settle()
    if path == "draw":
        visitor.page.get_by_role("radio", name="Example").click()
        visitor.settle()
        visitor.page.wait_for_selector("[data-answer]")
        visitor.settle()
        assert complaints(visitor.page) == []
        visitor.page.get_by_role(
            "radio", name="Why this answer" if width > 500 else "All networks"
        ).click()
        visitor.page.wait_for_selector(".st-key-draw-stages", state="detached")
        visitor.settle()
    if path.startswith("learn"):
        visitor.page.get_by_text("lessons done").wait_for()
        visitor.page.wait_for_function(
            "() => !document.getAnimations().length"
        )  # what has just arrived fades in


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_nothing_serious_or_critical(visit: Callable[..., Any], width: int, scheme: str) -> None:
    visitor = visit(width=width, height=900, color_scheme=scheme)
    for path in PATHS:
        visitor.open(path)
        put_to_work(visitor, path, width)
        assert complaints(visitor.page) == [], path
