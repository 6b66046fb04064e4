"""What a lesson is made of: a goal, words with their meanings, formulas beside the engine's lines, questions, code.

Progress is kept for the visit and in the address (`done=1,2`); what a page says is noted down for its printable sheet.
"""

import html
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from lab import links
from lab.course import LESSONS, Lesson, lesson
from lab.experiment import Experiment
from lab.glossary import MARKED, TERMS
from lab.slow_motion import lines

BLUE, ORANGE, GREY = "#0072b2", "#e69f00", "#7a8796"  # Okabe and Ito's: told apart by everybody


def begin(file: str) -> Lesson:
    """The head of a lesson's page."""
    one, state = lesson(file), st.session_state
    remember()
    state["lesson.sheet"] = []
    st.html(
        f'<p class="course">{one.part} · Lesson {one.number} of {len(LESSONS)}{" · done" if is_done(one) else ""}</p>'
    )
    st.header(one.title)
    st.markdown(f"**{one.goal}**")
    _note("h1", f"{one.number}. {one.title}")
    _note("p", one.goal)
    return one


def say(text: str) -> None:
    """A paragraph; [[words]] of the glossary show their meaning when pointed at, tapped or reached by the keyboard."""
    text = " ".join(textwrap.dedent(text).split())
    st.markdown(MARKED.sub(lambda found: _term(found[1], found[2] or found[1]), text), unsafe_allow_html=True)
    _note("p", MARKED.sub(lambda found: found[2] or found[1], text))


def _term(word: str, shown: str) -> str:
    meaning = html.escape(TERMS[word].meaning, quote=True)
    told = f'aria-label="{shown}: {meaning}" data-meaning="{meaning}"'
    return f'<span class="term" tabindex="0" role="note" {told}>{shown}</span>'


def formula(latex: str, *code: tuple[Callable[..., Any], str, str]) -> None:
    """A formula and, next to it, the lines of the engine that compute it, read from its source."""
    left, right = st.columns([1, 1.25], vertical_alignment="center")
    with left:
        st.latex(latex)
    with right:
        for function, start, end in code:
            for place, text in lines(function, start, end):
                st.caption(f"The engine: {place}")
                st.code(text, language="python", wrap_lines=True)
    _note("pre", latex)


def result(text: str) -> None:
    """Numbers of the page, to be worked out by hand or by the listing."""
    st.code(text, language=None, wrap_lines=True)


def question(one: Lesson, number: int, ask: str, options: Sequence[str], right: str, hint: str, reason: str) -> bool:
    """A question that the page checks: a wrong answer gets the hint, the right one the reason. Whether it is solved."""
    name = f"{one.number}.{number}"
    kind = "Predict" if number == 1 else "Take it further"
    with st.container(border=True, key=f"question-{number}-{one.file}"):
        st.markdown(f"**{kind}.** {ask}")
        picked = st.radio(ask, options, index=None, key=f"lesson.{name}", label_visibility="collapsed",
                          horizontal=True)  # fmt: skip
        if picked == right:
            st.success(f"Yes. {reason}", icon=":material/check:")
            st.session_state["lesson.answers"][name] = True
            remember()
        elif picked is not None:
            st.info(f"Not quite. {hint}", icon=":material/lightbulb:")
        _note("h2", f"{kind}. {ask}")
        _note("ul", "|".join(options))
    return bool(st.session_state["lesson.answers"].get(name))


def listing(code: str, printed: str) -> None:
    """The same in plain NumPy, with what it prints: the numbers of this page."""
    with st.expander("Do it without us: plain NumPy", icon=":material/terminal:"):
        st.code(textwrap.dedent(code).strip(), language="python")
        st.caption("It prints")
        st.code(printed, language=None)


def open_in(page: str, experiment: Experiment, label: str) -> None:
    """A button that opens a page with exactly this setting."""
    st.page_link(f"../pages/{page}.py", label=label, icon=":material/open_in_new:",
                 query_params=links.to_params(experiment))  # fmt: skip


def end(one: Lesson) -> None:
    """The foot of a lesson's page: its sheet, and the lessons before and after it."""
    place, said = LESSONS.index(one), list(st.session_state["lesson.sheet"])  # which a download does not see
    with st.container(horizontal=True, gap="small", key="lesson-foot"):
        if place:
            _link(LESSONS[place - 1], "Before: ", ":material/arrow_back:")
        st.download_button(
            "A sheet to print", lambda: _sheet(one, said), f"glassbox-lesson-{one.number}.html", "text/html",
            icon=":material/print:", on_click="ignore",
        )  # fmt: skip
        if place + 1 < len(LESSONS):
            _link(LESSONS[place + 1], "Next: ", ":material/arrow_forward:")
    progress()


def progress() -> None:
    """How many lessons are done."""
    done = sum(is_done(each) for each in LESSONS)
    st.progress(done / len(LESSONS), f"{done} of {len(LESSONS)} lessons done. The address of this page remembers them.")


def _link(one: Lesson, before: str, icon: str) -> None:
    st.page_link(f"../pages/learn/{one.file}.py", label=f"{before}{one.title}", icon=icon)


# --- progress ---------------------------------------------------------------------------------------------------------


def _from_address() -> set[int]:
    numbers = {each.number for each in LESSONS}
    parts = st.query_params.get("done", "").split(",")
    return {int(part) for part in parts if part.isascii() and part.isdigit() and int(part) in numbers}


def is_done(one: Lesson) -> bool:
    """Whether both questions of a lesson have been answered."""
    return one.number in st.session_state.get("lesson.done", set())


def remember() -> None:
    """Takes what the address says of earlier visits, and writes there what is done."""
    done = st.session_state.setdefault("lesson.done", _from_address())
    answers = st.session_state.setdefault("lesson.answers", {})
    done |= {each.number for each in LESSONS if answers.get(f"{each.number}.1") and answers.get(f"{each.number}.2")}
    if done:
        st.query_params["done"] = ",".join(map(str, sorted(done)))


# --- the printable sheet ----------------------------------------------------------------------------------------------


def _note(kind: str, text: str) -> None:
    st.session_state.setdefault("lesson.sheet", []).append((kind, text))


SHEET = """<!doctype html><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 12pt/1.5 Georgia, serif; max-width: 17cm; margin: 1.5cm auto; }} h1 {{ font-size: 20pt; }}
h2 {{ font-size: 12pt; margin: 1.2em 0 0.2em; break-after: avoid; }} ul {{ list-style: "☐  "; margin-top: 0; }}
pre {{ white-space: pre-wrap; background: #f3f3f3; padding: 6pt; }}
.own {{ border-bottom: 1px solid #999; height: 1.9em; }}</style>
{body}<h2>My numbers</h2>{rows}<p>Glassbox, lesson {number}</p>"""


def _sheet(one: Lesson, said: list[tuple[str, str]]) -> str:
    parts = []
    for kind, text in said:
        inner = html.escape(text.replace("**", "").replace("`", "").replace("$", ""))
        if kind == "ul":
            inner = "".join(f"<li>{part}</li>" for part in inner.split("|"))
        parts.append(f"<{kind}>{inner}</{kind}>")
    return SHEET.format(title=html.escape(one.title), body="".join(parts), rows='<div class="own"></div>' * 5,
                        number=one.number)  # fmt: skip
