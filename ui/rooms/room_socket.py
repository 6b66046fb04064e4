"""The socket of a room: every page of a room has one open, on which it hears that something has
changed, and the teacher's wall its tiles.

It brings nothing in: what a page wants, it does by pressing something.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from lab.rooms.registry import Registry, shared_rooms
from lab.rooms.room import PAUSED, Room
from lab.rooms.rounds import shared_rounds
from ui import live
from ui.rooms.addresses import socket_path
from ui.visit import visit_of

MOST_OF_VISIT = 12  # sockets
SIGN_OF_LIFE = 20.0  # seconds
_open: dict[str, int] = {}  # how many sockets a visit has


def route() -> WebSocketRoute:
    """The route, for the application's list."""
    return WebSocketRoute(socket_path("{code}"), live.until_gone(serve))


def state_of(room: Room, visit: str, rooms: Registry) -> dict[str, Any]:
    """Return what a page has to know of its room."""
    member, task = room.members.get(visit), room.task
    leads = visit in room.teachers
    gone = rooms.rooms.get(room.code) is not room or not (member or leads)
    here = sum(rooms.is_here(room, each) for each in list(room.members))
    return {
        "gone": gone,
        "news": room.revision if leads else room.news,
        "name": member.name if member else "",
        "paused": PAUSED if room.paused else "",
        "task": {"number": task.number, "title": task.title} if task else None,
        "taken": member.taken if member else 0,
        # of a class that comes in, its teacher hears the number, and no student does
        "here": [here, len(room.members)] if leads else None,
    }


async def serve(websocket: WebSocket) -> None:
    """Tell a page what changes, until it goes."""
    if not live.origin_allowed(websocket.headers.get("origin"), websocket.headers.get("host")):
        await websocket.close(4403)
        return
    await websocket.accept()
    rooms, visit = shared_rooms(), visit_of(websocket)
    room = rooms.rooms.get(websocket.path_params["code"]) if rooms else None
    if not (rooms and room and visit) or not (visit in room.members or visit in room.teachers):
        await websocket.close(live.GONE)
        return
    if _open.get(visit, 0) >= MOST_OF_VISIT:
        await websocket.close(1013)
        return
    _open[visit] = _open.get(visit, 0) + 1
    wall = bool(websocket.query_params.get("wall")) and visit in room.teachers
    page = _Page(websocket, rooms, room, visit, wall=wall)
    try:
        await page.serve()
    except (WebSocketDisconnect, WebSocketDisconnected, OSError):
        return
    finally:
        page.leave()
        _open[visit] -= 1
        if not _open[visit]:
            del _open[visit]


class _Page:
    """One page that listens."""

    def __init__(
        self, websocket: WebSocket, rooms: Registry, room: Room, visit: str, *, wall: bool
    ) -> None:
        self.websocket, self.rooms, self.room, self.visit = websocket, rooms, room, visit
        self.wall = wall
        self.news = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.told: Mapping[str, Any] | None = None
        self.sent: dict[int, int] = {}  # of each tile, which version
        rooms.enter(room, visit, self.notify)
        if (rounds := shared_rounds()) and wall:
            rounds.look(room, self.notify)

    def notify(self) -> None:
        """Look again; called from any thread."""
        self.loop.call_soon_threadsafe(self.news.set)

    def leave(self) -> None:
        """Listen no more."""
        self.rooms.go(self.room, self.visit, self.notify)
        if (rounds := shared_rounds()) and self.wall:
            rounds.look_away(self.room, self.notify)

    async def serve(self) -> None:
        """Send what is new, until the page or its place in the room is gone."""
        receiving = asyncio.ensure_future(self._hear())
        try:
            while True:
                await self._tell()
                if self.told and self.told["gone"]:
                    await self.websocket.close(live.GONE)
                    return
                waiting = asyncio.ensure_future(self.news.wait())
                await asyncio.wait(
                    {receiving, waiting},
                    timeout=SIGN_OF_LIFE,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                waiting.cancel()
                if receiving.done():
                    receiving.result()
                    return
                self.news.clear()
                self.rooms.use(self.room)
        finally:
            receiving.cancel()

    async def _hear(self) -> None:
        """Listen only for the end: a page has nothing to say here, and who says something goes."""
        event = await self.websocket.receive()
        if event["type"] != "websocket.disconnect":
            await self.websocket.close(live.TOO_BIG)

    async def _tell(self) -> None:
        now = state_of(self.room, self.visit, self.rooms)
        if now != self.told:
            self.told = now
            await self.websocket.send_text(json.dumps(now))
        if self.wall and (rounds := shared_rounds()):
            wall = rounds.wall(self.room)
            if not self.sent and not wall.tiles:
                wall.read()
            tiles = dict(wall.tiles)
            new = [text for n, (version, text) in tiles.items() if self.sent.get(n) != version]
            left = sorted(set(self.sent) - set(tiles))
            self.sent = {number: version for number, (version, _) in tiles.items()}
            if new or left:
                message = f'{{"tiles": [{", ".join(new)}], "left": {json.dumps(left)}}}'
                await self.websocket.send_text(message)
