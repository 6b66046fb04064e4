"""What a person in front of a browser waits for.

Frames, Pause, a first page, and an answer to a drawing.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.serving import BOARD, browser, serving

EMPTY_PAGE = 'import streamlit as st\n\nst.title("Empty")\n'
STROKE = [(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)]


def frames(page: Any, url: str, layers: str, seconds: float = 6.0) -> dict[str, float]:
    """Painted frames and steps a second at full speed on the spiral, blank frames, and how long
    Pause takes.
    """
    page.goto(f"{url}/playground?dataset=spiral&layers={layers}")
    page.get_by_role("button", name="Train", exact=True).first.wait_for()
    page.get_by_role("combobox", name="Speed").click()
    page.keyboard.type("Full")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Train", exact=True).first.click()
    page.wait_for_timeout(2000)
    page.evaluate(WATCH_BLANKS)
    first, start = page.evaluate(BOARD), time.perf_counter()
    page.wait_for_timeout(1000 * seconds)
    last, spent = page.evaluate(BOARD), time.perf_counter() - start
    blanks = page.evaluate("window.glassboxBlanks")
    pauses = []
    for _ in range(5):
        pauses.append(page.evaluate(TIMED, ["Pause", "status"]))
        page.get_by_role("button", name="Train", exact=True).first.click()
        page.wait_for_timeout(700)
    return {
        "frames_per_second": (int(last["frames"]) - int(first["frames"])) / spent,
        "steps_per_second": (int(last["step"]) - int(first["step"])) / spent,
        "blank_looks": blanks["blank"],
        "looks": blanks["looks"],
        "pause_ms": statistics.median(pauses),
    }


def first_frame(page: Any, url: str, path: str, rounds: int = 5) -> dict[str, float]:
    """Milliseconds from a press of Train on a page that is there to the first frame of a later
    step.
    """
    spent = []
    for _ in range(rounds):
        page.goto(f"{url}/{path}")
        page.wait_for_function(f"() => ({BOARD})()?.frames >= 1")
        page.wait_for_timeout(1500)
        spent.append(page.evaluate(TIMED, ["Train", "step"]))
    return {"train_to_first_frame_ms": statistics.median(spent), "worst_ms": max(spent)}


NETWORKS = (("8",) * 2, ("16",) * 2, ("8",) * 6)


def of_tanh(layers: tuple[str, ...]) -> str:
    """The layers of an address."""
    return ",".join(f"Dense({units},Tanh)" for units in layers)


def solved(chromium: Any, url: str, rounds: int = 3) -> dict[str, float]:
    """Seconds from opening the page, by way of one press, to 97 % of the new points of the default
    spiral right.
    """
    spent = []
    for _ in range(rounds):
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        start = time.perf_counter()
        page.goto(f"{url}/playground", wait_until="commit")
        page.get_by_role("button", name="Train", exact=True).first.click()
        while float((page.evaluate(BOARD) or {}).get("testAccuracy") or 0) < 0.97:
            page.wait_for_timeout(20)
        spent.append(time.perf_counter() - start)
        context.close()
    return {"opened_to_solved_s": statistics.median(spent), "worst_s": max(spent)}


WATCH_BLANKS = """() => {
  const find = (root) => {
    for (const e of root.querySelectorAll('*')) {
      if (e.tagName === 'CANVAS' && e.dataset.part === 'plane') return e;
      const inside = e.shadowRoot && find(e.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  window.glassboxBlanks = {looks: 0, blank: 0};
  const canvas = find(document);
  const look = () => {
    const {data} = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 8, 8);
    window.glassboxBlanks.looks += 1;
    if (data.every((v) => v === 0)) window.glassboxBlanks.blank += 1;
    window.setTimeout(look, 50);
  };
  look();
}"""

# presses a button, and waits until a figure of the board is another
TIMED = """([label, figure]) => new Promise((done) => {
  const board = (root) => {
    for (const e of root.querySelectorAll('*')) {
      if (e.dataset.frames !== undefined) return e;
      const inside = e.shadowRoot && board(e.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  const root = board(document), start = performance.now(), before = root.dataset[figure];
  const buttons = [...document.querySelectorAll('button')];
  buttons.find((b) => b.textContent.trim().endsWith(label)).click();
  const look = () => {
    if (root.dataset[figure] !== before) done(performance.now() - start);
    else setTimeout(look, 4);
  };
  look();
})"""


def first_paint(chromium: Any, url: str, selector: str) -> float:
    """Seconds from asking for a page in a new window to seeing `selector`."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(selector).first.wait_for()
    spent = time.perf_counter() - start
    context.close()
    return spent


USEFUL = {
    "": "text=See a neural network learn",
    "playground": '[data-frames]:not([data-frames="0"])',
    "digits": '[data-frames]:not([data-frames="0"])',
    "draw": "canvas.upper-canvas",
}


def first_paints(chromium: Any, url: str, empty_url: str, rounds: int = 5) -> dict[str, float]:
    """Each page's first useful paint less that of an empty Streamlit page, medians, interleaved."""
    spent: dict[str, list[float]] = {name: [] for name in ("empty", *USEFUL)}
    for _ in range(rounds):
        spent["empty"].append(first_paint(chromium, empty_url, "text=Empty"))
        for path, selector in USEFUL.items():
            spent[path].append(first_paint(chromium, f"{url}/{path}", selector))
    empty = statistics.median(spent["empty"])
    return {"empty_s": empty} | {
        f"{p or 'start'}_more_s": statistics.median(spent[p]) - empty for p in USEFUL
    }


def drawing(page: Any, url: str, rounds: int = 10) -> dict[str, float]:
    """Milliseconds from mouse-up on the canvas to another prediction."""
    page.goto(f"{url}/draw")
    page.locator("canvas.upper-canvas").first.wait_for()
    page.wait_for_timeout(1500)
    box = page.locator("canvas.upper-canvas").first.bounding_box()
    spent = []
    for number in range(rounds):
        seen = page.evaluate(SEEN)
        shift = 0.02 * number
        page.mouse.move(
            box["x"] + (STROKE[0][0] + shift) * box["width"],
            box["y"] + STROKE[0][1] * box["height"],
        )
        page.mouse.down()
        for x, y in STROKE[1:]:
            page.mouse.move(
                box["x"] + (x + shift) * box["width"], box["y"] + y * box["height"], steps=5
            )
        start = time.perf_counter()
        page.mouse.up()
        page.wait_for_function(f"(old) => ({SEEN})() !== old", arg=seen, polling=5)
        spent.append(1000 * (time.perf_counter() - start))
        page.wait_for_timeout(300)
    return {"mouse_up_to_prediction_ms": statistics.median(spent), "worst_ms": max(spent)}


SEEN = "() => { const i = document.querySelector('img.seen'); return i ? i.src : ''; }"


def main() -> dict[str, dict[str, float]]:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY_PAGE, encoding="utf-8")
        with serving() as server, serving(script) as empty, browser() as chromium:
            page = chromium.new_page(viewport={"width": 1280, "height": 800})
            figures = {
                f"2-{'-'.join(layers)}-3": frames(page, server.url, of_tanh(layers))
                for layers in NETWORKS
            }
            for path in ("playground", "digits"):
                figures[path] = first_frame(page, server.url, path)
            figures["spiral"] = solved(chromium, server.url)
            figures["draw"] = drawing(page, server.url)
            page.close()
            figures["first paint"] = first_paints(chromium, server.url, empty.url)
    for what, numbers in figures.items():
        print(f"{what:12}", "  ".join(f"{name} {value:.4g}" for name, value in numbers.items()))
    return figures


if __name__ == "__main__":
    main()
