"""Numbers in words: one way for all pages."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab.words import decimals, percent, plain, plainly

WRITTEN = {
    1e-5: "0.00001",
    1e-8: "0.00000001",
    0.03: "0.03",
    10.0: "10",
    100.0: "100",
    0.0: "0",
    -0.25: "-0.25",
    1e20: "100000000000000000000",
}


@pytest.mark.parametrize(("number", "words"), WRITTEN.items())
def test_numbers_have_no_exponent(number: float, words: str) -> None:
    assert plain(number) == words


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
@example(1e-12)
@example(-0.0)
def test_a_number_reads_back_as_what_it_is(number: float) -> None:
    assert math.isclose(float(plain(number)), number, rel_tol=1e-9)
    assert not set(plain(number)) - set("0123456789.-")
    assert plain(number)[-1] != "."
    assert float(f"{number:.{decimals(number)}f}") == pytest.approx(number, rel=1e-9)


@given(st.floats(0, 1))
@example(0.99999)
@example(1.0)
def test_nothing_less_than_all_is_called_all(share: float) -> None:
    assert (percent(share) == "100.0 %") == (share == 1)
    assert abs(float(percent(share).removesuffix(" %")) / 100 - share) <= 0.001


def test_numbers_within_words_have_no_exponent_either() -> None:
    assert plainly("SGD(1e-05), L2(2.5e-07), Dense(8), x1e-05, e-5") == (
        "SGD(0.00001), L2(0.00000025), Dense(8), x1e-05, e-5"
    )
    assert plainly("1e999, 1e-999") == "1e999, 1e-999"


@given(st.text(), st.floats(1e-20, 1))
def test_of_any_words_only_the_numbers_change(text: str, number: float) -> None:
    assert "e-" in text or plainly(text) == text
    assert plainly(f"SGD({number:.3g})") == f"SGD({plain(float(f'{number:.3g}'))})"
