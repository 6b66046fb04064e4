"""The live route: a WebSocket on which a browser gets the frames of one run, each when it
asks for it.

Streamlit does not check the origin of requests to an application's own routes, so this file does. A
run's token stands in an address that anybody may hold: whoever connects needs the cookie of the
visit that began the run, or its key, which the run's own page has. To others, there is no such run.
"""

import asyncio
import importlib
import json
import secrets
import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlparse
from weakref import WeakValueDictionary

import streamlit as st
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from lab import limits
from lab.errands import close_shared_errands, open_shared_errands
from lab.frames.dots import dots_of
from lab.frames.view import View, read_message
from lab.rooms.registry import close_shared_rooms, open_shared_rooms, shared_rooms
from lab.rooms.rounds import end_shared_rounds, start_shared_rounds
from lab.runs.cost import OverBudgetError
from lab.runs.dial import Dial
from lab.runs.edit import Edit
from lab.runs.redraw import Redraw
from lab.store.database import StoreError
from lab.store.store import close_shared_store, open_shared_store, shared_store
from lab.sweeps.sweeper import close_shared_sweeper, shared_sweeper
from lab.workers.handle import Handle
from lab.workers.owning import ASK_EVERY, TAKE_WITHIN, OwnedElsewhereError
from lab.workers.pool import BusyError, Pool, close_shared_pool, shared_pool
from ui import gauges
from ui.base_path import base_path
from ui.rate import Rate
from ui.visit import visit_of

GONE, GONE_REASON = 4404, "This run has ended. Press Reset to begin a new one."
MOVED = 1012  # another server has the run: the browser connects again, and may find that one
MOST_REASON = 123  # bytes with which a WebSocket may close (RFC 6455, 5.5)
END_WITHIN = 4.5  # seconds in which all is kept when the server ends
SWITCH_EVERY = 0.001  # seconds
TOO_BIG = 1009  # the message is more than is read (RFC 6455, 7.4.1)
# wishes a second that are read from one socket, and from all of a visit; the rest waits, unread
MOST_WISHES, MOST_OF_VISIT = 120, 480
PACKED = "packed"  # in the address of a browser that can unpack frames
HEIR_WITHIN = 2.0  # seconds that it may take to begin a run in place of another
TOUCH_EVERY = 20.0  # seconds between signs of life of a page that is open but not looked at
Serve = Callable[[WebSocket], Awaitable[None]]

SLOW_IMPORTS = (  # what a first visit would wait for
    "plotly.graph_objects",
    "pandas",
    "PIL.Image",
    "lab.reading.preprocess",
    "lab.runs.model_file",
    "streamlit.elements.html",
)

# what whoever does errands needs, so that the first errand does not wait for it
ERRANDS = ("lab.reading.brought", "lab.data.csv_points", "lab.explain.occlusion")
_rates: WeakValueDictionary[str, Rate] = WeakValueDictionary()  # of visits
available = False  # whether this server has the route; pages otherwise fetch frames by themselves


def path() -> str:
    """The path of the live route, without the token."""
    return f"{base_path()}/live"


def route() -> WebSocketRoute:
    """The live route, for the application's list of routes."""
    return WebSocketRoute(path() + "/{token}", until_gone(serve))


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncGenerator[None, None]:
    """Starts the workers and the store with the application, and ends them with it."""
    global available
    # the threads of thirty pages hold each other up less (clicks p95 108 instead of 122 ms) than
    # with Python's five milliseconds
    sys.setswitchinterval(SWITCH_EVERY)
    pool = shared_pool()
    open_shared_store()
    pool.store = shared_sweeper().store = shared_store()
    shared_sweeper().resume()
    start_shared_rounds(open_shared_rooms(pool, shared_store()))
    open_shared_errands(ERRANDS)
    available = True
    threading.Thread(target=_import_slow_modules, daemon=True).start()
    try:
        yield
    finally:
        available = False
        until = time.monotonic() + END_WITHIN
        end_shared_rounds()
        close_shared_rooms()
        close_shared_errands()
        close_shared_sweeper()
        close_shared_pool()  # the last that it reports is still kept
        close_shared_store(max(until - time.monotonic(), 0.5))


def _import_slow_modules() -> None:
    for name in SLOW_IMPORTS:
        importlib.import_module(name)


def origin_allowed(origin: str | None, host: str | None) -> bool:
    """Whether a request comes from a page of this server, or of server.corsAllowedOrigins.

    Requests without an Origin header do not come from browsers; allow them.
    """
    allowed = st.get_option("server.corsAllowedOrigins") or []
    return origin is None or urlparse(origin).netloc == host or origin in allowed


def obey(
    token: str, message: str, tell: Callable[[str], None] = lambda _: None, tab: str = ""
) -> bool:
    """Does what a browser asks of its run, in one `tab` of it, and passes over what makes no sense.

    Returns whether the browser is ready for the next frame; with what else it is to be told, `tell`
    is called.
    """
    try:
        request = read_message(message)
    except ValueError:
        return False
    handle = shared_pool().get(token)
    if handle and handle.public:
        return request is None
    if isinstance(request, View):
        shared_pool().look(token, request)
    elif isinstance(request, Edit):
        shared_pool().edit(token, request)
    elif isinstance(request, Dial) and (news := follow(token, request)):
        tell(news)
    elif handle and isinstance(request, Redraw) and tab:
        begin_ahead(handle, request, tab)
    return request is None


def asks_for_frame(message: str) -> bool:
    """Whether a browser that only looks on is ready for the next frame; it steers nothing."""
    try:
        return read_message(message) is None
    except ValueError:
        return False


def begin_ahead(handle: Handle, redraw: Redraw, tab: str) -> None:
    """Begin a run anew as soon as somebody asks for it; the page, which hears of that later and by
    another way, then takes the new run over.

    One at a time: in place of a run that no page has taken over yet, no other is begun.
    """
    pool = shared_pool()
    if handle.heir or handle.ahead:
        return
    try:
        changed = redraw.apply(handle.experiment)
        if changed == handle.experiment and not redraw.at_rest:
            return
        token = pool.start(
            changed,
            training=handle.training and not redraw.at_rest,
            pace=handle.pace,
            page=handle.page,
            owner=handle.owner,
        )
    except (ValueError, BusyError, OverBudgetError):  # the page will say why
        return
    heir = pool.get(token)
    assert heir
    heir.ahead = True
    handle.tab, handle.heir = tab, heir


def follow(token: str, dial: Dial) -> str:
    """Lets a run follow a setting that is being moved, and returns what its page is to be told.

    A run that can go on under it does. Where the points would be others, the page is told where
    they would lie: the run begins anew with them when the slider is let go.
    """
    pool = shared_pool()
    handle = pool.get(token)
    if handle is None or handle.ended:
        return ""
    try:
        moved = dial.apply(handle.experiment)
    except ValueError:  # of a run that has become another since
        return ""
    if moved.continues(handle.experiment):
        if moved != handle.experiment:
            pool.change(token, moved)
        return ""
    if dial.part != "dataset" or not moved.dataset.on_plane:
        return ""
    return json.dumps({"points": dots_of(moved.data())})


def find(token: str, visit: str, key: str) -> Handle | None:
    """Return a run for those who may watch and command it: the visit that began it, for which it is
    woken where it sleeps, or a page that has its key. To others there is none.

    Raises BusyError, StoreError and OverBudgetError.
    """
    shared_pool().be_sure()
    handle = shared_pool().get(token)
    if handle and secrets.compare_digest(key.encode(), handle.key.encode()):
        return handle
    return shared_pool().wake(token, visit, patience=0.0)


def find_to_look_on(token: str, visit: str) -> Handle | None:
    """Return a run that this visit may look at, though it is another's: as the teacher of its room,
    or because the whole room looks at it.
    """
    handle, rooms = shared_pool().get(token), shared_rooms()
    return handle if handle and rooms and rooms.may_watch(handle.owner, visit) else None


async def _find_within(seconds: float, *whose: str) -> Handle | None:
    """Return what `find` does, which other servers may have to hand over first: nobody else waits
    for that meanwhile.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return await asyncio.to_thread(find, *whose)
        except OwnedElsewhereError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(ASK_EVERY)


def until_gone(serve: Serve) -> Serve:
    """A route that ends in peace when its browser has gone, even where it is being refused."""

    async def served(websocket: WebSocket) -> None:
        with suppress(WebSocketDisconnect, WebSocketDisconnected):
            await serve(websocket)

    return served


async def serve(websocket: WebSocket) -> None:
    """Sends the frames of one run, as the browser asks for them, until one of the two is gone."""
    if not origin_allowed(websocket.headers.get("origin"), websocket.headers.get("host")):
        await websocket.close(4403)
        return
    key = websocket.headers.get("sec-websocket-protocol")  # a browser waits to hear it again
    await websocket.accept(subprotocol=key)
    pool, loop, news = shared_pool(), asyncio.get_running_loop(), asyncio.Event()

    def notify() -> None:  # called from the thread that listens to the worker
        loop.call_soon_threadsafe(news.set)

    token = websocket.path_params["token"]
    tab = websocket.query_params.get("tab", "")
    looks_on = False
    try:
        found = await _find_within(TAKE_WITHIN, token, visit_of(websocket), key or "")
        if found is None:
            looks_on = (found := find_to_look_on(token, visit_of(websocket))) is not None
    except (BusyError, StoreError, OverBudgetError) as problem:
        await close_because(websocket, GONE, problem)
        return
    handle = pool.watch(token, notify) if found else None
    if handle is None:
        await websocket.close(GONE, GONE_REASON)
        return
    last = handle
    try:
        while handle:
            last = handle
            heir = await _exchange(websocket, pool, handle, news, tab, looks_on=looks_on)
            pool.unwatch(handle, notify)
            seen = replace(handle.view, at=None, unit=None)
            handle = pool.watch(heir.token, notify) if heir else None
            if handle:
                pool.look(handle.token, seen)
                await _hand_over(websocket, handle)
                pool.paint(handle.token)
    except WebSocketDisconnect:
        return
    finally:
        if handle:
            pool.unwatch(handle, notify)
    if last.moved:
        await websocket.close(MOVED)
    else:
        await websocket.close(GONE, GONE_REASON)


async def _hand_over(websocket: WebSocket, heir: Handle) -> None:
    """Tells a board that another run has taken the place of the one that it shows, before its page
    has come round to it.
    """
    data = heir.experiment.data() if heir.experiment.dataset.on_plane else None
    points = dots_of(data) if data else None
    told = {"run": heir.token, "key": heir.key, "points": points}
    await websocket.send_text(json.dumps(told))


async def _exchange(
    websocket: WebSocket,
    pool: Pool,
    handle: Handle,
    news: asyncio.Event,
    tab: str,
    *,
    looks_on: bool,
) -> Handle | None:
    """Sends a frame for every credit: a "ready" from the browser is worth one frame.

    Returns the run that the same tab has put in place of this one; None where it has just ended.
    """
    credit, sent = False, -1
    packed = PACKED in websocket.query_params
    receiving = asyncio.ensure_future(_receive(websocket))
    rate, visit = Rate(MOST_WISHES), visit_of(websocket)
    shared = _rates.setdefault(visit, Rate(MOST_OF_VISIT)) if visit else rate
    try:
        while pool.get(handle.token) is handle and not (tab and handle.tab == tab):
            waiting = asyncio.ensure_future(news.wait())
            await asyncio.wait(
                {receiving, waiting}, timeout=TOUCH_EVERY, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            if receiving.done():
                message = receiving.result()  # raises when the browser has gone
                after = max(rate.wait(), shared.wait() if shared is not rate else 0.0)
                receiving = asyncio.ensure_future(_receive(websocket, after))
                told: list[str] = []
                wants = (
                    asks_for_frame(message)
                    if looks_on
                    else obey(handle.token, message, told.append, tab)
                )
                credit = wants or credit
                pool.paint(handle.token)
                for text in told:
                    await websocket.send_text(text)
            elif not news.is_set():
                pool.touch(handle.token)
            news.clear()
            if credit and handle.packed and handle.frame_number != sent:
                credit, sent = False, handle.frame_number
                frame = handle.packed if packed else handle.frame
                await websocket.send_bytes(frame)
                gauges.count_frame(len(frame))
        until = time.monotonic() + HEIR_WITHIN
        while handle.tab == tab and tab and not handle.heir and time.monotonic() < until:
            await asyncio.sleep(0.005)
        return handle.heir if handle.tab == tab else None
    finally:
        receiving.cancel()


async def _receive(websocket: WebSocket, after: float = 0.0) -> str:
    """The browser's next message, read `after` so many seconds; "" for bytes, which no board sends.

    Raises WebSocketDisconnect, also once it has closed for a message that is too big.
    """
    if after:
        await asyncio.sleep(after)
    event = await websocket.receive()
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event.get("code", 1000), event.get("reason"))
    text, sent = event.get("text") or "", event.get("bytes") or b""
    try:
        limits.MESSAGE.check("a message", len(sent) or len(text.encode()))
    except ValueError as problem:
        await close_because(websocket, TOO_BIG, problem)
        raise WebSocketDisconnect(TOO_BIG, str(problem)) from problem
    return text


async def close_because(websocket: WebSocket, code: int, problem: Exception) -> None:
    """Close with a code and as much of a sentence as a WebSocket may close with."""
    await websocket.close(code, str(problem).encode()[:MOST_REASON].decode(errors="ignore"))
