"""The bar that every page has while its visit is in a room: what the teacher has sent or stopped,
and, for the teacher, what there is to press.

Its script listens on the room's socket. It shows at once that the class is paused, and has its page
run again when there is something new, each at another moment of half a second.
"""

from collections.abc import Mapping
from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lab.rooms.registry import Registry, shared_rooms
from lab.rooms.room import Member, Room
from ui import modules
from ui.rooms import tasks
from ui.rooms.addresses import socket_path
from ui.rooms.looking_on import show_to_all
from ui.rooms.my_data import my_data
from ui.sentences import sentence
from ui.state import page_state
from ui.visit import current_visit

_component = modules.Component(
    "glassbox_room_bar",
    "room_bar.js",
    html=(
        '<div class="bar" data-part="room-bar" role="status" aria-live="polite">'
        '<span data-part="who"></span><span data-part="said"></span>'
        '<button type="button" data-part="open" hidden></button></div>'
    ),
    css=(modules.ASSETS / "css" / "room_bar.css").read_text(encoding="utf-8"),
)
EVERYBODY, SEND_SOON = "room.everybody", "room.send_soon"


def show_bar(page: StreamlitPage, pages: Mapping[str, StreamlitPage]) -> None:
    """Show the bar where this visit is in a room, and take what was sent before the page is drawn.

    pages: those of the application, by the last part of their addresses
    """
    rooms, visit = shared_rooms(), current_visit()
    if not rooms or not rooms.rooms:
        return
    if room := rooms.of_teacher(visit):
        _lead(rooms, room, page, pages)
    elif room := rooms.of_member(visit):
        member = room.members[visit]
        rooms.note_page(room, visit, page.url_path)
        _arrive(rooms, room, member, page, pages)
        _follow(rooms, room, member, page)


def _listen(room: Room, *, role: str, name: str = "", taken: int = 0) -> None:
    data = {
        "path": socket_path(room.code),
        "code": room.code,
        "role": role,
        "name": name,
        "news": room.revision if role == "teacher" else room.news,
        "taken": taken,
        "asked": bool(room.task and room.task.number > taken and role == "student"),
        "title": room.task.title if room.task else "",
    }
    _component(
        key="room.bar",
        data=data,
        on_news_change=lambda: None,
        on_open_change=partial(_open, room.code),
    )


def _open(code: str) -> None:
    """Take what was sent, as the student has pressed to have it, in a callback."""
    st.session_state["room.open"] = code


# --- students -------------------------------------------------------------------------------------


def _arrive(
    rooms: Registry,
    room: Room,
    member: Member,
    page: StreamlitPage,
    pages: Mapping[str, StreamlitPage],
) -> None:
    """Take a task that is new, unless the student has gone on by themselves and is to be asked."""
    task, wanted = room.task, st.session_state.pop("room.open", "") == room.code
    if task is None or task.page not in pages:
        return
    if member.taken < task.number:
        if wanted or task.everybody or not tasks.gone_on(member, page.url_path):
            tasks.take(rooms, room, member)
            if member.taken == task.number:
                tasks.go_to(task, page, pages)
    elif wanted:
        tasks.go_to(task, page, pages)
    else:
        tasks.keep_options(task, page)


def _follow(rooms: Registry, room: Room, member: Member, page: StreamlitPage) -> None:
    """Show the bar of a student, and below it what everybody looks at."""
    with st.container(key="room_strip", horizontal=True, gap="small", vertical_alignment="center"):
        _listen(room, role="student", name=member.name, taken=member.taken)
        my_data(rooms, room, member)
    if room.everywhere:
        show_to_all(rooms, room)


# --- teachers -------------------------------------------------------------------------------------


def _lead(
    rooms: Registry, room: Room, page: StreamlitPage, pages: Mapping[str, StreamlitPage]
) -> None:
    """Show the bar of a teacher: who is here, and buttons to send, to pause and to go back."""
    with st.container(key="room_strip", horizontal=True, gap="small", vertical_alignment="center"):
        _listen(room, role="teacher")
        if tasks.sendable(page.url_path):
            st.button(
                "Send this to the class",
                key="room.send",
                type="primary",
                icon=":material/send:",
                on_click=partial(send, rooms, room, page),
                help="Page, experiment, what is hidden and the goal, as Share has put them "
                "together, go to every screen.",
            )
            st.checkbox(
                "For everybody now",
                key=EVERYBODY,
                help="Those, too, who have gone on by themselves. Otherwise they are asked.",
            )
        pause_button(rooms, room)
        if page.url_path != "room":
            st.page_link(pages["room"], label="To the room", icon=":material/co_present:")


def send(rooms: Registry, room: Room, page: StreamlitPage) -> None:
    """Send what is set up on a page, in a callback; of a page that has not been drawn yet, as soon
    as it has.
    """
    if page.url_path in tasks.MENUS and page_state(page.url_path).experiment is None:
        st.session_state[SEND_SOON] = page.url_path
        return
    _send(rooms, room, page)


def send_late(page: StreamlitPage) -> None:
    """Send what is set up on a page that has just been drawn, if that was asked for before."""
    if st.session_state.pop(SEND_SOON, "") != page.url_path:
        return
    rooms = shared_rooms()
    if rooms and (room := rooms.of_teacher(current_visit())):
        _send(rooms, room, page)


def _send(rooms: Registry, room: Room, page: StreamlitPage) -> None:
    try:
        task = tasks.put_together(page, everybody=bool(st.session_state.get(EVERYBODY)))
    except ValueError as problem:
        st.toast(sentence(problem))
        return
    with rooms.changing(room):
        room.send(task)
    st.toast(f"Sent to the class: {task.title}.")


def pause_button(rooms: Registry, room: Room) -> None:
    """Show the button that holds the class, or lets it go on."""
    label, icon = ("Go on", "play_arrow") if room.paused else ("Pause the class", "pause")
    st.button(
        label,
        key="room.pause",
        icon=f":material/{icon}:",
        on_click=lambda: rooms.pause(room, not room.paused),
        help="Let all runs of the class go on that ran"
        if room.paused
        else "Hold every run of the class, and grey its buttons",
    )
