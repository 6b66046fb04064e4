"""A pad is a picture with a mark on it that one drags, or moves with the arrow keys, from cell to
cell.
"""

from dataclasses import dataclass

import streamlit as st

from ui import modules
from ui.state import remembered

Cell = tuple[int, int]  # column, row

_component = modules.Component(
    "glassbox_pad",
    "pad.js",
    html='<div data-part="pad" role="slider" tabindex="0" aria-label="A place" aria-valuenow="0">'
    '<img alt="" draggable="false"><i></i></div>',
    css=(modules.ASSETS / "css" / "pad.css").read_text(encoding="utf-8"),
)


@dataclass
class PadState:
    """The cell that the mark is on; none until the pad has been shown."""

    cell: Cell | None = None


def marked_cell(key: str, start: Cell) -> Cell:
    """Return the cell that the mark of the pad `key` is on, at first `start`."""
    return remembered(key, PadState).cell or start


def pad(
    key: str,
    image: str,
    label: str,
    cells: tuple[int, int],
    *,
    start: Cell,
    mark: tuple[int, int] = (0, 0),
) -> Cell:
    """The cell (column, row) that the mark is on; `image` is an address of data, cut into `cells`
    columns and rows.

    `mark` is its size in cells: a window that stays on the picture, its left upper corner being
    told; or, with no size, a dot in the middle of a cell. `label` says to a screen reader what it
    is.
    """
    state = remembered(key, PadState)

    def moved() -> None:
        column, row = (int(part) for part in st.session_state[f"{key}:pad"]["place"])
        state.cell = min(max(column, 0), cells[0] - 1), min(max(row, 0), cells[1] - 1)

    # it stays where it began when `start` changes later: the reader may be looking at that cell
    cell = state.cell = marked_cell(key, start)
    _component(
        key=f"{key}:pad",
        on_place_change=moved,
        data={
            "image": image,
            "label": label,
            "cells": list(cells),
            "mark": list(mark),
            "place": list(cell),
        },
    )
    return cell
