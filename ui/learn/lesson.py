"""What a lesson is made of: a goal, words with their meanings, formulas beside the engine's lines,
questions, code.

Progress is kept for the visit and in the address (`done=1,2`); what a page says is noted down for
its printable sheet.
"""

import html
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from latex2mathml.converter import convert

from lab.course.glossary import MARKED, TERMS
from lab.course.lessons import LESSONS, Lesson, find_lesson, parse_done
from lab.explain.source_code import read_lines
from lab.runs import links
from lab.runs.experiment import Experiment
from ui import page_head, theme
from ui.belongings import belongings
from ui.board.sketch import Sketch
from ui.state import remembered

BLUE, ORANGE, GREY = theme.BLUE, theme.ORANGE, theme.GREY


# the browser otherwise now and then keeps the place that one had at the foot of the lesson before
TO_THE_TOP = f'<i class="to-the-top" data-lesson="%s"></i><script>{page_head.TO_THE_TOP}</script>'


@dataclass
class CourseState:
    """What a visit remembers of the course.

    answers: the questions that are, by lesson and number: "6.1"
    sheet: what the lesson that is open has said, by kinds of HTML, for its sheet
    """

    answers: set[str] = field(default_factory=set)
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
    st.html(f'<p class="course">{lesson.part} · Lesson {lesson.number} of {len(LESSONS)}{done}</p>')
    st.header(lesson.title)
    st.markdown(f"**{lesson.goal}**")
    st.html(TO_THE_TOP % lesson.file, unsafe_allow_javascript=True)
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


def formula(latex: str, *code: tuple[Callable[..., Any], str, str], share: float = 1.25) -> None:
    """Show a formula and, next to it, the engine's lines that compute it, read from its source."""
    left, right = (
        st.columns([1, share], vertical_alignment="center") if code else (st.container(), None)
    )
    with left:
        st.latex(latex)
    with right or left:
        for function, start, end in code:
            for where, text in read_lines(function, start, end):
                st.caption(f"The engine: `{where}`")
                st.code(text, language="python", wrap_lines=True)
    _note("math", latex)


def result(text: str) -> None:
    """Show numbers of the page, to be worked out by hand or by the listing."""
    st.code(text, language=None, wrap_lines=True)
    _note("pre", text)


def picture(drawing: Sketch) -> None:
    """Show a drawing, on the page and on its sheet."""
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


def question(
    lesson: Lesson,
    number: int,
    ask: str,
    options: Sequence[str],
    right: str,
    hint: str,
    reason: str,
) -> bool:
    """Ask a question: a wrong answer gets the hint, the right one the reason.

    Returns whether it is solved.
    """
    name, answers = f"{lesson.number}.{number}", course_state().answers
    kind = "Predict" if number == 1 else "Take it further"
    with st.container(border=True, key=f"question-{number}-{lesson.file}"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(f"**{kind}.** {ask}", width="content")
            picked = st.radio(
                ask,
                options,
                index=None,
                key=f"lesson.{name}",
                label_visibility="collapsed",
                horizontal=True,
                width="content",
            )
        if picked == right:
            st.success(f"Yes. {reason}", icon=":material/check:")
            answers.add(name)
            remember()
        elif picked is not None:
            st.info(f"Not quite. {hint}", icon=":material/lightbulb:")
        _note("h2", f"{kind}. {ask}")
        _note("ul", "|".join(options))
    return name in answers


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
    parts = list(course_state().sheet)  # which a download does not see
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="lesson-foot"):
        if index:
            _link(LESSONS[index - 1], "Before: ", ":material/arrow_back:")
        st.download_button(
            "A sheet to print",
            lambda: sheet(lesson, parts),
            f"glassbox-lesson-{lesson.number}.html",
            "text/html",
            icon=":material/print:",
            on_click="ignore",
        )
        if index + 1 < len(LESSONS):
            _link(LESSONS[index + 1], "Next: ", ":material/arrow_forward:")
    progress()


def progress() -> None:
    """Show how many lessons are done."""
    done = sum(is_done(each) for each in LESSONS)
    st.progress(
        done / len(LESSONS),
        f"{done} of {len(LESSONS)} lessons done. The address of this page remembers them.",
    )


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
    if mine.done:
        st.query_params["done"] = ",".join(map(str, sorted(mine.done)))


# --- the printable sheet --------------------------------------------------------------------------


def _note(kind: str, text: str) -> None:
    course_state().sheet.append((kind, text))


SHEET = """<!doctype html><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 12pt/1.5 Georgia, serif; max-width: 17cm; margin: 1.5cm auto; }}
h1 {{ font-size: 20pt; }}
h2 {{ font-size: 12pt; margin: 1.2em 0 0.2em; break-after: avoid; }}
ul {{ list-style: "☐  "; margin-top: 0; }}
pre {{ white-space: pre-wrap; border: 1px solid #999; padding: 6pt; font-size: 10pt;
break-inside: avoid; }}
img {{ display: block; max-width: 11cm; margin: 0.6em auto; border: 1px solid #999;
break-inside: avoid; }}
.math math {{ margin: 0.5em 0; }}
.arrays figure {{ display: inline-block; vertical-align: top; margin: 0 1em 0.8em 0;
font-size: 10.5pt; }}
table {{ border-collapse: collapse; }}
td {{ border: 1px solid #999; padding: 1pt 5pt; text-align: right; }}
.used {{ background: #ddd; }} .words {{ font-size: 10.5pt; }}
.own {{ border-bottom: 1px solid #999; height: 1.9em; }}
.line {{ display: inline-block; width: 8cm; border-bottom: 1px solid #999; }}</style>
<p>Name <span class="line"></span></p>{body}{words}
<h2>My own numbers</h2>{rows}<p>Glassbox, lesson {number}</p>"""


def _on_paper(latex: str) -> str:
    """Turn a formula into MathML, which browsers draw, each line of a derivation below the last."""
    lines = re.sub(r"\\(?:begin|end)\{aligned\}|&", "", latex).split("\\\\")
    return "".join(convert(line.strip(), display="block") for line in lines)


def sheet(lesson: Lesson, noted: list[tuple[str, str]]) -> str:
    """Write the page of HTML that one prints.

    It has what the lesson said, `noted` by kinds, its pictures and questions, and room for one's
    own.
    """
    parts = []
    for kind, text in noted:
        inner = html.escape(text.replace("**", "").replace("`", "").replace("$", ""))
        if kind == "ul":
            inner = "".join(f"<li>{part}</li>" for part in inner.split("|"))
        if kind in ("img", "arrays"):
            parts.append(text)
        elif kind == "math":
            parts.append(f'<p class="math">{_on_paper(text)}</p>')
        else:
            parts.append(f"<{kind}>{inner}</{kind}>")
    words = "".join(
        f"<br><b>{html.escape(word)}</b>: {html.escape(term.meaning)}"
        for word, term in TERMS.items()
        if term.lesson == lesson.number
    )
    return SHEET.format(
        title=html.escape(lesson.title),
        body="".join(parts),
        rows='<div class="own"></div>' * 5,
        number=lesson.number,
        words=words and f'<p class="words"><b>Words</b>{words}</p>',
    )
