"""Streamlit's own scripts and sheets, packed: it sends them as they are, 3 MB for a first page.

Over a poor connection, or to a whole class at once, that takes three times as long as what they
pack to. Each is packed once: their names change with their content.
"""

import asyncio
import gzip
from collections import OrderedDict

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDERS = ("/static/js/", "/static/css/")
LEVEL = 6  # beyond which it takes twice as long for one part in a hundred
MOST_KEPT = 16_000_000  # bytes, packed; all that Streamlit has is some 9 MB
NOT_ASKED = (b"accept-encoding", b"range", b"if-range")  # of the app below


class Packed:
    """ASGI middleware that answers with packed scripts those who can unpack them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: OrderedDict[str, list[Message]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it."""
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "GET" or not _packs(scope, path):
            await self.app(scope, receive, send)
            return
        if path not in self.kept:
            answer = await self._asked(scope, receive)
            if Headers(raw=answer[0]["headers"]).get("content-encoding") != "gzip":
                await _send(answer, send)
                return
            self._keep(path, answer)
        self.kept.move_to_end(path)
        await _send(self.kept[path], send)

    async def _asked(self, scope: Scope, receive: Receive) -> list[Message]:
        """Return what the app below answers, packed where it is what was asked for."""
        asked = [(name, value) for name, value in scope["headers"] if name not in NOT_ASKED]
        answer: list[Message] = []

        async def collect(message: Message) -> None:
            answer.append(message)

        await self.app({**scope, "headers": asked}, receive, collect)
        start, *rest = answer
        if start["status"] != 200:
            return answer
        body = b"".join(message.get("body", b"") for message in rest)
        body = await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)
        start = {**start, "headers": list(start["headers"])}
        headers = MutableHeaders(scope=start)
        headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        headers.add_vary_header("Accept-Encoding")
        del headers["accept-ranges"]
        if etag := headers.get("etag"):  # of other bytes that mean the same (RFC 9110, 8.8.1)
            headers["etag"] = f"W/{etag.removeprefix('W/')}"
        return [start, {"type": "http.response.body", "body": body}]

    def _keep(self, path: str, answer: list[Message]) -> None:
        self.kept[path] = answer
        while sum(len(kept[1]["body"]) for kept in self.kept.values()) > MOST_KEPT:
            self.kept.popitem(last=False)


def _packs(scope: Scope, path: str) -> bool:
    headers = Headers(scope=scope)
    unpacks = "gzip" in headers.get("accept-encoding", "")
    return unpacks and any(f in path for f in FOLDERS) and "if-none-match" not in headers


async def _send(answer: list[Message], send: Send) -> None:
    for message in answer:
        await send(message)
