"""Learn: the lessons in their order, and how far one has come."""

from functools import partial

import streamlit as st

from lab.course.lessons import CODE, IDEAS, LESSONS, PARTS, Lesson
from ui.belongings import chosen_before, note_choice
from ui.learn import lesson
from ui.learn.worksheet import part_sheet
from ui.rooms.doors import show_doors

lesson.remember()
st.title("Learn")
st.markdown(
    "Three minutes to fool a network, and eighteen lessons on how it works. Most take about five "
    "minutes, lessons 9, 15 and 16 about twenty. In each you move something, see what that "
    "changes, and answer two questions. All numbers come from the engine that trains the networks "
    "of the other pages."
)
lesson.progress()
WAYS = {
    "All of it": "From 0 to 18, in their order.",
    IDEAS: "What networks are, how they learn, what they see. No code, and no backward pass "
    "before there is a reason for one.",
    CODE: "How each part is written in a few lines of NumPy. For these, do the lessons before "
    "them too.",
}
way = st.segmented_control(
    "Which way",
    list(WAYS),
    default=chosen_before("learn.way", next(iter(WAYS)), WAYS),
    key="learn.way",
    required=True,
    on_change=note_choice,
    args=("learn.way",),
    label_visibility="collapsed",
)
st.caption(WAYS[str(way)])


def door(entry: Lesson) -> None:
    """A card that leads to a lesson; of the other way, a smaller one."""
    with st.container(border=True, key=f"door_{entry.file}"):
        mark = " ✓" if lesson.is_done(entry) else ""
        st.page_link(
            f"../pages/learn/{entry.file}.py",
            label=f"**{entry.number}. {entry.title}**{mark}",
            icon=f":material/{entry.icon}:",
        )
        st.caption(f"{entry.goal} \n**{entry.track}**")


def paper(part: str) -> None:
    """A page to print, once all lessons of a part are done."""
    if all(lesson.is_done(entry) for entry in LESSONS if entry.part == part):
        st.download_button(
            f"{part}: a page to print",
            partial(part_sheet, part, dict(lesson.course_state().first)),
            f"glassbox-{part.lower().replace(' ', '-')}.html",
            "text/html",
            icon=":material/print:",
            on_click="ignore",
            key=f"paper.{part}",
        )


shown = [entry for entry in LESSONS if way in (entry.track, "All of it")]
first, *parts, last = PARTS
for entry in shown:
    if entry.part == first:
        door(entry)
for part, column in zip(parts, st.columns(len(parts), gap="medium"), strict=True):
    with column:
        st.subheader(part)
        for entry in shown:
            if entry.part == part:
                door(entry)
        paper(part)
for entry in shown:
    if entry.part == last:
        st.subheader(last)
        door(entry)
paper(last)
show_doors("learn")
st.page_link(
    "../pages/teach.py",
    label="For teachers: times, the key to the questions, what goes wrong in heads",
    icon=":material/co_present:",
)
