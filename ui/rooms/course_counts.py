"""Where a class is in the course, and how it has answered the questions: as counts, without names.

Names stand behind a button that says not to press it while the projector is on.
"""

import html
from collections import Counter

import streamlit as st

from lab.course.lessons import LESSONS
from lab.rooms.room import Room
from ui.sentences import as_written

EVERY = 3.0  # seconds
AT = {lesson.path: lesson for lesson in LESSONS}


@st.fragment(run_every=EVERY)
def show_lessons(room: Room) -> None:
    """Show a row for each lesson that somebody has opened or done, and look again now and then."""
    members = list(room.members.values())
    done = Counter(number for member in members for number in member.done)
    here = Counter(AT[member.page].number for member in members if member.page in AT)
    first: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for member in members:
        asked.update(member.first.keys())
        first.update(name for name, right in member.first.items() if right)
    rows = []
    for lesson in LESSONS:
        names = [f"{lesson.number}.{question}" for question in (1, 2)]
        if not (done[lesson.number] or here[lesson.number] or any(asked[name] for name in names)):
            continue
        questions = "".join(
            f"<td>{first[name]} of {asked[name]}</td>" if asked[name] else "<td></td>"
            for name in names
        )
        rows.append(
            f'<tr data-part="lesson"><td>{lesson.number}. {html.escape(lesson.title)}</td>'
            f"<td>{here[lesson.number]}</td><td>{done[lesson.number]}</td>{questions}</tr>"
        )
    if not rows:
        st.info("Nobody has opened a lesson yet. Open one yourself, and send it to the class.")
        return
    head = "".join(
        f"<th>{name}</th>"
        for name in ("Lesson", "Here now", "Done", "Question 1, first try", "Question 2, first try")
    )
    table = f'<table class="versus"><tr>{head}</tr>{"".join(rows)}</table>'
    st.html(f'<div class="wide-table">{table}</div>')
    with st.popover("With names: not for the projector", icon=":material/visibility_off:"):
        for member in sorted(members, key=lambda each: each.name):
            where = f"at {AT[member.page].title}" if member.page in AT else "elsewhere"
            st.markdown(
                f"**{as_written(member.name)}**: {where}, {len(member.done)} done, "
                f"{sum(member.first.values())} of {len(member.first)} right at the first try"
            )
