"""The frame around every page: title, navigation, styles."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402 - pages import from the root, wherever the app is started

st.set_page_config(page_title="Glassbox", page_icon=ROOT / "assets" / "icon.png", layout="wide")
for sheet in ("first.css", "styles.css"):  # app.py has them in the HTML already
    st.html(ROOT / "assets" / "css" / sheet)

from lab.course.lessons import LESSONS  # noqa: E402 - as above
from ui import address, foot, theme  # noqa: E402 - as above
from ui.rooms.room_bar import send_late, show_bar  # noqa: E402 - as above

st.html(f"<style>{theme.css_variables()}</style>")

PAGES = [
    st.Page("../pages/start.py", title="Start", icon=":material/home:", default=True),
    st.Page("../pages/playground.py", title="Playground", icon=":material/scatter_plot:"),
    st.Page("../pages/digits.py", title="Digits", icon=":material/grid_on:"),
    st.Page("../pages/draw.py", title="Draw", icon=":material/draw:"),
    st.Page("../pages/sweep.py", title="Sweep", icon=":material/grid_view:"),
    st.Page("../pages/learn.py", title="Learn", icon=":material/school:"),
]
LESSON_PAGES = [
    st.Page(
        f"../pages/learn/{lesson.file}.py",
        title=lesson.title,
        url_path=lesson.path,
        visibility="hidden",
    )
    for lesson in LESSONS
]
TEACH = st.Page("../pages/teach.py", title="For teachers", url_path="teach", visibility="hidden")
ROOM = st.Page("../pages/room.py", title="Room", url_path="room", visibility="hidden")
WRITING = st.Page(
    "../pages/class_digits.py",
    title="Digits for the class",
    url_path="class-digits",
    visibility="hidden",
)
KEPT = st.Page(
    "../pages/kept.py", title="What is kept of a class", url_path="kept", visibility="hidden"
)
NAMELESS = PAGES[1:5]  # which begin with what one came to do, and show their name nowhere
page = st.navigation([*PAGES, *LESSON_PAGES, TEACH, ROOM, WRITING, KEPT], position="top")
st.set_page_config(page_title=f"{page.title} · Glassbox")
if page in NAMELESS:
    with st.container(key="page_name"):
        st.html(f"<h1>{page.title}</h1>")
foot.show_trouble()
address.take_out_overlong()
show_bar(page, {each.url_path: each for each in (*PAGES, *LESSON_PAGES, ROOM, WRITING)})
page.run()
send_late(page)
foot.show_foot()
