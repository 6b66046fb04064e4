"""Pictures of lessons follow the hand: sliders while they are dragged, and lesson 1's line."""

from collections.abc import Callable
from typing import Any

import pytest

PICTURES = """() => [...document.querySelectorAll('img.sketch, pre')]
  .map((e) => e.src ?? e.innerText).join('|')"""
# counts how often what one sees has changed
WATCH = f"""() => {{
  let last = ({PICTURES})();
  window.changes = 0;
  const look = () => {{
    const now = ({PICTURES})();
    if (now !== last) window.changes += 1;
    last = now;
    requestAnimationFrame(look);
  }};
  look();
}}"""


def begin(visit: Callable[..., Any], path: str, **window: Any) -> Any:
    visitor = visit(**window)
    visitor.open(path)
    visitor.page.get_by_text("lessons done").wait_for()
    visitor.settle()
    return visitor


@pytest.mark.parametrize(
    ("path", "key"), [("learn-activations", "l6-z"), ("learn-luck", "l8-tries")]
)
def test_a_picture_follows_a_slider_while_it_is_dragged(
    visit: Callable[..., Any], path: str, key: str
) -> None:
    visitor = begin(visit, path, width=1280, height=720)
    mouse, slider = visitor.page.mouse, visitor.page.locator(f".st-key-{key} input[type=range]")
    slider.scroll_into_view_if_needed()
    track = visitor.page.locator(f".st-key-{key} [data-orientation]").last.bounding_box()
    y = track["y"] + track["height"] / 2
    low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
    share = (float(slider.input_value()) - low) / (high - low)
    mouse.move(track["x"] + share * track["width"], y)
    visitor.page.evaluate(WATCH)
    mouse.down()
    for step in range(120):
        mouse.move(track["x"] + (0.1 + 0.007 * step) * track["width"], y)
        visitor.page.wait_for_timeout(16)
    assert visitor.page.evaluate("window.changes") >= 4  # the hand is still down
    end = slider.input_value()
    mouse.up()
    visitor.settle()
    assert slider.input_value() == end  # nothing is lost when it is lifted
    assert abs((float(end) - low) / (high - low) - 0.933) < 0.05


def test_the_line_of_lesson_1_is_dragged_and_the_sliders_and_numbers_go_along(
    visit: Callable[..., Any],
) -> None:
    visitor = begin(visit, "learn-one-neuron", width=1280, height=720)
    root = visitor.page.locator('[data-part="neuron"]')
    handle = visitor.page.get_by_role("slider", name="Weight: turns the line")
    knob = handle.locator(".knob").bounding_box()
    before = float(root.get_attribute("data-loss"))
    x, y = knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2
    visitor.page.mouse.move(x, y)
    visitor.page.mouse.down()
    visitor.page.mouse.move(x, y - 30, steps=6)
    assert float(root.get_attribute("data-loss")) != before  # at once, and without the server
    visitor.page.mouse.up()
    weight = handle.get_attribute("aria-valuenow")
    slider = visitor.page.locator(".st-key-l1-w input[type=range]")
    visitor.wait(lambda: float(slider.input_value()) == float(weight))
    shown = visitor.page.get_by_test_id("stMetricValue").first
    visitor.wait(lambda: shown.inner_text() == root.get_attribute("data-loss"))
    ball = visitor.page.get_by_role("slider", name="Weight: rolls the ball")
    ball.focus()
    visitor.page.keyboard.press("ArrowRight")
    assert float(ball.get_attribute("aria-valuenow")) == pytest.approx(float(weight) + 0.05)
    visitor.wait(lambda: float(slider.input_value()) == pytest.approx(float(weight) + 0.05))
