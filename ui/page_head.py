"""Puts into the HTML of a page what has to hold from its very first paint: its style sheets, no
skeletons of widgets, a menu that closes.

Streamlit brings style sheets of an app only with the app's own first run, and what has been painted
by then would jump. Some of its own scripts it looks for only when what needs them is there, and
leaves a gap until they have come: a lesson needs these for its first sentence.
"""

from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASSETS = Path(__file__).resolve().parents[1] / "assets"
SHEETS = ("first.css", "styles.css")
SHEET = b"".join((ASSETS / "css" / name).read_bytes() for name in SHEETS)
SCRIPT = (ASSETS / "first.js").read_bytes()
# what lessons bring with them
TO_THE_TOP = "document.querySelector('[data-testid=stMain]').scrollTo(0, 0)"
END = b"</head>"
FIRST = b"<style>" + SHEET + b"</style><script>" + SCRIPT + b"</script>" + END
SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"
LESSON = "/learn-"  # how the path of a lesson begins
NEEDED_SOON = ("rehype-raw", "rehype-katex", "StreamlitSyntaxHighlighter")
SOON = b"".join(
    f'<link rel="modulepreload" crossorigin href="./static/js/{path.name}">'.encode()
    for name in NEEDED_SOON
    for path in SCRIPTS.glob(f"{name}.*.js")
)
# under which the answer would be packed, or none where the browser has one from before
CONDITIONS = (b"accept-encoding", b"if-none-match", b"if-modified-since")
VALIDATORS = ("etag", "last-modified")  # of the HTML as Streamlit has it


class PageHead:
    """ASGI middleware that adds a style sheet and a script to the head of every page's HTML."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, and add to the HTML that answers it."""
        page = scope["type"] == "http" and scope["method"] == "GET"
        if not page or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        asked = [(name, value) for name, value in scope["headers"] if name not in CONDITIONS]
        start: Message = {}
        html = b""

        async def send_with_head(message: Message) -> None:
            nonlocal start, html
            if message["type"] == "http.response.start" and _is_html(message):
                start = message
            elif message["type"] != "http.response.body" or not start:
                await send(message)
            else:
                html += message.get("body", b"")
                if message.get("more_body"):
                    return
                soon = SOON if LESSON in scope["path"] else b""
                html = html.replace(END, soon + FIRST, 1)
                headers = MutableHeaders(scope=start)
                headers["content-length"] = str(len(html))
                for name in VALIDATORS:
                    del headers[name]
                await send(start)
                await send({"type": "http.response.body", "body": html})

        await self.app({**scope, "headers": asked}, receive, send_with_head)


def _is_html(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return kind.startswith("text/html") and start["status"] == 200
