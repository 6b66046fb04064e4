"""Digits for the class: a student writes each digit some times, for a dataset of the class's own
hands.
"""

from functools import partial

import streamlit as st

from lab.rooms import writing
from lab.rooms.registry import shared_rooms
from ui.draw.gallery import gallery
from ui.rooms.digit_pad import digit_pad
from ui.visit import current_visit

st.title("Digits for the class")
rooms = shared_rooms()
visit = current_visit()
room = rooms.of_member(visit) if rooms else None
if rooms is None or room is None:
    st.info("This page is for students in a room. Your teacher sends you here.")
    st.stop()
if not room.digits:
    st.info(writing.CLOSED)
    st.stop()
mine = [each for each in writing.all_written(rooms, room) if each.visit == visit]
digit = writing.next_digit(room, mine)
if digit is None:
    st.success("All your digits are there. Thank you!")
else:
    st.subheader(f"Write a {digit}")
    st.caption(
        f"{len(mine)} of {10 * room.digits} written. Write as you always do, with finger, pen or "
        "mouse, and press Hand in."
    )
    digit_pad("room.pad", partial(writing.hand_in, rooms, room, visit, digit))
if mine:
    st.markdown("**Yours so far**")
    last = mine[-20:]
    gallery([each.pixels / 255 for each in last], [str(each.label) for each in last], "Your digits")
    st.button(
        "Take back the last one",
        key="room.take_back",
        icon=":material/undo:",
        on_click=partial(rooms.delete_digits, room, [mine[-1].number]),
    )
