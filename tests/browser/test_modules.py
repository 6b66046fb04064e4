"""The board's scripts, as modules that a browser imports: from below a base path, from its cache,
and inside the component where the route does not let them through.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.serving import serving
from lab.frames.palette import PALETTES
from ui import modules

# what the Playground imports
WANTED = {*modules.needed("board.js"), *modules.needed("thumbnails.js")}
LEGEND = """() => {
  const find = (root, selector) => {
    const here = root.querySelector(selector);
    if (here) return here;
    for (const e of root.querySelectorAll('*')) {
      const inside = e.shadowRoot && find(e.shadowRoot, selector);
      if (inside) return inside;
    }
    return null;
  };
  return find(document, '[data-part="legend"] path').getAttribute('fill');
}"""


def test_a_page_below_a_base_path_paints_frames(visit: Callable[..., Any]) -> None:
    with serving(STREAMLIT_SERVER_BASE_URL_PATH="glass/box") as server:
        visitor = visit()
        visitor.url = server.url
        imported: list[str] = []
        visitor.page.on("response", lambda response: imported.append(response.url))
        visitor.open("playground")
        visitor.press("Train")
        state = visitor.until(lambda s: int(s["frames"]) > 3 and int(s["step"]) > 10)
        assert state["connection"] == "socket"
        base = f"{server.url}/modules/{modules.HASH}/"
        assert {base + name for name in WANTED} == {url for url in imported if "/modules/" in url}
        visitor.page.close()


def test_a_second_visit_takes_the_modules_from_the_cache(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.open("playground")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    assert visitor.page.evaluate(LEGEND) == PALETTES["light"][0]
    visitor.open("playground")
    visitor.until(lambda s: int(s["frames"]) >= 1)
    sizes = visitor.page.evaluate(
        "() => performance.getEntriesByType('resource')"
        ".filter((entry) => entry.name.includes('/modules/')).map((entry) => entry.transferSize)"
    )
    assert sizes == [0] * len(WANTED)


def test_a_proxy_that_stops_the_modules_stops_no_frame(visit: Callable[..., Any]) -> None:
    visitor = visit()
    visitor.page.route("**/modules/**", lambda route: route.fulfill(status=404))
    visitor.open("playground")
    visitor.press("Train")
    visitor.until(lambda s: int(s["frames"]) > 3 and int(s["step"]) > 10)
    assert visitor.complaints
    assert all("404" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()
