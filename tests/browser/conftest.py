import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.serving import BOARD, CHROMIUM, Server, browser, serving

# Streamlit looks for its server below the address of the page first, and learns from a 404 that it
# is not there
STREAMLITS_OWN = re.compile(
    r"/(playground|digits|draw|sweep|learn[a-z-]*)/_stcore/(health|host-config)$"
)

# a press on a download while its page runs again, see `Visitor.download`
FORGOTTEN_FILE = re.compile(
    r"Traceback \(most recent call last\):\n(?:  .*\n)+.*MediaFileStorageError: Deferred file"
)

# Streamlit's script has ended, nothing is faded while it is renewed,
# and everything stays where it is
AT_REST = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const running = app?.dataset.testScriptState !== 'notRunning';
  const busy = running || document.querySelector('[data-stale=true]');
  const elements = [...document.querySelectorAll('[data-testid^="st"], canvas')];
  const parts = elements.map((e) => e.getBoundingClientRect());
  const places = busy ? '' : parts.map((r) => [r.x, r.y, r.width, r.height].join()).join(';');
  if (!places || places !== window.placesAtRest) {
    window.placesAtRest = places;
    window.atRestSince = performance.now();
  }
  return performance.now() - window.atRestSince > 500;
}"""

PATIENCE = 90.0  # seconds: a machine that is busy with something else is no reason to fail


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("CI requires the browser tests, and there is no Chromium")
        pytest.skip("no Chromium on this machine: the browser tests need one")
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with serving(log=log) as running:
        yield running
    text = FORGOTTEN_FILE.sub("", log.read_text(encoding="utf-8", errors="replace"))
    assert "Traceback" not in text, text[-3000:]


@pytest.fixture(scope="session")
def chromium(server: Server) -> Iterator[Any]:
    with browser() as running:
        yield running


class Visitor:
    """One person's browser window."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        page.set_default_timeout(PATIENCE * 1000)
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type == "error" and not STREAMLITS_OWN.search(message.location["url"]):
            self.complaints.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(
            (self.url, self.url.replace("http", "ws", 1), "data:", "blob:")
        ):
            self.strangers.append(request.url)

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self.url}/{path}")
        self.page.wait_for_selector('[data-testid="stMainBlockContainer"]')

    def settle(self) -> None:
        """Until the page has been at rest for half a second: a hand would not begin to draw earlier
        either.

        Only after a page was opened: an action may take longer than that to begin; its effect is
        what to wait for.
        """
        self.page.wait_for_function(AT_REST, polling=100)

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).first.click()

    def download(self, button: Any) -> Any:
        """The file that a button gives.

        Whenever a page runs again, Streamlit gives each file a new name and forgets the old one. A
        press in that moment is answered by a sentence beside the button, and has to be repeated.
        """
        files: list[Any] = []
        self.page.once("download", lambda file: files.append(file))
        refused = self.page.get_by_test_id("stDownloadButtonError")
        for _ in range(3):
            button.click()
            self.wait(lambda: bool(files) or refused.is_visible())
            if files:
                return files[0]
            refused.wait_for(state="hidden")
        raise AssertionError("the button gives no file")

    def choose(self, label: str, entry: str) -> None:
        """Picks an entry of a list by typing it."""
        box = self.page.get_by_role("combobox", name=label)
        box.click()
        self.page.keyboard.type(entry)
        self.page.keyboard.press("Enter")
        self.wait(lambda: box.input_value() == entry)

    def board(self) -> dict[str, str]:
        return self.page.evaluate(BOARD) or {}

    def wait(self, check: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Waits until something holds."""
        for _ in range(int(seconds * 20)):
            if check():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"it did not come to hold within {seconds} s")

    def differs(self, selector: str, part: str, before: Any) -> None:
        """Waits until an element is there whose "src", "innerText" or the like is not `before`.

        For a moment there is none, while the page puts in what is new.
        """
        self.page.wait_for_function(
            """([selector, part, before]) => {
              const element = document.querySelector(selector);
              return element && element[part] !== before;
            }""",
            arg=[selector, part, before],
        )

    def address_says(self, *words: str) -> None:
        """Waits until the address of the page has all these words."""
        self.page.wait_for_function(
            "(words) => words.every((word) => decodeURIComponent(location.href).includes(word))",
            arg=list(words),
        )

    def until(
        self, enough: Callable[[dict[str, str]], bool], seconds: float = PATIENCE
    ) -> dict[str, str]:
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
        return max(
            self.page.evaluate("(part) => document.querySelector(part).scrollWidth", part)
            for part in parts
        )

    def number(self, name: str) -> float:
        return float(self.board().get(name) or "nan")


@pytest.fixture(scope="session")
def windows(chromium: Any) -> Iterator[dict[tuple[Any, ...], Any]]:
    """Windows by their kind: the next test takes Streamlit's scripts from the browser's memory."""
    contexts: dict[tuple[Any, ...], Any] = {}
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture
def visit(
    chromium: Any, server: Server, windows: dict[tuple[Any, ...], Any]
) -> Iterator[Callable[..., Visitor]]:
    visitors = []

    def open_window(width: int = 1280, height: int = 800, **settings: Any) -> Visitor:
        kind = tuple(sorted(settings.items()))
        if kind not in windows:
            windows[kind] = chromium.new_context(**settings)
        page = windows[kind].new_page()
        page.set_viewport_size({"width": width, "height": height})
        visitor = Visitor(page, server.url)
        visitors.append(visitor)
        return visitor

    yield open_window
    for visitor in visitors:
        if not visitor.page.is_closed():
            pause = visitor.page.get_by_role("button", name="Pause", exact=True)
            if pause.count() and pause.first.is_visible():
                pause.first.click()  # it would train on for minutes, beside the tests that follow
            visitor.page.evaluate("() => localStorage.clear()")
            visitor.page.close()
    for context in windows.values():
        context.clear_cookies()
    assert not [c for v in visitors for c in v.complaints], "console errors"
    assert not [s for v in visitors for s in v.strangers], "requests to other hosts"


@pytest.fixture(scope="session")
def plain_server(server: Server) -> Iterator[Server]:
    """The pages served without app.py: no live route, no lifespan."""
    with serving("ui/frame.py") as running:
        yield running


@pytest.fixture
def mnist_is_here() -> None:
    from lab.data import cache

    if cache.find("mnist") is None:
        pytest.skip(
            "MNIST is not on this machine: set GLASSBOX_DATA_DIR to a directory that has it"
        )
