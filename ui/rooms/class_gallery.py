"""The digits of a class on its teacher's page: asked for, seen as they come, hidden and deleted,
and collected into a dataset.
"""

import html
import io
import zipfile
from functools import partial

import numpy as np
import streamlit as st

from lab.data import class_set
from lab.data.class_set import ClassSet
from lab.rooms import writing
from lab.rooms.registry import Registry
from lab.rooms.room import Room, Task
from lab.rooms.writing import Written
from lab.runs.model_file import Model, ModelError, from_bytes
from lab.workers.pool import shared_pool
from ui.draw import reader
from ui.draw.gallery import picture_url
from ui.rooms.tasks import MENUS
from ui.sentences import as_written, sentence
from ui.state import page_state

EVERY = 2.0  # seconds
SHOWN = 240  # of the newest digits
PAGE, TITLE = "class-digits", "Digits for the class"
TIMES = 2  # that each digit is written, unless the teacher says otherwise


def show_class_digits(rooms: Registry, room: Room) -> None:
    """Show all that there is to do with the digits of a class."""
    left, right = st.columns([2.4, 1], gap="large")
    with left:
        _gallery(rooms, room)
    with right:
        times = st.number_input(
            "Times each digit", 1, 6, room.digits or TIMES, key="room.times", width=160
        )
        st.button(
            "Ask the class to write",
            key="room.ask_digits",
            type="primary",
            icon=":material/edit:",
            on_click=partial(_ask, rooms, room, int(times)),
            help="Sends a page to every student on which they write each digit so often.",
        )
        st.button(
            "Collect",
            key="room.collect",
            icon=":material/inventory_2:",
            on_click=partial(_collect, rooms, room),
            help="Freezes what is there into a dataset, which stands in everybody's menu on "
            "Digits. A fourth of the hands is kept for testing.",
        )
        _sets(room)
        _one(rooms, room)


def _ask(rooms: Registry, room: Room, times: int) -> None:
    with rooms.changing(room):
        room.digits = times
        room.send(Task(0, PAGE, TITLE))


def _collect(rooms: Registry, room: Room) -> None:
    try:
        name, _ = writing.collect(rooms, room)
    except (ValueError, OSError) as problem:
        st.toast(sentence(problem))
        return
    st.toast(f"{name} stands in everybody's menu of datasets on Digits.")


@st.fragment(run_every=EVERY)
def _gallery(rooms: Registry, room: Room) -> None:
    """Show the newest digits as they come."""
    written = writing.all_written(rooms, room)
    hidden = sum(each.hidden for each in written)
    hands = len({each.visit for each in written})
    st.markdown(f"**{len(written)} digits of {hands} hands**" + f", {hidden} hidden" * bool(hidden))
    shown = [each for each in written if not each.hidden][-SHOWN:]
    tiles = "".join(
        f'<figure data-part="class-digit"><img src="{picture_url(each.pixels / 255)}" alt="">'
        f"<figcaption>{each.number}: {each.label}</figcaption></figure>"
        for each in reversed(shown)
    )
    st.html(f'<div class="gallery" role="img" aria-label="Digits of the class">{tiles}</div>')


def _one(rooms: Registry, room: Room) -> None:
    """Hide a digit or take it back in, or delete it or all of a student's."""
    with st.popover("Hide or delete", icon=":material/visibility_off:"):
        number = st.number_input("Number below the picture", 1, key="room.digit")
        found = next((w for w in writing.all_written(rooms, room) if w.number == number), None)
        if found is None:
            st.caption("There is no such digit.")
            return
        member = room.members.get(found.visit)
        st.caption(f"A {found.label} by {as_written(member.name) if member else 'somebody'}")
        label = "Take it in again" if found.hidden else "Hide it"
        st.button(label, key="room.hide_digit", on_click=partial(writing.hide, rooms, room, found))
        st.button(
            "Delete it",
            key="room.delete_digit",
            on_click=partial(rooms.delete_digits, room, [found.number]),
        )
        st.button(
            "Delete all of this student",
            key="room.delete_digits",
            on_click=partial(_delete_of, rooms, room, found),
        )


def _delete_of(rooms: Registry, room: Room, found: Written) -> None:
    numbers = [w.number for w in writing.all_written(rooms, room) if w.visit == found.visit]
    rooms.delete_digits(room, numbers)


def _sets(room: Room) -> None:
    """Show the sets that were collected: their digests, files to take along, the hardest hand."""
    for name, digest in room.collected.items():
        try:
            digits = class_set.load(digest)
        except ValueError as problem:
            st.caption(sentence(problem))
            continue
        tested = len(set(digits.hands[digits.tested].tolist()))
        st.markdown(
            f"**{as_written(name)}**  \n`{digest}`, {len(digits.labels)} digits of "
            f"{len(set(digits.hands.tolist()))} hands, tested on {tested} of them"
        )
        st.download_button(
            "As PNG and as MNIST's files",
            partial(_zip, digits),
            f"glassbox-class-{digest}.zip",
            "application/zip",
            icon=":material/download:",
            key=f"room.set.{digest}",
            on_click="ignore",
        )
    if room.collected and st.toggle("Whose hand is hardest?", key="room.hardest"):
        _hardest(room, list(room.collected.values())[-1])


def _zip(digits: ClassSet) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in class_set.to_files(digits).items():
            packed.writestr(name, content)
    return out.getvalue()


def _hardest(room: Room, digest: str) -> None:
    """Show how many digits of each hand a network reads right: that of this teacher's page Digits,
    or the one that ships.
    """
    digits = class_set.load(digest)
    model, name = _network()
    pictures = digits.pictures.reshape(len(digits.pictures), -1)
    answers = model.network.decide(model.network.outputs(pictures)).astype(int)
    rows = []
    for hand, right, count in writing.hardest(digits, np.asarray(answers)):
        member = room.numbered(hand)
        who = html.escape(room.called(member)) if member else f"hand {hand}"
        rows.append(f"<tr><td>{who}</td><td>{right} of {count}</td></tr>")
    st.caption(f"Read by {name}, the hardest hand first.")
    st.html(f'<table class="versus">{"".join(rows)}</table>')


def _network() -> tuple[Model, str]:
    state = page_state("digits")
    experiment = state.experiment
    suits = experiment is not None and type(experiment.dataset) in MENUS["digits"].values()
    ten = suits and experiment is not None and experiment.dataset.class_count == 10
    if ten and experiment and experiment.dataset.input_shape == (28, 28):
        content = shared_pool().weights(state.token)
        try:
            if content:
                return from_bytes(content), "your network of the page Digits"
        except ModelError:  # it has diverged
            pass
    return reader.shipped("cnn"), "the network that ships with Glassbox"
