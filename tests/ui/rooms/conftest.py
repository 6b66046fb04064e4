"""The routes of rooms with their lifespan, and clients that are no browsers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from lab.rooms.registry import Registry, shared_rooms
from lab.rooms.room import Room
from ui import live
from ui.rooms import joining, room_socket
from ui.visit import COOKIE, VisitCookie, hashed

TEACHER = "T" * 22


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application, for a teacher."""
    routes = [*joining.routes(), room_socket.route(), live.route()]
    app = Starlette(routes=routes, lifespan=live.lifespan, middleware=[Middleware(VisitCookie)])
    folder: Path = tmp_path_factory.mktemp("rooms")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSBOX_STORE", str(folder / "store.db"))
        with TestClient(app, follow_redirects=False) as running:
            running.cookies.set(COOKIE, TEACHER)
            yield running


@pytest.fixture
def rooms(served: TestClient) -> Registry:
    found = shared_rooms()
    assert found
    return found


@pytest.fixture
def room(rooms: Registry) -> Iterator[Room]:
    opened, _ = rooms.open(hashed(TEACHER))
    yield opened
    rooms.close(opened)


@pytest.fixture
def come(served: TestClient) -> Callable[..., TestClient]:
    """Returns another browser; with a cookie where it is given a letter."""

    def browser(letter: str = "") -> TestClient:
        cookies = {COOKIE: letter * 22} if letter else {}
        other = TestClient(served.app, follow_redirects=False, cookies=cookies)
        other.portal = served.portal
        return other

    return browser
