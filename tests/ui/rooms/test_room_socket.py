"""The socket of a room: who may listen, and what they hear."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from lab.rooms.registry import Registry
from lab.rooms.room import PAUSED, Room, Task
from lab.runs.presets import recommended
from lab.workers.pool import shared_pool
from ui import live
from ui.visit import hashed

Come = Callable[..., TestClient]
ENDLESS = recommended("spiral").changed(epochs=10**6)


def heard(socket: Any, wanted: Callable[[dict[str, Any]], bool], most: int = 60) -> dict[str, Any]:
    for _ in range(most):
        said = json.loads(socket.receive_text())
        if wanted(said):
            return dict(said)
    raise AssertionError("it was not said")


def test_strangers_hear_nothing(come: Come, room: Room) -> None:
    for client in (come("S"), come()):
        with (
            client.websocket_connect(f"/rooms/{room.code}") as socket,
            pytest.raises(WebSocketDisconnect) as closed,
        ):
            socket.receive_text()
        assert closed.value.code == live.GONE
    evil = {"origin": "http://evil.example"}
    with (
        pytest.raises(WebSocketDisconnect),
        come("S").websocket_connect(f"/rooms/{room.code}", headers=evil) as socket,
    ):
        socket.receive_text()


def test_a_student_hears_at_once_what_the_teacher_does(
    come: Come, rooms: Registry, room: Room
) -> None:
    member = rooms.join(room, hashed("a" * 22), "Kind Tiger")
    with come("a").websocket_connect(f"/rooms/{room.code}?wall=1") as socket:
        first = json.loads(socket.receive_text())
        assert (first["name"], first["paused"], first["here"]) == ("Kind Tiger", "", None)
        assert rooms.is_here(room, member.visit)
        start = time.monotonic()
        rooms.pause(room, True)
        assert heard(socket, lambda said: said["paused"] == PAUSED)
        assert time.monotonic() - start < 1.0
        with rooms.changing(room):
            room.send(Task(0, "draw", "Draw"))
        assert heard(socket, lambda said: said["task"] is not None)["task"]["title"] == "Draw"
        rooms.leave(room, member.visit, bar=True)
        assert heard(socket, lambda said: said["gone"])  # and never a tile of another


def test_the_wall_has_a_tile_of_each_that_is_never_older_than_two_seconds(
    served: TestClient, come: Come, rooms: Registry, room: Room
) -> None:
    visit = hashed("w" * 22)
    rooms.join(room, visit, "Kind Tiger")
    token = shared_pool().start(ENDLESS, training=True, pace=50.0, owner=visit, keep=True)
    rooms.note_run(visit, token)
    with (
        come("w").websocket_connect(f"/rooms/{room.code}"),
        served.websocket_connect(f"/rooms/{room.code}?wall=1") as socket,
    ):
        heard(socket, lambda said: any(t["step"] for t in said.get("tiles", [])))
        shared_pool().paint(token)  # somebody looks at it, so it goes on
        start, steps = time.monotonic(), []
        while time.monotonic() - start < 2.5:
            said = json.loads(socket.receive_text())
            steps += [tile["step"] for tile in said.get("tiles", [])]
        (tile,) = heard(socket, lambda said: "tiles" in said)["tiles"]
    assert len(steps) >= 2
    assert steps == sorted(set(steps))
    assert (tile["name"], tile["status"]) == ("Kind Tiger", "working")
    assert len(tile["plane"]) > 1000
    shared_pool().drop(token)


def test_the_teacher_looks_on_and_steers_nothing(
    served: TestClient, come: Come, rooms: Registry, room: Room
) -> None:
    visit = hashed("o" * 22)
    rooms.join(room, visit, "Kind Tiger")
    token = shared_pool().start(ENDLESS, training=True, owner=visit)
    handle = shared_pool().get(token)
    assert handle
    before = handle.view
    with served.websocket_connect(f"/live/{token}") as socket:
        socket.send_text('{"view": {"diagram": true, "at": 0}}')
        socket.send_text('{"edit": {"name": "1.W", "index": [0, 0], "value": 5}}')
        socket.send_text("ready")
        assert socket.receive_bytes()
    assert handle.view == before
    assert handle.training
    record = shared_pool().record(token)
    assert record
    assert "changes" not in record
    with (
        come("q").websocket_connect(f"/live/{token}") as socket,
        pytest.raises(WebSocketDisconnect),
    ):
        socket.receive_bytes()
    shared_pool().drop(token)
