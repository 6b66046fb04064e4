"""Whom the guard lets in, and what it tells browsers."""

import re
import socket

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from ui import guard, hosts
from ui.guard import ANCESTORS, Guard
from ui.page_head import SCRIPT


def page(_request: Request) -> Response:
    return PlainTextResponse("a page")


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    for option in (hosts.OPTION, ANCESTORS):
        monkeypatch.delenv(option, raising=False)
    monkeypatch.setattr(hosts, "_own_names", lambda: ("laptop", "laptop.local"))
    monkeypatch.setattr(hosts, "_full_name", lambda: "laptop.school.example")
    routes = [
        Route("/", page),
        Route("/_stcore/metrics", page),
        WebSocketRoute("/_stcore/stream", echo),
        WebSocketRoute("/live/{token}", echo),
        WebSocketRoute("/ink/{key}", echo),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Guard)]))


OURS = (
    "localhost",
    "localhost:8501",
    "LOCALHOST.",
    "a.localhost:8501",
    "127.0.0.1:8501",
    "[::1]:8501",
    "192.168.1.20:8501",
    "[fe80::1]",
    "laptop:8501",
    "Laptop.local:8501",
    "laptop.school.example",
)
THEIRS = (
    "evil.example",
    "evil.example:8501",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "laptop.evil.example",
    "notlocalhost",
    "evil.example@localhost",
    "localhost/evil.example",
    "localhost:8501:8501",
    "localhost;script-src *",
    "[::1",
    "",
    "1" * 300,
)


@pytest.mark.parametrize("host", OURS)
def test_it_answers_by_its_own_names_and_by_addresses(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).text == "a page"
    with client.websocket_connect("/live/x", headers={"host": host}) as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "hello"


@pytest.mark.parametrize("host", THEIRS)
def test_a_name_that_is_not_its_own_gets_a_sentence_on_what_to_set(
    client: TestClient, host: str
) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "GLASSBOX_HOSTS=" in answer.text
    assert len(answer.text) < 600
    assert answer.headers["content-type"].startswith("text/plain")
    for path in ("/_stcore/stream", "/live/x", "/ink/x"):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(path, headers={"host": host}),
        ):
            pass


def test_whoever_runs_it_names_more(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(hosts.OPTION, "glassbox.school.example, *.lab.example")
    for host, status in {
        "glassbox.school.example": 200,
        "GLASSBOX.school.example:443": 200,
        "a.lab.example": 200,
        "lab.example": 421,
        "evillab.example": 421,
        "other.example": 421,
        "localhost": 200,
    }.items():
        assert client.get("/", headers={"host": host}).status_code == status, host
    monkeypatch.setenv(hosts.OPTION, "*")
    assert client.get("/", headers={"host": "other.example"}).status_code == 200


def test_this_computer_is_known_by_its_name() -> None:
    name = socket.gethostname()
    if not re.fullmatch(r"[\w.-]+", name):
        pytest.skip("this computer has no name")
    assert hosts.host_allowed(f"{name}:8501")
    assert hosts.host_allowed(f"{name.partition('.')[0]}.local")


def test_streamlits_figures_are_closed(client: TestClient) -> None:
    for path in ("/_stcore/metrics", "/_stcore/metrics/", "/_stcore/%6detrics"):
        assert client.get(path, headers={"host": "localhost"}).status_code == 404


def test_what_browsers_are_told(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = client.get("/", headers={"host": "laptop.local:8501"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy["frame-ancestors"] == "'self'"
    assert policy["connect-src"] == "'self' ws://laptop.local:8501 wss://laptop.local:8501"
    assert "unsafe" not in policy["script-src"].replace("'wasm-unsafe-eval'", "")
    assert len(re.findall("'sha256-[^']{44}'", policy["script-src"])) == 3
    monkeypatch.setenv(ANCESTORS, "https://moodle.example, 'self';script-src *\n")
    headers = client.get("/", headers={"host": "localhost"}).headers
    assert "x-frame-options" not in headers
    assert headers["content-security-policy"].endswith(
        "frame-ancestors https://moodle.example 'self' script-src *"
    )


def test_the_scripts_in_the_head_are_those_that_the_policy_names() -> None:
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha256(SCRIPT).digest()).decode()
    assert f"'sha256-{digest}'" in guard.policy("localhost")
