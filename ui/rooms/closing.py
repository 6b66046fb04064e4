"""The end of a lesson: all of it in one file, and the room closed, with a list of what will go."""

from functools import partial

import streamlit as st

from lab.rooms import afterwards
from lab.rooms.registry import Registry
from lab.rooms.room import LIFETIMES, Room
from ui.base_path import base_path


def show_afterwards(rooms: Registry, room: Room) -> None:
    """Show what a teacher takes home, and the button that closes the room."""
    site = "/".join((st.context.url or "").split("/")[:3])
    st.markdown(
        "**Take it home.** One file with results.csv (who has met which goal, and how), "
        "histories.csv (loss and accuracy after each epoch), links to each network's settings, the "
        "networks themselves, and the drawings."
    )
    st.download_button(
        "Everything as a ZIP",
        partial(afterwards.pack, rooms, room, site),
        f"glassbox-room-{room.code}.zip",
        "application/zip",
        icon=":material/download:",
        key="room.zip",
        on_click="ignore",
    )
    members = list(room.members.values())
    names = {seconds: name for name, seconds in LIFETIMES.items()}
    runs = sum(len(member.runs) for member in members)
    st.markdown(
        "**Close the room.** By itself it vanishes when nobody has used it for "
        f"{names.get(room.lifetime, 'some time')}."
    )
    st.markdown(f"[What is kept of a class, to be signed]({base_path()}/kept)")
    with st.popover("Close and delete", icon=":material/delete_forever:"):
        st.markdown(
            f"This deletes, at once and for good: {len(members)} names, {runs} networks that were "
            f"trained in the room, {len(rooms.digits(room))} drawings, {len(room.collected)} sets "
            "of digits, all moments of the wall, and the room itself. What students have made "
            "outside of it stays theirs."
        )
        st.button(
            "Close and delete now",
            key="room.close",
            type="primary",
            on_click=partial(rooms.close, room),
        )
