"""Each visitor has a share of the server, whatever they send: more waits until it is its turn.

What waits is not even read, so that it fills the sender's memory and not the server's.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import streamlit as st
from google.protobuf.message import DecodeError
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from ui.rate import Rate
from ui.visit import current_visit, visit_of

PRESSES = 10  # a second
UPLOADS = 2  # files of which the content is read at once
MOST_UPLOADS = 50  # that may wait besides: who chooses several files sends all of them at once
SAID_FOR = 3.0  # seconds for which it is worth saying that somebody had to wait
HURRIED = f"More than {PRESSES} presses a second: yours wait for their turn."
CROWDED = f"You are sending more than {MOST_UPLOADS} files at once. Wait for these, then try again."


@dataclass(eq=False)
class Share:
    """What one visit has at the moment.

    hurried: when a press had to wait last
    uploads, waiting: files that are being sent, and that wait
    """

    presses: Rate = field(default_factory=lambda: Rate(PRESSES))
    hurried: float = -SAID_FOR
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS))
    waiting: int = 0

    @contextmanager
    def counted(self) -> Iterator[int]:
        """Count a file within the block; gives how many there are."""
        self.waiting += 1
        try:
            yield self.waiting
        finally:
            self.waiting -= 1


_shares: WeakValueDictionary[str, Share] = WeakValueDictionary()  # those of which somebody is here


def _share_of(connection: HTTPConnection) -> Share:
    client = connection.client.host if connection.client else ""
    # who keeps no cookie is known by the address alone
    return _shares.setdefault(visit_of(connection) or client, Share())


class FairShare:
    """ASGI middleware that reads from each visit no more than its share."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, as fast as its visit may go."""
        path = scope.get("path", "")
        if scope["type"] == "websocket" and path.endswith("/_stcore/stream"):
            stream = _Stream(_share_of(HTTPConnection(scope)), receive, send)
            await self.app(scope, stream.receive, stream.send)
        elif scope["type"] == "http" and scope["method"] == "PUT" and "/_stcore/upload" in path:
            share = _share_of(HTTPConnection(scope))
            with share.counted() as uploads:
                if uploads > UPLOADS + MOST_UPLOADS:
                    await PlainTextResponse(CROWDED, 429)(scope, receive, send)
                    return
                async with share.uploads:
                    await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)


@dataclass
class _Stream:
    """A page's own connection: who has gone while their presses waited has gone, and no more is
    made of these.
    """

    share: Share
    incoming: Receive
    outgoing: Send
    gone: bool = False

    async def receive(self) -> Message:
        if self.gone:
            return {"type": "websocket.disconnect", "code": 1006}
        message = await self.incoming()
        if _is_press(message) and (seconds := self.share.presses.wait()):
            self.share.hurried = time.monotonic()
            await asyncio.sleep(seconds)
        return message

    async def send(self, message: Message) -> None:
        try:
            await self.outgoing(message)
        except OSError:  # the server says so of who has gone; the page hears of it next
            self.gone = True


def _is_press(message: Message) -> bool:
    """Whether somebody has done something, and not a page that looks again by itself."""
    content = message.get("bytes")
    if message["type"] != "websocket.receive" or not content:
        return False
    try:
        return not BackMsg.FromString(content).rerun_script.is_auto_rerun
    except DecodeError:  # what makes no sense is no reason to be served faster
        return True


def say_if_hurried() -> None:
    """Say to who had to wait a moment ago, why."""
    share = _shares.get(current_visit())
    if share and time.monotonic() - share.hurried < SAID_FOR:
        share.hurried = -SAID_FOR
        st.toast(HURRIED)
