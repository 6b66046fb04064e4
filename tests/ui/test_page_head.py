"""What is put into the HTML of a page, and that nothing else is touched."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.page_head import FIRST, PageHead, needed_soon

HTML = f"<html><head><title>A page</title></head><body>{'é' * 2000}</body></html>"
ASKS_FOR_HTML = {"accept": "text/html,*/*"}


def page(request: Request) -> Response:
    if "if-none-match" in request.headers:
        return Response(status_code=304)
    return HTMLResponse(HTML, headers={"etag": '"1"', "last-modified": "yesterday"})


def in_pieces(_request: Request) -> Response:
    return StreamingResponse(iter([HTML[:30], HTML[30:90], HTML[90:]]), media_type="text/html")


@pytest.fixture
def client() -> TestClient:
    routes = [
        Route("/", page),
        Route("/pieces", in_pieces),
        Route("/text", lambda _: PlainTextResponse("</head>")),
        Route("/away", lambda _: RedirectResponse("/")),
        Route("/missing", lambda _: HTMLResponse(HTML, 404)),
    ]
    middleware = [Middleware(PageHead), Middleware(GZipMiddleware, minimum_size=100)]
    return TestClient(Starlette(routes=routes, middleware=middleware))


@pytest.mark.parametrize("path", ["/", "/pieces"])
def test_a_page_gets_sheet_and_script_in_its_head_once(client: TestClient, path: str) -> None:
    for more in ({}, {"if-none-match": '"1"'}, {"accept-encoding": "gzip"}):
        answer = client.get(path, headers=ASKS_FOR_HTML | more)
        assert answer.status_code == 200
        soon = needed_soon(path)
        assert answer.content == HTML.encode().replace(b"</head>", soon + FIRST, 1)
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert not {"etag", "last-modified"} & set(answer.headers)


def test_nothing_else_is_touched(client: TestClient) -> None:
    assert client.get("/text", headers=ASKS_FOR_HTML).text == "</head>"
    assert client.get("/missing", headers=ASKS_FOR_HTML).text == HTML
    assert client.head("/", headers=ASKS_FOR_HTML).headers["content-length"] != "0"
    away = client.get("/away", headers=ASKS_FOR_HTML, follow_redirects=False)
    assert away.status_code == 307
    # as a script asks: packed, and not again
    plain = client.get("/", headers={"accept": "*/*", "accept-encoding": "gzip"})
    assert (plain.text, plain.headers["content-encoding"]) == (HTML, "gzip")
    again = client.get("/", headers={"accept": "*/*", "if-none-match": '"1"'})
    assert again.status_code == 304


def test_no_page_could_break_out_of_what_is_put_in() -> None:
    text = FIRST.decode()
    assert text.count("</style>") == text.count("</script>") == text.count("</head>") == 1


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/", ("board.js", "BidiComponent")),
        ("/base/playground", ("board.js", "Slider")),
        ("/learn-one-neuron", ("rehype-raw", "StreamlitSyntaxHighlighter")),
        ("/teach", ()),
    ],
)
def test_what_a_page_needs_first_is_fetched_early(path: str, named: tuple[str, ...]) -> None:
    links = needed_soon(path).decode()
    assert all(name in links for name in named)
    assert bool(links) == bool(named)
