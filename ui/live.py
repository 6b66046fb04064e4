"""The live route: a WebSocket on which a browser gets the frames of one run, each when it has
painted the last.

Streamlit's own origin check does not cover routes of an app, so it is made here; the run's token is
the key.
"""

import asyncio
import importlib
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlparse

import streamlit as st
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from lab.frames.view import View, read
from lab.runs.edit import Edit
from lab.workers.handle import Handle
from lab.workers.pool import Pool, close_shared_pool, shared_pool

GONE, GONE_REASON = 4404, "This run has ended. Press Reset to begin a new one."
TOUCH_EVERY = 20.0  # seconds between signs of life of a page that is open but not looked at

available = False  # whether this server has the route; pages otherwise fetch frames by themselves


def base_path() -> str:
    """What server.baseUrlPath puts before every path of this server, "" or "/base"."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def path() -> str:
    """Of the live route, without the token."""
    return f"{base_path()}/live"


def route() -> WebSocketRoute:
    """For the application's list of routes."""
    return WebSocketRoute(path() + "/{token}", serve)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncGenerator[None, None]:
    """Starts the workers with the application, and ends them with it."""
    global available
    shared_pool()
    available = True
    # imported now, aside, so that the first visitor does not wait for them
    threading.Thread(
        target=lambda: [importlib.import_module(name) for name in SLOW_IMPORTS], daemon=True
    ).start()
    try:
        yield
    finally:
        available = False
        close_shared_pool()


SLOW_IMPORTS = (
    "plotly.graph_objects",
    "pandas",
    "PIL.Image",
    "lab.reading.preprocess",
    "lab.runs.model_file",
    "streamlit.elements.html",
)


def origin_allowed(origin: str | None, host: str | None) -> bool:
    """The same page, or an origin that server.corsAllowedOrigins names; a client without an origin
    is no browser.
    """
    named = st.get_option("server.corsAllowedOrigins") or []
    return origin is None or urlparse(origin).netloc == host or origin in named


def hear(token: str, said: str) -> bool:
    """Does what a browser says of its run, if it makes sense; whether it was that it is ready for a
    frame.
    """
    try:
        wish = read(said)
    except ValueError:
        return False
    if isinstance(wish, View):
        shared_pool().look(token, wish)
    elif isinstance(wish, Edit):
        shared_pool().edit(token, wish)
    return wish is None


async def serve(websocket: WebSocket) -> None:
    """Frames of one run, a credit each: any text from the browser means that it is ready for the
    next.
    """
    if not origin_allowed(websocket.headers.get("origin"), websocket.headers.get("host")):
        await websocket.close(4403)
        return
    await websocket.accept()
    pool, loop, news = shared_pool(), asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        loop.call_soon_threadsafe(news.set)

    handle = pool.watch(websocket.path_params["token"], tell)
    if handle is None:
        await websocket.close(GONE, GONE_REASON)
        return
    try:
        await _exchange(websocket, pool, handle, news)
    except WebSocketDisconnect:
        return
    finally:
        pool.unwatch(handle, tell)


async def _said(websocket: WebSocket) -> str:
    """The browser's next words; "" for bytes, which no board sends. Raises WebSocketDisconnect."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000), message.get("reason"))
    return message.get("text") or ""


async def _exchange(websocket: WebSocket, pool: Pool, handle: Handle, news: asyncio.Event) -> None:
    credit, sent = False, -1
    listening = asyncio.ensure_future(_said(websocket))
    try:
        while pool.get(handle.token) is handle:
            waiting = asyncio.ensure_future(news.wait())
            await asyncio.wait(
                {listening, waiting}, timeout=TOUCH_EVERY, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            if listening.done():
                said = listening.result()  # raises when the browser has gone
                listening = asyncio.ensure_future(_said(websocket))
                credit = hear(handle.token, said) or credit
                pool.paint(handle.token)
            elif not news.is_set():
                pool.touch(handle.token)
            news.clear()
            if credit and handle.frame and handle.frame_number != sent:
                credit, sent = False, handle.frame_number
                await websocket.send_bytes(handle.frame)
        await websocket.close(GONE, GONE_REASON)
    finally:
        listening.cancel()
