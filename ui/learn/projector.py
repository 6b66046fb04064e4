"""A lesson on a projector: one thing at a time, in large letters, with the arrow keys."""

from dataclasses import dataclass

import streamlit as st

from lab.course.lessons import LESSONS, Lesson
from lab.course.teaching import slides
from ui.state import remembered


@dataclass
class ProjectorState:
    """Which lesson is shown, and which of its slides, from 0."""

    lesson: str = ""
    slide: int = 0


def show_projector() -> None:
    """Show a lesson to choose, and one of its slides."""
    state = remembered("projector", ProjectorState)
    lesson = st.selectbox(
        "Lesson",
        LESSONS,
        format_func=lambda each: f"{each.number}. {each.title}",
        key="projector.lesson",
        width=420,
    )
    if state.lesson != lesson.file:
        state.lesson, state.slide = lesson.file, 0
    shown = slides(lesson)
    state.slide = min(state.slide, len(shown) - 1)
    head, text = shown[state.slide]
    with st.container(key="projector"):
        st.markdown(f"## {head}\n\n{text}")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _step("Back", -1, "Left", state.slide == 0, ":material/arrow_back:")
        _step("On", 1, "Right", state.slide == len(shown) - 1, ":material/arrow_forward:")
        st.caption(f"{state.slide + 1} of {len(shown)}. The arrow keys turn over.", width="content")
        _open(lesson)


def _step(label: str, by: int, key: str, last: bool, icon: str) -> None:
    st.button(
        label,
        key=f"projector.{label}",
        on_click=_turn,
        args=(by,),
        shortcut=key,
        disabled=last,
        icon=icon,
    )


def _turn(by: int) -> None:
    state = remembered("projector", ProjectorState)
    state.slide = max(0, state.slide + by)


def _open(lesson: Lesson) -> None:
    st.page_link(
        f"../pages/learn/{lesson.file}.py",
        label=f"Open lesson {lesson.number}",
        icon=f":material/{lesson.icon}:",
    )
