"""What the lesson lets one do, and what it says: no more than the engine computes."""

import itertools

import numpy as np
import pytest

from engine import CategoricalCrossEntropy, Softmax
from tests.pages.learn.lesson_page import check_listing, page_of, told

pytestmark = pytest.mark.slow


def test_the_plain_way_breaks_where_numbers_end_and_the_engine_nowhere(visit) -> None:
    at = visit("softmax")
    broken = {}
    for times in at.select_slider(key="l7.times").options:
        at.select_slider(key="l7.times").set_value(int(times)).run()
        assert not at.exception
        (said,) = [code.value for code in at.code if "the plain way" in code.value]
        plain, engine = said.split("the engine")
        broken[int(times)] = "no number" in plain or "∞" in plain
        assert "no number" not in engine
        assert "∞" not in engine
    assert broken == {1: False, 10: False, 100: False, 300: False, 400: True, 1000: True}
    at.button_group(key="l7.target").set_value("bird")
    at.select_slider(key="l7.times").set_value(300).run()  # its share is rounded to 0
    (said,) = [code.value for code in at.code if "the plain way" in code.value]
    assert "loss  ∞" in said.split("the engine")[0]
    assert "loss  900" in said.split("the engine")[1]
    assert "300" in page_of(at)
    check_listing(at)


def test_e_to_710_is_beyond_the_largest_number_and_the_engine_bears_any_logits() -> None:
    with np.errstate(over="ignore"):
        assert np.isfinite(np.exp(709.0))
        assert np.isinf(np.exp(710.0))
    assert "e^710 is beyond the largest" in told("softmax")
    for z in itertools.product((-9000.0, 0.0, 9000.0), repeat=3):
        row = np.array([z])
        p = Softmax().forward(row.copy(), np.empty((1, 3)))
        assert p.sum() == pytest.approx(1)
        for target in np.eye(3):
            assert np.isfinite(CategoricalCrossEntropy().value(row, p, target[None]))
