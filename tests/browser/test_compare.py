"""Comparing in a real browser: a race is seen as it is run, stopped and run to its end; pins stand
side by side.
"""

from collections.abc import Callable
from typing import Any

from engine import OPTIMIZERS
from lab.workers.pool import MOST_OF_VISIT
from tests.browser.test_accessibility import complaints, look_at

RACERS = len(OPTIMIZERS)


SMALL = "playground?dataset=moons&layers=Dense(4,Tanh)"
# with many epochs
LONG = "playground?dataset=Spiral(3,points=3000)&layers=Dense(48,Tanh),Dense(48,Tanh)"


def opened(visit: Callable[..., Any], address: str, **window: Any) -> Any:
    visitor = visit(**window)
    visitor.open(address)
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.settle()
    return visitor


def epochs(visitor: Any, number: int) -> None:
    box = visitor.page.get_by_role("spinbutton", name="Epochs")
    box.fill(str(number))
    box.press("Enter")
    visitor.wait(lambda: box.input_value() == str(number))


def race(visitor: Any) -> Any:
    return visitor.page.get_by_role("button", name="Race the optimizers")


def test_a_race_is_seen_stopped_and_run_to_its_end(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, LONG, height=1400)
    page, pictures = visitor.page, visitor.page.locator(".boundaries img")
    epochs(visitor, 400)
    race(visitor).click()
    # one of a visit's places is the page's own run's; the last racers begin when others have ended
    pictures.nth(min(RACERS, MOST_OF_VISIT - 1) - 1).wait_for()
    first = pictures.last.get_attribute("src")
    page.wait_for_function(
        "(old) => [...document.querySelectorAll('.boundaries img')].at(-1)?.src !== old", arg=first
    )
    visitor.press("Stop")
    page.wait_for_function("() => !document.querySelector('.boundaries')")
    visitor.wait(race(visitor).is_enabled)

    look_at(visitor, 390, "dark")
    epochs(visitor, 5)
    race(visitor).click()
    page.get_by_role("button", name="Put away").wait_for()
    page.locator(".js-plotly-plot .scatterlayer .trace").nth(RACERS - 1).wait_for(state="attached")
    visitor.wait(lambda: pictures.count() == RACERS)
    marks = page.locator(".boundaries i").evaluate_all(
        "(all) => all.map((mark) => mark.style.background)"
    )
    assert len(set(marks)) == RACERS
    assert all(marks)
    for width, scheme in ((390, "dark"), (1280, "light")):
        look_at(visitor, width, scheme)
        assert visitor.width() <= width
        assert complaints(page) == []
    visitor.press("Put away")
    page.get_by_text("Nothing to compare yet").wait_for()


def test_two_pins_stand_side_by_side_and_are_opened_again(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, SMALL, height=1400)
    page = visitor.page
    visitor.press("Epoch")
    visitor.until(lambda s: s["epoch"] == "1")
    visitor.press("Pin this run")
    page.locator(".pinned img").wait_for()
    page.get_by_role("button", name="One unit more, layer 1").click()
    page.get_by_text("2-5-1 ·").wait_for()
    visitor.press("Pin this run")
    names = page.locator(".pinned figcaption")
    visitor.wait(lambda: names.all_inner_texts() == ["1. Adam 0.01, 2-4-1", "2. Adam 0.01, 2-5-1"])
    boundaries = page.locator(".pinned img").evaluate_all("(all) => all.map((image) => image.src)")
    assert boundaries[0] != boundaries[1]
    page.locator(".st-key-playground-compare-open-0 button").first.click()
    page.get_by_text("2-4-1 ·").wait_for()
    visitor.press("Take off")
    visitor.wait(lambda: names.all_inner_texts() == ["2. Adam 0.01, 2-5-1"])
