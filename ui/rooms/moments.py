"""Moments of a wall, which were kept to come back to."""

import json
import time
from functools import partial

import streamlit as st

from lab.rooms.registry import Registry
from lab.rooms.room import MOST_MOMENTS, Room
from lab.rooms.rounds import Rounds
from ui.rooms.wall_board import still_wall


def keep_moment(rooms: Registry, rounds: Rounds, room: Room) -> None:
    """Keep the wall as it is, in a callback; the oldest beyond some is let go."""
    if rooms.store is None:
        return
    wall = rounds.wall(room)
    wall.read()
    tiles = [json.loads(said) for _, said in wall.tiles.values()]
    before = rooms.moments(room)
    number = max(before, default=0) + 1
    title = room.task.title if room.task else ""
    rooms.store.rooms.keep_moment(
        room.code, number, {"at": time.time(), "title": title, "tiles": tiles}
    )
    if old := sorted(before)[: -MOST_MOMENTS + 1]:
        rooms.store.rooms.forget_moments(room.code, old)
    st.toast("The wall is kept as it is.")


def show_moments(rooms: Registry, room: Room) -> None:
    """Show the moments that were kept, one at a time."""
    kept = rooms.moments(room)
    if not kept:
        st.info("Nothing is kept yet. On the wall, press Keep a moment.")
        return

    def called(number: int) -> str:
        moment = kept[number]
        clock = time.strftime("%H:%M:%S", time.localtime(moment["at"]))
        return f"{clock} {moment['title']}".strip()

    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        number = st.selectbox(
            "Moment",
            sorted(kept, reverse=True),
            key="room.moment",
            format_func=called,
            label_visibility="collapsed",
            width=240,
        )
        if rooms.store:
            forget = partial(rooms.store.rooms.forget_moments, room.code, [number])
            st.button("Delete it", key="room.forget_moment", on_click=forget)
    tiles = kept[number]["tiles"]
    if room.anonymous:
        for tile in tiles:
            member = room.numbered(tile["id"])
            tile["name"] = room.called(member) if member else "?"
    still_wall("room.still", tiles)
