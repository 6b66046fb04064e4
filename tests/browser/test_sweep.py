"""A sweep in a real browser: its map fills while it runs, a cell opens its run, and a server that
was killed goes on with it.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.serving import serving
from tests.browser.test_accessibility import complaints, look_at

MAP = ".js-plotly-plot .nsewdrag"  # what takes the presses on a chart
SMALL = (
    "sweep?dataset=moons&layers=Dense(4,Tanh)&epochs=30"
    "&vary=learning_rate=0.003|0.03|0.3&vary=units=2|4|8&seeds=3"
)


TRIALS = """() => {
  const bar = document.querySelector('[data-testid="stProgress"]');
  return parseInt(bar?.innerText.replace(',', ''));
}"""


def trials(page: Any) -> int:
    """How many trials have ended, as the page says."""
    return int(page.evaluate(TRIALS))


def test_a_map_fills_and_a_cell_opens_its_run(visit: Callable[..., Any]) -> None:
    visitor = visit(height=900)
    page = visitor.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visitor.open(SMALL)
    visitor.settle()
    assert not [url for url in asked if "plotly" in url.lower()]
    page.get_by_text("27 trials").first.wait_for()
    visitor.press("Start")
    page.locator(MAP).last.wait_for()
    visitor.wait(lambda: trials(page) == 27, seconds=240)  # behind everything else that runs
    for width, scheme in ((390, "dark"), (1280, "light")):
        look_at(visitor, width, scheme)
        assert visitor.width() <= width
        assert complaints(page) == []
    box = page.locator(MAP).last.bounding_box()
    # the cell in the middle: 0.03 and 4 units
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.address_says("/playground?", "Adam(0.03)", "Dense(4,")
    visitor.until(lambda s: int(s.get("step") or 0) > 10)
    page.go_back()
    page.locator(MAP).last.wait_for()
    assert trials(page) == 27


def test_a_killed_server_goes_on_with_it(chromium: Any) -> None:
    with serving() as server:
        context = chromium.new_context()
        page = context.new_page()
        page.set_default_timeout(90_000)
        page.goto(f"{server.url}/{SMALL.replace('epochs=30', 'epochs=1000')}")
        page.get_by_role("button", name="Start", exact=True).click()
        page.locator(MAP).last.wait_for()
        page.wait_for_function(f"() => ({TRIALS})() >= 2")
        done = trials(page)
        server.kill()
        server.start()
        page.goto(f"{server.url}/sweep")
        page.locator(MAP).last.wait_for()
        assert 27 > trials(page) >= done
        # to its end it comes in tests/lab/sweeps
        page.wait_for_function(f"(seen) => ({TRIALS})() > seen + 1", arg=trials(page))
        context.close()
