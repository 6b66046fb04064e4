"""The live route, from a client that is no browser: who may connect, and what comes."""

import json
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from lab.frames.dots import dots_of
from lab.frames.squeeze import expand
from lab.runs.chance import other_weights
from lab.runs.presets import recommended
from lab.workers.pool import shared_pool
from ui import live
from ui.visit import COOKIE, hashed

MINE = "M" * 22  # the cookie of the visit that begins the runs


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[live.route()], lifespan=live.lifespan)) as running:
        running.cookies.set(COOKIE, MINE)
        yield running


@pytest.fixture
def token(client: TestClient) -> Iterator[str]:
    token = shared_pool().start(recommended("spiral"), training=True, owner=hashed(MINE))
    yield token
    shared_pool().drop(token)


def header(frame: bytes) -> dict[str, Any]:
    (length,) = struct.unpack("<I", frame[:4])
    return dict(json.loads(frame[4 : 4 + length]))


def test_a_frame_comes_for_every_credit(client: TestClient, token: str) -> None:
    with client.websocket_connect(f"/live/{token}") as socket:
        steps = []
        for _ in range(3):
            socket.send_text("ready")
            steps.append(header(socket.receive_bytes())["step"])
    assert steps == sorted(set(steps))


def test_who_can_unpack_frames_gets_them_packed(client: TestClient, token: str) -> None:
    with client.websocket_connect(f"/live/{token}?tab=&packed=1") as socket:
        socket.send_text("ready")
        frame = socket.receive_bytes()
    assert header(expand(frame))["units"] == "2-16-16-3"
    assert 3 * len(frame) < len(expand(frame))


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://testserver.evil.example", "null"]
)
def test_another_origin_is_refused(client: TestClient, token: str, origin: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(f"/live/{token}", headers={"origin": origin}) as socket,
    ):
        socket.receive_bytes()


def test_the_own_origin_is_let_in(client: TestClient, token: str) -> None:
    with client.websocket_connect(
        f"/live/{token}", headers={"origin": "http://testserver"}
    ) as socket:
        socket.send_text("ready")
        assert header(socket.receive_bytes())["grid"]


def test_an_unknown_token_gets_a_sentence(client: TestClient) -> None:
    with (
        client.websocket_connect("/live/guessed") as socket,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        socket.receive_bytes()
    assert closed.value.code == live.GONE
    assert "Reset" in closed.value.reason


def test_a_dropped_run_says_so(client: TestClient, token: str) -> None:
    with client.websocket_connect(f"/live/{token}") as socket:
        socket.send_text("ready")
        socket.receive_bytes()
        shared_pool().drop(token)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
    assert closed.value.code == live.GONE


@pytest.mark.parametrize("sent", ["x" * 8_001, "é" * 4_001, b"x" * 8_001])
def test_a_message_that_is_too_big_ends_with_the_limit(
    client: TestClient, token: str, sent: str | bytes
) -> None:
    with client.websocket_connect(f"/live/{token}") as socket:
        socket.send_text("x" * 8_000)  # no sense, and passed over
        socket.send_text("ready")
        socket.receive_bytes()
        socket.send_text(sent) if isinstance(sent, str) else socket.send_bytes(sent)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
    assert (closed.value.code, "at most 8,000 bytes" in closed.value.reason) == (1009, True)


def test_tokens_cannot_be_guessed(client: TestClient) -> None:
    tokens = {shared_pool().start(recommended("xor")) for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) >= 24 for token in tokens)
    for token in tokens:
        shared_pool().drop(token)


@pytest.mark.parametrize(
    "message",
    [
        b"\x00\xff",
        b"ready",
        b"",
        "",
        "\0",
        "no JSON",
        "[" * 400,
        "[" * 8_000,
        "{" * 8_000,
        "9" * 400,
        "NaN",
        '{"view": null}',
        '{"view": {"unit": [1e999, 0]}}',
        '{"view": {"diagram": 1}}',
        '{"edit": {}}',
        "null",
        '{"edit": {"name": "9.Q", "index": [7, 7, 7], "value": 1}}',
        '{"edit": {"name": "\\ud800", "index": [], "value": 1}}',
        '{"view": {"unit": [2147483647, 2147483647]}}',
        '{"view": {"at": -1}}',
        '{"edit": {"name": "1.W", "index": [0, 0], "value": NaN}}',
        '{"view": {"at": 99999999}}',
        "\u202e\U0001f600",
    ],
    ids=lambda message: repr(message[:20]),
)
def test_what_makes_no_sense_is_passed_over(
    client: TestClient, token: str, message: str | bytes
) -> None:
    with client.websocket_connect(f"/live/{token}") as socket:
        if isinstance(message, bytes):
            socket.send_bytes(message)
        else:
            socket.send_text(message)
        socket.send_text("ready")
        assert header(socket.receive_bytes())["grid"]
    assert shared_pool().get(token)


def answer_to(client: TestClient, token: str, **offer: Any) -> int:
    """The code with which a request for a frame is refused, 0 if a frame comes."""
    with client.websocket_connect(f"/live/{token}", **offer) as socket:
        try:
            socket.send_text("ready")
            return 0 if header(socket.receive_bytes()) else 1
        except WebSocketDisconnect as closed:
            return closed.code


STRANGERS: list[dict[str, Any]] = [
    {},
    {"headers": {"cookie": f"{COOKIE}={'S' * 22}"}},
    {"headers": {"cookie": f"{COOKIE}="}},
    {"headers": {"cookie": f"{COOKIE}={hashed(MINE)}"}},
    {"subprotocols": ["x"]},
]


@pytest.mark.parametrize("offer", STRANGERS, ids=repr)
@pytest.mark.parametrize("owner", [hashed(MINE), ""])
def test_a_run_is_not_there_for_strangers(
    client: TestClient, owner: str, offer: dict[str, Any]
) -> None:
    token = shared_pool().start(recommended("spiral"), owner=owner)
    stranger = TestClient(client.app)
    assert answer_to(stranger, token, **offer) == live.GONE
    assert answer_to(stranger, token, subprotocols=[token]) == live.GONE
    shared_pool().drop(token)


def test_a_page_without_cookies_has_the_key_of_its_run(client: TestClient, token: str) -> None:
    handle = shared_pool().get(token)
    assert handle
    assert answer_to(TestClient(client.app), token, subprotocols=[handle.key]) == 0


def test_a_flood_of_wishes_is_read_in_turn_and_costs_others_nothing(
    client: TestClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    obeyed: Counter[str] = Counter()
    obey = live.obey

    def counting(who: str, message: str, tell: Callable[[str], None], tab: str) -> bool:
        obeyed[who] += 1
        return obey(who, message, tell, tab)

    monkeypatch.setattr(live, "obey", counting)
    endless = recommended("moons").changed(epochs=10**6)
    other = shared_pool().start(endless, training=True, owner=hashed("O" * 22))
    neighbour = TestClient(client.app, cookies={COOKIE: "O" * 22})
    neighbour.portal = client.portal
    with (
        client.websocket_connect(f"/live/{token}") as flood,
        neighbour.websocket_connect(f"/live/{other}") as calm,
    ):
        start = time.monotonic()
        for _ in range(3_000):
            flood.send_text("ready")
        frames, until = 0, time.monotonic() + 2
        while time.monotonic() < until:
            calm.send_text("ready")
            assert header(calm.receive_bytes())
            frames += 1
        assert obeyed[token] < live.MOST_WISHES * (2 + time.monotonic() - start) < 3_000
    assert frames > 10
    shared_pool().drop(other)


def test_what_everybody_sees_nobody_steers(client: TestClient) -> None:
    token = shared_pool().start(recommended("spiral"), public=True)
    handle = shared_pool().get(token)
    assert handle
    before = handle.view
    assert live.obey(token, "ready")
    assert not live.obey(token, '{"view": {"diagram": true}}')
    assert not live.obey(token, '{"edit": {"name": "1.W", "index": [0, 0], "value": 5}}')
    assert handle.view == before
    record = shared_pool().record(token)
    assert record
    assert "changes" not in record
    shared_pool().drop(token)


def dial(part: str, entry: str, setting: str, value: float) -> str:
    moved = {"part": part, "entry": entry, "setting": setting, "value": value}
    return json.dumps({"dial": moved})


def test_a_run_follows_a_rate_that_is_moved(client: TestClient, token: str) -> None:
    handle = shared_pool().get(token)
    assert handle
    optimizer = type(handle.experiment.optimizer).__name__
    with client.websocket_connect(f"/live/{token}") as socket:
        for rate in (0.02, 0.03):
            socket.send_text(dial("optimizer", optimizer, "learning_rate", rate))
        socket.send_text("ready")
        socket.receive_bytes()
    assert handle.experiment.optimizer.learning_rate == 0.03
    assert shared_pool().get(token) is handle


def test_where_points_would_lie_is_told_and_the_run_stays(client: TestClient, token: str) -> None:
    handle = shared_pool().get(token)
    assert handle
    before, told = handle.experiment, []
    with client.websocket_connect(f"/live/{token}") as socket:
        for noise in (0.3, 0.4):
            socket.send_text(dial("dataset", "Spiral", "noise", noise))
            told.append(json.loads(socket.receive_text())["points"])
        socket.send_text(dial("dataset", "Moons", "noise", 0.1))  # passed over
        socket.send_text("ready")
        socket.receive_bytes()
    noisy = before.dataset.changed(noise=0.4)
    assert told[1] == dots_of(noisy.load(before.seed)) != told[0]
    assert handle.experiment == before


def test_a_board_goes_on_with_the_run_that_its_own_tab_puts_in_place_of_another(
    client: TestClient, token: str
) -> None:
    pool = shared_pool()
    old = pool.get(token)
    assert old
    with (
        client.websocket_connect(f"/live/{token}?tab=mine") as mine,
        client.websocket_connect(f"/live/{token}?tab=other") as other,
    ):
        for socket in (mine, other):
            socket.send_text("ready")
            socket.receive_bytes()
        old.tab = "mine"
        pool.drop(token)
        heir = pool.start(recommended("moons"), owner=hashed(MINE))
        old.heir = pool.get(heir)
        old.notify()
        told = json.loads(mine.receive_text())
        mine.send_text("ready")
        shown = header(mine.receive_bytes())
        with pytest.raises(WebSocketDisconnect):
            other.receive_bytes()
    pool.drop(heir)
    assert (told["run"], told["key"]) == (heir, old.heir.key)
    assert told["points"] == dots_of(recommended("moons").data())
    assert (shown["step"], shown["units"]) == (0, recommended("moons").summary)


def test_a_run_begins_anew_before_its_page_asks_for_it_once_until_that_does(
    client: TestClient, token: str
) -> None:
    pool = shared_pool()
    old = pool.get(token)
    assert old
    redraw = json.dumps({"redraw": {"what": "new_weights", "chosen": None}})
    with client.websocket_connect(f"/live/{token}") as nameless:
        nameless.send_text(redraw)  # no tab would take the run over
        nameless.send_text("ready")
        nameless.receive_bytes()
        assert old.heir is None
    with client.websocket_connect(f"/live/{token}?tab=mine") as mine:
        mine.send_text(redraw)
        told = json.loads(mine.receive_text())
        mine.send_text(redraw)  # of a run that no page has asked for yet
        mine.send_text("ready")
        mine.receive_bytes()
    heir = pool.get(told["run"])
    assert heir
    assert heir.experiment == other_weights(old.experiment)
    assert (old.heir, heir.heir, heir.ahead, heir.training) == (heir, None, True, True)
    assert (heir.owner, heir.keep) == (old.owner, False)
    pool.drop(heir.token)


def test_a_browser_that_goes_while_it_is_refused_leaves_no_traceback() -> None:
    async def refuses(_: Any) -> None:
        raise WebSocketDisconnect(1006)

    with pytest.raises(StopIteration):  # it has come to its end
        live.until_gone(refuses)(Any).send(None)
