"""Scripts come packed to those who can unpack them, once packed, and nothing else changes."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ui import packed

SCRIPT = "export const digits = '0123456789';\n" * 400


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def client(asked: list[str]) -> TestClient:
    def script(request: Request) -> Response:
        asked.append(request.url.path)
        if "if-none-match" in request.headers:
            return Response(status_code=304)
        headers = {"etag": '"1"', "accept-ranges": "bytes"}
        status = 404 if "missing" in request.url.path else 200
        return PlainTextResponse(SCRIPT + request.url.path, status, headers)

    route = Route("/{path:path}", script)
    return TestClient(Starlette(routes=[route], middleware=[Middleware(packed.Packed)]))


def test_a_script_is_packed_once_and_says_so(client: TestClient, asked: list[str]) -> None:
    for _ in range(3):
        answer = client.get("/base/static/js/index.js", headers={"accept-encoding": "gzip, br"})
        assert answer.text == f"{SCRIPT}/base/static/js/index.js"
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(SCRIPT) / 10
        assert (answer.headers["etag"], answer.headers["vary"]) == ('W/"1"', "Accept-Encoding")
        assert "accept-ranges" not in answer.headers
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/static/js/index.js", {"accept-encoding": "identity"}),
        ("/static/js/index.js", {"accept-encoding": "gzip", "if-none-match": '"1"'}),
        ("/static/js/missing.js", {"accept-encoding": "gzip"}),
        ("/static/media/font.woff2", {"accept-encoding": "gzip"}),
        ("/playground", {"accept-encoding": "gzip"}),
    ],
)
def test_nothing_else_is_touched(client: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    assert "content-encoding" not in answer.headers
    assert answer.status_code == 304 or answer.text == SCRIPT + path


def test_no_more_is_kept_than_fits(
    client: TestClient, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "MOST_KEPT", 400)
    for name in ("a", "b", "c", "c", "a"):
        client.get(f"/static/css/{name}.css", headers={"accept-encoding": "gzip"})
    assert [path[-5] for path in asked] == ["a", "b", "c", "a"]
