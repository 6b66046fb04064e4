"""Draw while the pen is down, and its keys."""

from collections.abc import Callable
from typing import Any

SEVEN = [(80, 60), (240, 60), (150, 270)]
LIVE = """() => {
  for (const {shadowRoot} of document.querySelectorAll('*')) {
    const layers = shadowRoot?.querySelector('[data-part=layers]');
    if (layers) return [Number(layers.dataset.live ?? 0), layers.ariaLabel];
  }
}"""  # how many answers the pen has had, and what the layers show
TOOLS = """() => [...document.querySelectorAll('.st-key-canvas_box *')]
  .map(({shadowRoot}) => shadowRoot?.querySelector('.dc-toolbar'))
  .filter(Boolean).map((tools) => getComputedStyle(tools).display)"""


def move(visitor: Any, *points: tuple[int, int]) -> None:
    """Moves the pen over the canvas as a hand does, and leaves it where it is."""
    box = visitor.page.locator(".st-key-canvas_box canvas").last.bounding_box()
    for x, y in points:
        visitor.page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
        visitor.page.wait_for_timeout(60)


def test_the_answer_moves_and_layers_light_up_while_the_pen_is_down(
    visit: Callable[..., Any],
) -> None:
    visitor = visit()
    visitor.open("draw")
    visitor.settle()
    move(visitor, SEVEN[0])
    assert visitor.page.evaluate(TOOLS) == ["none"]
    visitor.page.mouse.down()
    move(visitor, SEVEN[1])
    visitor.page.wait_for_function(f"() => ({LIVE})()[0] > 0")
    move(visitor, SEVEN[2])
    visitor.page.wait_for_selector('.answer[data-answer="7"]:not([role])')
    seen, words = visitor.page.evaluate(LIVE)
    assert seen > 1
    assert words.startswith("The layers: it sees, 16 maps")
    assert words.endswith("The brightest answer is 7.")
    bar = visitor.page.locator(".bars .best")
    assert bar.evaluate("(bar) => bar.style.width") > "9"
    assert not visitor.page.get_by_role("button", name="Clear").is_enabled()  # it is the pen's turn
    visitor.page.mouse.up()
    visitor.page.wait_for_selector('.answer[data-answer="7"][role]')
    visitor.press("Undo")
    visitor.page.wait_for_selector(".answer:not([data-answer])")
    assert visitor.page.evaluate(LIVE)[1].startswith("Draw, and see here")


def test_on_a_phone_keys_are_for_fingers_and_the_answer_is_on_the_pads_screen(
    visit: Callable[..., Any],
) -> None:
    visitor = visit(width=390, height=844, has_touch=True, is_mobile=True)
    visitor.open("draw")
    visitor.settle()
    keys = [visitor.page.get_by_role("button", name=n, exact=True) for n in "0123456789"]
    for key in (*keys, *(visitor.page.get_by_role("button", name=n) for n in ("Undo", "Clear"))):
        box = key.bounding_box()
        assert min(box["width"], box["height"]) >= 44
    answer = visitor.page.locator(".answer").bounding_box()
    assert answer["y"] + answer["height"] < 844
    assert visitor.width() <= 390
