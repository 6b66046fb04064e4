"""Stands before every page, file and socket: answers only by our own names, and tells browsers what
a page of ours may do.

What is forbidden, what cannot be, and the options are in docs/hosting.md.
"""

import asyncio
import base64
import functools
import hashlib
import os
import re
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import hosts, page_head
from ui.base_path import base_path

ANCESTORS = "GLASSBOX_FRAME_ANCESTORS"
MISDIRECTED = 421  # RFC 9110, 15.5.20: this server does not answer for that host
CLOSED = "/_stcore/metrics"  # Streamlit's figures of everybody's sessions
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


@functools.cache
def _scripts() -> str:
    """Return the hashes of the scripts that stand in a page's HTML itself, as a policy names
    them.
    """
    html = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()
    inline = [*_INLINE.findall(html), page_head.SCRIPT, page_head.TO_THE_TOP.encode()]
    digests = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in inline]
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def policy(host: str) -> str:
    """Return the Content-Security-Policy for a page on `host`, which has been checked.

    Not every browser takes 'self' for sockets too, so these are named.
    """
    ancestors = " ".join(re.split(r"[,;\s]+", os.environ.get(ANCESTORS, ""))).strip()
    parts = {
        "default-src": "'self'",
        # blob: the scripts of components, which Streamlit imports so; wasm: of its 64-bit numbers
        "script-src": f"'self' blob: 'wasm-unsafe-eval' {_scripts()}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' ws://{host} wss://{host}",
        "worker-src": "'self' blob:",
        "frame-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": ancestors or "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


class Guard:
    """ASGI middleware, the outermost of all."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through if it is for us, and add to what answers it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host")
        known = hosts.host_allowed(host) or await asyncio.to_thread(hosts.is_full_name, host)
        if not known:
            await _refuse(host or "", scope, receive, send)
            return
        if scope["path"].rstrip("/") == base_path() + CLOSED:
            await PlainTextResponse("Not found", 404)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "same-origin"
                headers["content-security-policy"] = policy(host or "")
                if not os.environ.get(ANCESTORS):  # for browsers that do not know frame-ancestors
                    headers["x-frame-options"] = "SAMEORIGIN"
            await send(message)

        await self.app(scope, receive, send_with_headers)


async def _refuse(host: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # that it would connect; closed before it does, it gets 403
        await send({"type": "websocket.close", "code": 1008})
        return
    name = host.rpartition(":")[0] or host
    sentence = (
        f"This server does not answer to the name {name[:80]!r}, because it does not know it as "
        "its own. Open it by its address in figures, as http://192.168.1.20:8501. Or, if you run "
        f"it, start it with the environment variable {hosts.OPTION}={name[:80]}, with commas "
        "between several names."
    )
    headers = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
    await PlainTextResponse(sentence, MISDIRECTED, headers)(scope, receive, send)
