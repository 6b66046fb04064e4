"""A run whose worker is killed at any moment ends as one that was never disturbed, bit for bit."""

import math
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import (
    GRU,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LayerNorm,
    ReLU,
)
from lab.data.dataset import Data
from lab.data.image_sets import MNIST
from lab.runs.edit import Edit
from lab.runs.experiment import Experiment
from lab.runs.presets import recommended
from lab.runs.run import READY, Run
from lab.store.records import Snapshot
from lab.workers import slot as module
from lab.workers.messages import FULL, GENTLE, Rested, Start
from lab.workers.slot import ELSEWHERE, SOLVED, WOKEN, RunSlot
from tests.lab.runs.driving import rows

pytestmark = pytest.mark.slow
POINTS = recommended("moons").changed(
    layers=(Dense(6, ReLU()), BatchNorm(), Dropout(0.2), LayerNorm()), batch_size=32, epochs=8
)
PICTURES = recommended("digits").changed(
    layers=(Conv2D(2, 3, activation=ReLU()), BatchNorm(), Flatten()), batch_size=256, epochs=3
)
ROWS = recommended("digits").changed(layers=(GRU(4),), batch_size=256, epochs=3)

steps = st.lists(st.integers(0, 90), min_size=1, max_size=3)
of = {
    name: st.sampled_from(sorted(menu))
    for name, menu in (
        ("optimizer", OPTIMIZERS),
        ("schedule", SCHEDULES),
        ("regularizer", [name for name in REGULARIZERS if name != "Augmentation"]),
    )
}


def begun(
    experiment: Experiment, data: Data, snapshot: Snapshot | None = None, **options: object
) -> RunSlot:
    """A slot as a worker would have it, from the start or from a snapshot."""
    start = Start("token", experiment, True, **options)  # type: ignore[arg-type]
    if snapshot:
        start = Start(
            "token", experiment, True, FULL, snapshot.content, snapshot.clock, snapshot.machine
        )
    slot = RunSlot.of(start)
    slot.begin(data)
    return slot


def killed_at(experiment: Experiment, data: Data, moments: Sequence[int]) -> Run:
    """The run, of which a snapshot is taken after so many steps each, and the rest is lost."""
    slot = begun(experiment, data)
    for steps_made in moments:
        assert slot.run
        if steps_made:
            slot.run.work(math.inf, steps_made)
        snapshot = slot.take_snapshot(time.monotonic())
        slot.run.work(0.001)  # what was done since goes with the worker
        slot = begun(experiment, data, snapshot)
    assert slot.run
    return ended(slot.run)


def ended(run: Run) -> Run:
    while run.status == READY:
        run.work(1.0)
    return run


def check_same(killed: Run, whole: Run) -> None:
    assert rows(killed) == rows(whole)
    assert list(killed.curve) == list(whole.curve)
    assert (killed.curve.latest, killed.status) == (whole.curve.latest, whole.status)
    assert killed.network.theta.tobytes() == whole.network.theta.tobytes()
    assert killed.network.buffers.tobytes() == whole.network.buffers.tobytes()
    assert killed.rng.bit_generator.state == whole.rng.bit_generator.state
    if whole.confusion is not None:
        assert np.array_equal(killed.confusion, whole.confusion)  # type: ignore[arg-type]


@given(moments=steps, optimizer=of["optimizer"], schedule=of["schedule"], kind=of["regularizer"])
@example(moments=[42], optimizer="RandomSearch", schedule="ConstantRate", kind="EarlyStopping")
@settings(max_examples=80)
def test_a_killed_run_ends_as_one_that_was_not(
    moments: list[int], optimizer: str, schedule: str, kind: str
) -> None:
    experiment = POINTS.changed(
        optimizer=OPTIMIZERS[optimizer](),
        schedule=SCHEDULES[schedule](),
        regularizers=(REGULARIZERS[kind](),),
    )
    data = experiment.dataset.load(0)
    check_same(killed_at(experiment, data, moments), ended(Run(experiment, data)))


@pytest.mark.parametrize("kind", ["optimizer", "schedule", "regularizer"])
def test_every_entry_that_has_memory_survives(kind: str) -> None:
    menu = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "regularizer": REGULARIZERS}[kind]
    for name, entry in menu.items():
        if name == "Augmentation":
            continue  # it is for pictures, below
        change = {"regularizers": (entry(),)} if kind == "regularizer" else {kind: entry()}
        experiment = POINTS.changed(**change)
        data = experiment.dataset.load(0)
        check_same(killed_at(experiment, data, [13, 27]), ended(Run(experiment, data)))


@pytest.mark.parametrize("experiment", [PICTURES, ROWS], ids=["convolution", "recurrence"])
def test_networks_on_pictures_survive(experiment: Experiment) -> None:
    experiment = experiment.changed(regularizers=(REGULARIZERS["Augmentation"](),))
    data = experiment.dataset.load(0)
    check_same(killed_at(experiment, data, [3, 4, 1]), ended(Run(experiment, data)))


def test_the_points_of_the_curve_within_an_epoch_survive(mnist: None) -> None:
    experiment = recommended("mnist").changed(
        dataset=MNIST(train_size=2_100), layers=(Dense(4, ReLU()),), batch_size=100, epochs=2
    )
    data = experiment.dataset.load(0)
    whole = ended(Run(experiment, data))
    assert len(whole.curve) > 5
    for moment in (5, 10, 15, 20, 21):  # where a quarter of an epoch ends, and the epoch
        check_same(killed_at(experiment, data, [moment]), whole)


def test_a_run_that_is_killed_in_the_midst_of_measuring_measures_again(mnist: None) -> None:
    experiment = recommended("mnist").changed(
        dataset=MNIST(train_size=2_100), layers=(Dense(4, ReLU()),), batch_size=100, epochs=2
    )
    data = experiment.dataset.load(0)
    whole, pieces = ended(Run(experiment, data)), set()
    slot = begun(experiment, data)
    while slot.run and slot.run.status == READY:
        slot.run.work(0.0)  # as little as there is: a step, or a part of measuring
        step, latest = slot.run.training_position.step, slot.run.curve.latest.epoch
        if (step, latest) not in pieces:
            pieces.add((step, latest))
            slot = begun(experiment, data, slot.take_snapshot(time.monotonic()))
    assert slot.run
    check_same(slot.run, whole)
    assert len({step for step, _ in pieces}) < len(pieces), "it stopped before and after measuring"


def test_a_changed_run_survives_and_goes_on_under_what_it_was_changed_to_last() -> None:
    data = POINTS.dataset.load(0)
    slot = begun(POINTS, data)
    assert slot.run
    slot.run.work(math.inf, 20)
    slot.set_weight(Edit("1.W", (0, 0), 3.0))
    slot.change(POINTS.changed(optimizer=POINTS.optimizer.changed(learning_rate=0.5)))
    snapshot = slot.take_snapshot(time.monotonic())
    faster = POINTS.changed(optimizer=POINTS.optimizer.changed(learning_rate=0.25))
    slot.change(faster)
    other = begun(faster, data, snapshot)
    assert other.run
    check_same(ended(other.run), ended(slot.run))
    assert [c["step"] for c in other.run.changes] == [20, 20, 20]


# --- when, and what else --------------------------------------------------------------------------


def test_a_snapshot_is_due_every_two_seconds_of_training_and_at_once_when_it_pauses() -> None:
    slot, now = begun(POINTS.changed(epochs=10_000), POINTS.dataset.load(0)), time.monotonic()
    assert slot.run
    assert not slot.wants_snapshot(now), "there is nothing that cannot be made again"
    slot.run.step_batch()
    assert slot.wants_snapshot(now)
    slot.take_snapshot(now)
    slot.run.step_batch()
    assert not slot.wants_snapshot(now + 1.9)
    assert slot.wants_snapshot(now + 2.1)
    slot.train(False)
    assert slot.wants_snapshot(now + 0.1)
    slot.take_snapshot(now)
    assert not slot.wants_snapshot(now + 60)
    for act in (
        lambda: slot.set_weight(Edit("1.W", (0, 0), 1.0)),
        lambda: slot.set_pace(3.0),
        lambda: slot.step(whole_epoch=False),
        lambda: slot.change(slot.experiment.changed(epochs=9_000)),
    ):
        act()
        assert slot.wants_snapshot(now + 0.1)
        slot.take_snapshot(now)
        assert not slot.wants_snapshot(now + 0.1)


def test_a_run_that_broke_keeps_the_snapshot_from_before() -> None:
    slot = begun(POINTS, POINTS.dataset.load(0))
    assert slot.run
    slot.run.step_batch()
    slot.run._diverge()
    assert not slot.unsaved
    slot.run.status = READY
    assert slot.unsaved
    slot.lose("It broke.")
    assert not slot.unsaved


def test_the_pace_goes_on_from_where_it_was() -> None:
    data = POINTS.dataset.load(0)
    slot, now = begun(POINTS, data, pace=GENTLE), time.monotonic()
    assert slot.run
    slot.since = now - 30.0, 0
    slot.run.work(math.inf, 40)
    snapshot = slot.take_snapshot(now)
    start = Start("token", POINTS, True, GENTLE, snapshot.content, snapshot.clock)
    other = RunSlot.of(start)
    other.begin(data)
    later = time.monotonic()
    ahead = slot.steps_due(now)
    assert ahead > 1000, "a gentle start has become fast after half a minute"
    assert other.steps_due(later) == pytest.approx(ahead, rel=0.05)


def solving(pace: str | float) -> RunSlot:
    """A run that is about to solve the gaussians, which a straight line parts."""
    easy = recommended("gaussians").changed(epochs=1000)
    slot = begun(easy, easy.data(), pace=pace)
    slot.train(True)
    slot.since = time.monotonic() - 300.0, 0
    return slot


def turns(slot: RunSlot, seconds: float = 20.0) -> list[object]:
    """What it reports until it rests."""
    reports: list[object] = []
    end = time.monotonic() + seconds
    while slot.training and time.monotonic() < end:
        slot.watched = time.monotonic()
        slot.take_turn(0.02, reports.append)
    return reports


def test_a_run_that_takes_its_time_rests_when_it_has_solved_its_task_and_goes_on_when_asked() -> (
    None
):
    slot = solving(GENTLE)
    assert turns(slot)[-1] == Rested("token")
    assert slot.run
    assert slot.run.settled
    assert (slot.status(time.monotonic()), slot.message) == ("paused", SOLVED)
    rested = slot.run.position.step
    snapshot = slot.take_snapshot(time.monotonic())
    slot.train(True)
    assert slot.message == ""
    assert not turns(slot, 0.3)
    assert slot.run.position.step > rested
    again = slot.take_snapshot(time.monotonic())
    assert (snapshot.clock["goes_on"], again.clock["goes_on"]) == (False, True)


def test_at_a_speed_that_somebody_chose_a_run_goes_on_for_ever() -> None:
    slot = solving(FULL)
    assert turns(slot, 2.0) == []
    assert slot.run
    assert slot.run.settled
    assert slot.training


def test_the_rest_of_an_epoch_that_was_asked_for_is_still_made() -> None:
    data = POINTS.dataset.load(0)
    slot = begun(POINTS, data)
    slot.step(whole_epoch=True)
    assert slot.run
    slot.run.work(math.inf, 2)
    other = begun(POINTS, data, slot.take_snapshot(time.monotonic()))
    other.training = False
    assert other.run
    while other.last_epoch:
        other.take_turn(0.01, lambda _: None)
    assert (other.run.position.epoch, other.run.measured) == (1, 1)


def test_what_cannot_be_as_it_was_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    data = POINTS.dataset.load(0)
    slot = begun(POINTS, data)
    assert slot.run
    slot.run.step_batch()
    assert begun(POINTS, data, slot.take_snapshot(time.monotonic())).message == WOKEN
    monkeypatch.setattr(module, "describe_machine", lambda: "Abacus, NumPy 0.1")
    elsewhere = slot.take_snapshot(time.monotonic())
    monkeypatch.undo()
    message = begun(POINTS, data, elsewhere).message
    assert "Abacus, NumPy 0.1" in message
    assert message.startswith(ELSEWHERE[:20])
