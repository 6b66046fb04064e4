"""A lesson in a room: a teacher's browser and a student's."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.serving import Server
from tests.browser.conftest import Visitor


@pytest.fixture
def person(chromium: Any, server: Server) -> Iterator[Callable[..., Visitor]]:
    """Opens the window of somebody with a browser of their own."""
    contexts = []
    people = []

    def come(width: int = 1280, height: int = 720) -> Visitor:
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        people.append(Visitor(context.new_page(), server.url))
        return people[-1]

    yield come
    for context in contexts:
        context.close()
    assert not [c for each in people for c in each.complaints], "console errors"
    assert not [s for each in people for s in each.strangers], "requests to other hosts"


def test_a_lesson_in_a_room(person: Callable[..., Visitor]) -> None:
    teacher, student = person(), person(390, 844)
    teacher.open()
    teacher.press("Open a room")  # 1
    code = teacher.page.locator('[data-part="room-code"]').inner_text()
    student.page.goto(f"{student.url}/join/{code}")
    name = student.page.locator('[data-part="name"]').inner_text()
    student.press("Join")
    student.page.locator('[data-part="room-bar"]').get_by_text(name).wait_for()
    tile = teacher.page.locator(f'[data-part="tile"][data-name="{name}"]')
    tile.wait_for()
    teacher.page.get_by_role("link", name="Playground").first.click()  # 2
    teacher.press("Send this to the class")  # 3
    student.press("Train")  # its page has come by itself
    teacher.page.get_by_role("link", name="To the room").click()
    teacher.page.get_by_text("Wall", exact=True).click()
    teacher.wait(lambda: int(tile.get_attribute("data-step") or 0) > 0)
    assert tile.get_attribute("data-status") == "working"
    teacher.press("Pause the class")
    paused = student.page.locator('[data-part="said"]')
    paused.get_by_text("Your teacher has paused the class. Your run goes on").wait_for()
    student.until(lambda board: board["status"] == "paused")
    teacher.press("Go on")
    student.until(lambda board: board["status"] == "running")
    tile.click()
    teacher.until(lambda board: float(board.get("step") or 0) > 0)
    teacher.page.get_by_text("On every screen").click()
    student.page.get_by_text("is shown to the class").wait_for()
