"""/metrics has figures for Prometheus, which only this computer sees unless others are named."""

import time
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lab.runs.presets import recommended
from lab.workers.pool import Pool, shared_pool
from ui import gauges, live
from ui.visit import COOKIE, hashed

MINE = "M" * 22


@pytest.fixture(scope="module")
def application() -> Iterator[TestClient]:
    routes = [live.route(), gauges.route()]
    app = Starlette(routes=routes, lifespan=live.lifespan)
    with TestClient(app, client=("127.0.0.1", 5000)) as running:
        running.cookies.set(COOKIE, MINE)
        yield running


def figures(client: TestClient) -> dict[str, float]:
    response = client.get("/metrics")
    assert response.status_code == 200
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_it_counts_runs_frames_steps_and_what_waits(application: TestClient) -> None:
    before = figures(application)
    pool: Pool = shared_pool()
    token = pool.start(recommended("spiral"), training=True, owner=hashed(MINE), keep=True)
    sizes: list[int] = []
    with application.websocket_connect(f"/live/{token}") as socket:
        frame = b""
        while b'"status": "running"' not in frame or len(sizes) < 5:
            socket.send_text("ready")
            frame = socket.receive_bytes()
            sizes.append(len(frame))
        time.sleep(0.1)  # until the last is counted
        after = figures(application)
    pool.drop(token)
    gained = {name: after[name] - before.get(name, 0) for name in after}
    assert gained["glassbox_frames_total"] == len(sizes)
    assert gained["glassbox_frame_bytes_total"] == sum(sizes)
    assert gained.get("glassbox_runsrunning") == gained["glassbox_viewers"] == 1
    assert gained["glassbox_steps_total"] > 0
    assert 0 < after["glassbox_snapshot_age_seconds"] < 60
    assert after["glassbox_workers"] == 2
    assert after["glassbox_rooms"] == 0
    assert (after["glassbox_store_well"], after["glassbox_write_queue"] < 10) == (1, True)
    assert MINE not in application.get("/metrics").text


CASES = [
    # who asks, by way of which proxy, what the option says, the answer
    ("127.0.0.1", "", "", 200),
    ("::1", "", "", 200),
    ("::ffff:127.0.0.1", "", "", 200),
    ("::ffff:192.168.1.7", "", "", 404),
    ("127.0.0.1", "203.0.113.9", "", 404),
    ("192.168.1.7", "", "", 404),
    ("192.168.1.7", "", "192.168.1.7", 200),
    ("192.168.1.7", "", "10.0.0.0/8, 192.168.0.0/16", 200),
    ("192.168.1.7", "", "10.0.0.0/8", 404),
    ("192.168.1.7", "", "nonsense", 404),
    ("192.168.1.7", "", "*", 200),
    ("testclient", "", "", 404),
]


@pytest.mark.parametrize(("client", "proxied", "option", "code"), CASES)
def test_others_see_it_only_where_they_are_named(
    monkeypatch: pytest.MonkeyPatch, client: str, proxied: str, option: str, code: int
) -> None:
    monkeypatch.setenv(gauges.OPTION, option)
    headers = {"x-forwarded-for": proxied} if proxied else {}
    asking = TestClient(Starlette(routes=[gauges.route()]), client=(client, 5000))
    assert asking.get("/metrics", headers=headers).status_code == code
