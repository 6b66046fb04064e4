"""A visit is all that one browser does here: it is known by a cookie of random bits, which only the
server reads.

The cookie comes with a page's own HTML, so that the first run of its script has it already
(RFC 6265, 4.1.2: HttpOnly, SameSite). Everybody else knows no more than its hash.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.base_path import base_path
from ui.state import remembered

COOKIE = "glassbox_visit"
DAYS = 30  # that a browser keeps the cookie after it was last here
BYTES = 16  # of chance in it: 128 bits
_SECRET = re.compile(
    r"[\w-]{22}", re.ASCII
)  # so many bytes, as `secrets.token_urlsafe` writes them


def hashed(secret: object) -> str:
    """Return the visit of a cookie's value: its SHA-256 in hexadecimal, "" for what is no value."""
    if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
        return ""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass
class SessionSecret:
    """Stands for the cookie where a browser keeps none, for as long as the tab lives."""

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(BYTES))


@dataclass
class CookieNotice:
    """Whether it was said in this session that the browser keeps no cookie."""

    given: bool = False


def keeps_cookie() -> bool:
    """Return whether the browser has sent the cookie."""
    return bool(hashed(st.context.cookies.get(COOKIE)))


def current_visit() -> str:
    """Return the visit to which this session belongs."""
    return hashed(st.context.cookies.get(COOKIE)) or hashed(
        remembered("visit", SessionSecret).secret
    )


def visit_of(connection: HTTPConnection) -> str:
    """Return the visit whose cookie a request has; "" if none."""
    return hashed(connection.cookies.get(COOKIE))


class VisitCookie:
    """ASGI middleware that gives every page's HTML the cookie: a new one, or the browser's own, to
    be kept for as long again.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, and add the cookie to what answers it."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        request = HTTPConnection(scope)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message, request.headers):
                MutableHeaders(scope=message).append("set-cookie", _cookie(request))
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _is_page(response: Message, asked: Headers) -> bool:
    kind = Headers(raw=response["headers"]).get("content-type", "")
    # 304: the browser has the HTML still, and the cookie perhaps no more
    kept = response["status"] == 304 and "text/html" in asked.get("accept", "")
    return kind.startswith("text/html") or kept


def _cookie(request: HTTPConnection) -> str:
    """Return the header that sets the cookie."""
    known = request.cookies.get(COOKIE)
    secret = known if known and hashed(known) else secrets.token_urlsafe(BYTES)
    return with_cookie(Response(), request, secret).headers["set-cookie"]


def with_cookie(answer: Response, request: HTTPConnection, secret: str) -> Response:
    """Return an answer after which the browser belongs to the visit of this secret."""
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=DAYS * 24 * 3600,
        path=base_path() or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer
