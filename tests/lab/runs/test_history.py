"""A history and a curve stay short however long a run lasts."""

import numpy as np
import pytest

from lab.data.toy_points import Spiral
from lab.frames.render import render_frame
from lab.runs import model_file
from lab.runs.experiment import Experiment
from lab.runs.history import CURVE_POINTS, CurvePoint, History
from lab.runs.presets import recommended
from lab.runs.run import READY, Run
from tests.lab.frames.test_render import parsed
from tests.lab.runs.driving import finished, rows


def test_a_history_that_is_longer_than_a_file_may_hold_is_thinned_and_goes_on() -> None:
    run = Run(recommended("moons").changed(epochs=30_000), thin=False)
    run.step_epoch()
    first = run.history[0]
    run.history = History((first._replace(epoch=n) for n in range(1, 25_001)), stride=0)
    run.training_position.epoch, run.training_position.batch = 25_000, run.batches
    run.training_position.step, run.measured = 25_000 * run.batches, 25_000
    again = model_file.resumed(model_file.from_bytes(model_file.to_bytes(run)))
    epochs = [row.epoch for row in again.history]
    assert (len(epochs) <= 10_000, epochs[:2], epochs[-1]) == (True, [4, 8], 25_000)


def test_a_long_history_is_thinned_to_rows_of_the_full_one() -> None:
    long = Experiment(dataset=Spiral(points=20), layers=(), batch_size=1000, epochs=4300)
    thin, full = finished(long), finished(long, thin=False)
    assert len(full.history) == 4300
    assert len(thin.history) <= 2001
    assert set(rows(thin)) <= set(rows(full))


def test_the_last_row_of_a_thinned_history_is_that_of_the_network_as_it_is() -> None:
    run = finished(Experiment(dataset=Spiral(points=20), layers=(), batch_size=1000, epochs=2001))
    assert (run.position.epoch, run.history[-1].epoch) == (2001, 2001)


def test_a_curve_keeps_its_beginning_its_end_and_a_bounded_number_of_points() -> None:
    run = Run(Experiment(dataset=Spiral(points=20), layers=(), batch_size=1000, epochs=1500))
    start = run.curve.latest
    while run.status == READY:
        run.work(1.0, steps=7)
        curve = parsed(render_frame(run, "running", "", 0.0)).curve
        assert curve.shape[1] <= CURVE_POINTS
        assert (np.diff(curve[0]) >= 0).all()
        assert CurvePoint(*map(float, curve[:, 0])) == pytest.approx(start, rel=1e-6)
    assert curve[0, -1] == 1500
