"""The Playground's strip and data: in sight, and a run that follows the hand; what one has changed
can be taken back.
"""

from collections.abc import Callable
from typing import Any

PIXELS = "(canvas) => canvas.toDataURL()"


def opened(visit: Callable[..., Any], path: str = "playground", **window: Any) -> Any:
    visitor = visit(**window)
    visitor.open(path)
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.page.get_by_role("tab", name="Data").wait_for()
    visitor.settle()
    return visitor


def held(visitor: Any, key: str) -> tuple[float, float]:
    """Takes hold of a slider's thumb, and returns where it is."""
    box = visitor.page.locator(f".st-key-{key} input[type=range]").evaluate(
        "(e) => { const { x, y, width, height } = e.parentElement.getBoundingClientRect();"
        " return [x + width / 2, y + height / 2]; }"
    )
    visitor.page.mouse.move(*box)
    visitor.page.mouse.down()
    return box[0], box[1]


def value(visitor: Any, key: str) -> float:
    """What a slider says."""
    slider = visitor.page.locator(f".st-key-{key} input[type=range]")
    return float(slider.get_attribute("aria-valuetext"))


def test_all_of_the_strip_and_the_data_are_on_a_projectors_screen(
    visit: Callable[..., Any],
) -> None:
    visitor = opened(visit, height=720)
    page = visitor.page
    for button in ("Train", "Step", "Epoch", "Reset", "New weights", "New points"):
        box = page.get_by_role("button", name=button, exact=True).bounding_box()
        assert box["y"] + box["height"] <= 720, button
    for slider in ("Learning rate", "Noise", "Share for testing", "Batch size"):
        box = page.get_by_role("slider", name=slider).bounding_box()
        assert box["y"] + box["height"] <= 720, slider
    for menu in ("Activation", "Regularisation", "Problem"):
        box = page.get_by_role("combobox", name=menu).first.bounding_box()
        assert box["y"] + box["height"] <= 110 + 66, menu
    sets = page.get_by_role("radiogroup", name="Dataset")
    assert sets.bounding_box()["y"] + sets.bounding_box()["height"] <= 720
    feature = page.get_by_text("x₁x₂").first.bounding_box()
    assert feature["y"] + feature["height"] <= 720


def test_thumbnails_are_radio_buttons_with_names(visit: Callable[..., Any]) -> None:
    visitor = opened(visit)
    page = visitor.page
    page.get_by_role("radio", name="Circles").click()
    visitor.address_says("dataset=Circles")
    page.get_by_role("radio", name="Circles", checked=True).press("ArrowRight")
    visitor.address_says("dataset=XOR")
    page.get_by_role("radio", name="XOR", checked=True).wait_for()
    visitor.choose("Problem", "Regression")
    visitor.address_says("dataset=Plane")
    names = page.get_by_role("radiogroup", name="Dataset").get_by_role("radio")
    visitor.wait(lambda: names.count() == 3)
    page.get_by_role("radio", name="Bumps").click()
    visitor.address_says("dataset=Bumps")


def test_points_follow_a_slider_while_it_is_held(visit: Callable[..., Any]) -> None:
    visitor = opened(visit)
    key = "playground-dataset-Spiral-noise"
    plane = visitor.page.locator("[data-part=plane]")
    before, run = visitor.page.url, plane.evaluate(PIXELS)
    x, y = held(visitor, key)
    for step in range(1, 6):
        shown = int(visitor.board().get("moved", 0))
        visitor.page.mouse.move(x + 6 * step, y)
        visitor.until(lambda s, shown=shown: int(s.get("moved", 0)) > shown, seconds=5)
    assert visitor.page.url == before  # the page has not heard of it yet
    assert plane.evaluate(PIXELS) != run
    visitor.page.mouse.up()
    visitor.address_says(f"dataset=Spiral(3, noise={value(visitor, key):g})".replace(" ", "+"))


def test_a_run_follows_its_learning_rate_while_that_is_held(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, "playground?dataset=moons&optimizer=SGD(0.00001)")
    visitor.choose("Speed", "Full speed")
    visitor.press("Train")
    visitor.until(lambda s: int(s["step"]) > 500)
    slow = visitor.number("trainLoss")
    x, y = held(visitor, "playground-optimizer-SGD-learning_rate")
    visitor.page.mouse.move(x + 70, y, steps=4)
    visitor.until(lambda s: float(s["trainLoss"]) < 0.6 * slow)
    assert "1e-05" in visitor.page.url  # the page has not heard of it yet
    visitor.page.mouse.up()
    visitor.page.wait_for_function("() => !location.href.includes('1e-05')")
    assert int(visitor.board()["step"]) > 500  # it is still the same run


def test_back_and_ctrl_z_take_back_one_setting_each(visit: Callable[..., Any]) -> None:
    visitor = opened(visit)
    visitor.choose("Regularisation", "L2")
    visitor.address_says("regularizers=L2")
    visitor.press("New weights")
    visitor.address_says("seed=1", "data_seed=0")
    visitor.page.go_back()
    visitor.page.wait_for_function(
        "() => /seed=0/.test(location.href) && !/data_seed|back=/.test(location.href)"
    )
    menu = visitor.page.get_by_role("combobox", name="Regularisation").first
    assert menu.input_value() == "L2"
    visitor.settle()
    visitor.page.keyboard.press("Control+z")
    visitor.wait(lambda: menu.input_value() == "None")
    visitor.settle()
    visitor.page.keyboard.press("Control+z")  # there is nothing more to take back
    visitor.page.go_forward()
    visitor.wait(lambda: menu.input_value() == "L2")
    visitor.address_says("regularizers=L2")


def test_ctrl_z_in_a_text_is_the_texts_own(visit: Callable[..., Any]) -> None:
    visitor = opened(visit)
    visitor.choose("Regularisation", "L2")
    visitor.address_says("regularizers=L2")
    box = visitor.page.get_by_role("textbox", name="Open a link")
    box.fill("abc")
    box.press("Control+z")
    visitor.settle()
    assert "regularizers=L2" in visitor.page.url


def test_a_run_rests_when_it_is_solved_and_goes_on_when_asked(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, "playground?dataset=gaussians")
    chip = visitor.page.locator("[data-part=chip]")
    visitor.press("Train")
    rested = visitor.until(lambda s: s["status"] == "paused" and int(s["step"]) > 0)
    assert chip.inner_text() == "Solved"
    visitor.page.get_by_role("status").get_by_text("Train goes on").wait_for()
    visitor.press("Train")
    visitor.until(lambda s: int(s["step"]) > int(rested["step"]) + 200)
    assert visitor.board()["status"] == "running"


def test_what_a_piece_of_advice_has_changed_can_be_taken_back(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, "playground?dataset=spiral&optimizer=Adam(1)")
    visitor.press("Train")
    button = visitor.page.locator("[data-part=adviceButton]")
    button.get_by_text("Smaller learning rate").wait_for()
    button.click()
    visitor.address_says("optimizer=Adam(0.1")
    button.get_by_text("Take it back").click()
    visitor.address_says("optimizer=Adam(1.0")


def test_on_a_phone_the_boundary_goes_along(visit: Callable[..., Any]) -> None:
    height = 844
    visitor = opened(visit, width=390, height=height, has_touch=True, is_mobile=True)
    plane = visitor.page.locator("[data-part=plane]")
    assert plane.bounding_box()["y"] < 0.55 * height
    assert visitor.width() <= 390
    visitor.page.get_by_role("slider", name="Noise").scroll_into_view_if_needed()
    corner = visitor.page.locator("[data-part=corner]")
    corner.wait_for()
    corner.tap()
    corner.wait_for(state="hidden")
    assert 0 <= plane.bounding_box()["y"] < height
