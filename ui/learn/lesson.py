"""What a lesson is made of: a goal, words with their meanings, formulas beside the engine's lines,
questions, code.

Progress is kept for the visit and in the address (`done=1,2`); what a page says is noted down for
its printable sheet.
"""

import functools
import html
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from lab.course.glossary import MARKED, TERMS
from lab.course.growing_program import READS_PICTURES, added_by, program
from lab.course.lessons import LESSONS, Lesson, find_lesson, next_idea, parse_done
from lab.course.question import Choice, Number
from lab.course.quiz import QUIZ
from lab.explain.source_code import read_lines
from lab.runs import links
from lab.runs.challenges import challenges
from lab.runs.experiment import Experiment
from ui import page_head, theme
from ui.belongings import belongings
from ui.board.sketch import Sketch
from ui.learn.live_sliders import follow_sliders
from ui.learn.worksheet import sheet
from ui.rooms.attendance import note_lessons
from ui.state import remembered

BLUE, ORANGE, GREY = theme.BLUE, theme.ORANGE, theme.GREY


# the browser otherwise now and then keeps the place that one had at the foot of the lesson before
TO_THE_TOP = f'<i class="to-the-top" data-lesson="%s"></i><script>{page_head.TO_THE_TOP}</script>'


@dataclass
class CourseState:
    """What a visit remembers of the course.

    answers: the questions that are answered, by lesson and number: "6.1"
    first: whether the first answer to each question was right
    sheet: what the lesson that is open has said, by kinds of HTML, for its sheet
    """

    answers: set[str] = field(default_factory=set)
    first: dict[str, bool] = field(default_factory=dict)
    sheet: list[tuple[str, str]] = field(default_factory=list)


def course_state() -> CourseState:
    """Return what this visit remembers of the course."""
    return remembered("course", CourseState)


def begin(file: str) -> Lesson:
    """Show the head of a lesson's page."""
    lesson = find_lesson(file)
    remember()
    course_state().sheet = []
    done = " · done" if is_done(lesson) else ""
    of = f"Lesson {lesson.number} of {LESSONS[-1].number} · {lesson.track}"
    with st.container(key="lesson_head"):  # by which the sheets know a lesson, from the first on
        st.html(f'<p class="course">{lesson.part} · {of}{done}</p>')
    st.header(lesson.title)
    st.markdown(f"**{lesson.goal}**")
    st.html(TO_THE_TOP % lesson.file, unsafe_allow_javascript=True)
    follow_sliders()
    _note("h1", f"{lesson.number}. {lesson.title}")
    _note("p", lesson.goal)
    return lesson


def say(text: str) -> None:
    """Show a paragraph.

    [[Words]] of the glossary show their meaning when pointed at, tapped or reached by the keyboard.
    """
    text = " ".join(textwrap.dedent(text).split())
    st.markdown(
        MARKED.sub(lambda mark: _term(mark[1], mark[2] or mark[1]), text),
        unsafe_allow_html=True,
    )
    _note("p", MARKED.sub(lambda mark: mark[2] or mark[1], text))


def _term(word: str, shown: str) -> str:
    meaning = html.escape(TERMS[word].meaning, quote=True)
    spoken = f'aria-label="{shown}: {meaning}" data-meaning="{meaning}"'
    return f'<span class="term" tabindex="0" role="note" {spoken}>{shown}</span>'


def formula(
    latex: str,
    *code: tuple[Callable[..., Any], str, str],
    plain: str = "",
    share: float = 1.25,
) -> None:
    """Show a formula and, next to it, the same in `plain` NumPy.

    The engine's lines that compute it, read from its source, are folded below; without plain ones
    they are shown.
    """
    left, right = (
        st.columns([1, share], vertical_alignment="center") if code else (st.container(), None)
    )
    with left:
        st.latex(latex)
    with right or left:
        if plain:
            st.code(plain, language="python", wrap_lines=True)
        with (
            st.expander("The engine's own lines", icon=":material/code:")
            if plain
            else (st.container())
        ):
            _show_lines(*code)
    _note("math", latex)
    if plain:
        _note("pre", plain)


def _show_lines(*code: tuple[Callable[..., Any], str, str]) -> None:
    """Show lines of the engine's functions, each from one text to another."""
    for function, start, end in code:
        for where, text in read_lines(function, start, end):
            st.caption(f"The engine: `{where}`")
            st.code(text, language="python", wrap_lines=True)


def result(text: str) -> None:
    """Show numbers of the page, to be worked out by hand or by the listing."""
    st.code(text, language=None, wrap_lines=True)
    _note("pre", text)


def picture(drawing: Sketch, *, only_on_paper: bool = False) -> None:
    """Show a drawing, on the page and on its sheet."""
    if not only_on_paper:
        st.html(drawing.html())
    _note("img", drawing.html(theme.BLACK))


def tables(*drawn: str, only_on_paper: bool = False) -> None:
    """Show tables of numbers side by side, on the page and on its sheet."""
    together = f'<div class="arrays">{"".join(drawn)}</div>'
    if not only_on_paper:
        st.html(together)
    _note("arrays", together)


def number(value: float, form: str = "g", inside: bool = False) -> str:
    """Write a number as by hand: with a true minus, and in brackets if `inside` a product."""
    text = format(value + 0.0, form).replace("-", "−")
    return f"({text})" if inside and text.startswith("−") else text


def products(pairs: Iterable[tuple[float, float]], *more: float, form: str = "g") -> str:
    """Write a sum of products as by hand, and what else is added."""
    parts = [f"{number(left, form)} · {number(right, form, True)}" for left, right in pairs]
    return " + ".join(parts + [number(value, form) for value in more]).replace("+ −", "− ")


def question(lesson: Lesson, number: int) -> bool:
    """Ask a question of lab/course: a wrong answer gets its hint, the right one the reason.

    Returns whether it is solved.
    """
    asked, name = QUIZ[lesson.file][number - 1], f"{lesson.number}.{number}"
    state = course_state()
    kind = "Predict" if number == 1 else "Take it further"
    with st.container(border=True, key=f"question-{number}-{lesson.file}"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(f"**{kind}.** {asked.ask}", width="content")
            said = _choose(asked, name) if isinstance(asked, Choice) else _type(asked, name)
        if said is not None:
            state.first.setdefault(name, not said)
        if said == "":
            first = " At the first try." if state.first[name] else ""
            st.success(f"Yes. {asked.reason}{first}", icon=":material/check:")
            state.answers.add(name)
            remember()
        elif said:
            st.info(f"Not quite. {said}", icon=":material/lightbulb:")
    _note("h2", f"{kind}. {asked.ask}")
    if isinstance(asked, Choice):
        _note("ul", "|".join(asked.options))
    else:
        _note("blank", asked.unit)
    return name in state.answers


def _choose(asked: Choice, name: str) -> str | None:
    """Show the answers of a question; return what is said to the one that was chosen, if any."""
    picked = st.radio(
        asked.ask,
        list(asked.options),
        index=None,
        key=f"lesson.{name}",
        label_visibility="collapsed",
        horizontal=True,
        width="content",
    )
    return None if picked is None else asked.hint(picked)


def _type(asked: Number, name: str) -> str | None:
    """Show a box for a number; return what is said to the one that was typed, if any."""
    text = st.text_input(
        asked.ask,
        key=f"lesson.{name}",
        label_visibility="collapsed",
        placeholder="A number, then Enter",
        max_chars=30,
        width=190,
    )
    if asked.unit:
        st.markdown(asked.unit, width="content")
    if not text.strip():
        return None
    if (answer := asked.read(text)) is None:
        st.info("Please type a number, such as 12.5.", icon=":material/keyboard:")
        return None
    return asked.hint(answer)


def listing(code: str, printed: str) -> None:
    """Show the same in plain NumPy, with what it prints: the numbers of this page."""
    with st.expander("Do it without us: plain NumPy", icon=":material/terminal:"):
        st.caption(
            "Copy it into a file `lesson.py`, and type `python lesson.py`. "
            "It needs Python with NumPy, not us."
        )
        st.code(textwrap.dedent(code).strip(), language="python", wrap_lines=True)
        st.caption("It prints")
        st.code(printed, language=None)


def open_in(page: str, experiment: Experiment, label: str) -> None:
    """Show a button that opens a page with exactly this setting."""
    st.page_link(
        f"../pages/{page}.py",
        label=label,
        icon=":material/open_in_new:",
        query_params=links.to_params(experiment),
    )


def end(lesson: Lesson) -> None:
    """Show the foot of a lesson's page: its sheet, and the lessons before and after it."""
    index = LESSONS.index(lesson)
    _growing(lesson)
    _challenge(lesson)
    parts = list(course_state().sheet)  # which a download does not see
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="lesson-foot"):
        if index:
            _link(LESSONS[index - 1], "Before: ", ":material/arrow_back:")
        for label, name, key in (
            ("A sheet to print", "", False),
            ("Its answers", "-answers", True),
        ):
            st.download_button(
                label,
                functools.partial(sheet, lesson, parts, answers=key),
                f"glassbox-lesson-{lesson.number}{name}.html",
                "text/html",
                icon=":material/key:" if key else ":material/print:",
                on_click="ignore",
                key=f"lesson.sheet{name}",
            )
        if index + 1 < len(LESSONS):
            _link(LESSONS[index + 1], "Next: ", ":material/arrow_forward:")
        if idea := next_idea(lesson):
            _link(idea, "Without code: ", ":material/fast_forward:")
    progress()


def _growing(lesson: Lesson) -> None:
    """Show what the lesson adds to `mynet.py`, and give the program as far as here."""
    if not (added := added_by(lesson.number)):
        return
    with st.expander("mynet.py: a program of your own grows", icon=":material/account_tree:"):
        st.caption(
            "Each lesson adds a few lines. From lesson 13 on it learns from four files of "
            "handwritten digits, whose names it tells you, and which have to lie beside it. In "
            "lesson 17 it saves what it has learned. This lesson adds"
            if lesson.number >= READS_PICTURES
            else "Each lesson adds a few lines. In the end it reads digits. This lesson adds"
        )
        st.code(added.strip(), language="python", wrap_lines=True)
        st.download_button(
            f"mynet.py, as far as lesson {lesson.number}",
            program(lesson.number),
            "mynet.py",
            "text/x-python",
            icon=":material/download:",
            on_click="ignore",
        )


def _challenge(lesson: Lesson) -> None:
    """Show what the last lesson of a part leaves to try, on a page that watches the run."""
    challenge = challenges().get(lesson.file)
    if challenge is None:
        return
    with st.container(border=True, key="lesson-challenge"):
        st.markdown(f":material/trophy: **Challenge: {challenge.title}.** {challenge.ask}")
        st.page_link(
            f"../pages/{challenge.page}.py",
            label=f"Try it: {challenge.goal.text}",
            icon=":material/open_in_new:",
            query_params=links.to_params(challenge.start) | {"goal": challenge.goal.text},
        )


def progress() -> None:
    """Show how many lessons are done."""
    done = sum(is_done(each) for each in LESSONS)
    st.progress(
        done / len(LESSONS),
        f"{done} of {len(LESSONS)} lessons done. The address of this page remembers them.",
    )
    if first := course_state().first:
        st.caption(f"Right at the first try: {sum(first.values())} of {len(first)} questions.")


def _link(lesson: Lesson, before: str, icon: str) -> None:
    st.page_link(f"../pages/learn/{lesson.file}.py", label=f"{before}{lesson.title}", icon=icon)


# --- progress -------------------------------------------------------------------------------------


def is_done(lesson: Lesson) -> bool:
    """Whether both questions of a lesson have been answered."""
    return lesson.number in belongings().done


def remember() -> None:
    """Take what the address says of earlier visits, and write there what is done."""
    mine, done = belongings(), set[int]()
    if "course" not in st.session_state:
        done = parse_done(st.query_params.get("done", ""))
    answers = course_state().answers
    done |= {
        lesson.number
        for lesson in LESSONS
        if {f"{lesson.number}.1", f"{lesson.number}.2"} <= answers
    }
    mine.keep_done(mine.done | done)
    note_lessons(mine.done, course_state().first)
    if mine.done:
        st.query_params["done"] = ",".join(map(str, sorted(mine.done)))


def _note(kind: str, text: str) -> None:
    course_state().sheet.append((kind, text))
