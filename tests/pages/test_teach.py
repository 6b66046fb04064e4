"""The page for teachers has every lesson, with its key and what goes wrong."""

import re

import pytest

from lab.course.lessons import CODE, IDEAS, LESSONS
from lab.course.quiz import QUIZ
from lab.course.teaching import CURRICULA, PLANS, key, minutes, misconceptions
from tests.pages.opening import ROOT


def test_every_lesson_has_a_plan_and_every_wrong_answer_a_question_that_helps() -> None:
    assert list(PLANS) == [one.file for one in LESSONS] == list(QUIZ)
    for lesson in LESSONS:
        assert 3 <= PLANS[lesson.file].minutes <= 20
        assert PLANS[lesson.file].ask.endswith("?")
        assert len(misconceptions(lesson)) >= 3
        for _, right, reason in key(lesson):
            assert right
            assert reason
    assert {PLANS[f].minutes for f in ("backpropagation", "overfitting", "convolution")} == {20}
    assert minutes() == minutes(IDEAS) + minutes(CODE)


def test_curricula_are_named_with_their_year_and_serve_lessons_that_there_are() -> None:
    numbers = {one.number for one in LESSONS}
    for name, what, lessons in CURRICULA:
        assert re.search(r"\(20[12]\d\)$", name)
        assert what.endswith(".")
        assert set(lessons) <= numbers


@pytest.mark.slow
def test_the_page_shows_them_all(tmp_path) -> None:
    from streamlit.testing.v1 import AppTest

    frame = (ROOT / "ui" / "frame.py").read_text(encoding="utf-8").replace(", default=True", "")
    frame = frame.replace("Path(__file__).resolve().parent.parent", f"Path({str(ROOT)!r})")
    frame = frame.replace('url_path="teach"', 'url_path="teach", default=True')
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "frame.py").write_text(frame, encoding="utf-8")
    (tmp_path / "pages").symlink_to(ROOT / "pages")
    at = AppTest.from_file(str(tmp_path / "ui" / "frame.py"), default_timeout=30).run()
    assert not at.exception
    assert len(at.expander) == len(LESSONS)
    said = " ".join(text.value for text in at.markdown)
    for pair in QUIZ.values():
        for asked in pair:
            assert asked.reason in said
