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
from lab.store.records import Snapshot
from lab.store.store import Store
from lab.workers.owning import OwnedElsewhereError
from lab.workers.pool import Pool
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
    print(flush=True)
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
        line = self.process.stdout.readline()
        assert line, "it has ended"
        return line.strip()

    def lose(self) -> None:
        """Wait until it has noticed that the run is another's."""
        while self.line() != "lost":
            pass

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


def kept(pool: Pool, token: str) -> Snapshot:
    """What is in the store of a run, as soon as there is anything."""
    assert pool.store
    while (found := pool.store.snapshot(token)) is None:
        time.sleep(0.05)
    return found


def step_on(pool: Pool, token: str) -> int:
    frame = None
    while frame is None:  # its data are loading
        frame = pool.frame(token)
    return int(str(header(frame)["step"]))


def test_another_server_goes_on_at_once_where_a_killed_one_was(first: Server, second: Pool) -> None:
    step = kept(second, first.token).step
    first.end()
    assert second.wake(first.token, THEIRS) is None
    start = time.monotonic()
    woken = second.wake(first.token, MINE)
    assert woken
    assert woken.training
    assert step_on(second, first.token) >= step
    assert time.monotonic() - start < 5


def test_a_server_that_was_paused_no_longer_owns_what_another_has_taken(
    first: Server, second: Pool
) -> None:
    kept(second, first.token)
    first.process.send_signal(signal.SIGSTOP)
    try:
        assert second.wake(first.token, MINE)  # once the lease has run out
        assert second.store
        mine = kept(second, first.token)
    finally:
        first.process.send_signal(signal.SIGCONT)
    first.lose()
    assert second.get(first.token)
    assert kept(second, first.token).step >= mine.step
    owner = second.store.leases
    assert owner
    assert owner.take(first.token)  # it still is ours


def test_what_is_watched_stays_where_it_is_and_all_else_is_handed_over(
    first: Server, second: Pool
) -> None:
    kept(second, first.token)
    with pytest.raises(OwnedElsewhereError, match="another computer"):
        second.wake(first.token, MINE, patience=1.5 * LEASE)
    assert second.get(first.token) is None
    step = kept(second, first.token).step
    first.process.send_signal(signal.SIGUSR1)  # nobody watches it there any more
    assert second.wake(first.token, MINE)
    assert step_on(second, first.token) >= step
    first.lose()
