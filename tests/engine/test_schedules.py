"""Every schedule is its formula, and lowers the learning rate."""

import numpy as np
import pytest

from engine import (
    SCHEDULES,
    Cosine,
    ExponentialDecay,
    InverseTime,
    OneCycle,
    ReduceOnPlateau,
    StepDecay,
    WarmUp,
)
from tests.engine.small_network import trained


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_stays_between_0_and_1(name: str) -> None:
    schedule = SCHEDULES[name]()
    for share in np.linspace(0, 1, 50):
        assert 0 <= schedule.factor(30 * share, share) <= 1
        schedule.observe(1.0)


def test_each_schedule_is_its_formula() -> None:
    assert StepDecay(2, 0.5).factor(5.9, 0) == 0.25
    assert ExponentialDecay(0.9).factor(2, 0) == pytest.approx(0.81)
    assert InverseTime(0.5).factor(2, 0) == 0.5
    assert [Cosine().factor(9, p) for p in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    assert [OneCycle(0.25, 0.1).factor(9, p) for p in (0, 0.25, 1)] == pytest.approx([0.1, 1, 0])
    assert [WarmUp(2).factor(e, 0) for e in (0, 1, 2, 50)] == pytest.approx([0.01, 0.505, 1, 1])
    waits = ReduceOnPlateau(0.5, patience=2)
    for loss, factor in (
        (1.0, 1),
        (0.5, 1),
        (0.5, 1),
        (0.6, 1),
        (0.5, 0.5),
        (0.4, 0.5),
        (0.39, 0.5),
    ):
        waits.observe(loss)
        assert waits.factor(0, 0) == factor
    assert trained(schedule=Cosine()).theta.tobytes() != trained().theta.tobytes()
