"""A pad is a picture with a mark on it that one drags, or moves with the arrow keys, from cell to
cell.
"""

import streamlit as st

from ui import modules

_component = modules.Component(
    "glassbox_pad",
    "pad.js",
    html='<div data-part="pad" role="slider" tabindex="0">'
    '<img alt="" draggable="false"><i></i></div>',
    css=(modules.ASSETS / "css" / "pad.css").read_text(encoding="utf-8"),
)


def pad(
    key: str,
    image: str,
    label: str,
    cells: tuple[int, int],
    *,
    start: tuple[int, int],
    mark: tuple[int, int] = (0, 0),
) -> tuple[int, int]:
    """The cell (column, row) that the mark is on; `image` is an address of data, cut into `cells`
    columns and rows.

    `mark` is its size in cells: a window that stays on the picture, its left upper corner being
    told; or, with no size, a dot in the middle of a cell. `label` says to a screen reader what it
    is.
    """
    state = st.session_state

    def moved() -> None:
        column, row = (int(part) for part in state[f"{key}:pad"]["place"])
        state[key] = min(max(column, 0), cells[0] - 1), min(max(row, 0), cells[1] - 1)

    place: tuple[int, int] = state.setdefault(key, start)
    _component(
        key=f"{key}:pad",
        on_place_change=moved,
        data={
            "image": image,
            "label": label,
            "cells": list(cells),
            "mark": list(mark),
            "place": list(place),
        },
    )
    return place
