"""The living network: pointed at, changed, taken back in time; and what it costs."""

from collections.abc import Callable
from typing import Any

import pytest

SMALL = "playground?dataset=spiral&layers=Dense(4,Tanh),Dense(3,Tanh)"
CLOSE_AND_PRESS = """(key) => {
  const hosts = [...document.querySelectorAll("*")].filter((node) => node.shadowRoot);
  const [dialog] = hosts.flatMap((host) => [...host.shadowRoot.querySelectorAll("dialog[open]")]);
  dialog.close();
  const pressed = { key, bubbles: true, composed: true, cancelable: true };
  dialog.querySelector("button").dispatchEvent(new KeyboardEvent("keydown", pressed));
}"""
TOP = 50  # pixels above the units, see assets/js/wiring.js


def wiring(visitor: Any) -> tuple[Any, dict[str, float]]:
    canvas = visitor.page.locator('canvas[data-part="network"]')
    canvas.scroll_into_view_if_needed()
    return canvas, canvas.bounding_box()


def spot(
    box: dict[str, float], column: int, columns: int, unit: int, units: int
) -> tuple[float, float]:
    """Where the diagram draws a unit."""
    apart, room, most = box["width"] / columns, box["height"] - TOP - 18, 4
    size = max(10, min(36, apart * 0.56, room / most * 0.82))
    gap = min(size * 1.5, room / units)
    return box["x"] + apart * (column + 0.5), box["y"] + TOP + room / 2 + gap * (
        unit - (units - 1) / 2
    )


def plane(visitor: Any) -> bytes:
    return visitor.page.locator('canvas[data-part="plane"]').screenshot()


def opened(visit: Callable[..., Any], address: str = SMALL, **window: Any) -> Any:
    visitor = visit(**window)
    visitor.open(address)
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.settle()
    return visitor


def test_pointing_at_a_unit_shows_what_it_says_in_the_large_picture(
    visit: Callable[..., Any],
) -> None:
    visitor = opened(visit, height=900)
    boundary = plane(visitor)
    _, box = wiring(visitor)
    visitor.page.mouse.move(*spot(box, 1, 4, 2, 4))
    visitor.page.get_by_text("Unit 3 of layer 1: says").wait_for()
    visitor.wait(lambda: plane(visitor) != boundary)
    visitor.page.mouse.move(5, 5)
    visitor.wait(lambda: plane(visitor) == boundary)


def test_a_weight_is_read_clicked_and_typed(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, height=900)
    boundary = plane(visitor)
    _, box = wiring(visitor)
    ax, ay = spot(box, 2, 4, 1, 3)
    bx, by = spot(box, 3, 4, 1, 3)
    visitor.page.mouse.move((ax + bx) / 2, (ay + by) / 2)
    visitor.page.get_by_text("unit 2 of layer 2 → output B: weight").wait_for()
    visitor.page.mouse.click((ax + bx) / 2, (ay + by) / 2)
    visitor.page.get_by_label("Its value").fill("7.5")
    visitor.page.keyboard.press("Enter")
    visitor.wait(lambda: plane(visitor) != boundary)
    visitor.page.mouse.move(5, 5)
    visitor.page.mouse.move((ax + bx) / 2, (ay + by) / 2)
    visitor.page.get_by_text("output B: weight 7.5").wait_for()


def test_layers_and_units_come_and_go_right_there(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, height=900)
    visitor.press("+ layer")
    visitor.page.get_by_text("2-4-3-3-3 ·").wait_for()
    visitor.page.get_by_role("button", name="One unit more, layer 1").click()
    visitor.page.get_by_text("2-5-3-3-3 ·").wait_for()
    visitor.press("− layer")
    visitor.page.get_by_text("2-5-3-3 ·").wait_for()
    visitor.address_says("Dense(5")


def test_back_through_the_run_and_forward_to_now(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, height=900)
    visitor.press("Train")
    visitor.until(lambda s: int(s["step"]) > 500)
    visitor.press("Pause")
    now = visitor.until(lambda s: s["status"] == "paused")
    time = visitor.page.get_by_label("Go back through the run")
    time.focus()
    time.press("Home")
    then = visitor.until(lambda s: s["step"] == "0")
    assert float(then["testLoss"]) > float(now["testLoss"])
    visitor.press("Back to now")
    again = visitor.until(lambda s: s["step"] == now["step"])
    assert again["testLoss"] == now["testLoss"]
    time.focus()
    time.press("Home")
    visitor.until(lambda s: s["step"] == "0")
    visitor.press("Train")  # who trains looks at what is now again
    visitor.until(lambda s: s["status"] == "running" and int(s["step"]) > int(now["step"]))
    visitor.page.get_by_role("button", name="Back to now").wait_for(state="hidden")


def test_the_keyboard_trains_pauses_steps_and_lists_its_keys(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, height=900)
    visitor.page.keyboard.press("ArrowRight")
    visitor.until(lambda s: s["step"] == "1")
    visitor.page.keyboard.press(" ")
    visitor.until(lambda s: s["status"] == "running")
    visitor.page.keyboard.press(" ")
    visitor.until(lambda s: s["status"] == "paused")
    visitor.page.keyboard.press("?")
    visitor.page.get_by_text("back through the run").wait_for()
    # the list is closed, and the focus is still in it: a key pressed in the same moment counts
    visitor.page.evaluate(CLOSE_AND_PRESS, "0")
    visitor.until(lambda s: s["step"] == "0")
    visitor.page.keyboard.press("?")
    visitor.page.get_by_text("back through the run").wait_for()
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_text("back through the run").wait_for(state="hidden")
    canvas, _ = wiring(visitor)
    canvas.focus()
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_label("Its value").wait_for()
    assert visitor.board()["step"] == "0"  # within the network arrows do not step


def test_the_health_of_each_layer_moves_and_switches_do_what_they_say(
    visit: Callable[..., Any],
) -> None:
    visitor = opened(visit, height=1100)
    visitor.press("Train")
    visitor.page.get_by_text("Health of each layer").click()
    visitor.page.get_by_text("1 Dense").wait_for()
    bars = visitor.page.locator(".spread canvas").first
    first = bars.screenshot()
    visitor.wait(lambda: bars.screenshot() != first)
    visitor.press("Pause")
    visitor.until(lambda s: s["status"] == "paused")
    for switch in ("Test points", "Discretised output"):
        before = plane(visitor)
        visitor.press(switch)
        visitor.wait(lambda before=before: plane(visitor) != before)
    visitor.press("Network")
    visitor.until(lambda s: s["network"] == "off")
    visitor.address_says("show=discrete")


def test_a_goal_is_watched_and_reached_and_what_is_hidden_is_not_there(
    visit: Callable[..., Any],
) -> None:
    visitor = opened(
        visit,
        "playground?dataset=gaussians&goal=test+accuracy+at+least+60+%25+with+the+fewest+units&hide=data,seed",
    )
    visitor.page.get_by_text("Goal: test accuracy at least 60 %").wait_for()
    assert visitor.page.get_by_role("tab", name="Data").count() == 0
    visitor.press("Train")
    visitor.page.get_by_text("Reached after").wait_for()


def test_a_tapping_finger_sees_and_changes_too(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, width=390, height=844, has_touch=True, is_mobile=True)
    before = plane(visitor)
    _, box = wiring(visitor)
    visitor.page.touchscreen.tap(*spot(box, 1, 4, 0, 4))
    visitor.wait(lambda: plane(visitor) != before)


@pytest.mark.parametrize("layers", ["Dense(8,Tanh),Dense(8,Tanh)", ",".join(["Dense(8,Tanh)"] * 6)])
def test_frames_flow_with_the_whole_network_alive(visit: Callable[..., Any], layers: str) -> None:
    visitor = opened(visit, f"playground?dataset=spiral&layers={layers}")
    visitor.press("Train")
    visitor.until(lambda s: int(s["step"]) > 200)
    first = visitor.board()
    later = visitor.until(
        lambda s: int(s["frames"]) >= int(first["frames"]) + 20
    )  # how fast: benchmarks/screen.py
    assert int(later["step"]) > int(first["step"])


def test_arrows_walk_through_a_step_in_slow_motion(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, height=1000)
    visitor.page.get_by_text("Slow motion").click()
    visitor.page.get_by_text("1 of 9: Take a batch").wait_for()
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.get_by_text("2 of 9: Layer 1, Dense: forward").wait_for()
    visitor.page.keyboard.press("ArrowLeft")
    visitor.page.get_by_text("1 of 9: Take a batch").wait_for()
    visitor.press("Step")
    visitor.until(lambda s: s["step"] != "0")
    assert visitor.board()["step"] == "1"  # the arrows had made none


def test_points_are_drawn_and_erased(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, "playground?dataset=OwnPoints", height=900)
    box = visitor.page.locator('canvas[data-part="plane"]').bounding_box()
    visitor.page.get_by_role("button", name="C", exact=True).click()
    mouse, middle = visitor.page.mouse, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.move(*middle)
    mouse.down()
    mouse.move(middle[0] + 60, middle[1] + 20, steps=12)
    mouse.up()
    visitor.page.get_by_text("2-16-16-3 ·").wait_for()  # a third class
    visitor.page.get_by_role("button", name="Erase", exact=True).click()
    mouse.move(*middle)
    mouse.down()
    mouse.move(middle[0] + 80, middle[1] + 30, steps=12)
    mouse.up()
    visitor.page.get_by_text("2-16-16-1 ·").wait_for()


def test_a_network_of_pictures_is_looked_into_while_it_learns(visit: Callable[..., Any]) -> None:
    visitor = visit(height=1600)
    visitor.open("digits?dataset=digits&epochs=400")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.page.get_by_role("button", name="it is").first.click()
    visitor.page.get_by_text("What each unit of the first layer looks for").wait_for()
    weights = visitor.page.locator(".inside.wide img").last
    first = weights.get_attribute("src")
    visitor.press("Train")
    visitor.page.wait_for_function(
        "(old) => [...document.querySelectorAll('.inside.wide img')].at(-1)?.src !== old", arg=first
    )


def test_advice_is_followed_at_the_press_of_a_button(visit: Callable[..., Any]) -> None:
    visitor = opened(
        visit, "playground?dataset=spiral&layers=Dense(8,Tanh)&optimizer=SGD(0.00003)", height=1000
    )
    visitor.press("Train")
    visitor.page.get_by_text("The loss has hardly moved for a while").wait_for()
    visitor.press("Larger learning rate")
    visitor.address_says("SGD(9e-05)")


def test_a_run_that_does_not_learn_says_so_on_the_first_screen_and_begins_anew_when_told(
    visit: Callable[..., Any],
) -> None:
    visitor = opened(visit, "playground?dataset=spiral&optimizer=Adam(1)", height=720)
    visitor.press("Train")
    chip = visitor.page.locator('[data-part="chip"]')
    chip.filter(has_text="Stuck").wait_for()
    told = visitor.page.get_by_text("The learning rate is 100 times the usual one")
    told.wait_for()
    assert told.bounding_box()["y"] < 720
    steps = int(visitor.board()["step"])
    visitor.press("Smaller learning rate")
    visitor.address_says("Adam(0.1)")
    visitor.until(lambda s: s["status"] == "running" and int(s["step"]) < steps)
    chip.filter(has_text="Learning").wait_for()


def test_the_curve_gives_exact_values_and_a_log_scale(visit: Callable[..., Any]) -> None:
    visitor = opened(visit, height=1000)
    visitor.press("Epoch")
    visitor.until(lambda s: s["epoch"] == "1")
    chart = visitor.page.locator('canvas[data-part="loss"]')
    box = chart.bounding_box()
    visitor.page.mouse.move(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    visitor.page.get_by_text("epoch 1: train 0.").wait_for()
    before = chart.screenshot()
    visitor.press("log")
    visitor.wait(lambda: chart.screenshot() != before)


def test_the_network_is_alive_without_the_live_route_too(
    visit: Callable[..., Any], plain_server: Any
) -> None:
    visitor = visit(height=900)
    visitor.url = plain_server.url
    visitor.open(SMALL)
    visitor.page.get_by_role("button", name="One unit more, layer 1").wait_for()
    _, box = wiring(visitor)
    visitor.page.mouse.move(*spot(box, 1, 4, 2, 4))
    visitor.page.get_by_text("Unit 3 of layer 1: says").wait_for()


def test_every_step_of_a_slow_pace_is_a_frame(visit: Callable[..., Any]) -> None:
    visitor = opened(visit)
    visitor.choose("Speed", "1 step a second")
    visitor.press("Train")
    first = visitor.until(lambda s: int(s["step"]) >= 1)
    later = visitor.until(lambda s: int(s["step"]) >= int(first["step"]) + 5)
    steps, frames = (int(later[name]) - int(first[name]) for name in ("step", "frames"))
    assert frames >= steps
