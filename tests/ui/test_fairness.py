"""What one visitor gets of the server, from clients that send more than their share."""

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from ui import fairness
from ui.fairness import CROWDED, MOST_UPLOADS, UPLOADS, FairShare
from ui.visit import COOKIE, hashed

MINE, YOURS = "M" * 22, "Y" * 22


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What it returns, run in a thread: in a test's own the loop of Playwright may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def scope_of(kind: str, path: str, secret: str = MINE, **more: Any) -> Scope:
    headers = [(b"cookie", f"{COOKIE}={secret}".encode())] if secret else []
    return {"type": kind, "path": path, "headers": headers, "client": ("10.0.0.1", 5), **more}


def message(*, auto: bool = False, content: bytes = b"") -> Message:
    state = ClientState(query_string="x", is_auto_rerun=auto)
    content = content or BackMsg(rerun_script=state).SerializeToString()
    return {"type": "websocket.receive", "bytes": content}


async def received(scope: Scope, messages: list[Message]) -> list[float]:
    """When the application got each of the messages, of which all are there at once."""
    times: list[float] = []
    start = time.monotonic()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.01)  # as long as others take to come
        for _ in messages:
            await receive()
            times.append(time.monotonic() - start)

    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting)

    async def send(_: Message) -> None:
        raise AssertionError("nothing is sent")

    await FairShare(app)(scope, receive, send)
    return times


def test_ten_presses_a_second_are_read_and_the_rest_waits() -> None:
    stream = scope_of("websocket", "/_stcore/stream")
    times = run(received(stream, [message() for _ in range(16)]))
    assert times[9] < 0.3, "ten may come at once"
    assert 0.5 < times[15] < 2


def test_of_who_has_gone_no_more_is_read() -> None:
    heard: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append(await receive())
        await send({"type": "websocket.send", "text": "late"})
        heard.append(await receive())

    async def send(_: Message) -> None:
        raise BrokenPipeError

    async def receive() -> Message:
        return message()

    run(FairShare(app)(scope_of("websocket", "/_stcore/stream"), receive, send))
    assert [each["type"] for each in heard] == ["websocket.receive", "websocket.disconnect"]


def test_two_tabs_share_and_other_visits_do_not_wait() -> None:
    async def both() -> tuple[list[float], ...]:
        streams = [scope_of("websocket", "/_stcore/stream", who) for who in (MINE, MINE, YOURS)]
        return tuple(
            await asyncio.gather(*(received(s, [message() for _ in range(9)]) for s in streams))
        )

    first, second, yours = run(both())
    assert max(*first, *second) > 0.6
    assert max(yours) < 0.3


def test_pages_that_look_again_by_themselves_and_other_routes_are_let_through() -> None:
    stream = scope_of("websocket", "/_stcore/stream")
    assert run(received(stream, [message(auto=True)] * 100))[-1] < 1
    live = scope_of("websocket", "/live/token")
    assert run(received(live, [message()] * 100))[-1] < 1
    odd = [message(content=b"\xff\xff\xff")] * 14
    assert run(received(stream, odd))[-1] > 0.3, "nonsense is no way around"


def test_who_keeps_no_cookie_is_known_by_the_address() -> None:
    stream = scope_of("websocket", "/_stcore/stream", "")
    assert run(received(stream, [message() for _ in range(14)]))[-1] > 0.3


def test_who_had_to_wait_is_told_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(fairness.st, "toast", said.append)
    monkeypatch.setattr(fairness, "current_visit", lambda: hashed(MINE))

    async def hurry() -> None:
        share = fairness._shares.setdefault(hashed(MINE), fairness.Share())
        await received(scope_of("websocket", "/_stcore/stream"), [message()] * 12)
        fairness.say_if_hurried()
        fairness.say_if_hurried()
        assert share.hurried < time.monotonic()

    run(hurry())
    assert said == [fairness.HURRIED]


def test_two_files_are_read_at_once_and_too_many_get_a_sentence() -> None:
    reading, most, refused = 0, 0, []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        await asyncio.sleep(0.01)
        reading -= 1

    async def send(said: Message) -> None:
        refused.append(said)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def crowd(count: int) -> None:
        upload = scope_of("http", "/_stcore/upload_file/s/f", method="PUT")
        await asyncio.gather(*(FairShare(app)(upload, receive, send) for _ in range(count)))

    run(crowd(10))
    assert most == UPLOADS
    assert not refused
    run(crowd(UPLOADS + MOST_UPLOADS + 3))
    assert most == UPLOADS
    assert [said["status"] for said in refused if "status" in said] == [429] * 3
    assert [said["body"] for said in refused if "body" in said] == [CROWDED.encode()] * 3
