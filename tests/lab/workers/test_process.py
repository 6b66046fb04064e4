"""Worker processes that die, answer, and end."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from engine import Adam
from lab.runs.model_file import to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.workers import pipe
from lab.workers.pool import SET_ASIDE, Pool
from lab.workers.questions import InsidesQuestion, RecordQuestion
from lab.workers.slot import WOKEN
from tests.lab.workers.poison import Poison
from tests.lab.workers.watcher import FOREVER, Watcher

pytestmark = pytest.mark.slow


def test_a_killed_worker_is_replaced_and_its_run_goes_on_from_its_last_snapshot(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    watcher = watch(training=True)
    watcher.until(lambda: watcher.handle.snapshot and watcher.handle.snapshot.step > 500)
    snapshot, victim = watcher.handle.snapshot, watcher.handle.worker.pid
    assert snapshot
    os.kill(victim, signal.SIGKILL)
    killed = time.monotonic()
    watcher.until(lambda: watcher.handle.message == WOKEN)
    assert time.monotonic() - killed < 5
    assert watcher.handle.step >= snapshot.step
    step = watcher.handle.step
    watcher.until(lambda: watcher.handle.step > step)
    assert watcher.handle.worker.pid != victim


def test_nobody_waits_for_the_answer_of_a_worker_that_has_died(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    watcher = watch()
    watcher.until(lambda: watcher.handle.status == "paused")
    victim = watcher.handle.worker.pid
    os.kill(victim, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (victim, signal.SIGKILL)).start()
    start = time.perf_counter()
    assert pool.record(watcher.token) is None
    assert time.perf_counter() - start < 5


def test_a_question_that_breaks_is_answered_at_once(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    watcher = watch()
    watcher.until(lambda: watcher.handle.status == "paused")
    start = time.perf_counter()
    no_number = InsidesQuestion("first")
    assert watcher.handle.worker.ask(watcher.token, no_number, 20.0) is None
    assert time.perf_counter() - start < 5
    watcher.until(lambda: watcher.handle.status == "lost")


def test_who_asks_a_worker_that_does_not_answer_waits_no_longer_than_told(
    watch: Callable[..., Watcher], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = watch()
    watcher.until(lambda: watcher.handle.status == "paused")
    process = watcher.handle.worker
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        process.ask(watcher.token, RecordQuestion(), 0.1)
    monkeypatch.setattr("lab.workers.pool.ANSWER_WITHIN", 0.1)
    assert pool.record(watcher.token) is None
    assert "busy" in pool.why_nothing(watcher.token, "It has ended.")
    monkeypatch.undo()
    os.kill(process.pid, signal.SIGCONT)
    assert process.ask(watcher.token, RecordQuestion(), 20.0)  # and not the answer that came late
    assert pool.record(watcher.token)
    assert pool.why_nothing(watcher.token, "It has ended.") == "It has ended."


def test_a_run_goes_on_from_a_file_and_does_so_again_when_its_worker_dies(
    watch: Callable[..., Watcher],
) -> None:
    run = Run(recommended("moons").changed(epochs=10**6))
    run.work(1e9, steps=123)
    watcher = watch(run.experiment, saved=to_bytes(run))
    watcher.until(lambda: watcher.header()["step"] == 123)
    os.kill(watcher.handle.worker.pid, signal.SIGKILL)
    watcher.until(lambda: watcher.header()["message"] == WOKEN)
    watcher.until(lambda: watcher.header()["step"] == 123)


def test_a_closed_pool_leaves_no_process_behind() -> None:
    pool = Pool(1)
    token = pool.start(FOREVER, training=True)
    record = pool.record(token)
    assert record
    assert record["status"] == "ready"
    pid = pool.processes[0].pid
    start = time.perf_counter()
    pool.close()
    assert time.perf_counter() - start < 2
    assert not psutil.pid_exists(pid)
    assert pool.get(token) is None


@pytest.fixture
def alone() -> Iterator[Pool]:
    """A pool of one worker."""
    pool = Pool(1)
    yield pool
    pool.close()


def test_a_run_in_whose_turn_workers_die_is_set_aside_and_its_neighbours_go_on(
    alone: Pool,
) -> None:
    neighbour = Watcher(alone, FOREVER, training=True)
    neighbour.until(lambda: neighbour.handle.snapshot and neighbour.handle.snapshot.step > 100)
    snapshot, first = neighbour.handle.snapshot, alone.processes[0]
    assert snapshot
    poison = Watcher(alone, FOREVER.changed(optimizer=Poison()), training=True)
    poison.until(lambda: poison.handle.status == "lost", 30)
    assert poison.header()["message"] == poison.handle.message == SET_ASIDE
    second = alone.processes[0]
    assert second is not first
    neighbour.until(lambda: neighbour.handle.worker is second and neighbour.handle.step > 0, 30)
    assert neighbour.handle.step >= snapshot.step
    step = neighbour.handle.step
    neighbour.until(lambda: neighbour.handle.step > step + 100)
    assert alone.processes[0] is second, "nobody has died any more"
    alone.train(poison.token)  # whatever is pressed, it stays as it is
    assert alone.record(poison.token) is None
    assert poison.handle.status == "lost"


def test_who_comes_further_between_two_falls_is_not_set_aside(alone: Pool) -> None:
    watcher = Watcher(alone, FOREVER, training=True)
    for _ in range(4):
        seen = watcher.handle.snapshot
        watcher.until(lambda seen=seen: watcher.handle.snapshot not in (None, seen), 30)
        process = watcher.handle.worker
        while process.pulse.token != watcher.token:  # in the midst of its turn
            time.sleep(0.0001)
        os.kill(process.pid, signal.SIGKILL)
        watcher.until(lambda process=process: watcher.handle.worker is not process)
    watcher.until(lambda: watcher.handle.status == "running", 30)


def test_a_worker_that_hangs_is_replaced_and_new_runs_do_not_go_to_it(pool: Pool) -> None:
    watcher = Watcher(pool, FOREVER, training=True)
    watcher.until(lambda: watcher.handle.snapshot and watcher.handle.snapshot.step > 100)
    hung, snapshot = watcher.handle.worker, watcher.handle.snapshot
    assert snapshot
    os.kill(hung.pid, signal.SIGSTOP)
    stopped = time.monotonic()
    watcher.until(lambda: hung.doubtful)
    others = [Watcher(pool, FOREVER) for _ in range(4)]
    assert all(other.handle.worker is not hung for other in others)
    assert time.monotonic() - stopped < 5
    watcher.until(lambda: watcher.handle.message == WOKEN, 30)
    assert 4 < time.monotonic() - stopped < 20
    assert watcher.handle.worker is not hung
    assert watcher.handle.step >= snapshot.step
    for each in (watcher, *others):
        each.close()


def test_nobody_waits_for_a_worker_that_does_not_read(
    alone: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher(alone, FOREVER)
    watcher.until(lambda: watcher.handle.status == "paused")
    hung = watcher.handle.worker
    os.kill(hung.pid, signal.SIGSTOP)
    slowest = 0.0
    for number in range(5_000):
        start = time.perf_counter()
        alone.paint(watcher.token)
        alone.pace(watcher.token, float(number % 2 + 1))
        slowest = max(slowest, time.perf_counter() - start)
        if number == 2_000:
            monkeypatch.setattr(pipe, "MOST", 1_000)
    assert slowest < 0.5
    watcher.until(lambda: watcher.handle.worker is not hung, 4)  # it has left too much unread
    alone.change(watcher.token, FOREVER.changed(optimizer=Adam(0.5)))
    watcher.until(lambda: watcher.handle.status == "paused")
