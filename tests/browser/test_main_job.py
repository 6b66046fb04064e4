"""The main job, end to end, as a person does it: pick, train live, draw, predict."""

import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from benchmarks.serving import Server
from lab.data import cache
from lab.data.image_sets import STAND_IN
from lab.reading.fine_tune import from_json

# strokes in shares of the canvas, as a hand would move
STROKES = {
    "1": [[(0.50, 0.15), (0.50, 0.50), (0.49, 0.86)]],
    "0": [
        [
            (0.50, 0.15),
            (0.32, 0.25),
            (0.26, 0.50),
            (0.33, 0.75),
            (0.50, 0.86),
            (0.67, 0.75),
            (0.74, 0.50),
            (0.67, 0.25),
            (0.50, 0.15),
        ]
    ],
    "7": [[(0.25, 0.20), (0.50, 0.19), (0.75, 0.20), (0.62, 0.45), (0.52, 0.65), (0.45, 0.86)]],
}


def draw(visitor: Any, strokes: list[list[tuple[float, float]]]) -> None:
    canvas = visitor.page.locator("canvas.upper-canvas").first
    canvas.wait_for()
    visitor.settle()
    box = canvas.bounding_box()
    mouse = visitor.page.mouse
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point, steps=6)
        mouse.up()


def picture_of(digit: str) -> bytes:
    """A PNG of 200x260 pixels, dark ink on paper."""
    image = Image.new("RGB", (200, 260), "#f4efe2")
    pen = ImageDraw.Draw(image)
    for stroke in STROKES[digit]:
        pen.line(
            [(20 + x * 160, 20 + y * 220) for x, y in stroke],
            fill="#1d2a55",
            width=16,
            joint="curve",
        )
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_start_opens_on_a_network_that_is_already_learning(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open()
    first = visitor.until(lambda s: s["status"] == "running" and int(s["frames"]) > 3)
    later = visitor.until(lambda s: int(s["step"]) > int(first["step"]) + 50)
    assert float(later["testLoss"]) < 1.1  # ln 3 is what guessing among three classes gives


def test_train_moves_the_boundary_and_lowers_the_loss_and_pause_stops_the_counter(
    visit: Callable[..., Any],
) -> None:
    visitor = visit()
    visitor.open("playground")
    before = visitor.until(lambda s: int(s["frames"]) >= 1)
    plane = visitor.page.locator("[data-part=plane]")
    picture = plane.screenshot()
    visitor.press("Train")
    visitor.until(lambda s: int(s["step"]) > 600)
    visitor.press("Pause")
    paused = visitor.until(lambda s: s["status"] == "paused")
    assert plane.screenshot() != picture
    assert float(paused["testLoss"]) < 0.5 * float(before["testLoss"])
    visitor.press("Step")
    later = visitor.until(lambda s: s["step"] != paused["step"])
    assert int(later["step"]) == int(paused["step"]) + 1  # so it had stood still


def test_step_and_epoch_do_just_that_and_reset_begins_anew(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("playground")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.press("Step")
    visitor.until(lambda s: s["step"] == "1")
    visitor.press("Epoch")
    visitor.until(lambda s: s["step"] == "10" and s["epoch"] == "1")
    visitor.press("Reset")
    visitor.until(lambda s: s["step"] == "0")


def test_the_curves_can_be_studied(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("playground")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.press("Epoch")
    visitor.until(lambda s: s["epoch"] == "1")
    visitor.press("Epoch")
    visitor.until(lambda s: s["epoch"] == "2")
    visitor.page.get_by_text("Study the curves").click()
    visitor.page.locator(".js-plotly-plot .scatterlayer path").first.wait_for(state="attached")
    visitor.page.locator(".js-plotly-plot").first.hover()
    with visitor.page.expect_download():
        visitor.page.locator('[data-title*="ownload"]').first.click()


def test_a_refresh_finds_the_run(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("playground")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.press("Train")
    visitor.until(lambda s: int(s["step"]) > 100)
    visitor.address_says("run=")
    reached = int(visitor.board()["step"])
    visitor.page.reload()
    visitor.until(lambda s: s["status"] == "running" and int(s["step"]) > reached)


def test_the_learning_rate_changes_on_the_way_and_the_network_starts_anew(
    visit: Callable[..., Any],
) -> None:
    visitor = visit()
    visitor.open("playground")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.press("Epoch")
    visitor.until(lambda s: s["step"] == "10")
    visitor.page.get_by_role("tab", name="Training").click()
    slider = visitor.page.get_by_role("slider", name="Learning rate")
    slider.focus()
    before = visitor.page.url
    slider.press("ArrowRight")
    visitor.page.wait_for_function("(before) => location.href !== before", arg=before)
    visitor.press("Step")
    visitor.until(lambda s: s["step"] == "11")
    visitor.page.get_by_role("tab", name="Network").click()
    slider = visitor.page.get_by_role("slider", name="Hidden layers")
    slider.focus()
    slider.press("ArrowRight")
    visitor.until(lambda s: s["step"] == "0")


def test_mnist_trains_past_95_percent_and_the_trained_network_reads_a_drawing(
    visit: Callable[..., Any],
) -> None:
    here = cache.find("mnist") is not None
    visitor = visit(height=1000)
    visitor.open("digits")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.press("Train")
    visitor.until(lambda s: float(s.get("testAccuracy") or 0) > 0.95)
    visitor.until(lambda s: s["status"] == "finished")
    visitor.page.get_by_text("Most confidently wrong").wait_for()
    visitor.page.get_by_role("link", name="Draw", exact=False).first.click()
    network = visitor.page.get_by_role("combobox", name="Network")
    network.wait_for()
    assert network.input_value().startswith("Yours: MNIST" if here else f"Yours: {STAND_IN}")
    draw(visitor, STROKES["1"])
    visitor.page.wait_for_selector('[data-answer="1"]')


def test_each_drawn_digit_is_named_by_the_network_that_ships(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("draw")
    for digit, strokes in STROKES.items():
        draw(visitor, strokes)
        visitor.page.wait_for_selector(f'.answer[data-answer="{digit}"][role]')
        visitor.press("Clear")
        visitor.page.wait_for_selector(".answer:not([data-answer])")


def test_an_uploaded_picture_is_named_and_a_bad_one_gets_no_answer_of_another(
    visit: Callable[..., Any],
) -> None:
    visitor = visit()
    visitor.open("draw")
    visitor.page.get_by_text("Upload", exact=True).first.click()
    chooser = visitor.page.locator('input[type="file"]')
    chooser.set_input_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": picture_of("7")}
    )
    visitor.page.wait_for_selector('[data-answer="7"]')
    chooser.set_input_files(
        {"name": "not.png", "mimeType": "image/png", "buffer": b"<html>Please log in</html>"}
    )
    visitor.page.get_by_role("alert").wait_for()
    visitor.page.locator("[data-answer]").wait_for(state="detached")


def test_a_drawing_survives_a_change_of_page(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("draw")
    draw(visitor, STROKES["0"])
    visitor.page.wait_for_selector('[data-answer="0"][role]')
    visitor.page.get_by_role("link", name="Start", exact=False).first.click()
    visitor.page.get_by_text("See a neural network learn").wait_for()
    visitor.page.get_by_role("link", name="Draw", exact=False).first.click()
    visitor.page.wait_for_selector('[data-answer="0"]')


def test_a_finger_draws_and_the_page_stays_where_it_is(visit: Callable[..., Any]) -> None:
    visitor = visit(width=390, height=700, has_touch=True, is_mobile=True)
    visitor.open("draw")
    canvas = visitor.page.locator("canvas.upper-canvas").first
    canvas.wait_for()
    visitor.settle()
    box, finger = canvas.bounding_box(), visitor.page.context.new_cdp_session(visitor.page)
    scrolled = """() => [...document.querySelectorAll('*')]
        .reduce((sum, e) => sum + e.scrollTop, window.scrollY)"""
    before = visitor.page.evaluate(scrolled)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    ways = STROKES["7"][0]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in ways]
    touch("touchStart", places[0])
    for (x, y), (to_x, to_y) in itertools.pairwise(places):
        for part in range(1, 7):
            touch("touchMove", (x + (to_x - x) * part / 6, y + (to_y - y) * part / 6))
    touch("touchEnd")
    visitor.page.wait_for_selector('[data-answer="7"]')
    assert visitor.page.evaluate(scrolled) == before


def test_a_drawing_is_corrected_learned_and_taken_along(visit: Callable[..., Any]) -> None:
    visitor = visit(height=1100)
    visitor.open("draw")
    draw(visitor, STROKES["7"])
    visitor.page.wait_for_selector('[data-answer="7"][role]')
    visitor.press("7")
    visitor.page.get_by_text("1 kept", exact=True).wait_for()
    file = visitor.download(visitor.page.get_by_role("button", name="Download", exact=True))
    (kept,) = from_json(Path(file.path()).read_bytes())
    assert kept.label == "7"
    assert len(kept.strokes) == 1
    assert len(kept.strokes[0]) > 5
    taught = visitor.page.get_by_text("Your drawing", exact=True)
    late = visitor.page.get_by_text("try again in a moment").first
    for _ in range(3):  # on a busy machine ten seconds may not do, and the page says so
        visitor.press("Teach the network")
        visitor.wait(lambda: taught.is_visible() or late.is_visible())
        if taught.is_visible():
            break
    taught.wait_for()
    assert (
        visitor.page.get_by_role("combobox", name="Network")
        .input_value()
        .startswith("Taught by you")
    )
    visitor.press("Take it back")
    network = visitor.page.get_by_role("combobox", name="Network")
    visitor.wait(lambda: network.input_value() == "Ready-made, convolutional")
    other = visit()
    other.open("draw")
    other.page.get_by_text("1 kept", exact=True).wait_for()  # the same visit, in another tab
    other.page.context.clear_cookies()
    other.open("draw")
    other.settle()
    assert other.page.get_by_text("1 kept", exact=True).count() == 0  # a stranger has none of it
    assert other.page.get_by_text("Teach the network").count() == 0


def test_frames_reach_a_page_without_the_live_route(
    visit: Callable[..., Any], plain_server: Server
) -> None:
    visitor = visit()
    visitor.url = plain_server.url
    visitor.open("playground")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.press("Train")
    state = visitor.until(lambda s: int(s["frames"]) > 15 and int(s["step"]) > 100)
    assert state["connection"] == "fragment"


def test_a_finished_run_trains_as_many_epochs_again(visit: Callable[..., Any]) -> None:
    visitor = visit(height=1000)
    visitor.open("digits")
    visitor.settle()  # a list that is opened while the page still comes may keep its old entry
    visitor.page.get_by_role("combobox", name="Start from").click()
    visitor.page.keyboard.type("Small digits")
    visitor.page.keyboard.press("Enter")
    visitor.address_says("dataset=Digits", "epochs=40")
    visitor.settle()
    visitor.press("Train")
    visitor.until(lambda s: s["status"] == "finished" and s["epoch"] == "40")
    visitor.press("Train")
    visitor.until(lambda s: s["status"] == "finished" and s["epoch"] == "80")
    assert visitor.number("testAccuracy") >= 0.96


def test_divergence_is_said_in_a_sentence_and_a_smaller_learning_rate_begins_again(
    visit: Callable[..., Any],
) -> None:
    visitor = visit()
    visitor.open("playground")
    visitor.page.get_by_role("tab", name="Network").click()
    visitor.choose("Loss", "HalfSquaredError")
    visitor.address_says("loss=HalfSquaredError")
    visitor.choose("Output activation", "Linear")
    visitor.address_says("output=Linear")
    visitor.page.get_by_role("tab", name="Training").click()
    visitor.choose("Optimizer", "SGD")
    visitor.address_says("optimizer=SGD")
    rate = visitor.page.get_by_role("slider", name="Learning rate")
    rate.focus()
    rate.press("End")
    visitor.address_says("optimizer=SGD(10")
    visitor.press("Train")
    visitor.until(lambda s: s["status"] == "diverged")
    assert "NaN" not in visitor.page.inner_text('[data-testid="stMainBlockContainer"]')
    visitor.page.get_by_text("smaller learning rate").first.wait_for()
    rate.focus()
    rate.press("Home")
    visitor.until(lambda s: s["status"] in ("running", "paused"))


def test_a_lesson_is_done_and_the_address_remembers_it(visit: Callable[..., Any]) -> None:
    visitor = visit(height=900)
    visitor.open("learn")
    visitor.page.get_by_role("link", name="1. One neuron").click()
    visitor.page.get_by_text("Loss: how wrong it is").wait_for()
    visitor.settle()
    line = visitor.page.locator('[data-part="neuron"]')
    before = line.get_attribute("data-loss")
    visitor.press("A hundred steps")
    visitor.wait(lambda: line.get_attribute("data-loss") != before)
    visitor.page.get_by_text("It moves up").click()
    visitor.page.get_by_text("Yes. The same number").wait_for()
    visitor.page.get_by_text("It learns twice as fast").click()
    visitor.page.get_by_text("Not quite.").wait_for()
    visitor.page.get_by_text("Nothing: every slope is 0").click()
    visitor.page.get_by_text("Yes. da/dz is 0").wait_for()
    visitor.address_says("done=1")
    visitor.page.locator(".term").first.hover()
    sheet = visitor.download(visitor.page.get_by_role("button", name="A sheet to print"))
    assert "Take it further" in Path(sheet.path()).read_text(encoding="utf-8")
    visitor.page.get_by_role("link", name="Next: The dot product").click()
    visitor.page.get_by_text("How many pairs").wait_for()
