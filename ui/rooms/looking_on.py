"""Somebody else's network, large and alive, which whoever looks on cannot steer."""

import streamlit as st

from lab.frames.dots import dots_of
from lab.rooms.registry import Registry
from lab.rooms.room import Member, Room
from lab.store.database import StoreError
from lab.workers.pool import shared_pool
from ui.board.board import Board, show_board
from ui.sentences import as_written

EVERY = 2.0  # seconds between two looks for which run it is by now
NOTHING = "There is no network of {} yet."
ASLEEP = "The network of {} rests: it is seen again when they look at it."


@st.fragment(run_every=EVERY)
def show_run_of(key: str, room: Room, member: Member) -> None:
    """Show the run that a student looks at, and another one as soon as that is another."""
    name = room.called(member)
    handle = shared_pool().get(member.run)
    if handle is None:
        st.info((ASLEEP if member.run else NOTHING).format(as_written(name)))
        return
    dataset = handle.experiment.dataset
    if not dataset.on_plane:
        board = Board("images", dataset.class_names, "It has not begun.", looked_on=True)
    else:
        data = handle.experiment.data()
        board = Board(
            "points",
            data.classes,
            "It has not begun.",
            dots=dots_of(data),
            score="R²" if dataset.regression else "accuracy",
            low=dataset.low,
            high=dataset.high,
            shown="network,test",
            hidden=frozenset({"network", "layers", "units"}),
            looked_on=True,
        )
    show_board(key, handle.token, board)


def show_to_all(rooms: Registry, room: Room) -> None:
    """Show the run that the teacher has put on every screen."""
    member = room.members.get(room.shown)
    if member is None:
        return
    with st.container(key="room_shown"):
        st.markdown(f"**{as_written(room.called(member))}** is shown to the class.")
        try:
            show_run_of("room.shown", room, member)
        except StoreError:
            st.info(ASLEEP.format(as_written(room.called(member))))
