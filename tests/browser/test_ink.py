"""Draw while the pen is down, and its keys."""

from collections.abc import Callable
from typing import Any

SEVEN = [(80, 60), (240, 60), (150, 270)]
FOUR = [(110, 50), (90, 170), (230, 170)], [(200, 60), (200, 280)]


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
    assert not visitor.page.locator(".dc-toolbar").is_visible()
    layers = visitor.page.locator('[data-part="layers"]')
    visitor.page.mouse.down()
    move(visitor, SEVEN[1])
    layers.and_(visitor.page.locator("[data-live]")).wait_for()
    move(visitor, SEVEN[2])
    visitor.page.wait_for_selector('.answer[data-answer="7"]:not([role])')
    assert int(layers.get_attribute("data-live")) > 1
    words = layers.get_attribute("aria-label")
    assert words.startswith("The layers: it sees, 16 maps")
    assert words.endswith("The brightest answer is 7.")
    bar = visitor.page.locator(".bars .best")
    assert bar.evaluate("(bar) => bar.style.width") > "9"
    assert not visitor.page.get_by_role("button", name="Clear").is_enabled()  # it is the pen's turn
    visitor.page.mouse.up()
    visitor.page.wait_for_selector('.answer[data-answer="7"][role]')
    visitor.press("Undo")
    visitor.page.wait_for_selector(".answer:not([data-answer])")
    assert layers.get_attribute("aria-label").startswith("Draw, and see here")


def test_what_is_on_the_canvas_is_read_with_the_stroke_that_is_being_drawn(
    visit: Callable[..., Any],
) -> None:
    visitor = visit()
    visitor.open("draw")
    visitor.settle()
    angle, upright = FOUR
    move(visitor, angle[0])
    visitor.page.mouse.down()
    move(visitor, *angle[1:])
    visitor.page.mouse.up()
    visitor.page.wait_for_selector(".answer[data-answer][role]")
    move(visitor, upright[0])
    visitor.page.mouse.down()
    move(visitor, upright[1])
    visitor.page.wait_for_selector('.answer[data-answer="4"]:not([role])')
    visitor.page.mouse.up()
    visitor.page.wait_for_selector('.answer[data-answer="4"][role]')


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
