"""The doors to a room, on Start and Learn: a teacher opens one, a student joins one by its code."""

from dataclasses import dataclass

import streamlit as st

from lab.rooms.registry import shared_rooms
from lab.rooms.room import RoomError
from ui.base_path import base_path
from ui.rooms.addresses import join_path
from ui.sentences import sentence
from ui.state import remembered
from ui.visit import current_visit, keeps_cookie

NO_COOKIE = (
    "Your browser keeps no cookie for this site, and by that a room knows its teacher again. Allow "
    "cookies for this page, then reload it."
)
# leaves the page, as a code stands in an address
JOIN = (
    '<form class="join" method="get" action="{path}"><label for="room-code">Code of the room'
    '</label> <input id="room-code" name="code" maxlength="12" size="8" required '
    'autocomplete="off" autocapitalize="characters" spellcheck="false"> '
    '<button type="submit">Join a room</button></form>'
)


@dataclass
class OpenedRoom:
    """What this session knows of the room that it has opened.

    key: reopens it, and is shown once; go: whether its page is to be shown now
    """

    key: str = ""
    go: bool = False


def opened_room() -> OpenedRoom:
    """Return what this session knows of the room that it has opened."""
    return remembered("opened room", OpenedRoom)


def show_doors(key: str) -> None:
    """Show the doors; nothing where this server has no rooms."""
    rooms = shared_rooms()
    if rooms is None:
        return
    opened = opened_room()
    if opened.go:
        opened.go = False
        st.switch_page("../pages/room.py")
    mine, visit = rooms.of_teacher(current_visit()), current_visit()
    with st.container(border=True, key=f"rooms_{key}"):
        if mine:
            st.page_link(
                "../pages/room.py", label=f"**Your room {mine.code}**", icon=":material/co_present:"
            )
            return
        if room := rooms.of_member(visit):
            st.caption(f"You are {room.members[visit].name} in room {room.code}.")
            return
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.button(
                "Open a room", key=f"{key}.open_room", icon=":material/groups:", on_click=open_room
            )
            st.html(JOIN.format(path=join_path()))
        st.caption(
            "For a class: students join with a code, without accounts, and you see all their "
            f"networks learn on one wall. [Open yours again]({base_path()}/reopen)"
        )


def open_room() -> None:
    """Open a room, in a callback."""
    rooms, opened = shared_rooms(), opened_room()
    if rooms is None:
        return
    if not keeps_cookie():
        st.toast(NO_COOKIE)
        return
    try:
        _, opened.key = rooms.open(current_visit())
    except RoomError as problem:
        st.toast(sentence(problem))
        return
    opened.go = True
