"""Worker processes that die, answer, and end."""

import os
import signal
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from lab.runs.model_file import to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.workers.pool import Pool
from lab.workers.questions import InsidesQuestion, RecordQuestion
from lab.workers.slot import WOKEN
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
    watch: Callable[..., Watcher],
) -> None:
    watcher = watch()
    watcher.until(lambda: watcher.handle.status == "paused")
    process = watcher.handle.worker
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        process.ask(watcher.token, RecordQuestion(), 0.1)
    os.kill(process.pid, signal.SIGCONT)
    assert process.ask(watcher.token, RecordQuestion(), 20.0)  # and not the answer that came late


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
