"""A saved run goes on as if it had never stopped, or the file says why it cannot."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    L1,
    OPTIMIZERS,
    SCHEDULES,
    BatchNorm,
    Dense,
    Dropout,
    EarlyStopping,
    GradientClipping,
    NAdam,
    ReduceOnPlateau,
    ReLU,
)
from lab.runs import model_file
from lab.runs.checkpoint import Checkpoint
from lab.runs.export import write_script
from lab.runs.model_file import ModelError
from lab.runs.presets import recommended
from lab.runs.run import FINISHED, READY, RESTED, Run
from tests.lab.runs.altered import notes_changed, remade

MIXED = recommended("moons").changed(
    layers=(Dense(8, ReLU()), BatchNorm(), Dropout(0.2)),
    epochs=12,
    batch_size=32,
    optimizer=NAdam(),
    schedule=ReduceOnPlateau(patience=1),
    regularizers=(EarlyStopping(4), GradientClipping()),
)


def histories(run: Run) -> list[tuple[float, ...]]:
    while run.status == READY:
        run.work(1.0)
    return [row._replace(seconds=0.0) for row in run.history]


@given(steps=st.integers(0, 83), slices=st.integers(0, 3))
@settings(max_examples=40)
def test_a_run_goes_on_from_a_file_bit_for_bit_wherever_it_was_saved(
    steps: int, slices: int
) -> None:
    whole = Run(MIXED, thin=False)
    expected = histories(whole)
    one = Run(MIXED, thin=False)
    if steps:
        one.work(math.inf, steps)
    for _ in range(slices):  # which may end between an epoch's last step and its measurement
        one.work(0.0)
    content = model_file.to_bytes(one)
    other = model_file.resumed(model_file.from_bytes(content), thin=False)
    assert other.position == one.position
    assert histories(other) == expected
    assert other.network.theta.tobytes() == whole.network.theta.tobytes()
    assert other.network.buffers.tobytes() == whole.network.buffers.tobytes()
    assert (other.status, other.message) == (whole.status, whole.message)
    assert [p[1:] for p in other.curve] == [p[1:] for p in whole.curve]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_and_schedule_goes_on_from_a_file(optimizer: str, schedule: str) -> None:
    experiment = MIXED.changed(
        optimizer=OPTIMIZERS[optimizer](), schedule=SCHEDULES[schedule](), epochs=6
    )
    whole, one = Run(experiment), Run(experiment)
    one.work(math.inf, 17)
    other = model_file.resumed(model_file.from_bytes(model_file.to_bytes(one)))
    assert histories(other) == histories(whole)
    assert other.network.theta.tobytes() == whole.network.theta.tobytes()


def test_a_finished_run_goes_on_for_more_epochs() -> None:
    one = Run(recommended("moons").changed(epochs=3), thin=False)
    histories(one)
    content = model_file.to_bytes(one)
    assert model_file.resumed(model_file.from_bytes(content)).status == "finished"
    longer = model_file.resumed(model_file.from_bytes(content), epochs=5, thin=False)
    assert histories(longer) == histories(Run(recommended("moons").changed(epochs=5), thin=False))


def test_a_file_that_training_cannot_go_on_from_says_why() -> None:
    run = Run(recommended("moons"))
    run.work(math.inf, 10)
    content = model_file.to_bytes(run)
    assert len(model_file.to_bytes(run, weights_only=True)) < len(content)
    wrong = {
        "only weights": model_file.to_bytes(run, weights_only=True),
        "is not all there": notes_changed(content, chance=None),
        "do not fit together": notes_changed(content, bookmark__step=3),
        "whole number": notes_changed(content, bookmark__step=-3),
        "neither at work nor finished": notes_changed(content, status="diverged"),
        "remembered must be": notes_changed(content, optimizer__power_1="x"),
        "wrong shape": remade(content, optimizer_m=np.zeros(3, np.float32)),
        "not finite": remade(
            content, optimizer_m=np.full(len(run.network.theta), np.nan, np.float32)
        ),
        "cannot go on": remade(content, optimizer_m=None),
        "PCG64": notes_changed(content, chance={"bit_generator": "MT19937", "state": {}}),
    }
    for sentence, bad in wrong.items():
        with pytest.raises(ModelError, match=sentence):
            model_file.resumed(model_file.from_bytes(bad))
    with pytest.raises(ModelError, match="missing or too many"):
        model_file.from_bytes(remade(content, optimizer_x=np.zeros(3, np.float32)))


def test_a_file_of_before_the_tables_goes_on_as_well() -> None:
    run = Run(MIXED)
    run.work(math.inf, 45)
    run.curve.latest = run.curve.latest._replace(train_loss=math.inf)
    old = remade(
        notes_changed(
            model_file.to_bytes(run),
            history=list(run.history),
            curve=list(run.curve),
            latest=[run.curve.latest.epoch, None, *run.curve.latest[2:]],
        ),
        run_history=None,
        run_curve=None,
    )
    other = model_file.resumed(model_file.from_bytes(old))
    assert (other.history, other.curve) == (run.history, run.curve)
    assert other.curve.latest == run.curve.latest
    assert histories(other) == histories(run)


def test_no_table_is_taken_that_is_no_history_or_curve() -> None:
    run = Run(recommended("moons").changed(epochs=9))
    run.work(math.inf)
    content = model_file.to_bytes(run)
    rows, points = np.array(run.history), np.array([*run.curve, run.curve.latest])
    nowhere, falling, better = points.copy(), rows[::-1].copy(), rows.copy()
    nowhere[1, 2], better[0, 3] = np.nan, 1.5
    for sentence, bad in {
        "not all there": remade(content, run_history=None),
        "a table of 6 columns": remade(content, run_history=points),
        "a table of 5 columns": remade(content, run_curve=points.astype(np.float32)),
        "the curve has no point": remade(content, run_curve=points[:0]),
        "at most 10,000 rows": remade(content, run_history=np.tile(rows, (2000, 1))),
        "at most 602 rows": remade(content, run_curve=np.tile(points, (200, 1))),
        "no number": remade(content, run_curve=nowhere),
        "must rise": remade(content, run_history=falling),
        "accuracies up to 1": remade(content, run_history=better),
        "the epochs of the history": remade(content, run_history=rows - 7),
    }.items():
        with pytest.raises(ModelError, match=sentence):
            model_file.resumed(model_file.from_bytes(bad))


KEEPING = recommended("moons").changed(
    layers=(Dense(8, ReLU()), BatchNorm()),
    epochs=6,
    regularizers=(EarlyStopping(3), L1(0.001, "yes")),
)


def test_a_run_with_all_that_can_be_remembered_beside_buffers_goes_on() -> None:
    whole, one = Run(KEEPING, thin=False), Run(KEEPING, thin=False)
    one.work(math.inf, 17)
    other = model_file.resumed(model_file.from_bytes(model_file.to_bytes(one)), thin=False)
    assert histories(other) == histories(whole)
    assert other.network.theta.tobytes() == whole.network.theta.tobytes()


def test_a_run_that_had_its_half_hour_can_be_opened_again() -> None:
    run = Run(recommended("moons"))
    run.step_epoch()
    run.status, run.message = FINISHED, RESTED
    other = model_file.resumed(model_file.from_bytes(model_file.to_bytes(run)), epochs=1)
    assert (other.status, other.message) == (FINISHED, RESTED)


@pytest.mark.parametrize("steps", [35, 40])  # within an epoch of ten steps, and at its end
def test_with_fewer_epochs_than_were_made_a_run_goes_to_the_end_of_its_epoch(steps: int) -> None:
    run = Run(recommended("moons").changed(epochs=10))
    run.work(math.inf, steps)
    content = model_file.to_bytes(run)
    for other in (
        model_file.resumed(model_file.from_bytes(content), 2),
        model_file.resumed(
            model_file.from_bytes(
                remade(
                    content, {"experiment": json.dumps(run.experiment.changed(epochs=1).to_dict())}
                )
            )
        ),
        model_file.resumed(
            model_file.from_bytes(
                notes_changed(
                    content,
                    bookmark__epoch=50,
                    bookmark__step=49 * run.batches + run.position.batch,
                    measured=49,
                )
            )
        ),
    ):
        epoch = other.position.epoch
        for _ in range(5):
            other.work(math.inf, other.batches)
        assert other.status == FINISHED
        assert other.position.epoch <= epoch + 1


def test_no_array_that_is_remembered_is_taken_that_does_not_fit(
    recwarn: pytest.WarningsRecorder,
) -> None:
    run = Run(KEEPING)
    run.work(math.inf, 17)
    content, count = model_file.to_bytes(run), len(run.network.theta)
    whole = count + len(run.network.buffers)
    for sentence, bad in {
        "L1.alive has the wrong shape": remade(content, L1_alive=np.ones(whole, np.float32)),
        "optimizer.m has the wrong shape": remade(content, optimizer_m=np.zeros(whole, np.float32)),
        "optimizer.m has the wrong shape or kind": remade(
            content, optimizer_m=np.zeros(count, np.complex64)
        ),
        "optimizer.m holds something that is not finite": remade(
            content, optimizer_m=np.full(count, 1e300)
        ),
        "optimizer.s is a sum of squares": remade(content, optimizer_s=-np.ones(count, np.float32)),
        "EarlyStopping.kept has the wrong shape": remade(
            content, EarlyStopping_kept=np.ones(count, np.float32)
        ),
        "begun as another experiment": notes_changed(content, begun=recommended("xor").to_dict()),
    }.items():
        with pytest.raises(ModelError, match=sentence):
            model_file.resumed(model_file.from_bytes(bad))
    assert not recwarn.list


def test_a_file_from_a_stranger_puts_nothing_of_its_own_into_the_script() -> None:
    run = Run(recommended("moons").changed(epochs=5))
    run.work(1e9, steps=3)
    notes, arrays = Checkpoint.of(run).to_file()
    evil = "0]; import os; os.system('true'); x = [0"
    for change in (
        {"step": 1, "epoch": 1, "edit": {"name": "1.W", "index": [evil, 0], "value": 1.0}},
        {"step": 1, "epoch": 1, "edit": {"name": "1.W", "index": [0, 0], "value": evil}},
        {
            "step": 1,
            "epoch": 1,
            "optimizer": {"name": "Adam", evil: 1},
            "regularizers": [],
            "epochs": 5,
        },
        {"step": 1, "epoch": 1, "optimizer": {"name": evil}, "regularizers": [], "epochs": 5},
        {
            "step": 1,
            "epoch": 1,
            "optimizer": {"name": "Adam"},
            "regularizers": [{"name": evil}],
            "epochs": 5,
        },
        {"step": evil, "epoch": 1, "optimizer": {"name": "Adam"}, "regularizers": [], "epochs": 5},
        {"step": 1, "epoch": 1, "optimizer": {"name": "Adam"}, "regularizers": [], "epochs": evil},
    ):
        with pytest.raises(ValueError, match=r"."):
            Checkpoint.from_file(notes | {"changes": [change]}, arrays, Run(run.experiment))
    harmless = {"step": 1, "epoch": 1, "edit": {"name": evil, "index": [0, 0], "value": 1.0}}
    other = Run(run.experiment)
    Checkpoint.from_file(notes | {"changes": [harmless]}, arrays, other).restore(other)
    assert repr(evil) in write_script(other)  # as a word, which is no array's name
