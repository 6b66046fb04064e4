"""The page for teachers has every lesson, with its key and what goes wrong."""

import re
from pathlib import Path
from typing import Any

import pytest

from lab.course.lessons import CODE, IDEAS, LESSONS
from lab.course.quiz import QUIZ
from lab.course.teaching import CURRICULA, PLANS, key, minutes, misconceptions, slides
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


def test_a_slide_asks_before_the_next_one_answers() -> None:
    for lesson in LESSONS:
        shown = slides(lesson)
        assert len(shown) == 6
        for place, asked in zip((1, 3), QUIZ[lesson.file], strict=True):
            assert asked.ask in shown[place][1]
            assert asked.reason not in shown[place][1]
            assert shown[place + 1] == key(lesson)[place // 2][1:]


def open_teach(tmp_path: Path) -> Any:
    from streamlit.testing.v1 import AppTest

    frame = (ROOT / "ui" / "frame.py").read_text(encoding="utf-8").replace(", default=True", "")
    frame = frame.replace("Path(__file__).resolve().parent.parent", f"Path({str(ROOT)!r})")
    frame = frame.replace('url_path="teach"', 'url_path="teach", default=True')
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "frame.py").write_text(frame, encoding="utf-8")
    (tmp_path / "pages").symlink_to(ROOT / "pages")
    at = AppTest.from_file(str(tmp_path / "ui" / "frame.py"), default_timeout=30).run()
    assert not at.exception
    return at


@pytest.mark.slow
def test_the_page_shows_them_all_or_one_thing_at_a_time(tmp_path: Path) -> None:
    at = open_teach(tmp_path)
    assert len(at.expander) == len(LESSONS)
    said = " ".join(text.value for text in at.markdown)
    for pair in QUIZ.values():
        for asked in pair:
            assert asked.reason in said
    at.button(key="projector:now_you").click().run()
    assert not at.expander
    for number, (head, text) in enumerate(slides(LESSONS[17]), 1):
        assert f"## {head}\n\n{text}" in [said.value for said in at.markdown]
        assert any(said.value.startswith(f"Lesson 17, {number} of 6.") for said in at.caption)
        at.button(key="projector.On").click().run()
    assert any(said.value.startswith("Lesson 18, 1 of 6.") for said in at.caption)
    at.button(key="projector.Back").click().run()
    assert any(said.value.startswith("Lesson 17, 6 of 6.") for said in at.caption)
    at.button(key="projector.Leave").click().run()
    assert len(at.expander) == len(LESSONS)
