"""What people type for a number is understood as they mean it, or said to be none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.course.question import Choice, Number
from lab.course.quiz import QUIZ

LARGE = Number("How many?", 50_176, "products", "No.", "Yes.", hints={848: "A sum."})
SMALL = Number("How far?", 0.1, "", "No.", "Yes.", tolerance=0.001, hints={1: "Times?"})


@pytest.mark.parametrize(
    ("asked", "text", "value"),
    [
        (LARGE, "50176", 50_176),
        (LARGE, "50,176", 50_176),
        (LARGE, "50.176", 50_176),
        (LARGE, " 50 176 products ", 50_176),
        (LARGE, "50’176", 50_176),
        (LARGE, "1,234,567", 1_234_567),
        (LARGE, "−3", -3),
        (SMALL, "0.1", 0.1),
        (SMALL, "0,1", 0.1),
        (SMALL, ".1", 0.1),
        (SMALL, "10%", 10),
        (SMALL, "one", None),
        (SMALL, "1e3", None),
        (SMALL, "nan", None),
        (SMALL, "0.1.2", None),
        (SMALL, "٣", None),
        (SMALL, "9" * 21, None),
    ],
)
def test_a_number_is_read_as_people_write_it(asked: Number, text: str, value: float | None) -> None:
    assert asked.read(text) == value


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_number_or_none(text: str) -> None:
    for asked in (LARGE, SMALL):
        value = asked.read(text)
        assert value is None or isinstance(asked.hint(value), str)


@given(st.integers(0, 10**9))
def test_a_number_with_and_without_commas_is_the_same(value: int) -> None:
    assert LARGE.read(f"{value:,}") == LARGE.read(str(value)) == value


def test_each_question_has_one_right_answer_and_a_hint_of_its_own_for_each_wrong_one() -> None:
    for asked in (each for pair in QUIZ.values() for each in pair):
        if isinstance(asked, Choice):
            hints = [hint for hint in asked.options.values() if hint]
            assert len(asked.options) == 3
            assert len(set(hints)) == 2
        else:
            assert asked.hint(asked.right) == ""
            assert asked.hint(asked.right + asked.tolerance + 1e9) == asked.otherwise
            for wrong, hint in asked.hints.items():
                assert asked.hint(wrong) == hint
            assert asked.hints


def test_each_lesson_has_a_question_that_cannot_be_clicked_through_or_hints_that_differ() -> None:
    typed = [file for file, pair in QUIZ.items() if any(isinstance(q, Number) for q in pair)]
    assert len(typed) >= 7
