"""Every lesson in a real browser: its central action, done with hand or keys, changes what it should."""

from collections.abc import Callable
from functools import partial
from typing import Any

SEEN = """(part) => [...document.querySelectorAll(part)].map((e) => e.src ?? e.innerText).join('|')"""
# the widget that is moved, and what then looks or reads otherwise
MOVED = {
    "One neuron": ("l1-w", "img.sketch"),
    "The dot product": ("l2-size", "pre"),
    "Layers on layers": ("l3-inputs", "img.sketch"),
    "The Dense layer, line by line": ("l4-step", "pre"),
    "Broadcasting and sums": ("l5-rows", "figure"),
    "Activations": ("l6-z", "img.sketch"),
    "Softmax and cross-entropy": ("l7-z0", "img.sketch"),
    "Learning by luck": ("l8-tries", "img.sketch"),
    "Backpropagation": ("l9-walk", "img.sketch"),
    "Optimizers": ("l10-steps", "pre"),
    "First weights, and gradients that vanish": ("l11-units", "img.sketch"),
}


def begin(visit: Callable[..., Any], path: str) -> Any:
    visitor = visit(height=720)
    visitor.open(path)
    visitor.page.get_by_text("lessons done").wait_for()
    visitor.settle()
    return visitor


def changed(visitor: Any, part: str, act: Callable[[], None]) -> None:
    before = visitor.page.evaluate(SEEN, part)
    assert before
    act()
    visitor.page.wait_for_function(f"([part, before]) => ({SEEN})(part) !== before", arg=[part, before])


def test_in_each_lesson_what_one_moves_changes_what_one_sees(visit: Callable[..., Any]) -> None:
    visitor = begin(visit, "learn-one-neuron")
    for title, (widget, part) in MOVED.items():
        if title != "One neuron":
            visitor.page.get_by_role("link", name=f"Next: {title}").click()
        visitor.page.get_by_role("heading", name=title, exact=True).wait_for()
        visitor.page.get_by_role("link", name="Next: ").wait_for()
        visitor.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        box = visitor.page.locator(f".st-key-{widget} input")
        box.focus()
        key = "ArrowRight" if box.get_attribute("type") == "range" else "ArrowUp"
        changed(visitor, part, partial(box.press, key))


def test_a_ball_rolls_from_the_place_that_one_clicks_or_walks_to(visit: Callable[..., Any]) -> None:
    visitor = begin(visit, "learn-optimizers")
    pad = visitor.page.get_by_role("slider", name="Where the balls start")
    box = pad.bounding_box()
    place = pad.get_attribute("aria-valuetext")
    changed(visitor, "pre", lambda: visitor.page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + 60))
    assert pad.get_attribute("aria-valuetext") != place
    visitor.settle()
    changed(visitor, "pre", lambda: pad.press("ArrowDown"))
    visitor.page.wait_for_selector(".js-plotly-plot")
    changed(visitor, "pre", lambda: visitor.press("A little above"))


def test_the_loop_runs_on_the_spiral(visit: Callable[..., Any]) -> None:
    visitor = begin(visit, "learn-backpropagation")
    visitor.press("Train")
    visitor.until(lambda s: s["status"] == "running" and int(s["step"]) > 30)
    visitor.press("Pause")
    visitor.until(lambda s: s["status"] == "paused")


def test_deep_networks_learn_side_by_side_before_ones_eyes(visit: Callable[..., Any]) -> None:
    visitor = begin(visit, "learn-initialisation")
    visitor.press("Train both")
    visitor.page.wait_for_selector('[data-run="ReLU, He"][data-epoch="80"]', timeout=40_000)
    visitor.page.get_by_role("button", name="Train both again").wait_for()
    relu, sigmoid = visitor.page.locator("[data-run]").all_inner_texts()
    assert float(relu.split("·")[1].split("%")[0]) > 95
    assert float(sigmoid.split("·")[1].split("%")[0]) < 60
