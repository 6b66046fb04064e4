"""A machine without the datasets: the page says so, works all the same, and fetches them when asked
to.
"""

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.serving import Server, serving
from lab.data import cache


class Mirror(http.server.BaseHTTPRequestHandler):
    """Stands as a proxy between the app and the mirror of Fashion-MNIST, and sends what the real
    one would.
    """

    folder: Path
    pause = 0.0

    def do_GET(self) -> None:
        file = self.folder / self.path.rsplit("/", 1)[-1]
        content = file.read_bytes()
        start = int(self.headers.get("Range", "bytes=0-")[6:].rstrip("-"))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        for at in range(start, len(content), 1 << 18):
            try:
                self.wfile.write(content[at : at + (1 << 18)])
            except ConnectionError:  # the visitor pressed Cancel
                return
            time.sleep(self.pause)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def mirror() -> Iterator[str]:
    Mirror.folder, Mirror.pause = cache.find("fashion-mnist") or Path("/nowhere"), 0.03
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def bare_server(server: Server, mirror: str, tmp_path: Path) -> Iterator[Server]:
    """A server with an empty cache; what it asks of http:// goes to `mirror`, of https:// to
    nobody.
    """
    nobody = "http://127.0.0.1:9"
    proxies = {"http_proxy": mirror, "https_proxy": nobody, "no_proxy": "", "NO_PROXY": ""}
    with serving(GLASSBOX_DATA_DIR="", XDG_CACHE_HOME=str(tmp_path), **proxies) as running:
        yield running


def test_without_a_network_the_stand_in_is_labelled_and_trains(
    bare_server: Server, visit: Callable[..., Any]
) -> None:
    visitor = visit(height=1000)
    visitor.url = bare_server.url
    visitor.open("digits")
    visitor.page.get_by_text("MNIST is not on this computer yet").wait_for()
    visitor.press("Train")
    visitor.until(lambda s: s["status"] == "finished")
    assert visitor.number("testAccuracy") > 0.85
    visitor.page.get_by_role("button", name="Download MNIST").click()
    visitor.page.get_by_text("cannot be reached").wait_for()


def test_a_download_shows_its_progress_can_be_cancelled_and_goes_on(
    fashion_mnist: None, bare_server: Server, visit: Callable[..., Any]
) -> None:
    visitor = visit(height=1000)
    visitor.url = bare_server.url
    visitor.open("digits")
    box = visitor.page.get_by_role("combobox", name="Dataset")
    box.click()
    visitor.page.keyboard.type("Fashion")
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_text("Fashion-MNIST is not on this computer yet").wait_for()
    visitor.page.get_by_role("button", name="Download Fashion-MNIST").click()
    visitor.page.get_by_text("MB a second").wait_for()
    visitor.page.get_by_role("button", name="Cancel").click()
    again = visitor.page.get_by_role("button", name="Download Fashion-MNIST")
    again.wait_for()
    Mirror.pause = 0.0
    again.click()
    visitor.page.get_by_text("is not on this computer yet").wait_for(state="hidden")
    visitor.page.get_by_role("tab", name="Training pictures").click()
    visitor.page.get_by_text("ankle boot").first.wait_for()
