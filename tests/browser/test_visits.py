"""What is mine is mine, is there again after a reload, and outlives whatever is pulled."""

import base64
import io
import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from benchmarks.serving import CHROMIUM, CHROMIUM_ARGUMENTS, Server, serving
from lab.workers.slot import SNAPSHOT_EVERY
from tests.browser.conftest import Visitor

SEVEN = [(80, 60), (240, 60), (150, 270)]
READ_SEVEN = '.answer[data-answer="7"][role]'  # by the page: while the pen is down it has no role


@pytest.fixture(scope="module")
def mortal(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may be killed."""
    log = tmp_path_factory.mktemp("mortal") / "log.txt"
    with serving(log=log) as running:
        yield running
    assert "Traceback" not in log.read_text(encoding="utf-8", errors="replace")


@pytest.fixture
def window(chromium: Any, mortal: Server) -> Iterator[Callable[..., Visitor]]:
    """Opens a window of that server; each call is another browser, unless it is told in which."""
    contexts = []

    def open_window(beside: Visitor | None = None) -> Visitor:
        context = beside.page.context if beside else chromium.new_context()
        contexts.append(context)
        page = context.new_page()
        page.set_viewport_size({"width": 1280, "height": 800})
        return Visitor(page, mortal.url)

    yield open_window
    for context in contexts:
        context.close()


def step_of(board: dict[str, str]) -> float:
    """The step that a board shows; not a number while it shows none."""
    return float(board.get("step") or "nan")


def begin(visitor: Visitor, steps: int = 500) -> None:
    """Train at a pace that makes a step every millisecond."""
    visitor.open("playground")
    visitor.settle()
    visitor.choose("Speed", "1,000 steps a second")
    visitor.press("Train")
    visitor.until(lambda board: step_of(board) > steps)


def goes_on(visitor: Visitor, before: float) -> None:
    """Its run is back not far behind, and trains, though nobody has pressed anything."""
    visitor.until(
        lambda board: board["connection"] == "socket" and 0 < step_of(board) < before + 5000
    )
    step = visitor.number("step")
    assert step > before - 4000  # two seconds, and those of a busy machine
    visitor.until(lambda board: step_of(board) > step + 500)


def test_a_killed_worker_and_a_killed_server_cost_two_seconds(
    window: Callable[..., Visitor], mortal: Server
) -> None:
    visitor = window()
    begin(visitor, steps=2500)  # a snapshot is there
    for pid in mortal.children():
        os.kill(pid, signal.SIGKILL)
    goes_on(visitor, visitor.number("step"))
    assert visitor.page.get_by_text("It is back where it was").is_visible()
    step = visitor.number("step")
    mortal.kill()
    mortal.start()
    goes_on(visitor, step)
    visitor.press("Pause")  # the page itself is there again as well
    visitor.until(lambda board: board["status"] == "paused")
    mortal.end()
    mortal.start()
    paused = visitor.number("step")
    visitor.until(lambda board: board["connection"] == "socket")
    visitor.until(lambda board: step_of(board) == paused)  # saved to the last step
    assert visitor.board()["status"] == "paused"


def test_a_tab_comes_back_to_its_run_and_a_new_one_is_offered_it(
    window: Callable[..., Visitor],
) -> None:
    visitor = window()
    begin(visitor)
    visitor.press("Pause")
    visitor.until(lambda board: board["status"] == "paused")
    step, address = visitor.number("step"), visitor.page.url
    visitor.page.reload()
    visitor.until(lambda board: step_of(board) == step)
    other = window(beside=visitor)
    other.open("playground")
    other.settle()
    other.until(lambda board: step_of(board) == 0)
    other.page.get_by_text("Welcome back").wait_for()
    other.press("Go on with it")
    other.until(lambda board: step_of(board) == step)
    assert other.page.url == address
    other.press("Train")  # either may steer it
    visitor.until(lambda board: board["status"] == "running")
    other.press("Pause")


FORGED = """([url, words]) => new Promise((told) => {
  const socket = new WebSocket(url);
  socket.onopen = () => words.forEach((word) => socket.send(word));
  socket.onmessage = () => told('a frame');
  socket.onclose = ({ code }) => told(code);
})"""


def test_a_stranger_with_the_address_sees_a_copy_and_reaches_nothing(
    window: Callable[..., Visitor],
) -> None:
    mine, stranger = window(), window()
    begin(mine)
    mine.press("Pause")
    mine.until(lambda board: board["status"] == "paused")
    step, address = mine.number("step"), mine.page.url
    stranger.page.goto(address)
    stranger.settle()
    stranger.page.get_by_text("Copied from a link").wait_for()
    stranger.until(lambda board: step_of(board) == 0)
    assert stranger.page.url != address
    for press in ("Train", "Pause", "Epoch", "Reset"):
        stranger.press(press)
        stranger.page.wait_for_timeout(300)
    token = address.partition("run=")[2].partition("&")[0]
    forged = ["ready", json.dumps({"edit": {"name": "1.W", "index": [0, 0], "value": 9}})]
    url = f"{stranger.url.replace('http', 'ws', 1)}/live/{token}"
    assert stranger.page.evaluate(FORGED, [url, forged]) == 4404
    assert mine.page.evaluate(FORGED, [url, ["ready"]]) == "a frame"
    assert (mine.number("step"), mine.board()["status"]) == (step, "paused")
    (cookie,) = (c for c in mine.page.context.cookies() if c["name"] == "glassbox_visit")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert "glassbox" not in mine.page.evaluate("() => document.cookie")
    stranger.press("Share")
    shared = stranger.page.locator("code").first.inner_text()
    assert "dataset=Spiral" in shared
    assert "run=" not in shared


def draw(visitor: Visitor, points: list[tuple[int, int]]) -> None:
    box = visitor.page.locator(".st-key-canvas_box canvas").last.bounding_box()
    mouse = visitor.page.mouse
    for number, (x, y) in enumerate(points):
        mouse.move(box["x"] + x, box["y"] + y, steps=6)
        if not number:
            mouse.down()
    mouse.up()


def drawn(visitor: Visitor) -> str:
    """What the canvas shows, of the size and in the grey that tell a drawing from an empty one."""
    url = visitor.page.locator(".st-key-canvas_box canvas").first.evaluate("c => c.toDataURL()")
    picture = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("L")
    return "".join("#" if v < 128 else "." for v in picture.resize((16, 16)).tobytes())


def name_it_seven(visitor: Visitor) -> None:
    visitor.press("7")
    visitor.page.get_by_text("1 kept", exact=True).wait_for()


def test_a_drawing_its_label_and_the_way_it_was_made_are_there_after_a_reload(
    window: Callable[..., Visitor], mortal: Server
) -> None:
    visitor = window()
    visitor.open("draw")
    visitor.settle()
    draw(visitor, SEVEN)
    visitor.page.locator(READ_SEVEN).wait_for()
    name_it_seven(visitor)
    visitor.page.get_by_text("Write a digit").wait_for()
    draw(visitor, SEVEN)
    visitor.page.locator(READ_SEVEN).wait_for()
    panels = visitor.page.get_by_role("radiogroup", name="Look closer")
    panels.get_by_text("Why this answer").click()
    visitor.page.get_by_text("The pictures that its last").first.wait_for()
    before = drawn(visitor)
    assert "#" in before
    for night in (False, True):
        if night:
            mortal.kill()
            mortal.start()
            visitor = window(beside=visitor)  # the next day, in another tab
            visitor.open("draw")
        else:
            visitor.page.reload()
        visitor.page.locator(READ_SEVEN).wait_for()
        visitor.page.get_by_text("1 kept", exact=True).wait_for()
        visitor.page.get_by_text("The pictures that its last").first.wait_for()
        visitor.settle()
        assert drawn(visitor) == before


def test_forgetting_leaves_nothing_in_any_tab(window: Callable[..., Visitor]) -> None:
    visitor = window()
    begin(visitor)
    address = visitor.page.url
    other = window(beside=visitor)
    other.open("draw")
    other.settle()
    draw(other, SEVEN)
    name_it_seven(other)
    visitor.press("Forget me")
    visitor.press("Forget everything")
    visitor.page.get_by_text("All is forgotten").wait_for()
    visitor.until(lambda board: step_of(board) == 0)
    assert visitor.page.url != address
    for page in (visitor, other):
        page.page.goto(address)
        page.settle()
        assert not page.page.get_by_text("Welcome back").count()
        page.until(lambda board: step_of(board) == 0)
    other.open("draw")
    other.settle()
    assert other.page.locator(".answer").inner_text().startswith("?")


@pytest.fixture
def forgetful(chromium: Any, mortal: Server) -> Iterator[Visitor]:
    """A browser that keeps no cookie of the page. Chromium holds HTML that a test hands over for a
    page of another network, which may not talk to this one unless it is told not to care.
    """
    other = chromium.browser_type.launch(
        executable_path=CHROMIUM,
        args=[*CHROMIUM_ARGUMENTS, "--disable-features=LocalNetworkAccessChecks"],
    )
    visitor = Visitor(other.new_page(), mortal.url)

    def without_cookie(route: Any) -> None:
        with urllib.request.urlopen(route.request.url) as html:
            route.fulfill(body=html.read(), content_type="text/html")

    visitor.page.route(lambda url: url.split("?")[0].endswith("/playground"), without_cookie)
    yield visitor
    other.close()


def test_without_cookies_everything_works_while_the_tab_lives(
    forgetful: Visitor, mortal: Server
) -> None:
    begin(forgetful, steps=2500)
    assert "glassbox" not in str(forgetful.page.context.cookies())
    assert forgetful.page.get_by_text("Your browser keeps no cookie").first.is_visible()
    forgetful.press("Pause")
    forgetful.until(lambda board: board["status"] == "paused")
    step, address = forgetful.number("step"), forgetful.page.url
    forgetful.page.wait_for_timeout(3000)  # snapshots have no more than a fiftieth of the time
    for pid in mortal.children():
        os.kill(pid, signal.SIGKILL)
    forgetful.page.get_by_text("It is back where it was").wait_for()
    assert (forgetful.number("step"), forgetful.board()["status"]) == (step, "paused")
    forgetful.page.goto(address)  # nobody can tell whose it was
    forgetful.settle()
    forgetful.page.get_by_text("Copied from a link").wait_for()


def test_behind_a_proxy_for_https_the_cookie_is_secure(server: Server) -> None:
    asked = urllib.request.Request(server.url, headers={"X-Forwarded-Proto": "https"})
    with urllib.request.urlopen(asked) as answer:
        assert "Secure" in answer.headers["Set-Cookie"]
    with urllib.request.urlopen(server.url) as answer:
        assert "Secure" not in answer.headers["Set-Cookie"]


def write_over(path: Path) -> None:
    """What is in a file becomes rubbish."""
    path.write_bytes(b"rubbish " * (path.stat().st_size // 8))


def test_a_store_that_fails_under_a_running_server_costs_nothing_but_the_keeping(
    chromium: Any, server: Server, tmp_path: Path
) -> None:
    import psutil

    if not hasattr(psutil, "RLIMIT_FSIZE"):
        pytest.skip("this system cannot keep another process from making its files larger")
    log, store = tmp_path / "log.txt", tmp_path / "store.db"
    with serving(log=log, GLASSBOX_STORE=str(store)) as running:
        context = chromium.new_context()
        visitor = Visitor(context.new_page(), running.url)
        warning = visitor.page.get_by_test_id("stAlert")

        def trains_on() -> None:
            step, due = visitor.number("step"), time.monotonic() + 1.5 * SNAPSHOT_EVERY
            visitor.until(lambda board: step_of(board) > step + 500 and time.monotonic() > due)

        def comes_back(warned: bool) -> None:
            visitor.page.reload()
            visitor.until(lambda board: board["status"] == "running" and step_of(board) > 500)
            visitor.settle()
            assert warning.count() == warned

        begin(visitor)
        for end in ("", "-wal", "-shm"):
            Path(f"{store}{end}").unlink()
        trains_on()
        comes_back(warned=False)
        assert store.exists()  # it has built itself anew

        process = psutil.Process(running.pid)
        unlimited = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (1, unlimited[1]))  # no file may grow: a full disk
        trains_on()
        comes_back(warned=True)
        assert "Nothing is kept in" in warning.inner_text()
        visitor.page.get_by_role("link", name="Draw").first.click()
        visitor.page.locator(".st-key-canvas_box canvas").first.wait_for()
        visitor.settle()
        draw(visitor, SEVEN)
        visitor.page.locator(READ_SEVEN).wait_for()
        visitor.page.get_by_role("link", name="Playground").first.click()
        visitor.until(lambda board: board["status"] == "running" and step_of(board) > 500)
        process.rlimit(psutil.RLIMIT_FSIZE, unlimited)
        kept = store.stat().st_size, Path(f"{store}-wal").stat().st_mtime_ns
        # that there is room again shows when the next snapshot is kept
        visitor.wait(
            lambda: (store.stat().st_size, Path(f"{store}-wal").stat().st_mtime_ns) != kept
        )
        trains_on()
        comes_back(warned=False)

        for end in ("", "-wal"):
            write_over(Path(f"{store}{end}"))
        trains_on()
        visitor.page.reload()
        visitor.until(lambda board: board["status"] == "running" and step_of(board) > 500)
        running.kill()
        running.start()  # what SQLite had in its memory has hidden it until now
        visitor.page.reload()
        warning.get_by_text("is damaged, so nothing is kept").wait_for()
        visitor.until(lambda board: step_of(board) == 0)
        visitor.choose("Speed", "Full speed")  # at a gentle pace it would rest when it has solved
        visitor.press("Train")
        trains_on()
        context.close()
    assert "Traceback" not in log.read_text(encoding="utf-8")


def test_a_store_that_is_in_anothers_hands_is_said_and_the_pages_work(
    chromium: Any, mortal: Server, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"
    with serving(log=log, GLASSBOX_STORE=mortal.environment["GLASSBOX_STORE"]) as second:
        context = chromium.new_context()
        visitor = Visitor(context.new_page(), second.url)
        begin(visitor)
        said = visitor.page.get_by_test_id("stAlert").first.inner_text()
        assert "Another Glassbox keeps its runs" in said
        context.close()
    assert "Traceback" not in log.read_text(encoding="utf-8")
