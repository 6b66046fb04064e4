"""What a page remembers during a visit: one typed dataclass under one key of Streamlit's session.

Widgets keep keys of their own, as Streamlit needs them: "draw.model", "playground:epochs".
"""

import secrets
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st
from PIL import Image

from lab.runs.experiment import Experiment
from lab.runs.model_file import Model
from lab.store.records import LastRun

State = TypeVar("State")


def remembered(key: str, kind: type[State]) -> State:
    """Return what is remembered under `key`, at first a new `kind()`."""
    state: State = st.session_state.setdefault(key, kind())
    return state


@dataclass
class Reply:
    """What a panel answers to something that one has brought: why it was refused, or notes."""

    problem: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class PageState:
    """What a page remembers of its run.

    token: of the run; empty until there is one
    tab: tells this tab from others of the same visit
    experiment: the last that the run was set to
    last: the run of before to which one may go back
    copied: whether it came from the run of somebody else, whose address was opened
    anew: whether the next change of it begins anew instead of going on
    rerun: whether all of the page is to be drawn again, not one fragment
    switches: what is switched on on the board, separated by commas; empty until somebody switches
    stand_in: the token of a run that learns from pictures that stand in for others
    link, points, model: of an opened link, of one's own points, of a model from a file
    """

    token: str = ""
    tab: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    experiment: Experiment | None = None
    copied: bool = False
    last: LastRun | None = None
    anew: bool = False
    rerun: bool = False
    switches: str = ""
    stand_in: str = ""
    link: Reply = field(default_factory=Reply)
    points: Reply = field(default_factory=Reply)
    model: Reply = field(default_factory=Reply)


def page_state(page: str) -> PageState:
    """Return what the page of this name remembers of this visit."""
    return remembered(page, PageState)


def shown_tokens() -> set[str]:
    """Return the tokens of the runs that the pages of this visit show."""
    return {page.token for page in st.session_state.values() if isinstance(page, PageState)}


@dataclass
class DrawState:
    """What Draw remembers of this tab: pictures, and opened networks.

    strokes, canvas: the drawing that is on the canvas, as the canvas describes it and as a picture
    drawing: what tells that picture from others, a short word
    initial: the drawing with which the canvas begins, as its description
    told: what the canvas told last; taken: of that, what was taken away, until it tells something
        else; turn: how often something was
    recalled: whether the drawing was looked for that this visit had on its canvas
    example: which example it is, of its kind
    left_out: the stages of preparing a picture that are switched off
    shipped: networks from assets/, by the names of their files
    opened: networks from files that this visit owns, by the hash of the file
    asked: the drawing, and the classes, of which it was last asked what it is
    refused: why a file of drawings was refused
    choose: the network that the menu selects when it is drawn next
    """

    strokes: dict[str, Any] | None = None
    canvas: Image.Image | None = None
    drawing: str = ""
    initial: dict[str, Any] | None = None
    told: dict[str, Any] | None = None
    taken: dict[str, Any] | None = None
    turn: int = 0
    recalled: bool = False
    example: int = 0
    left_out: frozenset[str] = frozenset()
    shipped: dict[str, Model] = field(default_factory=dict)
    opened: dict[str, Model] = field(default_factory=dict)
    asked: tuple[bytes, tuple[str, ...]] | None = None
    refused: str = ""
    choose: str | None = None


def draw_state() -> DrawState:
    """Return what Draw remembers of this visit."""
    return remembered("draw", DrawState)
