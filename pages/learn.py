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
        for one in LESSONS:
            if one.part != part:
                continue
            with st.container(border=True, key=f"door_{one.file}"):
                mark = " ✓" if lesson.is_done(one) else ""
                st.page_link(
                    f"../pages/learn/{one.file}.py",
                    label=f"**{one.number}. {one.title}**{mark}",
                    icon=f":material/{one.icon}:",
                )
                st.caption(one.goal)
