"""What the lesson lets one do, and what it says: no more than the engine computes."""

import time

import numpy as np
import pytest

from tests.pages.learn.lesson_page import told

pytestmark = pytest.mark.slow


def test_numpy_is_more_than_ten_times_as_quick_as_the_loop_at_a_million_pairs() -> None:
    values, weights = np.random.default_rng(0).random((2, 1_000_000))
    one_by_one, other = values.tolist(), weights.tolist()

    def seconds(call, rounds: int) -> float:
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        return min(times)

    def loop() -> None:
        total = 0.0
        for value, weight in zip(one_by_one, other, strict=True):
            total += value * weight

    assert seconds(loop, 1) > 10 * seconds(lambda: np.dot(values, weights), 9)
    assert "Fifty times or more" not in told("dot_product")
