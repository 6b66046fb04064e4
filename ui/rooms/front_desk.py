"""The front of a room: its code and QR code for the projector, who is here, and who may come in."""

import html
from functools import partial

import streamlit as st

from lab import limits
from lab.rooms.registry import Registry
from lab.rooms.room import LIFETIMES, USUAL, Room
from ui.base_path import base_path
from ui.rooms import handover
from ui.rooms.addresses import is_local, join_address, join_path, qr_picture
from ui.rooms.doors import opened_room
from ui.visit import COOKIE

LOCAL = (
    "This page is open as an address of this computer alone. For a class, open it by the name or "
    "the number that this computer has in your network: see docs/hosting.md."
)


def show_code(room: Room) -> None:
    """Show code and QR code, as large as a back row needs them."""
    address = join_address(room.code)
    short = address.partition("://")[2]
    st.html(
        '<div class="room-front"><div><p class="room-where">Join at</p>'
        f'<p class="room-address">{html.escape(short.rpartition("/")[0])}</p>'
        '<p class="room-where">with the code</p>'
        f'<p class="room-code" data-part="room-code">{room.code}</p></div>'
        f'<img class="room-qr" alt="QR code of {html.escape(address)}" '
        f'src="{html.escape(qr_picture(address))}"></div>'
    )


def show_key(room: Room) -> None:
    """Show the key that reopens the room, once, and a warning where nobody else could come."""
    if is_local(join_address(room.code)):
        st.warning(LOCAL)
    opened = opened_room()
    if opened.key:
        with st.popover("The key of this room", icon=":material/key:", key="room_key"):
            st.markdown(
                f"`{opened.key}`\n\nWrite it down: it is shown until you press the button below, "
                "and never again. With it you open the room again on any device, should you lose "
                f"this one, at {base_path()}/reopen. Do not show it to the class."
            )
            st.button("I have written it down", key="room.key_noted", on_click=_put_key_away)


def _put_key_away() -> None:
    opened_room().key = ""


def show_rules(rooms: Registry, room: Room) -> None:
    """Show who may come in, what they are called, and how long the room is kept."""

    def set_up(name: str, key: str) -> None:
        with rooms.changing(room):
            room.set_up(**{name: st.session_state[key]})

    for name, label, tip in (
        ("locked", "Nobody else may join", "Who is in the room stays, and finds back into it."),
        ("typed_names", "Students may type a name", "Otherwise they choose of two friendly words."),
        ("anonymous", "Anonymise", "The wall shows symbols in place of names."),
    ):
        key = f"room.{name}"
        st.toggle(
            label, getattr(room, name), key=key, help=tip, on_change=partial(set_up, name, key)
        )
    with st.popover("More", icon=":material/tune:"):
        st.number_input(
            "Students at most",
            1,
            limits.ROOM.most,
            room.most,
            key="room.most",
            help=f"{USUAL} unless you say otherwise. Of more than 60 not all train at once.",
            on_change=partial(set_up, "most", "room.most"),
        )
        names = {seconds: name for name, seconds in LIFETIMES.items()}
        options = list(LIFETIMES.values())
        st.selectbox(
            "Vanishes when nobody uses it for",
            options,
            options.index(room.lifetime) if room.lifetime in options else 1,
            key="room.lifetime",
            format_func=lambda seconds: names.get(seconds, ""),
            on_change=partial(set_up, "lifetime", "room.lifetime"),
        )
        secret = st.context.cookies.get(COOKIE)
        if secret and st.button("Lead it on another device too", key="room.teacher_device"):
            ticket = handover.issue(room.code, secret)
            origin = "/".join((st.context.url or "").split("/")[:3])
            st.caption(
                "Open this address there within ten minutes, once. Whoever opens it leads the "
                "room: do not show it to the class."
            )
            st.code(f"{origin}{join_path(room.code)}?device={ticket}", language=None)


def show_roll(rooms: Registry, room: Room) -> None:
    """Show a list of all students, each to be renamed, hidden or removed."""
    members = sorted(room.members.values(), key=lambda member: member.name)
    if not members:
        st.caption("Nobody is here yet.")
        return
    number = st.selectbox(
        "Student",
        [member.number for member in members],
        key="room.student",
        format_func={member.number: member.name for member in members}.__getitem__,
    )
    member = room.numbered(int(number))
    if member is None:
        return
    visit = member.visit
    name = st.text_input("Name", member.name, max_chars=24, key=f"room.name.{number}")
    with st.container(horizontal=True, gap="small"):
        st.button("Rename", key="room.rename", on_click=partial(_rename, rooms, room, visit, name))
        st.button(
            "Show on the wall" if member.hidden else "Hide from the wall",
            key="room.hide",
            on_click=partial(_hide, rooms, room, visit),
        )
        st.button(
            "Remove",
            key="room.remove",
            icon=":material/person_remove:",
            help="They are out at once and cannot come back, and their networks of this room end.",
            on_click=lambda: rooms.leave(room, visit, bar=True),
        )


def _rename(rooms: Registry, room: Room, visit: str, name: str) -> None:
    try:
        with rooms.changing(room):
            room.rename(visit, name)
    except ValueError as problem:
        st.toast(str(problem))


def _hide(rooms: Registry, room: Room, visit: str) -> None:
    with rooms.changing(room):
        room.members[visit].hidden = not room.members[visit].hidden
        room.revision += 1
