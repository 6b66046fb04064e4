"""Learn: the lessons in their order, and how far one has come."""

import streamlit as st

from lab.course import LESSONS, PARTS
from ui import lesson

lesson.remember()
st.title("Learn")
st.markdown(
    "Short lessons, about five minutes each. In each you move something, see what changes at once, and answer two "
    "questions. All numbers come from the engine that trains the networks of the other pages."
)
for part in PARTS:
    own = [one for one in LESSONS if one.part == part]
    if not own:
        continue
    st.subheader(part)
    for one in own:
        with st.container(border=True, key=f"door_{one.file}"):
            mark = " ✓" if lesson.is_done(one) else ""
            st.page_link(f"../pages/learn/{one.file}.py", label=f"**{one.number}. {one.title}**{mark}",
                         icon=f":material/{one.icon}:")  # fmt: skip
            st.caption(one.goal)
lesson.progress()
