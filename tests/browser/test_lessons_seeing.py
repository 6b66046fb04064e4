"""Lessons 12 to 17 in a browser: the central action of each, and what it changes."""

import re
from pathlib import Path
from typing import Any

import pytest

from lab.data.cache import find
from lab.data.image_sets import STAND_IN

needs_mnist = pytest.mark.usefixtures(
    "mnist_is_here"
)  # what these lessons show takes thousands of pictures


def slide(page: Any, key: str, key_name: str, times: int) -> None:
    """Moves a slider by the keyboard."""
    page.locator(f".st-key-{key} input").focus()
    for _ in range(times):
        page.keyboard.press(key_name)


@needs_mnist
def test_the_detector_learns_before_ones_eyes_and_its_threshold_moves_the_counts(
    visit: Any,
) -> None:
    visitor = visit()
    visitor.open("learn-detector")
    page = visitor.page
    page.wait_for_selector(".detector img")

    def counts() -> list[int]:
        """Found, missed, left alone, false alarms."""
        told = page.locator(".detector img").get_attribute("alt")
        return [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", told)]

    untrained = counts()
    page.locator(".st-key-l12-run-train button").click()
    epoch = "+document.querySelector('.trial figure')?.dataset.epoch"
    page.wait_for_function(f"() => [1, 2, 3, 4, 5, 6, 7, 8, 9].includes({epoch})")
    page.locator(".st-key-l12-run-train button", has_text="again").wait_for()
    visitor.wait(lambda: counts()[0] > untrained[0] and counts()[3] < untrained[3])
    visitor.settle()
    trained = counts()
    slide(page, "l12-threshold", "ArrowRight", 10)
    page.wait_for_function(
        "() => document.querySelector('.detector img')?.alt"
        f".includes('{trained[3]} false') === false"
    )
    visitor.wait(lambda: counts()[1] > trained[1] and counts()[3] < trained[3])


@needs_mnist
def test_a_network_learns_by_heart_and_augmentation_narrows_the_gap(visit: Any) -> None:
    visitor = visit()
    visitor.open("learn-overfitting")
    page, shown = visitor.page, ".gallery img"
    before = page.locator(shown).first.get_attribute("src")
    page.locator(".st-key-l15-moved label").first.click()
    visitor.differs(shown, "src", before)
    page.locator(".st-key-l15-run-train button").click()
    page.wait_for_function("() => document.querySelector('.trial figure')?.dataset.epoch >= 1")
    page.locator(".st-key-l15-run-train button", has_text="again").wait_for()

    def gaps() -> list[float]:
        told = page.locator('[data-testid="stCode"]', has_text="test pictures").inner_text()
        return [float(found) for found in re.findall(r"([\d.]+) points", told)]

    visitor.wait(lambda: gaps()[1] < gaps()[0] - 3)


@needs_mnist
def test_ten_weight_pictures_form_and_lose_a_digit_that_moves(visit: Any) -> None:
    visitor = visit()
    visitor.open("learn-ten-digits")
    page = visitor.page
    page.wait_for_selector(".tens img")

    def pictures() -> list[str]:
        return page.evaluate(
            "() => [...document.querySelectorAll('.tens > div:last-child img')].map(i => i.src)"
        )

    def right_ones() -> int:
        told = page.locator(".trial figure").inner_text()
        return int(re.search(r"([\d,]+) of", told)[1].replace(",", ""))

    untrained = pictures()
    page.locator(".st-key-l13-run-train button").click()
    page.locator(".st-key-l13-run-stop").wait_for()
    # for a moment there are none, while the page puts in the new ones
    visitor.wait(lambda: pictures()[:1] not in ([], untrained[:1]))
    page.locator(".st-key-l13-run-train button", has_text="again").wait_for()
    visitor.wait(lambda: len(set(pictures()) - set(untrained)) == 10)
    visitor.settle()
    still = right_ones()
    slide(page, "l13-right", "ArrowRight", 4)
    page.wait_for_function(
        f"() => document.querySelector('.trial')?.innerText.includes('{still:,} of') === false"
    )
    visitor.wait(lambda: right_ones() < still / 2)


@needs_mnist
def test_a_kernel_is_dragged_and_a_shifted_digit_is_read_by_both_networks(visit: Any) -> None:
    visitor = visit()
    visitor.open("learn-convolution")
    page = visitor.page
    pad = page.locator('[data-part="pad"]')
    pad.wait_for()
    box, before = pad.bounding_box(), page.locator('[data-testid="stCode"]').first.inner_text()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.55 * box["height"], steps=4)
    page.mouse.up()
    visitor.differs('[data-testid="stCode"]', "innerText", before)
    page.locator(".st-key-l16-run-train button").click()
    page.wait_for_function("() => document.querySelector('.trial figure')?.dataset.epoch >= 1")
    page.locator(".st-key-l16-run-train button", has_text="again").wait_for()

    def shares() -> list[float]:
        """What the MLP and the CNN get right, unshifted and shifted, in this order."""
        told = page.locator('[data-testid="stCode"]', has_text="as they are").inner_text()
        return [float(found) for found in re.findall(r"= ([\d.]+)%", told)]

    visitor.wait(lambda: min(shares()[::2]) > 85)
    dense, dense_shifted, convolved, convolved_shifted = shares()
    assert convolved_shifted > dense_shifted + 10
    slide(page, "l16-shift", "ArrowLeft", 3)
    page.wait_for_function(
        "() => document.querySelector('.st-key-l16-shift')?.innerText.includes('\\n0')"
    )
    visitor.wait(lambda: shares() == [dense, dense, convolved, convolved])


@needs_mnist
def test_hidden_units_are_counted_at_once_and_learn_side_by_side(visit: Any) -> None:
    visitor = visit()
    visitor.open("learn-hidden-layer")
    page = visitor.page
    page.get_by_text("784 · 128 + 128 + 128 · 10 + 10 = 101,770").wait_for()
    slide(page, "l14-relu", "ArrowLeft", 2)
    page.get_by_text("784 · 32 + 32 + 32 · 10 + 10 = 25,450").wait_for()
    slide(page, "l14-sigmoid", "ArrowLeft", 1)
    page.get_by_role("img", name="32 sigmoid: 25,450 parameters").wait_for()
    page.locator(".st-key-l14-run-train button").click()
    page.locator(".st-key-l14-run-stop").wait_for()
    page.locator(".st-key-l14-run-train button", has_text="again").wait_for()
    visitor.wait(lambda: page.locator(".trial figure[data-epoch='2']").count() == 3)
    told = page.locator(".trial figure[data-epoch='2']").all_inner_texts()
    assert [text.split("\n")[0] for text in told] == ["32 ReLU", "32 sigmoid", "no hidden layer"]
    right = [float(re.search(r"([\d.]+)% right", text)[1]) for text in told]
    assert right[0] > right[2]
    visitor.wait(lambda: page.locator(".inside.unit").count() == 8)


def test_a_network_of_ones_own_is_trained_saved_loaded_and_taken_to_draw(
    visit: Any, tmp_path: Path
) -> None:
    visitor = visit()
    visitor.open("learn-now-you")
    page = visitor.page
    visitor.until(lambda s: int(s["frames"]) >= 1)
    visitor.settle()
    page.locator(".st-key-learn17-train button").click()
    page.locator(".st-key-l17-task", has_text="The best so far is").wait_for()
    visitor.until(lambda s: s["status"] == "finished")
    file = visitor.download(page.locator(".st-key-l17-save button"))
    file.save_as(tmp_path / "my_network.safetensors")
    page.locator(".st-key-l17-file input").set_input_files(tmp_path / "my_network.safetensors")
    page.get_by_text("Every number is the same, to the last digit.").wait_for()
    page.get_by_role("link", name="Take it to Draw").click()
    page.locator("canvas.upper-canvas").first.wait_for()
    chosen = page.get_by_role("combobox", name="Network").input_value()
    learned = "MNIST" if find("mnist") else STAND_IN
    assert chosen.startswith(f"Yours: {learned}, ten digits, 784-8-10")
