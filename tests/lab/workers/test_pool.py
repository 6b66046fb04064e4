"""The pool with its real processes."""

import math
import statistics
import time
from collections.abc import Callable
from functools import partial

import psutil
import pytest

from engine import MSE, SGD, Adam, Conv2D, Dense, Flatten, Linear, ReLU
from lab.runs.cost import VARIABLE, OverBudgetError
from lab.runs.model_file import to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.workers.messages import NotLoaded
from lab.workers.pool import BusyError, Pool
from lab.workers.worker import TOO_LARGE
from tests.lab.workers.watcher import FOREVER, Watcher

pytestmark = pytest.mark.slow


def test_a_run_trains_pauses_and_goes_on(watch: Callable[..., Watcher], pool: Pool) -> None:
    watcher = watch()
    watcher.until(lambda: watcher.handle.status == "paused")
    assert watcher.header()["step"] == 0
    pool.train(watcher.token)
    watcher.until(lambda: watcher.handle.step > 500)
    waits = []
    for _ in range(5):
        pool.train(watcher.token)
        watcher.until(lambda: watcher.handle.status == "running")
        pool.train(watcher.token, False)
        waits.append(watcher.until(lambda: watcher.handle.status == "paused"))
    assert statistics.median(waits) < 0.3
    step = watcher.handle.step
    assert watcher.rests()
    assert watcher.step_now() == step
    pool.train(watcher.token)
    watcher.until(lambda: watcher.handle.step > step)


def test_a_step_is_one_batch_and_an_epoch_the_rest_of_it(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    watcher = watch()
    pool.step(watcher.token)
    watcher.until(lambda: watcher.handle.step == 1)
    pool.step(watcher.token, whole_epoch=True)
    watcher.until(lambda: watcher.handle.step == 10)


def test_a_pace_is_kept(watch: Callable[..., Watcher]) -> None:
    watcher = watch(pace=20.0, training=True)
    watcher.until(lambda: watcher.handle.step >= 1)
    first = watcher.handle.step
    assert 1.4 <= watcher.until(lambda: watcher.handle.step >= first + 40) <= 3.2


def test_the_history_is_that_of_the_command_line(watch: Callable[..., Watcher], pool: Pool) -> None:
    short = recommended("circles").changed(epochs=15)
    watcher = watch(short, training=True)
    watcher.until(lambda: watcher.handle.status == "finished")
    record, direct = pool.record(watcher.token), Run(short, thin=False)
    assert record
    while direct.status == "ready":
        direct.work(1.0)
    theirs = direct.record()["history"]
    for row in (*record["history"], *theirs):
        del row["seconds"]
    assert record["history"] == theirs


def test_settings_change_on_the_way(watch: Callable[..., Watcher], pool: Pool) -> None:
    watcher = watch()
    pool.step(watcher.token, whole_epoch=True)
    pool.change(watcher.token, FOREVER.changed(optimizer=Adam(0.03)))
    record = pool.record(watcher.token)
    assert record
    assert record["experiment"]["optimizer"]["learning_rate"] == 0.03


def test_an_unwatched_run_rests_and_wakes_when_somebody_looks(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    watcher = watch(training=True)
    watcher.until(lambda: watcher.handle.step > 100)
    pool.unwatch(watcher.handle, watcher.look)
    watcher.until(watcher.rests)
    worker = psutil.Process(watcher.handle.worker.pid)
    before = worker.cpu_times()
    time.sleep(1)
    after = worker.cpu_times()
    assert after.user + after.system - before.user - before.system < 0.1
    step = watcher.step_now()
    pool.watch(watcher.token, watcher.look)
    pool.paint(watcher.token)
    watcher.until(lambda: watcher.handle.step > step and watcher.handle.status == "running")


def test_data_that_cannot_be_loaded_lose_only_their_own_run(
    watch: Callable[..., Watcher],
) -> None:
    broken, fine = watch(training=True), watch(training=True)
    problem = ValueError("the file is damaged: download it again")
    broken.handle.worker.send(NotLoaded(broken.token, problem))
    broken.until(lambda: broken.handle.status == "lost")
    assert broken.header()["message"] == str(problem)
    step = fine.handle.step
    fine.until(lambda: fine.handle.step > step)


def test_every_run_has_its_turn_and_runs_are_shared_out_evenly(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    watchers = [watch(training=True) for _ in range(6)]
    for process in pool.processes:
        assert sum(watcher.handle.worker is process for watcher in watchers) == 3
    for watcher in watchers:
        watcher.until(partial(lambda watcher: watcher.handle.step > 200, watcher))


def test_divergence_reaches_the_page(watch: Callable[..., Watcher]) -> None:
    layers = (Dense(16, ReLU()), Dense(16, ReLU()))
    watcher = watch(
        recommended("moons").changed(
            optimizer=SGD(100.0), layers=layers, loss=MSE(), output=Linear()
        ),
        training=True,
    )
    watcher.until(lambda: watcher.handle.status == "diverged")
    assert "learning rate" in str(watcher.header()["message"])


def test_a_file_from_which_no_run_can_go_on_is_refused_in_a_sentence(
    watch: Callable[..., Watcher],
) -> None:
    watcher = watch(saved=to_bytes(Run(FOREVER), weights_only=True))
    watcher.until(lambda: watcher.handle.status == "lost")
    assert "only weights" in str(watcher.header()["message"])


def test_a_run_that_would_take_too_much_is_refused_and_one_that_may_says_what_it_takes(
    watch: Callable[..., Watcher], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(watch().handle.cost).startswith("about ")
    monkeypatch.setattr("lab.runs.cost.SECONDS", 1e-9)
    before = set(pool.handles)
    with pytest.raises(OverBudgetError, match="is the most here"):
        pool.start(FOREVER)
    assert set(pool.handles) == before


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


def test_a_full_server_has_a_queue_and_unwatched_runs_make_room(
    watch: Callable[..., Watcher], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    unwatched, watched = watch(), watch()
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", len(pool.handles))
    first, second = watch(training=True), watch()
    with pytest.raises(BusyError, match="try again"):
        pool.start(FOREVER, patient=True)
    for number, watcher in ((1, first), (2, second)):
        watcher.until(lambda: True)
        assert watcher.header()["status"] == "queued"
        assert f"number {number} in the queue" in str(watcher.header()["message"])
        assert pool.record(watcher.token) is None
    pool.unwatch(unwatched.handle, unwatched.look)
    first.until(lambda: first.handle.status == "running")
    assert pool.wake(unwatched.token, "") is None  # waits until its worker has let go of it
    assert pool.get(unwatched.token) is None
    assert pool.gone[unwatched.token]
    assert pool.get(watched.token)
    second.until(lambda: "number 1 in" in str(second.header()["message"]))
    first.close()
    second.until(lambda: second.handle.status == "paused")


def test_who_goes_away_waits_no_longer(
    watch: Callable[..., Watcher], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = watch()
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", len(pool.handles))
    monkeypatch.setattr("lab.workers.pool.LEFT_QUEUE", 0.5)
    token, patient = pool.start(FOREVER), watch()
    patient.until(lambda: "number 1 in" in str(patient.header()["message"]))
    assert pool.get(token) is None
    assert pool.get(watched.token)


def test_even_the_queue_is_full_one_day(
    watch: Callable[..., Watcher], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch()
    monkeypatch.setattr("lab.workers.pool.MAX_RUNS", len(pool.handles))
    monkeypatch.setattr("lab.workers.pool.MOST_WAITING", 1)
    watch()
    with pytest.raises(BusyError, match="queue is full"):
        pool.start(FOREVER)


def test_a_visit_has_eight_runs_and_others_are_not_hurt(
    watch: Callable[..., Watcher], pool: Pool
) -> None:
    mine = [watch(owner="me") for _ in range(8)]
    with pytest.raises(BusyError, match="8 of your networks"):
        pool.start(FOREVER, owner="me")
    assert watch(owner="you").handle.at_work
    pool.unwatch(mine[3].handle, mine[3].look)
    assert watch(owner="me").handle.at_work
    mine[0].until(lambda: pool.get(mine[3].token) is None)
    with pytest.raises(BusyError, match="8 of your networks"):
        pool.start(FOREVER, owner="me", patient=True)


def test_a_heavy_run_has_a_process_to_itself_which_ends_with_it(
    watch: Callable[..., Watcher], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.workers.places.HEAVY_BYTES", 10_000_000)
    large = FOREVER.changed(layers=(Dense(512, ReLU()), Dense(512, ReLU())))
    heavy = [watch(large, training=True) for _ in range(2)]
    heavy.append(tolerated := watch(large))
    assert not tolerated.handle.worker.alone, "it is not so heavy that it would have to wait"
    tolerated.close()
    monkeypatch.setattr("lab.workers.pool.TOLERABLE", 1)
    heavy[2] = watch(large, training=True)
    light = watch(training=True)
    first, second, third = heavy
    first.until(lambda: first.handle.step > 0, 30)
    assert first.handle.worker.alone
    assert psutil.Process(first.handle.worker.pid).nice() == 19
    assert not light.handle.worker.alone
    assert first.handle.worker is not second.handle.worker
    process = psutil.Process(first.handle.worker.pid)
    assert len(pool.processes) == 4
    third.until(lambda: "number 1 in the queue" in third.handle.message)
    first.close()
    second.close()
    light.until(lambda: len(pool.processes) <= 3)
    psutil.wait_procs([process], timeout=10)
    assert not process.is_running()


def test_a_run_that_needs_too_much_memory_is_lost_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # no more than a worker has itself
    monkeypatch.setattr("lab.workers.pool.shared_memory", lambda: 0)
    monkeypatch.setenv(VARIABLE, "1000")
    monkeypatch.setattr("lab.runs.cost.SECONDS", math.inf)
    for limit in ("HEAVY_BYTES", "HEAVY_STEP", "HEAVY_PAUSE"):
        monkeypatch.setattr(f"lab.workers.places.{limit}", math.inf)
    pool = Pool(1)
    try:
        neighbour = Watcher(pool, FOREVER, training=True)
        neighbour.until(lambda: neighbour.handle.step > 0)
        convolutions = (Conv2D(64, 3, padding=1), Conv2D(32, 3, padding=1), Flatten())
        large = recommended("digits").changed(layers=convolutions, batch_size=1024)
        watcher = Watcher(pool, large, training=True)
        watcher.until(lambda: watcher.handle.status == "lost")
        assert watcher.header()["message"] == TOO_LARGE
        step = neighbour.handle.step
        neighbour.until(lambda: neighbour.handle.step > step)
        assert neighbour.handle.falls == 0
    finally:
        pool.close()
