"""Room: a teacher's page, with the code for the class, the wall of its networks, and what one does
with all of them at once.
"""

import random

import streamlit as st

from lab.rooms.registry import shared_rooms
from lab.rooms.room import Room
from lab.rooms.rounds import shared_rounds
from ui import page_head
from ui.base_path import base_path
from ui.rooms import front_desk
from ui.rooms.class_gallery import show_class_digits
from ui.rooms.closing import show_afterwards
from ui.rooms.course_counts import show_lessons
from ui.rooms.looking_on import show_run_of
from ui.rooms.moments import keep_moment, show_moments
from ui.rooms.standings import show_standings
from ui.rooms.wall_board import SORTS, wall
from ui.sentences import as_written
from ui.visit import current_visit

FRONT, WALL, STUDENTS, BOARD = "Code", "Wall", "Students", "Board"
MOMENTS, DIGITS, COURSE, AFTERWARDS = "Moments", "Digits", "Lessons", "Afterwards"
VIEWS = (FRONT, WALL, BOARD, MOMENTS, DIGITS, COURSE, STUDENTS, AFTERWARDS)
NOBODY = "Nobody who is here has a network yet."

rooms = shared_rooms()
visit = current_visit()


def look(number: int) -> None:
    """Puts the network of a student on the wall, large."""
    member = room.numbered(number) if room else None
    if rooms and room and member:
        st.session_state["room.view"] = WALL
        with rooms.changing(room):
            room.show(member.visit, everywhere=False)


def show_by_chance(room: Room) -> None:
    """Puts the network of somebody who is here on the wall."""
    if not rooms:
        return
    here = [m for m in room.members.values() if m.run and rooms.is_here(room, m.visit)]
    here = [m for m in here if not m.hidden and m.visit != room.shown]
    if not here:
        st.toast(NOBODY)
        return
    with rooms.changing(room):
        room.show(random.choice(here).visit, everywhere=room.everywhere)


def show_shown(room: Room) -> None:
    """The network that is shown, and whether to everybody."""
    member = room.members.get(room.shown)
    if not rooms or member is None:
        return
    owner = member.visit

    def everywhere() -> None:
        with rooms.changing(room):
            room.show(owner, everywhere=bool(st.session_state["room.everywhere"]))

    def away() -> None:
        with rooms.changing(room):
            room.show("", everywhere=False)

    with st.container(border=True, key="room_shown"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.subheader(as_written(room.called(member)))
            st.toggle(
                "On every screen",
                room.everywhere,
                key="room.everywhere",
                on_change=everywhere,
            )
            st.button("Back to the wall", key="room.away", on_click=away)
        show_run_of("room.large", room, member)


def show_wall(room: Room) -> None:
    """The wall, and what one may do with it."""
    with tools:
        sort = st.selectbox(
            "Order", list(SORTS), key="room.sort", label_visibility="collapsed", width=150
        )
        st.button(
            "Show somebody",
            key="room.chance",
            icon=":material/casino:",
            help="Somebody's network by chance, large. Press a tile to choose whose.",
            on_click=show_by_chance,
            args=(room,),
        )
        if rooms and (rounds := shared_rounds()):
            st.button(
                "Keep a moment",
                key="room.keep",
                icon=":material/photo_camera:",
                help="Keeps the wall as it is, to come back to under Moments.",
                on_click=keep_moment,
                args=(rooms, rounds, room),
            )
    show_shown(room)
    wall("room.wall", room, SORTS[str(sort)], look)


room = rooms.of_teacher(visit) if rooms else None
if rooms is None or room is None:
    st.title("Room")
    st.markdown(
        "You lead no room at the moment. Open one on [Start]"
        f"({base_path()}/), or open yours again [with its key]({base_path()}/reopen)."
    )
    st.stop()
tools = st.container(key="room_tools", horizontal=True, gap="small", vertical_alignment="center")
with tools:
    view = st.segmented_control(
        "View", VIEWS, default=FRONT, key="room.view", required=True, label_visibility="collapsed"
    )
if view == FRONT:
    left, right = st.columns([2.4, 1], gap="large")
    with left:
        front_desk.show_code(room)
        wall("room.names", room, "name", look, names_only=True)
    with right:
        front_desk.show_rules(rooms, room)
        front_desk.show_key(room)
elif view == WALL:
    show_wall(room)
elif view == BOARD and (rounds := shared_rounds()):
    show_standings(rounds, room)
elif view == MOMENTS:
    show_moments(rooms, room)
elif view == DIGITS:
    show_class_digits(rooms, room)
elif view == COURSE:
    show_lessons(room)
elif view == STUDENTS:
    front_desk.show_roll(rooms, room)
else:
    show_afterwards(rooms, room)
st.html(f"<i></i><script>{page_head.TO_THE_TOP}</script>", unsafe_allow_javascript=True)
