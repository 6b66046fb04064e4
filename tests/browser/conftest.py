import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.serving import BOARD, CHROMIUM, Server, browser, serving

# Streamlit looks for its server below the address of the page first, and learns from a 404 that it is not there
STREAMLITS_OWN = re.compile(r"/(playground|digits|draw|learn[a-z-]*)/_stcore/(health|host-config)$")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("CI requires the browser tests, and there is no Chromium")
        pytest.skip("no Chromium on this machine: the browser tests need one")
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with serving(log=log) as running:
        yield running
    text = log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in text, text[-3000:]


@pytest.fixture(scope="session")
def chromium(server: Server) -> Iterator[Any]:
    with browser() as running:
        yield running


class Visitor:
    """One person's browser window."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type == "error" and not STREAMLITS_OWN.search(message.location["url"]):
            self.complaints.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.url, self.url.replace("http", "ws", 1), "data:", "blob:")):
            self.strangers.append(request.url)

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self.url}/{path}")
        self.page.wait_for_selector('[data-testid="stMainBlockContainer"]')

    def settle(self) -> None:
        """Until the page's script has ended and nothing moves: a hand would not begin to draw earlier either."""
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        self.page.wait_for_function("!document.querySelector('[data-stale=true]')")  # faded while they are renewed
        self.page.wait_for_timeout(500)

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).first.click()

    def board(self) -> dict[str, str]:
        return self.page.evaluate(BOARD) or {}

    def until(self, enough: Callable[[dict[str, str]], bool], seconds: float = 20.0) -> dict[str, str]:
        """Waits for a state of the board."""
        for _ in range(int(seconds * 20)):
            state = self.board()
            if state and enough(state):
                return state
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the board did not get there within {seconds} s: {self.board()}")

    def width(self) -> int:
        """What the page needs across, in pixels."""
        parts = ("html", '[data-testid="stMain"]', '[data-testid="stMainBlockContainer"]')
        return max(self.page.evaluate("(part) => document.querySelector(part).scrollWidth", part) for part in parts)

    def number(self, name: str) -> float:
        return float(self.board().get(name) or "nan")


@pytest.fixture
def visit(chromium: Any, server: Server) -> Iterator[Callable[..., Visitor]]:
    contexts, visitors = [], []

    def open_window(width: int = 1280, height: int = 800, **settings: Any) -> Visitor:
        context = chromium.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        visitor = Visitor(context.new_page(), server.url)
        visitors.append(visitor)
        return visitor

    yield open_window
    for context in contexts:
        context.close()
    assert not [c for v in visitors for c in v.complaints], "console errors"
    assert not [s for v in visitors for s in v.strangers], "requests to other hosts"


@pytest.fixture(scope="session")
def plain_server(server: Server) -> Iterator[Server]:
    """The pages served without app.py: no live route, no lifespan."""
    with serving("ui/frame.py") as running:
        yield running


@pytest.fixture
def mnist_is_here() -> None:
    from lab import download

    if download.find("mnist") is None:
        pytest.skip("MNIST is not on this machine: set GLASSBOX_DATA_DIR to a directory that has it")
