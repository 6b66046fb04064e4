"""What may be changed while a run goes on, and what it keeps."""

import numpy as np
import pytest

from engine import (
    L2,
    OPTIMIZERS,
    Adam,
    Search,
)
from lab.runs.changes import MOST_CHANGES
from lab.runs.edit import Edit
from lab.runs.model_file import from_bytes, resumed, to_bytes
from lab.runs.presets import recommended
from lab.runs.run import FINISHED, READY, Run
from tests.lab.runs.driving import finished, rows


def test_the_learning_rate_goes_on_from_where_it_is() -> None:
    experiment = recommended("spiral")
    run = Run(experiment)
    run.step_epoch()
    theta = run.network.theta.copy()
    run.change(experiment.changed(optimizer=Adam(0.0)))
    run.step_epoch()
    np.testing.assert_array_equal(run.network.theta, theta)
    assert run.record()["changes"][0]["optimizer"]["learning_rate"] == 0.0
    with pytest.raises(ValueError, match="only epochs"):
        run.change(experiment.changed(seed=9))


def test_a_finished_run_can_be_given_more_epochs() -> None:
    short = recommended("spiral").changed(epochs=3)
    run = finished(short)
    assert run.status == FINISHED
    run.change(short.changed(epochs=5))
    while run.status == READY:
        run.work(1.0)
    assert [row.epoch for row in run.history] == [1, 2, 3, 4, 5]
    assert rows(run) == rows(finished(short.changed(epochs=5)))


def test_fewer_epochs_than_are_done_end_a_run_and_more_set_it_going_again() -> None:
    experiment = recommended("spiral").changed(epochs=50)
    run = Run(experiment)
    for _ in range(5):
        run.step_epoch()
    run.change(experiment.changed(epochs=2))
    run.work(1.0)
    assert (run.status, run.position.epoch) == (FINISHED, 6)
    run.change(experiment)
    assert run.status == READY
    while run.status == READY:
        run.work(1.0)
    assert rows(run) == rows(finished(experiment))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_is_changed_without_forgetting(optimizer: str) -> None:
    experiment = recommended("circles").changed(optimizer=OPTIMIZERS[optimizer](), epochs=6)
    run, faster = (
        Run(experiment),
        experiment.changed(
            optimizer=experiment.optimizer.changed(learning_rate=0.02), regularizers=(L2(0.001),)
        ),
    )
    run.step_epoch()
    memory = {
        key: np.copy(value)
        for key, value in vars(run.optimizer).items()
        if key not in experiment.optimizer.to_dict()
    }
    run.change(faster)
    for key, value in memory.items():
        np.testing.assert_array_equal(vars(run.optimizer)[key], value)
    assert (run.optimizer, tuple(run.regularizers)) == (faster.optimizer, faster.regularizers)
    before = run.network.theta.copy()
    run.step_batch()
    assert isinstance(run.optimizer, Search) or not np.array_equal(run.network.theta, before)
    assert experiment.optimizer != faster.optimizer


def test_of_a_number_that_is_dragged_only_the_last_value_is_remembered() -> None:
    run = Run(recommended("moons"))
    for value in range(20_000):
        run.edit(Edit("1.W", (0, 0), float(value)))
    run.edit(Edit("1.W", (0, 1), 3.0))
    run.edit(Edit("1.W", (0, 0), 4.0))
    run.step_batch()
    run.edit(Edit("1.W", (0, 0), 5.0))
    noted = [(c["step"], c["edit"]["index"], c["edit"]["value"]) for c in run.changes]
    assert noted == [(0, [0, 0], 19_999.0), (0, [0, 1], 3.0), (0, [0, 0], 4.0), (1, [0, 0], 5.0)]


def test_a_run_remembers_no_more_changes_than_a_file_may_have() -> None:
    run = Run(recommended("moons"))
    for number in range(MOST_CHANGES):
        run.edit(Edit("1.W", (0, number % 2), 1.0))
    theta = run.network.theta.copy()
    for act in (
        lambda: run.edit(Edit("1.W", (0, 0), 2.0)),
        lambda: run.change(run.experiment.changed(optimizer=Adam(0.5))),
    ):
        with pytest.raises(ValueError, match="5,000 times"):
            act()
    assert np.array_equal(run.network.theta, theta)
    again = resumed(from_bytes(to_bytes(run)))
    assert again.changes == run.changes
