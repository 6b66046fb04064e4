"""For teachers: each lesson with its time, its aim, the key, and what goes wrong in heads."""

import streamlit as st

from lab.course.lessons import CODE, IDEAS, LESSONS, PARTS
from lab.course.teaching import CURRICULA, PLANS, key, minutes, misconceptions
from ui.learn.projector import begin_at, on_projector, show_projector


def show_all() -> None:
    """All lessons, to be read and printed."""
    st.title("For teachers")
    whole, ideas, code = (minutes(track) / 60 for track in ("", IDEAS, CODE))
    st.markdown(
        f"All lessons take about {whole:.0f} hours, the way of ideas {ideas:.0f}, that of code "
        f"{code:.0f}. At the foot of each lesson is a sheet with blanks to print, and beside it "
        "the same with its answers. Nothing needs an account, and nothing leaves your server. To "
        "print this page, open what you want printed, and press Ctrl+P."
    )
    st.caption("The times of lessons 9, 15 and 16 were measured, the others are estimates.")
    st.page_link("../pages/learn.py", label="The lessons", icon=":material/school:")
    st.subheader("What it serves")
    for name, what, lessons in CURRICULA:
        numbers = ", ".join(map(str, lessons))
        st.markdown(f"**{name}.** {what} Lessons {numbers}.")
    st.caption(
        "These are our own readings of the documents; none of their authors has approved them."
    )
    for part in PARTS:
        st.subheader(part)
        for lesson in LESSONS:
            if lesson.part != part:
                continue
            plan = PLANS[lesson.file]
            title = f"**{lesson.number}. {lesson.title}** · {plan.minutes} minutes · {lesson.track}"
            with st.expander(title, key=f"teach_{lesson.file}"):
                st.markdown(f"**Aim.** {lesson.goal}")
                st.markdown(f"**Ask the class.** {plan.ask}")
                st.markdown("**Key**")
                for ask, right, reason in key(lesson):
                    st.markdown(f"- {ask}  \n  **{right}**. {reason}")
                st.markdown("**What goes wrong in heads**, and a question that may help")
                for wrong, hint in misconceptions(lesson):
                    st.markdown(f"- “{wrong}”: {hint}")
                st.button(
                    "On a projector",
                    key=f"projector:{lesson.file}",
                    on_click=begin_at,
                    args=(lesson.file,),
                    icon=":material/present_to_all:",
                )
                st.page_link(
                    f"../pages/learn/{lesson.file}.py",
                    label=f"Open lesson {lesson.number}",
                    icon=f":material/{lesson.icon}:",
                )


if on_projector():
    show_projector()
else:
    show_all()
