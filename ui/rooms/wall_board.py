"""The wall on a teacher's page: a tile for each student, painted by a script from what comes over
the room's socket.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from lab.rooms.room import Room
from ui import modules
from ui.rooms.addresses import socket_path

SORTS = {"By name": "name", "Who needs help": "need", "By the goal": "goal"}

_component = modules.Component(
    "glassbox_wall",
    "wall.js",
    html=(
        '<div class="wall" data-part="wall"><p data-part="nobody">Nobody has joined yet.</p>'
        '<div class="tiles" data-part="tiles" role="group" aria-label="Networks of the class">'
        '</div><p class="counts" data-part="counts" role="status"></p></div>'
    ),
    css=(modules.ASSETS / "css" / "wall.css").read_text(encoding="utf-8"),
)


def wall(
    key: str, room: Room, sort: str, on_look: Callable[[int], None], *, names_only: bool = False
) -> None:
    """Show the wall of a room; `on_look` is called with the number of a student whose tile is
    pressed, before the page runs again.

    sort: one of the values of SORTS; names_only: show who is here, and nothing else
    """

    def look() -> None:
        number = (st.session_state.get(key) or {}).get("look")
        if isinstance(number, int) and room.numbered(number):
            on_look(number)

    _component(
        key=key,
        data={
            "path": f"{socket_path(room.code)}?wall=1",
            "sort": sort,
            "namesOnly": names_only,
        },
        on_look_change=look,
    )


def still_wall(key: str, tiles: Sequence[Mapping[str, Any]]) -> None:
    """Show a wall as it was when it was kept."""
    _component(
        key=key,
        data={"path": "", "sort": "name", "namesOnly": False, "still": list(tiles)},
        on_look_change=lambda: None,
    )
