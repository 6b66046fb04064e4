"""How often something may be done."""

import pytest

from ui import rate as module
from ui.rate import Rate


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still until somebody turns it."""
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_a_seconds_worth_comes_at_once_and_the_rest_in_turn(clock: list[float]) -> None:
    rate = Rate(10)
    assert [rate.wait() for _ in range(10)] == [0.0] * 10
    assert [rate.wait() for _ in range(3)] == pytest.approx([0.1, 0.2, 0.3])
    clock[0] += 0.3
    assert rate.wait() == pytest.approx(0.1)
    clock[0] += 60  # what is not used does not add up
    assert [rate.wait() for _ in range(10)] == pytest.approx([0.0] * 10)
    assert rate.wait() == pytest.approx(0.1)


def test_who_keeps_to_it_never_waits(clock: list[float]) -> None:
    rate = Rate(120)
    for _ in range(1000):
        assert rate.wait() == 0
        clock[0] += 1 / 120
