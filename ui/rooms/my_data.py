"""My data: what is kept of a student in a room, to see, to take along and to delete."""

import io
import json
import zipfile
from functools import partial

import streamlit as st

from lab.rooms.registry import Registry
from lab.rooms.room import Member, Room
from lab.workers.pool import shared_pool
from ui.rooms import handover
from ui.rooms.addresses import join_path
from ui.visit import COOKIE

KEPT = (
    "Kept of you in this room: the name **{name}**, the networks that you have begun here "
    "({runs}), what you have drawn for the class ({digits}), the lessons that you have done here, "
    "and whether your first answers were right. No address, no mail, nothing from outside. It goes "
    "when your teacher closes the room, or when you leave it here; pictures that your teacher has "
    "already collected into a set have no name, and go when the room is closed."
)


def my_data(rooms: Registry, room: Room, member: Member) -> None:
    """Show a button that opens what is kept."""
    with st.popover("My data", icon=":material/person:"):
        digits = [each for each in rooms.digits(room) if each.visit == member.visit]
        st.markdown(KEPT.format(name=member.name, runs=len(member.runs), digits=len(digits)))
        st.download_button(
            "Take it along",
            partial(_file, rooms, room, member),
            f"glassbox-room-{room.code}-my-data.zip",
            "application/zip",
            icon=":material/download:",
            key="room.take_along",
            on_click="ignore",
        )
        secret = st.context.cookies.get(COOKIE)
        if secret and st.button("Go on on another device", key="room.device", type="tertiary"):
            ticket = handover.issue(room.code, secret)
            st.caption("Open this address on the other device within ten minutes, once:")
            st.code(f"{_origin()}{join_path(room.code)}?device={ticket}", language=None)
        st.button(
            "Leave the room and delete this",
            key="room.leave",
            on_click=lambda: rooms.leave(room, member.visit, bar=False),
        )


def _origin() -> str:
    return "/".join((st.context.url or "").split("/")[:3])


def _file(rooms: Registry, room: Room, member: Member) -> bytes:
    """Return a ZIP of what is kept of a student: settings and networks of runs, and drawings."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        about = {
            "name": member.name,
            "lessons_done": member.done,
            "first_answers_right": member.first,
            "drawings": [dict(d.content) for d in rooms.digits(room) if d.visit == member.visit],
        }
        packed.writestr("my-data.json", json.dumps(about, indent=1))
        for number, token in enumerate(member.runs, 1):
            if content := rooms.network_of(token):
                packed.writestr(f"networks/{number:02}.safetensors", content)
            if (experiment := shared_pool().experiment_of(token)) is not None:
                text = json.dumps(experiment.to_dict(), indent=1)
                packed.writestr(f"networks/{number:02}.json", text)
    return out.getvalue()
