"""What one meets first on a page: all of it in sight, of one piece, and as one left it."""

from collections.abc import Callable
from typing import Any


def test_train_and_pause_are_one_button_that_keeps_the_focus(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("playground")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    train, pause = (
        visitor.page.get_by_role("button", name=name, exact=True) for name in ("Train", "Pause")
    )
    train.focus()
    for press, shown, hidden in ((" ", pause, train), (" ", train, pause), ("Enter", pause, train)):
        visitor.page.keyboard.press(press)
        shown.wait_for()
        assert hidden.count() == 0
        assert shown.evaluate("(button) => button === document.activeElement")


def test_on_a_phone_the_menu_closes_when_one_has_chosen_and_each_page_has_a_name(
    visit: Callable[..., Any],
) -> None:
    visitor = visit(width=390, height=844, has_touch=True, is_mobile=True)
    visitor.open("")
    visitor.settle()
    menu = visitor.page.get_by_test_id("stSidebar")
    names = set()
    for page in ("Playground", "Digits", "Draw", "Sweep", "Learn"):
        visitor.page.get_by_test_id("stExpandSidebarButton").click()
        visitor.page.get_by_test_id("stSidebarNavLink").filter(has_text=page).click()
        visitor.page.get_by_role("heading", level=1, name=page).wait_for(state="attached")
        visitor.wait(lambda: (menu.bounding_box() or {"x": -300})["x"] < 0)
        visitor.wait(lambda name=page: visitor.page.title() == f"{name} · Glassbox")
        assert visitor.page.get_by_role("heading", level=1).count() == 1
        names.add(visitor.page.title())
    assert len(names) == 5


def test_all_that_one_plays_with_is_on_a_projectors_screen(visit: Callable[..., Any]) -> None:
    visitor = visit(height=720)
    visitor.open("playground")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.settle()
    parts = ("network", "plane", "loss", "counters", "chip", "legend")
    bottoms = []
    for part in parts:
        box = visitor.page.locator(f'[data-part="{part}"]').bounding_box()
        bottoms.append(box["y"] + box["height"])
    assert max(bottoms) <= 720, dict(zip(parts, bottoms, strict=True))


def test_the_whole_of_a_card_leads_to_its_page(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("")
    visitor.settle()
    box = visitor.page.locator(".st-key-door_draw").bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] - 12, box["y"] + box["height"] - 8)
    visitor.page.locator(".st-key-canvas_box").wait_for()


def test_digits_shows_digits_and_what_they_are_taken_for(
    visit: Callable[..., Any], mnist_is_here: None
) -> None:
    visitor = visit(height=720)
    visitor.open("digits")
    pictures = visitor.page.locator(".few li")
    visitor.wait(lambda: pictures.count() == 20)
    assert pictures.last.bounding_box()["y"] < 720
    right = visitor.page.locator('[data-part="fewRight"]')
    assert int(right.inner_text().split()[0]) < 12
    visitor.press("Train")
    visitor.wait(lambda: int(right.inner_text().split()[0]) >= 18)
    visitor.until(lambda s: s["status"] == "finished")
    assert pictures.filter(has_text="✓").count() == int(right.inner_text().split()[0])
    matrix = visitor.page.get_by_role("table", name="Confusion matrix")
    matrix.get_by_role("button", name="4 taken for 9").click()
    visitor.page.get_by_text("4 taken for 9").wait_for()
    shown = visitor.page.get_by_role("group", name="4 taken for 9").get_by_role("button")
    visitor.wait(lambda: shown.filter(has_text="it is 4").count() >= 2)
    shown.nth(1).focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_text("make the sum").wait_for()
    assert shown.nth(1).get_attribute("aria-pressed") == "true"
    beside = visitor.page.get_by_text("What spoke for").first.bounding_box()
    assert beside["x"] > shown.nth(1).bounding_box()["x"]
    assert shown.nth(1).evaluate("(e) => e === e.getRootNode().activeElement")


def test_settings_that_are_open_stay_open(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("playground")
    visitor.settle()
    training = visitor.page.get_by_role("tab", name="Training")
    training.click()
    visitor.page.wait_for_function("() => localStorage.getItem('settings /playground')")
    for back in (visitor.page.reload, lambda: visitor.open("playground")):
        back()
        visitor.wait(lambda: training.get_attribute("aria-selected") == "true")
    visitor.page.get_by_role("link", name="Draw").first.click()
    visitor.page.locator(".st-key-canvas_box").wait_for()
    visitor.page.get_by_role("link", name="Playground").first.click()
    visitor.wait(lambda: training.get_attribute("aria-selected") == "true")
