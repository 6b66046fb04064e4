"""The pool with its real processes."""

import io
import json
import os
import pickle
import queue
import signal
import statistics
import struct
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from engine import MSE, SGD, Adam, Dense, Linear, ReLU
from lab.frames.protocol import unpack
from lab.runs.experiment import Experiment, recommended
from lab.runs.model_file import to_bytes
from lab.runs.run import Run
from lab.workers import worker
from lab.workers.handle import Handle
from lab.workers.messages import Abandoned, Frame, Loaded, NotLoaded, Paint, Start, Step
from lab.workers.pool import RESTARTED, BusyError, Pool
from lab.workers.questions import Question
from lab.workers.slot import MAX_SECONDS, RunSlot

FOREVER = recommended("spiral").changed(epochs=10**6)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool()
    pids = [process.pid for process in made.processes]
    yield made
    pids += [process.pid for process in made.processes]
    made.close()
    assert not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids
    )


class Watcher:
    """A page that asks for a frame as soon as it has the last."""

    def __init__(self, pool: Pool, experiment: Experiment, **how: object) -> None:
        self.pool, self.token = pool, pool.start(experiment, **how)  # type: ignore[arg-type]
        handle = pool.watch(self.token, self.look)
        assert handle
        self.handle: Handle = handle
        pool.paint(self.token)

    def look(self) -> None:
        self.pool.paint(self.token)

    def head(self) -> dict[str, object]:
        picture = self.handle.frame
        (length,) = struct.unpack("<I", picture[:4])
        return dict(json.loads(picture[4 : 4 + length]))

    def until(self, enough: Callable[[], bool], seconds: float = 15.0) -> float:
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            if self.handle.frame and enough():
                return time.perf_counter() - start
            time.sleep(0.002)
        raise AssertionError(f"not within {seconds} s: {self.handle}")

    def close(self) -> None:
        self.pool.unwatch(self.handle, self.look)
        self.pool.drop(self.token)


@pytest.fixture
def watch(pool: Pool) -> Iterator[Callable[..., Watcher]]:
    opened: list[Watcher] = []

    def open_one(experiment: Experiment = FOREVER, **how: object) -> Watcher:
        opened.append(Watcher(pool, experiment, **how))
        return opened[-1]

    yield open_one
    for watcher in opened:
        watcher.close()


def test_a_run_trains_pauses_and_goes_on(watch: Callable[..., Watcher], pool: Pool) -> None:
    one = watch()
    one.until(lambda: one.handle.status == "paused")
    assert one.head()["step"] == 0
    pool.train(one.token)
    one.until(lambda: one.handle.step > 500)
    waits = []
    for _ in range(5):
        pool.train(one.token)
        one.until(lambda: one.handle.status == "running")
        pool.train(one.token, False)
        waits.append(one.until(lambda: one.handle.status == "paused"))
    assert statistics.median(waits) < 0.3
    step = one.handle.step
    time.sleep(0.2)
    pool.paint(one.token)
    time.sleep(0.1)
    assert one.handle.step == step
    pool.train(one.token)
    one.until(lambda: one.handle.step > step)


def test_a_step_is_one_batch_and_an_epoch_the_rest_of_it(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    one = watch()
    pool.step(one.token)
    one.until(lambda: one.handle.step == 1)
    pool.step(one.token, whole_epoch=True)
    one.until(lambda: one.handle.step == 10)


def test_a_pace_is_kept(watch: Callable[..., Watcher]) -> None:
    one = watch(pace=20.0, training=True)
    one.until(lambda: one.handle.step >= 1)
    first = one.handle.step
    time.sleep(2)
    assert 25 <= one.handle.step - first <= 55


def test_the_history_is_that_of_the_command_line(watch: Callable[..., Watcher], pool: Pool) -> None:
    short = recommended("circles").changed(epochs=15)
    one = watch(short, training=True)
    one.until(lambda: one.handle.status == "finished")
    record, direct = pool.record(one.token), Run(short, thin=False)
    while direct.status == "ready":
        direct.work(1.0)
    theirs = direct.record()["history"]
    for row in (*record["history"], *theirs):
        del row["seconds"]
    assert record["history"] == theirs


def test_knobs_change_on_the_way(watch: Callable[..., Watcher], pool: Pool) -> None:
    one = watch()
    pool.step(one.token, whole_epoch=True)
    pool.change(one.token, FOREVER.changed(optimizer=Adam(0.03)))
    assert pool.record(one.token)["experiment"]["optimizer"]["learning_rate"] == 0.03


def test_a_killed_worker_is_replaced_and_its_run_begun_again(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    one = watch(training=True)
    one.until(lambda: one.handle.step > 100)
    victim = one.handle.worker.pid
    os.kill(victim, signal.SIGKILL)
    one.until(lambda: one.handle.message == RESTARTED and one.handle.step > 0)
    assert one.handle.worker.pid != victim


def test_an_unwatched_run_rests_and_wakes_when_somebody_looks(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    one = watch(training=True)
    one.until(lambda: one.handle.step > 100)
    pool.unwatch(one.handle, one.look)
    time.sleep(10)
    worker = psutil.Process(one.handle.worker.pid)
    before = worker.cpu_times()
    time.sleep(1)
    after = worker.cpu_times()
    assert after.user + after.system - before.user - before.system < 0.1
    step = one.handle.step
    pool.watch(one.token, one.look)
    pool.paint(one.token)
    one.until(lambda: one.handle.step > step and one.handle.status == "running")


def test_data_that_cannot_be_loaded_lose_only_their_own_run(
    watch: Callable[..., Watcher], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = watch(training=True)
    fine = watch(training=True)
    one.handle.worker.send(
        NotLoaded(one.token, ValueError("the file is damaged: download it again"))
    )
    one.until(lambda: one.handle.status == "lost")
    assert one.head()["message"] == "the file is damaged: download it again"
    step = fine.handle.step
    fine.until(lambda: fine.handle.step > step)


def alone(experiment: Experiment) -> tuple[worker.Worker, RunSlot, io.BytesIO]:
    """A worker in this process, with one run, whose clocks can be set."""
    out = io.BytesIO()
    here = worker.Worker(queue.SimpleQueue(), out)
    here.obey(Start("token", experiment, True))
    return here, here.slots["token"], out


def test_an_abandoned_run_is_dropped() -> None:
    here, seat, out = alone(FOREVER)
    seat.touched -= worker.ABANDONED_AFTER + 1
    here.take_turns()
    assert not here.slots
    assert pickle.loads(out.getvalue()) == Abandoned("token")


def test_half_an_hour_of_computing_is_the_most_and_is_said() -> None:
    here, seat, _ = alone(FOREVER)
    assert seat.run
    seat.run.seconds = MAX_SECONDS + 1
    here.take_turns()
    assert seat.run.status == "finished"
    assert "half hour" in seat.run.message
    step = seat.run.position.step
    here.take_turns()
    assert seat.run.position.step == step


def test_a_run_that_breaks_does_not_end_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    here, seat, _ = alone(FOREVER)
    here.obey(Start("other", FOREVER, True))
    assert seat.run
    seat.run.network.layers.clear()
    here.take_turns()
    here.take_turns()
    assert (seat.lost, "Reset" in seat.message) == (True, True)
    other = here.slots["other"].run
    assert other
    assert other.position.step > 0
    assert "Traceback" in capsys.readouterr().err


def test_a_run_that_breaks_says_so_once_to_whoever_watches_and_rests(
    capsys: pytest.CaptureFixture[str],
) -> None:
    here, seat, out = alone(FOREVER)
    assert seat.run
    seat.run.batches = 0  # so that measuring and painting divide by zero
    here.obey(Paint("token"))
    waits = []
    for _ in range(5):
        seat.next_frame = 0.0
        waits.append(here.take_turns())
    assert waits[-1] == 1.0  # until somebody says something, or a second has gone by
    assert capsys.readouterr().err.count("Traceback") == 1
    out.seek(0)
    report = pickle.load(out)
    assert isinstance(report, Frame)
    assert report.status == "lost"
    assert "Reset" in report.message
    assert unpack(report.content)[0]["message"] == report.message
    assert not out.read()


def test_a_question_that_breaks_is_answered_at_once(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    one = watch()
    one.until(lambda: one.handle.status == "paused")
    start = time.perf_counter()
    assert one.handle.worker.ask(one.token, Question[None](), 20.0) is None
    assert time.perf_counter() - start < 5
    one.until(lambda: one.handle.status == "lost")


def test_a_run_begun_again_that_then_diverges_says_that_it_diverged() -> None:
    layers = (Dense(16, ReLU()), Dense(16, ReLU()))
    wild = recommended("moons").changed(
        optimizer=SGD(100.0), layers=layers, loss=MSE(), output=Linear()
    )
    out = io.BytesIO()
    here = worker.Worker(queue.SimpleQueue(), out)
    here.obey(Start("token", wild, True, message=RESTARTED))
    run = here.slots["token"].run
    assert run
    while run.status == "ready":
        here.take_turns()
    here.obey(Paint("token"))
    here.slots["token"].next_frame = 0.0
    out.seek(0)
    out.truncate()
    here.take_turns()
    report = pickle.loads(out.getvalue())
    assert isinstance(report, Frame)
    assert report.status == "diverged"
    assert "learning rate" in report.message


def test_every_run_has_its_turn_and_runs_are_shared_out_evenly(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    several = [watch(training=True) for _ in range(6)]
    assert {sum(w.handle.worker is p for w in several) for p in pool.processes} == {3}
    for one in several:
        one.until(lambda one=one: one.handle.step > 200)


def test_divergence_reaches_the_page(watch: Callable[..., Watcher]) -> None:
    layers = (Dense(16, ReLU()), Dense(16, ReLU()))
    one = watch(
        recommended("moons").changed(
            optimizer=SGD(100.0), layers=layers, loss=MSE(), output=Linear()
        ),
        training=True,
    )
    one.until(lambda: one.handle.status == "diverged")
    assert "learning rate" in str(one.head()["message"])


def test_nobody_waits_for_the_answer_of_a_worker_that_has_died(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    one = watch()
    one.until(lambda: one.handle.status == "paused")
    victim = one.handle.worker.pid
    os.kill(victim, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (victim, signal.SIGKILL)).start()
    start = time.perf_counter()
    assert pool.record(one.token) is None
    assert time.perf_counter() - start < 5


def test_a_step_asked_for_while_the_data_are_loading_is_made_when_they_are_here() -> None:
    here = worker.Worker(queue.SimpleQueue(), io.BytesIO())
    here.obey(Start("token", recommended("digits"), False))
    here.obey(Step("token", whole_epoch=False))
    command = here.inbox.get(timeout=20)
    assert isinstance(command, Loaded)
    here.obey(command)
    here.take_turns()
    run = here.slots["token"].run
    assert run
    assert run.position.step == 1


def test_a_run_goes_on_from_a_file_and_does_so_again_when_its_worker_dies(
    watch: Callable[..., Watcher],
) -> None:
    run = Run(recommended("moons").changed(epochs=10**6))
    run.work(1e9, steps=123)
    one = watch(run.experiment, saved=to_bytes(run))
    one.until(lambda: one.head()["step"] == 123)
    os.kill(one.handle.worker.pid, signal.SIGKILL)
    one.until(lambda: "begun again" in str(one.head()["message"]) and one.head()["step"] == 123)


def test_a_file_from_which_no_run_can_go_on_is_refused_in_a_sentence(
    watch: Callable[..., Watcher],
) -> None:
    one = watch(saved=to_bytes(Run(FOREVER), weights_only=True))
    one.until(lambda: one.handle.status == "lost")
    assert "only weights" in str(one.head()["message"])


def test_a_closed_pool_leaves_no_process_behind() -> None:
    made = Pool(1)
    token = made.start(FOREVER, training=True)
    assert made.record(token)["status"] == "ready"
    pid = made.processes[0].pid
    start = time.perf_counter()
    made.close()
    assert time.perf_counter() - start < 2
    assert not psutil.pid_exists(pid)
    assert made.get(token) is None


def test_tokens_cannot_be_guessed(pool: Pool) -> None:
    tokens = {pool.start(FOREVER) for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) >= 22 for token in tokens)
    for token in tokens:
        pool.drop(token)


def test_unknown_tokens_are_nobody(pool: Pool) -> None:
    assert pool.get("guess") is None
    assert pool.get(None) is None
    assert pool.record("guess") is None
    pool.train("guess")
    pool.step("guess")
    pool.drop("guess")


def test_too_many_watched_runs_get_a_sentence_and_unwatched_ones_make_room(
    watch: Callable[..., Watcher], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = watch(), watch()
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", len(pool.handles))
    with pytest.raises(BusyError, match="try again"):
        pool.start(FOREVER)
    pool.unwatch(one.handle, one.look)
    three = pool.start(FOREVER)
    assert pool.get(one.token) is None
    assert pool.get(two.token)
    pool.drop(three)
