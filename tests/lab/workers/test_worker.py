"""A worker in this process, whose clocks can be set."""

import io
import pickle
import queue
import time
from typing import Any

import pytest

from engine import MSE, SGD, Dense, Linear, ReLU
from lab.frames.protocol import unpack
from lab.frames.squeeze import expand
from lab.runs.experiment import Experiment
from lab.runs.model_file import to_bytes
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.workers import worker as module
from lab.workers.messages import (
    Abandoned,
    Command,
    Drop,
    Frame,
    Loaded,
    Paint,
    Start,
    Step,
    Touch,
    Train,
)
from lab.workers.slot import MAX_SECONDS, WOKEN, RunSlot
from lab.workers.worker import ABANDONED_AFTER, Worker
from tests.lab.workers.watcher import FOREVER

pytestmark = pytest.mark.slow


def alone(experiment: Experiment) -> tuple[Worker, RunSlot, io.BytesIO]:
    """A worker in this process, with one run, whose clocks can be set."""
    out = io.BytesIO()
    worker = Worker(queue.SimpleQueue(), out)
    worker.obey(Start("token", experiment, True))
    return worker, worker.slots["token"], out


def test_who_waits_for_drawn_digits_is_told_how_long() -> None:
    _, slot, _ = alone(recommended("mnist-strokes"))  # whose data come by a command not obeyed here
    said = []
    for waited in (0.5, 6.0, 60.0):
        slot.began, slot.next_frame = time.monotonic() - waited, 0.0
        slot.want_frame()
        slot.take_turn(0.01, said.append)
    assert [frame.message for frame in said] == [
        "",
        "Drawing 20,000 digits, which happens once on a computer: 6 s of about 25 s.",
        "Drawing 20,000 digits, which happens once on a computer: 60 s so far.",
    ]
    assert unpack(expand(said[0].content))[0]["message"] is None
    assert slot.experiment.dataset.changed(strokes=0).while_loading(60.0) == ""


def test_an_abandoned_run_is_dropped() -> None:
    worker, slot, out = alone(FOREVER)
    slot.touched -= ABANDONED_AFTER + 1
    worker.take_turns()
    assert not worker.slots
    assert pickle.loads(out.getvalue()) == Abandoned("token")


def test_half_an_hour_of_computing_is_the_most_and_is_said() -> None:
    worker, slot, _ = alone(FOREVER)
    assert slot.run
    slot.run.seconds = MAX_SECONDS + 1
    worker.take_turns()
    assert slot.run.status == "finished"
    assert "half hour" in slot.run.message
    step = slot.run.position.step
    worker.take_turns()
    assert slot.run.position.step == step


def test_a_run_that_breaks_does_not_end_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    worker, slot, _ = alone(FOREVER)
    worker.obey(Start("other", FOREVER, True))
    assert slot.run
    slot.run.network.layers.clear()
    worker.take_turns()
    worker.take_turns()
    assert (slot.lost, "Reset" in slot.message) == (True, True)
    other = worker.slots["other"].run
    assert other
    assert other.position.step > 0
    assert "Traceback" in capsys.readouterr().err


def test_a_run_that_breaks_says_so_once_to_whoever_watches_and_rests(
    capsys: pytest.CaptureFixture[str],
) -> None:
    worker, slot, out = alone(FOREVER)
    assert slot.run
    slot.run.batches = 0  # so that measuring and painting divide by zero
    worker.obey(Paint("token"))
    waits = []
    for _ in range(5):
        slot.next_frame = 0.0
        waits.append(worker.take_turns())
    assert waits[-1] == 1.0  # until somebody says something, or a second has gone by
    assert capsys.readouterr().err.count("Traceback") == 1
    out.seek(0)
    report = pickle.load(out)
    assert isinstance(report, Frame)
    assert report.status == "lost"
    assert "Reset" in report.message
    assert unpack(expand(report.content))[0]["message"] == report.message
    assert not out.read()


def test_a_run_that_goes_on_and_then_diverges_says_that_it_diverged() -> None:
    layers = (Dense(16, ReLU()), Dense(16, ReLU()))
    wild = recommended("moons").changed(
        optimizer=SGD(100.0), layers=layers, loss=MSE(), output=Linear()
    )
    out = io.BytesIO()
    worker = Worker(queue.SimpleQueue(), out)
    begun = Run(wild)
    begun.step_batch()
    clock = {"seconds": 0.0, "steps": 1, "last_epoch": 0}
    worker.obey(Start("token", wild, True, saved=to_bytes(begun), clock=clock))
    assert worker.slots["token"].message == WOKEN
    run = worker.slots["token"].run
    assert run
    while run.status == "ready":
        worker.take_turns()
    worker.obey(Paint("token"))
    worker.slots["token"].next_frame = 0.0
    out.seek(0)
    out.truncate()
    worker.take_turns()
    report = pickle.loads(out.getvalue())
    assert isinstance(report, Frame)
    assert report.status == "diverged"
    assert "learning rate" in report.message


def test_a_step_asked_for_while_the_data_are_loading_is_made_when_they_are_here() -> None:
    worker = Worker(queue.SimpleQueue(), io.BytesIO())
    worker.obey(Start("token", recommended("digits"), False))
    worker.obey(Step("token", whole_epoch=False))
    command = worker.inbox.get(timeout=20)
    assert isinstance(command, Loaded)
    worker.obey(command)
    worker.take_turns()
    run = worker.slots["token"].run
    assert run
    assert run.position.step == 1


LONG = recommended("digits").changed(layers=(Dense(8, ReLU()),), epochs=3)


def loaded(*tokens: str) -> Worker:
    """A worker with paused runs of LONG, whose data are here."""
    worker = Worker(queue.SimpleQueue(), io.BytesIO())
    for token in tokens:
        worker.obey(Start(token, LONG, False))
        worker.obey(worker.inbox.get(timeout=20))
    return worker


def test_an_epoch_is_made_in_turns_so_that_nobody_waits_for_it_and_then_the_run_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SLICE", 0.0)  # a step a turn
    worker = loaded("token", "other")
    slot, other = worker.slots["token"], worker.slots["other"]
    worker.obey(Step("token", whole_epoch=True))
    worker.obey(Train("other", True))
    assert slot.run
    assert other.run
    turns = 0
    while slot.status(time.monotonic()) == "running":
        worker.take_turns()
        turns += 1
    assert turns >= slot.run.batches
    assert (slot.run.position.epoch, slot.run.position.batch) == (1, slot.run.batches)
    assert (slot.run.measured, len(slot.run.history)) == (1, 1)
    assert other.run.position.step >= slot.run.batches
    step = slot.run.position.step
    worker.take_turns()
    assert (slot.run.position.step, slot.status(time.monotonic())) == (step, "paused")
    worker.obey(Step("token", whole_epoch=True))
    while slot.status(time.monotonic()) == "running":
        worker.take_turns()
    assert (slot.run.measured, slot.run.position.step) == (2, 2 * step)


def test_an_epoch_can_be_paused_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 0.0)
    worker = loaded("token")
    slot = worker.slots["token"]
    worker.obey(Step("token", whole_epoch=True))
    worker.take_turns()
    worker.obey(Train("token", False))
    assert slot.run
    step = slot.run.position.step
    worker.take_turns()
    assert 0 < slot.run.position.step == step < slot.run.batches


def test_whoever_asks_for_an_epoch_before_one_is_done_gets_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SLICE", 0.0)
    worker = loaded("token")
    slot = worker.slots["token"]
    assert slot.run
    worker.obey(Step("token", whole_epoch=True))
    while slot.run.position.step < slot.run.batches // 2:
        worker.take_turns()
    worker.obey(Step("token", whole_epoch=True))
    while slot.status(time.monotonic()) == "running":
        worker.take_turns()
    assert slot.run.position.step == 2 * slot.run.batches
    for _ in range(3):
        worker.obey(Step("token", whole_epoch=True))  # but no more than are left
    while slot.status(time.monotonic()) == "running":
        worker.take_turns()
    assert (slot.run.status, slot.run.measured, slot.last_epoch) == ("finished", LONG.epochs, 0)


def test_a_command_waits_for_one_turn_and_not_for_a_round() -> None:
    worker = loaded("first", "second", "third")
    for token in worker.slots:
        worker.obey(Train(token, True))
    worker.inbox.put(Drop("third"))
    third = worker.slots["third"].run
    worker.take_turns()
    assert "third" not in worker.slots
    assert third
    assert third.position.step == 0


def test_who_asks_without_pause_does_not_stop_the_training() -> None:
    worker, slot, _ = alone(FOREVER)

    class Insistent:
        """A queue that is never empty."""

        def get_nowait(self) -> Command:
            return Touch("token")

        def qsize(self) -> int:
            return 1

    insistent: Any = Insistent()
    worker.inbox = insistent
    for _ in range(5):
        worker.take_turns()
    assert slot.run
    assert slot.run.position.step >= 5


def test_it_ends_with_its_input_whatever_is_still_training() -> None:
    worker, _, _ = alone(FOREVER)
    worker.inbox.put(None)
    worker.serve()
    assert worker.closed
