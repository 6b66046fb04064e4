"""A photograph on Draw: its boxes are pressed, and it is turned and cut by hand."""

from collections.abc import Callable
from typing import Any

from tests.pages.opening import photograph_of_seven

PART = (0.66, 0.62), (0.84, 0.84)  # of the photograph: what is around its 1


def test_boxes_on_a_photograph_are_pressed_and_a_part_of_it_is_cut_out(
    visit: Callable[..., Any],
) -> None:
    visitor = visit()
    visitor.open("draw")
    visitor.page.get_by_text("Upload", exact=True).first.click()
    visitor.page.locator('input[type="file"]').set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": photograph_of_seven()}
    )
    visitor.page.wait_for_selector('[data-answer="7"]')
    boxes = visitor.page.locator('[data-part="boxes"] button')
    boxes.nth(1).wait_for()
    assert boxes.first.get_attribute("aria-label") == "1: read as 7"
    boxes.nth(1).focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector('[data-answer="1"]')
    boxes.first.click()
    visitor.page.wait_for_selector('[data-answer="7"]')
    visitor.page.get_by_text("Cut out", exact=True).click()
    visitor.page.locator("[data-cutting]").wait_for()
    box = visitor.page.locator('[data-part="photograph"]').bounding_box()
    low, high = ((box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in PART)
    visitor.page.mouse.move(*low)
    visitor.page.mouse.down()
    visitor.page.mouse.move(*high, steps=4)
    visitor.page.mouse.up()
    visitor.page.wait_for_selector('[data-answer="1"]')
    visitor.press("Take all of it again")
    visitor.page.wait_for_selector('[data-answer="7"]')
    visitor.press("Turn left")
    visitor.page.get_by_text("not upright").wait_for()
