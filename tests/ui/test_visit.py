"""The cookie of a visit: who gets it, how, and what it stands for."""

from http.cookies import Morsel, SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.visit import COOKIE, VisitCookie, hashed


def page(_request: Request) -> Response:
    return HTMLResponse("<p>A page</p>")


def unchanged(_request: Request) -> Response:
    return Response(status_code=304)


def text(_request: Request) -> Response:
    return PlainTextResponse("ok")


def visitor(address: str = "http://testserver") -> TestClient:
    routes = [
        Route("/", page, methods=["GET", "POST"]),
        Route("/unchanged", unchanged),
        Route("/text", text),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(VisitCookie)])
    return TestClient(app, base_url=address)


def cookie(response: Response) -> Morsel[str]:
    return SimpleCookie(response.headers["set-cookie"])[COOKIE]


def test_a_page_brings_a_cookie_that_scripts_and_other_sites_cannot_use() -> None:
    got = cookie(visitor().get("/"))
    assert hashed(got.value)
    assert got["httponly"]
    assert got["samesite"].lower() == "lax"
    assert got["path"] == "/"
    assert not got["secure"]
    assert int(got["max-age"]) == 30 * 24 * 3600
    assert cookie(visitor("https://testserver").get("/"))["secure"]


def test_it_is_renewed_and_never_changed() -> None:
    client = visitor()
    first = cookie(client.get("/")).value
    assert cookie(client.get("/")).value == first
    assert cookie(client.get("/unchanged", headers={"accept": "text/html"})).value == first
    assert cookie(visitor().get("/")).value != first


@pytest.mark.parametrize("value", ["", "short", "x" * 5000, "ä" * 22, "a;b" * 8])
def test_what_cannot_be_one_of_ours_is_replaced(value: str) -> None:
    got = visitor().get("/", headers={"cookie": f"{COOKIE}={value}".encode()})
    assert hashed(cookie(got).value)
    assert cookie(got).value != value


def test_nothing_but_pages_brings_it() -> None:
    client = visitor()
    for answer in (client.get("/text"), client.post("/"), client.get("/unchanged")):
        assert "set-cookie" not in answer.headers


@given(st.text())
def test_a_visit_is_a_hash_or_nothing(value: str) -> None:
    assert hashed(value) == "" or len(hashed(value)) == 64
