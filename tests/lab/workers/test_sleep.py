"""Runs that sleep in the store while others have their places, and wake where they were."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.runs.experiment import Experiment
from lab.store.database import Database
from lab.store.store import Store
from lab.workers.handle import Handle
from lab.workers.pool import Pool
from tests.lab.workers.watcher import FOREVER, header

pytestmark = pytest.mark.slow
MINE, THEIRS = "1" * 64, "2" * 64


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


@pytest.fixture
def keeping(place: str) -> Iterator[Pool]:
    """A pool whose runs are kept."""
    pool, store = Pool(), Store(Database(place))
    pool.store = store
    yield pool
    pool.close()
    store.close()


def begin(pool: Pool, experiment: Experiment = FOREVER, owner: str = MINE) -> Handle:
    token = pool.start(experiment, training=True, owner=owner, page="playground", keep=True)
    handle = pool.get(token)
    assert handle
    return handle


def until(reached: Callable[[], object], seconds: float = 60.0) -> float:
    start = time.perf_counter()
    while not reached():
        assert time.perf_counter() - start < seconds
        time.sleep(0.002)
    return time.perf_counter() - start


def step_of(pool: Pool, token: str) -> int:
    frame = pool.frame(token)
    return int(str(header(frame)["step"])) if frame else 0


def test_forty_runs_find_room_in_thirty_places(
    keeping: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", 30)
    monkeypatch.setattr("lab.workers.pool.MOST_OF_VISIT", 40)
    tokens, last = [], {}
    for _ in range(40):
        token = begin(keeping).token
        until(lambda token=token: step_of(keeping, token) > 5)
        tokens.append(token)
        last[token] = step_of(keeping, token)
    until(lambda: len(keeping.handles) == 30)
    sleeping = [token for token in tokens if token not in keeping.handles]
    assert sleeping == tokens[:10], "those that nobody has looked at for longest"
    for token in sleeping:
        start = time.perf_counter()
        assert keeping.wake(token, THEIRS) is None
        woken = keeping.wake(token, MINE)
        assert woken
        assert woken.training
        until(lambda token=token: step_of(keeping, token) > last[token])
        assert time.perf_counter() - start < 5
    assert all(keeping.wake(token, MINE) for token in tokens), "none is lost"


def test_a_run_that_is_called_while_it_falls_asleep_wakes(
    keeping: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = begin(keeping)
    until(lambda: step_of(keeping, first.token) > 50)
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", 1)
    begin(keeping)
    assert first.asleep
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", 9)
    woken = keeping.wake(first.token, MINE)
    assert woken
    assert woken is not first
    until(lambda: step_of(keeping, first.token) > 50)


def test_a_run_whose_worker_dies_while_it_falls_asleep_is_in_the_store(
    keeping: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = begin(keeping)
    until(lambda: first.snapshot)
    os.kill(first.worker.pid, signal.SIGSTOP)
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", 1)
    begin(keeping)
    os.kill(first.worker.pid, signal.SIGKILL)
    until(lambda: keeping.get(first.token) is None)
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", 9)
    woken = keeping.wake(first.token, MINE)
    assert woken
    until(lambda: step_of(keeping, first.token) > 0)


def test_a_pool_that_is_closed_saves_to_the_last_step(place: str) -> None:
    pool, store = Pool(1), Store(Database(place))
    pool.store = store
    handle = begin(pool)
    until(lambda: step_of(pool, handle.token) > 200)
    step = step_of(pool, handle.token)
    start = time.perf_counter()
    pool.close()
    store.close()
    assert time.perf_counter() - start < 5
    again = Store(Database(place))
    found = again.snapshot(handle.token)
    assert found
    assert found.step >= step
    again.close()


def test_dropping_a_run_forgets_it_and_a_visit_can_drop_its_own(keeping: Pool) -> None:
    handles = [begin(keeping) for _ in range(3)]
    theirs = begin(keeping, owner=THEIRS)
    store = keeping.store
    assert store
    until(lambda: all(store.run(handle.token) for handle in (*handles, theirs)))
    keeping.drop(handles[0].token)
    store.writer.settle()
    assert store.run(handles[0].token) is None
    assert keeping.wake(handles[0].token, MINE) is None
    keeping.drop_all_of(MINE)
    store.writer.settle()
    assert list(keeping.handles) == [theirs.token]
    assert keeping.experiment_of(theirs.token) == FOREVER


def test_a_killed_worker_goes_on_from_the_store_where_the_snapshot_is_large(
    keeping: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.workers.pool.HELD", 10)
    handle = begin(keeping)
    until(lambda: step_of(keeping, handle.token) > 50)
    store = keeping.store
    assert store
    until(lambda: handle.snapshot is None and store.snapshot(handle.token))
    kept = store.snapshot(handle.token)
    assert kept
    os.kill(handle.worker.pid, signal.SIGKILL)
    until(lambda: step_of(keeping, handle.token) > kept.step)
    frame = keeping.frame(handle.token)
    assert frame
    assert int(str(header(frame)["step"])) > kept.step
