"""Servers that share a PostgreSQL: where one was when it was killed, or paused, another goes on; no
run ever has two owners.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from lab.store.database import Database
from lab.store.store import Store
from lab.workers import owning
from lab.workers.pool import BusyError, Pool
from tests.lab.store.conftest import new_database
from tests.lab.workers.watcher import header

pytestmark = pytest.mark.slow
MINE, THEIRS = "1" * 64, "2" * 64
SERVER = """
import signal, sys, time
from lab.runs.presets import recommended
from lab.store.database import Database
from lab.store.store import Store
from lab.workers.pool import Pool

pool = Pool(1)
pool.store = Store(Database(sys.argv[1]), lease=float(sys.argv[3]))
experiment = recommended("spiral").changed(epochs=10**6)
token = pool.start(experiment, training=True, owner=sys.argv[2], page="playground", keep=True)
print(token, flush=True)
pool.watch(token, int)
signal.signal(signal.SIGUSR1, lambda *_: pool.unwatch(pool.get(token), int))
while handle := pool.get(token):
    pool.paint(token)
    time.sleep(0.02)
    if kept := handle.snapshot:
        print(kept.step, flush=True)
print("lost", flush=True)
sys.stdin.read()
pool.close()
pool.store.close()
"""
LEASE = 2.0  # seconds, and not ten, so that a test does not wait


class Server:
    """Another server, which trains a run, and tells what it has reported of it."""

    def __init__(self, place: str) -> None:
        words = [place, MINE, str(LEASE)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.token = self.line()

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def has_kept(self, count: int) -> list[int]:
        """The steps of so many snapshots."""
        steps: list[int] = []
        while len(steps) < count:
            said = self.line()
            if said and int(said) not in steps[-1:]:
                steps.append(int(said))
        return steps

    def lose(self) -> None:
        """Wait until it has noticed that the run is another's."""
        while (said := self.line()) != "lost":  # what it had heard of before
            assert said.isdecimal() or not said

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def place(postgres: str) -> str:
    return new_database(postgres)


@pytest.fixture(scope="module")
def second(place: str) -> Iterator[Pool]:
    """The server to which the visitor comes next."""
    pool = Pool(1)
    pool.store = Store(Database(place), lease=LEASE)
    yield pool
    pool.close()
    pool.store.close()


@pytest.fixture
def first(second: Pool, place: str) -> Iterator[Server]:
    server = Server(place)
    yield server
    server.end()


def step_on(pool: Pool, token: str) -> int:
    frame = None
    while frame is None:  # its data are loading
        frame = pool.frame(token)
    return int(str(header(frame)["step"]))


def test_another_server_goes_on_at_once_where_a_killed_one_was(first: Server, second: Pool) -> None:
    steps = first.has_kept(4)
    first.end()
    assert second.wake(first.token, THEIRS) is None
    start = time.monotonic()
    woken = second.wake(first.token, MINE)
    assert woken
    assert woken.training
    # the newest snapshot may still have been on its way to the database
    assert step_on(second, first.token) >= steps[-2]
    assert time.monotonic() - start < 5


def test_a_server_that_was_paused_no_longer_owns_what_another_has_taken(
    first: Server, second: Pool
) -> None:
    first.has_kept(3)
    first.process.send_signal(signal.SIGSTOP)
    try:
        assert second.wake(first.token, MINE)  # once the lease has run out
        assert second.store
        second.store.writer.settle()
        mine = second.store.snapshot(first.token)
    finally:
        first.process.send_signal(signal.SIGCONT)
    first.lose()
    assert second.get(first.token)
    second.store.writer.settle()
    kept = second.store.snapshot(first.token)
    assert mine
    assert kept
    assert kept.step >= mine.step
    owner = second.store.leases
    assert owner
    assert owner.take(first.token)  # it still is ours


def test_what_is_watched_stays_where_it_is_and_all_else_is_handed_over(
    first: Server, second: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.has_kept(1)
    with monkeypatch.context() as patch:
        patch.setattr(owning, "TAKE_WITHIN", 1.5 * LEASE)
        with pytest.raises(BusyError, match="another computer"):
            second.wake(first.token, MINE)
    assert second.get(first.token) is None
    *_, step = first.has_kept(2)
    first.process.send_signal(signal.SIGUSR1)  # nobody watches it there any more
    assert second.wake(first.token, MINE)
    assert step_on(second, first.token) >= step
    first.lose()
