"""axe-core finds nothing serious on our pages, light and dark, wide and narrow, at work."""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from lab.course.lessons import LESSONS

LOOKS = [(1280, "light", "Why this answer"), (390, "dark", "All networks")]
PATHS = ("", "playground", "digits", "draw", "sweep", "learn", "learn-one-neuron")
LESSON_PATHS = [lesson.path for lesson in LESSONS if lesson.path not in PATHS]

# what has just arrived fades in
SETTLED = """() => !document.getAnimations().length
  && document.querySelector('[data-test-script-state="notRunning"]')"""


def complaints(page: Any) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:160]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def put_to_work(visitor: Any, path: str) -> None:
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
    if path.startswith("learn"):
        visitor.page.get_by_text("lessons done").wait_for()


def look_at(visitor: Any, width: int, scheme: str) -> None:
    """Changes the window's width and colours, and waits until the page has followed."""
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.page.set_viewport_size({"width": width, "height": 900})
    visitor.page.wait_for_function(
        """(scheme) =>
          getComputedStyle(document.querySelector('[data-testid="stApp"]')).colorScheme === scheme
        """,
        arg=scheme,
    )
    visitor.settle()


def test_nothing_serious_or_critical(visit: Callable[..., Any]) -> None:
    visitor = visit(height=900)
    for path in PATHS:
        visitor.page.emulate_media(color_scheme="light")
        visitor.page.set_viewport_size({"width": 1280, "height": 900})
        visitor.open(path)
        put_to_work(visitor, path)
        for width, scheme, view in LOOKS:
            if path == "draw":
                assert complaints(visitor.page) == [], (path, width, scheme)
                visitor.page.get_by_role("radio", name=view).click()
                visitor.page.wait_for_selector(".st-key-draw-stages", state="detached")
            look_at(visitor, width, scheme)
            if path.startswith("learn"):
                visitor.page.wait_for_function(SETTLED)
            assert complaints(visitor.page) == [], (path, width, scheme)


def test_nothing_serious_or_critical_in_any_lesson(visit: Callable[..., Any]) -> None:
    visitor = visit(height=900)
    for path in ("teach", *LESSON_PATHS):
        visitor.open(path)
        if path != "teach":
            visitor.page.get_by_text("lessons done").wait_for()
        visitor.page.wait_for_function(SETTLED)
        assert complaints(visitor.page) == [], path
