"""A sheet has blanks where its answers have numbers, and marks the right answers only there."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.course.lessons import LESSONS, PARTS, find_lesson
from lab.course.quiz import QUIZ
from ui.learn.worksheet import blanked, part_sheet, sheet


@pytest.mark.parametrize(
    ("line", "blank"),
    [
        ("z = 1 · 0.5 + 2 = 2.5", "z = 1 · 0.5 + 2 = ________"),
        ("dL/dz = p − y = 0.0023 − 0 = −0.0023", "dL/dz = p − y = 0.0023 − 0 = ________"),
        ("loss = the last row added up / 8 = 1.68 / 8 = 0.2103", None),
        ("no sign at all", "no sign at all"),
        ("w ← 0.5 − 0.1 · 3 = 0.2", "w ← 0.5 − 0.1 · 3 = ________"),
        ("784 · 8 + 8 = 6,280 parameters", "784 · 8 + 8 = ________ parameters"),
    ],
)
def test_what_a_line_comes_to_is_left_blank(line: str, blank: str | None) -> None:
    assert blanked(line) == (blank or line.rpartition("= ")[0] + "= ________")


@given(st.text(max_size=200))
def test_any_text_keeps_its_lines(text: str) -> None:
    assert blanked(text).count("\n") == text.count("\n")


@pytest.mark.parametrize("file", ["one_neuron", "dot_product", "detector"])
def test_the_answers_are_on_their_own_sheet_alone(file: str) -> None:
    lesson = find_lesson(file)
    noted = [("pre", "z = 1 + 1 = 2")]
    for asked in QUIZ[file]:
        noted.append(("h2", asked.ask))
        kind = "ul" if isinstance(asked.right, str) else "blank"
        noted.append((kind, "|".join(asked.options) if kind == "ul" else asked.unit))
    pupils, key = sheet(lesson, noted, answers=False), sheet(lesson, noted)
    assert "= ________" in pupils
    assert "= 2" in key
    assert 'class="right"' not in pupils
    for asked in QUIZ[file]:
        assert asked.reason.split(".")[0].split("−")[0][:30] in key.replace("&#x27;", "'")
        assert asked.reason[:30] not in pupils
        if not isinstance(asked.right, str):
            assert f"<b>{asked.right:,}</b>" in key
    chosen = [q.right for q in QUIZ[file] if isinstance(q.right, str)]
    assert re.findall(r'<li class="right">([^<]*)</li>', key) == chosen


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_done_has_a_page_with_all_its_answers(part: str) -> None:
    page = part_sheet(part, {"6.1": True, "6.2": False}).replace("&#x27;", "'")
    for lesson in LESSONS:
        assert (f"{lesson.number}. {lesson.title}" in page) == (lesson.part == part)
        for asked in QUIZ[lesson.file] if lesson.part == part else ():
            assert asked.reason[:20] in page
    assert "You will be able" not in page
    assert page.count("At the first try.") == (part == "A neuron")
