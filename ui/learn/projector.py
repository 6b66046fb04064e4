"""A lesson on a projector: one thing at a time, in large letters, with the arrow keys."""

from dataclasses import dataclass

import streamlit as st

from lab.course.lessons import LESSONS
from lab.course.teaching import slides
from ui.state import remembered

SLIDES = [(lesson, *slide) for lesson in LESSONS for slide in slides(lesson)]


@dataclass
class ProjectorState:
    """Which of all slides is shown; None while none is."""

    slide: int | None = None


def on_projector() -> bool:
    """Return whether a slide is shown now."""
    return remembered("projector", ProjectorState).slide is not None


def begin_at(file: str) -> None:
    """Have the first slide of a lesson shown."""
    first = next(i for i, (lesson, *_) in enumerate(SLIDES) if lesson.file == file)
    remembered("projector", ProjectorState).slide = first


def show_projector() -> None:
    """Show the slide, and buttons for the others, which the arrow keys press too."""
    at = remembered("projector", ProjectorState).slide or 0
    lesson, head, text = SLIDES[at]
    own = [i for i, (of, *_) in enumerate(SLIDES) if of == lesson]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _button("Back", "Left", at - 1, disabled=at == 0)
        _button("On", "Right", at + 1, disabled=at == len(SLIDES) - 1)
        _button("Leave", "Esc", None)
        st.caption(
            f"Lesson {lesson.number}, {own.index(at) + 1} of {len(own)}. The arrow keys turn over.",
            width="content",
        )
        st.page_link(
            f"../pages/learn/{lesson.file}.py",
            label=f"Open lesson {lesson.number}",
            icon=f":material/{lesson.icon}:",
        )
    with st.container(key="projector"):
        st.markdown(f"## {head}\n\n{text}")


def _button(label: str, shortcut: str, to: int | None, *, disabled: bool = False) -> None:
    st.button(
        label,
        key=f"projector.{label}",
        on_click=_turn_to,
        args=(to,),
        shortcut=shortcut,
        disabled=disabled,
    )


def _turn_to(slide: int | None) -> None:
    remembered("projector", ProjectorState).slide = slide
