"""An uploaded picture: turned and cut by hand, with a box around each thing that may be a digit.

A press on a box reads what is in it. What one does to the picture is done to a copy, so that all of
it can be taken back.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from lab.reading import picture_file, predict
from lab.reading.calibration import Calibration
from lab.reading.outline import UNIT, Numbers, Place
from lab.reading.picture_file import Opened, PictureError
from lab.reading.predict import Number
from lab.reading.preprocess import upright
from lab.runs.model_file import Model
from ui import modules
from ui.belongings import chosen_before, note_choice
from ui.draw.gallery import png_url
from ui.elsewhere import elsewhere
from ui.sentences import sentence
from ui.state import remembered

WHOLE = (0, 0, 100, 100)  # per cent of the picture: left, top, right, bottom
LEAST = 4  # per cent of a side that are kept
PHOTOGRAPH = "draw.photograph"
_TURNS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}

_component = modules.Component(
    "glassbox_photograph",
    "photograph.js",
    html='<div data-part="photograph"><img alt="" draggable="false"><div data-part="kept"></div>'
    '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><polygon/></svg>'
    '<div data-part="boxes" role="group" aria-label="What may be a digit"></div></div>',
    css=(modules.ASSETS / "css" / "photograph.css").read_text(encoding="utf-8"),
)


@dataclass
class UploadState:
    """The uploaded picture, and what was done to it.

    looked_into: the file that was looked into last; refused: why it is no picture
    turns: by how many quarters it was turned to the left
    kept: what of it, left, top, right and bottom in per cent
    other: which candidate is read in place of the number
    """

    opened: Opened | None = None
    looked_into: str = ""
    refused: str = ""
    turns: int = 0
    kept: tuple[int, int, int, int] = WHOLE
    other: int | None = None


def _state() -> UploadState:
    return remembered("draw.upload", UploadState)


def choose_file() -> Opened | None:
    """The uploaded picture, turned and cut by hand; of a file that is none it is said why, and the
    picture before it is not shown meanwhile.
    """
    state = _state()
    # any kind of file may be chosen: its content decides, and gets its own sentence
    file = st.file_uploader(
        "A picture of digits: PNG, JPEG, WebP, GIF or BMP",
        key="draw.file",
        max_upload_size=picture_file.MAX_BYTES // 1_000_000,
        on_change=_take_all,
    )
    if file and file.file_id != state.looked_into:
        state.looked_into, state.refused = file.file_id, ""
        try:
            # a browser that does not ask for the limit is told of it here
            picture_file.check_size(file.size)
            state.opened = elsewhere(
                picture_file.open_picture, file.getvalue(), refused=PictureError
            )
        except PictureError as problem:
            state.refused = sentence(problem)
    if file and state.refused:
        st.error(state.refused)
        return None  # an answer to another picture below this would pass for one to this file
    if state.opened is None:
        return None
    if state.turns == 0 and state.kept == WHOLE:
        return state.opened
    whole = _turned(state.opened)
    size = (whole.width, whole.height) * 2
    box = [round(share * side / 100) for share, side in zip(state.kept, size, strict=True)]
    return replace(
        state.opened, picture=whole.crop((box[0], box[1], box[2], box[3])), orientation=1
    )


def second_opinion() -> bool:
    """Whether a second network has a say in what is read."""
    return chosen_before("draw.opinion", True, (True, False))


def read_chosen(model: Model, number: Number | None, trust: Calibration) -> Number | None:
    """What is read if another candidate was chosen than the number; else the number."""
    other = _state().other
    if number is None or other is None or other >= len(number.sheet.others):
        return number
    return predict.read_other(model, number, other, trust, second_opinion())


def show_photograph(number: Number | None, digit: int) -> None:
    """The picture with what was found on it, and what one can do to it.

    `number` is what was read before another candidate was chosen, `digit` which of it one looks at.
    """
    state = _state()
    if state.opened is None:
        return
    with st.container(key="photograph_keys", horizontal=True, gap="xsmall"):
        for title, icon, turns in (("left", "rotate_left", 1), ("right", "rotate_right", 3)):
            st.button(
                f"Turn {title}",
                icon=f":material/{icon}:",
                on_click=_turn,
                args=(turns,),
                key=f"draw.{title}",
            )
        cutting = st.toggle("Cut out", key="draw.cutting")
    whole = _turned(state.opened)
    _component(
        key=PHOTOGRAPH,
        data={
            "image": png_url(whole),
            "ratio": whole.width / whole.height,
            "label": "The uploaded picture",
            "sheet": [] if number is None else _outline(number),
            "boxes": [] if number is None else _boxes(number, digit),
            "kept": [share / 100 for share in state.kept],
            "cutting": cutting,
        },
        on_chosen_change=lambda: _choose(number),
        on_cut_change=_cut,
    )
    if cutting:
        st.caption("Drag over the picture, or move the ends: only what is bright is read.")
        left, top, right, bottom = state.kept
        for title, key, ends in (
            ("From left to right", "draw.across", (left, right)),
            ("From top to bottom", "draw.down", (top, bottom)),
        ):
            st.session_state[key] = ends
            st.slider(title, 0, 100, ends, key=key, format="%d %%", on_change=_slide)
    elif number and len(number.sheet.others):
        st.caption("Press a box to read what is in it.")
    if state.kept != WHOLE:
        st.button("Take all of it again", on_click=_take_all_again, key="draw.all")
    if number and number.sheet.place:
        st.toggle(
            "Ask a second network too",
            chosen_before("draw.opinion", True, (True, False)),
            key="draw.opinion",
            help="On a photograph the network that tells digits from letters has an equal say, and "
            "where the two differ the answer is not sure. What the layers show, and why, is the "
            "chosen network's alone.",
        )
        note_choice("draw.opinion")
    for note in state.opened.notes:
        st.caption(note)


def _turned(opened: Opened) -> Image.Image:
    """The picture as it was held, and then turned by hand."""
    image, turns = upright(opened), _state().turns
    return image.transpose(_TURNS[turns]) if turns else image


def _place(number: Number) -> Place:
    return number.sheet.place or Place(UNIT)


def _on_picture(places: Numbers) -> list[list[float]]:
    """Places (n, 2) in shares of what is kept, as shares of the whole picture."""
    left, top, right, bottom = (share / 100 for share in _state().kept)
    low, size = np.array([left, top]), np.array([right - left, bottom - top])
    return [[float(x), float(y)] for x, y in low + places * size]


def _outline(number: Number) -> list[list[float]]:
    """The corners of the sheet that was found; none where all is taken for it."""
    corners = _place(number).corners
    return [] if (corners == UNIT).all() else _on_picture(corners)


def _boxes(number: Number, digit: int) -> list[dict[str, Any]]:
    """A box for each digit that was read, then for each other candidate."""
    sheet, other = number.sheet, _state().other
    height, width = sheet.stages["even background"].shape
    read = [answer.label for answer in number.answers]
    parts = [*sheet.parts[: len(read)], *(part for part, _ in sheet.others)]
    boxes = []
    for i, part in enumerate(parts):
        top, left, bottom, right = part.box
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        at = np.array(_on_picture(_place(number).on_photograph(corners / [width, height])))
        edges = [*at.min(axis=0).clip(0, 1).tolist(), *at.max(axis=0).clip(0, 1).tolist()]
        mine = i < len(read)
        chosen = other is None and digit == i if mine else other == i - len(read)
        label = f"read as {read[i]}" if mine else "not read: press to read it"
        boxes.append({"at": edges, "label": label, "read": mine, "chosen": chosen})
    return boxes


def _choose(number: Number | None) -> None:
    """Look at a digit of the number, or read another candidate."""
    which = int(st.session_state[PHOTOGRAPH]["chosen"])
    if number is None or which < 0:
        return
    digits = len(number.answers)
    _state().other = which - digits if which >= digits else None
    st.session_state["draw.digit"] = min(which, digits - 1) if which < digits else 0


def _turn(quarters: int) -> None:
    """Turn the picture to the left; what was cut out is turned with it."""
    state = _state()
    state.turns = (state.turns + quarters) % 4
    for _ in range(quarters):
        left, top, right, bottom = state.kept
        state.kept = top, 100 - right, bottom, 100 - left
    state.other = None


def _keep(left: int, top: int, right: int, bottom: int) -> None:
    """Keep so much, and no less than LEAST."""
    left, top = min(max(left, 0), 100 - LEAST), min(max(top, 0), 100 - LEAST)
    right, bottom = min(max(right, left + LEAST), 100), min(max(bottom, top + LEAST), 100)
    _state().kept, _state().other = (left, top, right, bottom), None


def _cut() -> None:
    left, top, right, bottom = (
        round(100 * float(share)) for share in st.session_state[PHOTOGRAPH]["cut"]
    )
    _keep(left, top, right, bottom)


def _slide() -> None:
    (left, right), (top, bottom) = st.session_state["draw.across"], st.session_state["draw.down"]
    _keep(left, top, right, bottom)


def _take_all_again() -> None:
    _keep(*WHOLE)


def _take_all() -> None:
    """Another picture comes: nothing was done to it."""
    _state().turns = 0
    _take_all_again()
