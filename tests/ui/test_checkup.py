"""/healthz says what does not work, and 503 if something does not."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lab.store import store as stores
from lab.store.database import Database
from lab.store.store import Store
from lab.workers.pool import Pool
from ui import checkup

pytestmark = pytest.mark.slow
WELL, ILL = "answers", "does not answer"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    store = Store(Database(str(tmp_path / "store.db")))
    monkeypatch.setattr(stores, "_shared", store)
    yield store
    store.close()


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    pool = Pool(workers=1)
    monkeypatch.setattr(checkup, "shared_pool", lambda: pool)
    yield pool
    pool.close()


@pytest.fixture
def client(store: Store, pool: Pool) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[checkup.route()])) as running:
        yield running


def test_a_server_that_is_well_says_so(client: TestClient) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"workers": WELL, "store": WELL}
    assert response.headers["cache-control"] == "no-store"
    assert client.head("/healthz").status_code == 200
    assert client.post("/healthz").status_code == 405


def test_a_store_that_is_closed_is_named(client: TestClient, store: Store) -> None:
    store.close()
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"workers": WELL, "store": ILL}


def test_a_server_without_a_store_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_shared", None)
    assert client.get("/healthz").json()["store"] == ILL


def test_a_store_that_takes_too_long_is_named(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = threading.Event()
    monkeypatch.setattr(checkup, "WITHIN", 0.1)
    busy = store.writer.submit(lambda _: ready.wait(10))
    response = client.get("/healthz")
    ready.set()
    busy.result()
    assert (response.status_code, response.json()["store"]) == (503, ILL)


def test_workers_that_have_ended_are_named(client: TestClient, pool: Pool) -> None:
    pool._closed = True  # or another would take its place
    (worker,) = pool.processes
    worker.close()
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"workers": ILL, "store": WELL}
