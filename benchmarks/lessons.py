"""How long each slider of each lesson takes in Chromium.

Measured from the key press to the changed picture or number.
"""

import statistics

from benchmarks.serving import browser, serving
from lab.course.lessons import LESSONS

TIMES = 5
# from the next key on: the milliseconds until a page (or its address, which names the run that the
# painted board shows) says or shows something else, its sliders left out
WATCH = """() => {
  const main = document.querySelector('[data-testid="stMainBlockContainer"]');
  const parts = 'img.sketch, figure, pre, [data-testid="stMetricValue"], [data-testid="stAlert"]';
  const shown = () =>
    [...main.querySelectorAll(parts)].map((e) => e.src ?? e.textContent).join('|')
    + location.search;
  const before = shown();
  window.reaction = new Promise((done) => document.addEventListener('keydown', () => {
    const start = performance.now();
    const look = () => {
      const spent = performance.now() - start;
      shown() !== before || spent > 3000 ? done(spent) : requestAnimationFrame(look);
    };
    look();
  }, {once: true, capture: true}));
}"""


def main() -> None:
    """Prints a line for every slider, the slowest last."""
    reactions = []
    with serving() as server, browser() as chromium:
        page = chromium.new_context(viewport={"width": 1280, "height": 720}).new_page()
        still = '[data-testid="stApp"][data-test-script-state="notRunning"]'
        for lesson in LESSONS:
            page.goto(f"{server.url}/{lesson.path}")
            page.get_by_text("lessons done").wait_for()
            page.wait_for_timeout(1500)
            sliders = page.locator('[data-testid="stSlider"] input[type=range]:enabled')
            for number in range(sliders.count()):
                slider, times = sliders.nth(number), []
                name = slider.get_attribute("aria-label")
                for turn in range(TIMES):
                    page.wait_for_selector(still)
                    page.wait_for_timeout(200)
                    page.evaluate(WATCH)
                    slider.press("ArrowLeft" if turn % 2 else "ArrowRight")
                    times.append(page.evaluate("window.reaction"))
                reactions.append((statistics.median(times), max(times), lesson.number, name))
    for middle, most, lesson_number, name in sorted(reactions):
        reaction = (
            f"median {middle:5.0f} ms, most {most:5.0f} ms"
            if middle < 3000
            else "moves the painted board alone"
        )
        print(f"lesson {lesson_number:2}, {name:40} {reaction}")


if __name__ == "__main__":
    main()
