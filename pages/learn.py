"""Learn: the lessons in their order, and how far one has come."""

import streamlit as st

from lab.course.lessons import LESSONS, PARTS
from ui.learn import lesson

lesson.remember()
st.title("Learn")
st.markdown(
    "Seventeen short lessons, about five minutes each. In each you move something, see what that "
    "changes, and answer two questions. All numbers come from the engine that trains the networks "
    "of the other pages."
)
lesson.progress()
for part, column in zip(PARTS, st.columns(len(PARTS), gap="medium"), strict=True):
    with column:
        st.subheader(part)
        for entry in LESSONS:
            if entry.part != part:
                continue
            with st.container(border=True, key=f"door_{entry.file}"):
                mark = " ✓" if lesson.is_done(entry) else ""
                st.page_link(
                    f"../pages/learn/{entry.file}.py",
                    label=f"**{entry.number}. {entry.title}**{mark}",
                    icon=f":material/{entry.icon}:",
                )
                st.caption(entry.goal)
