"""Snapshots show a run as it was, within bounds, and looking changes nothing."""

import numpy as np
import pytest

from engine import BatchNorm, Dense, Dropout, Linear, ReLU, Tanh
from lab.frames.render import render_frame
from lab.frames.view import View
from lab.runs.presets import recommended
from lab.runs.run import Run
from lab.runs.snapshots import ROOM, Snapshot, Snapshots, as_it_was
from tests.lab.frames.test_render import parsed

LIVELY = recommended("spiral").changed(
    layers=(Dense(8, Linear()), BatchNorm(), Dropout(0.2), Dense(6, Tanh())), epochs=10**6
)


def test_moments_lie_ever_further_apart_and_stay_few() -> None:
    snapshots = Snapshots()
    for step in range(1_000_000):
        if step >= snapshots.due:
            snapshots.add(Snapshot(step, 1, 1, np.zeros(100, np.float32)))
    steps = [snapshot.step for snapshot in snapshots]
    gaps = np.diff(steps)
    assert steps[:5] == [0, 1, 2, 3, 4]
    assert (np.diff(gaps) >= -1).all()
    assert gaps[-1] > 10_000
    assert len(steps) < 400


@pytest.mark.parametrize("numbers", [1_000, 30_000, 400_000, 2_000_000])
def test_snapshots_of_a_large_network_are_bounded(numbers: int) -> None:
    snapshots, theta = Snapshots(), np.zeros(numbers, np.float32)
    for step in range(3000):
        if step >= snapshots.due:
            snapshots.add(Snapshot(step, 1, 1, theta))
    assert len(snapshots) * theta.nbytes <= ROOM


def test_a_large_network_is_kept_in_half_precision_and_a_small_one_to_the_bit() -> None:
    run = Run(recommended("digits").changed(layers=(Dense(300, ReLU()),)))
    run.work(1e9, steps=3)
    run.network.theta[:3] = 1e9, -1e9, 1 / 3
    snapshots = Snapshots()
    snapshots.take(run.network, run.position)
    (kept,) = snapshots
    assert kept.numbers.nbytes == 2 * len(run.network.theta)
    before = run.network.theta.copy()
    with as_it_was(run.network, kept.numbers):
        assert np.isfinite(run.network.theta).all()
        np.testing.assert_allclose(run.network.theta[2:], before[2:], rtol=1e-3, atol=1e-6)
        assert run.network.theta.dtype == np.float32
    assert np.array_equal(run.network.theta, before)
    small, snapshots = Run(LIVELY), Snapshots()
    snapshots.take(small.network, small.position)
    whole = np.concatenate([small.network.theta, small.network.buffers])
    assert np.array_equal(snapshots[0].numbers, whole)


def test_a_moment_shows_what_was_there_and_the_run_goes_on_as_if_nobody_had_looked() -> None:
    looked_at, left_alone = Run(LIVELY), Run(LIVELY)
    first = parsed(render_frame(looked_at, "running", "", 0.0, View(diagram=True)))
    for _ in range(30):
        looked_at.work(1e9, steps=10)
        view = View(diagram=True, health=True, unit=(1, 3), at=len(looked_at.snapshots) // 2)
        render_frame(looked_at, "running", "", 0.0, view)
        render_frame(looked_at, "running", "", 0.0, View(diagram=True, health=True, unit=(0, 0)))
    left_alone.work(1e9, steps=300)
    assert np.array_equal(looked_at.network.theta, left_alone.network.theta)
    assert np.array_equal(looked_at.network.buffers, left_alone.network.buffers)
    assert looked_at.history[-1].test_loss == left_alone.history[-1].test_loss
    again = parsed(render_frame(looked_at, "paused", "", 0.0, View(diagram=True, at=0)))
    assert again.head["step"] == 0
    assert again.head["test_loss"] == first.head["test_loss"]
    for name in ("winner", "sure", "tiles", "weights"):
        assert np.array_equal(again.arrays[name], first.arrays[name])


def test_the_network_is_given_back_even_when_looking_fails() -> None:
    run = Run(LIVELY)
    before = run.network.theta.copy()
    with pytest.raises(RuntimeError), as_it_was(run.network, np.zeros_like(before)):
        raise RuntimeError
    assert np.array_equal(run.network.theta, before)
