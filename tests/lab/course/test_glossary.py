"""Words come with the lesson that brings them in, and sentences are short."""

import ast
import functools
import re
from pathlib import Path

import numpy as np
import pytest

from lab.course.glossary import MARKED, TERMS, find_terms, sentences
from lab.course.lessons import LESSONS, Lesson
from lab.course.quiz import QUIZ
from tests.pages.learn.lesson_page import said_by, told

ROOT = Path(__file__).resolve().parents[3]
FILES = [one.file for one in LESSONS]

# parts that have a file
BESIDE = {
    "overfitting": ("cures", "cure_drawings"),
    "optimizers": ("loss_surface",),
    "letter_by_letter": ("written_names", "five_words"),
}


@functools.cache
def source(lesson: Lesson) -> ast.Module:
    """The source of a lesson's page and, at its end, of what stands beside it in ui/learn."""
    text = (ROOT / "pages" / "learn" / f"{lesson.file}.py").read_text(encoding="utf-8")
    for name in BESIDE.get(lesson.file, ()):
        text += (ROOT / "ui" / "learn" / f"{name}.py").read_text(encoding="utf-8")
    return ast.parse(text)


@functools.cache
def texts(one: Lesson) -> list[str]:
    """What a lesson's page says, as it stands in its source."""
    found = []
    tree = source(one)
    unseen = {
        id(expression.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef)
        for expression in node.body
        if isinstance(expression, ast.Expr) and isinstance(expression.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in unseen
        ):
            text = " ".join(node.value.split())
            if (
                " " in text
                and "<" not in text
                and "import numpy" not in text
                and not re.search(r"[\\\\{]|self", text)
            ):
                found.append(text)
    asked = [text for each in QUIZ[one.file] for text in said_by(each)]
    return [*found, *asked, one.goal, one.title]


@functools.cache
def code_of(one: Lesson) -> set[str]:
    """The texts of the listing, which is code."""
    tree = source(one)
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lesson.listing"
    ]
    return {
        " ".join(n.value.split())
        for call in calls
        for n in ast.walk(call)
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }


@pytest.mark.parametrize("one", LESSONS, ids=FILES)
def test_no_word_comes_before_the_lesson_that_brings_it_in(one: Lesson) -> None:
    said = [text for text in texts(one) if text not in code_of(one)]
    for text in said:
        early = {word for word in find_terms(text) if TERMS[word].lesson > one.number}
        assert not early, f"{early} in {text!r}"
    marked = {found[1] for text in said for found in MARKED.finditer(text)}
    own = {word for word, term in TERMS.items() if term.lesson == one.number}
    assert own <= marked, f"not brought in: {own - marked}"


@pytest.mark.parametrize("one", LESSONS, ids=FILES)
def test_sentences_are_short(one: Lesson) -> None:
    found = [
        s
        for text in texts(one)
        if text not in code_of(one) and text.rstrip()[-1:] in ".?!"
        for s in sentences(text)
    ]
    lengths = [len(sentence.split()) for sentence in found]
    assert len(lengths) > 8
    assert np.mean(lengths) < 18
    assert max(lengths) < 40


def test_every_meaning_is_a_sentence() -> None:
    for word, term in TERMS.items():
        assert term.meaning.endswith(".")
        assert len(term.meaning.split()) < 25, word
        assert 1 <= term.lesson <= LESSONS[-1].number


def test_one_word_has_one_meaning() -> None:
    assert "nudg" not in (TERMS["gradient check"].meaning + told("backpropagation")).lower()
    assert "divided" in TERMS["slope"].meaning
