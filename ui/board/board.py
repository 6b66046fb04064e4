"""The painted board shows what moves on a page, from frames that come over the live route.

Where the route is not there, or a proxy does not let it through, a fragment of the page fetches the
frames instead.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from lab.data.toy_points import HIGH, LOW
from lab.frames.wish import read_wish
from lab.workers.pool import shared_pool
from ui import live, modules
from ui.sentences import sentence
from ui.state import remembered

SHEETS = (
    "board.css",
    "plane.css",
    "diagram.css",
    "health.css",
    "charts.css",
    "few.css",
    "widths.css",
)
FETCH_EVERY = 0.1  # seconds between frames on the fallback path

_HTML = (modules.ASSETS / "board.html").read_text(encoding="utf-8")
_CSS = "\n".join((modules.ASSETS / "css" / name).read_text(encoding="utf-8") for name in SHEETS)

# of each layout, so that its parts have their places before the script has come; the network is
# shown unless somebody has switched it off
_components = {
    layout: modules.Component(
        f"glassbox_board_{layout}",
        "board.js",
        html=_HTML.replace('class="board"', f'class="board" {first}', 1),
        css=_CSS,
    )
    for layout, first in (
        ("points", 'data-layout="points" data-network="on"'),
        ("images", 'data-layout="images"'),
        ("mini", 'data-layout="mini"'),
    )
}


@dataclass(frozen=True)
class Board:
    """What a board shows of a run, and what one can do on it.

    layout: "points", "images" or "mini"
    dots: of `dots_of`; none for pictures
    score: what accuracy is called, "R²" for regression
    held: what the examples are that are not learned from, "test" or "validation"
    low, high: the part of the plane that is shown
    shown: what of the picture is on at first, some of network, test, discrete
    tab: the tab of the visit that shows it, whose board goes on with a run that takes this one's
        place
    keys: the page whose buttons the keyboard presses
    buttons: the page, if it is not that one, of whose buttons Train and Pause are one
    stillable: whether it moves by itself, and may be stopped
    hidden: names of switches that are not offered
    goal: one of lab/runs/goals.py
    looked_on: whether it shows the run of somebody else, which is not to be steered
    on: what to do, before the page runs again, with what the board tells: "shape" (another network
        is wanted), "advice" (that on a trouble is to be followed), "shown" (something was switched
        on or off), "drawn" (points were added or erased), "cell" (one of the confusion matrix is
        to be opened)
    """

    layout: str
    classes: tuple[str, ...]
    hint: str
    dots: str | None = None
    score: str = "accuracy"
    held: str = "test"
    low: float = LOW
    high: float = HIGH
    shown: str = "test"
    tab: str = ""
    keys: str = ""
    buttons: str = ""
    stillable: bool = False
    hidden: frozenset[str] = frozenset()
    goal: dict[str, Any] | None = None
    looked_on: bool = False
    on: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)

    def data(self, token: str) -> dict[str, Any]:
        """Return what the component is given of it, for the run `token`."""
        handle = shared_pool().get(token)
        return {
            "layout": self.layout,
            "score": self.score,
            "held": self.held,
            "token": token,
            "key": handle.key if handle and not self.looked_on else "",
            "classes": list(self.classes),
            "points": self.dots,
            "hint": self.hint,
            "cost": str(handle.cost) if handle and handle.cost.seconds else "",
            "low": self.low,
            "high": self.high,
            "shown": self.shown,
            "tab": self.tab,
            "keys": self.keys,
            "buttons": self.buttons or self.keys,
            "stillable": self.stillable,
            "goal": self.goal,
            "drawable": "drawn" in self.on,
            "openable": "cell" in self.on,
            "editable": "shape" in self.on and not self.hidden & {"network", "layers", "units"},
            "hidden": sorted(self.hidden),
            "lookedOn": self.looked_on,
        }


def show_board(key: str, token: str, board: Board) -> None:
    """Show the run `token` on a board."""
    state = st.session_state.get(key) or {}
    if live.available and not state.get("fallback"):
        data = board.data(token) | {"path": live.path(), "frame": None, "frame_id": 0}
        _mount(key, data, board.on)
    else:
        _fetch(key, token, board)


def _mount(key: str, data: dict[str, Any], on: Mapping[str, Callable[[Any], None]]) -> None:
    def act(name: str) -> Callable[[], None]:
        def call() -> None:
            value = (st.session_state.get(key) or {}).get(name)  # the board may be gone again
            if name not in on or value is None:
                return
            try:
                wish = read_wish(name, value)
            except ValueError as problem:
                st.toast(sentence(problem))
            else:
                on[name](wish)

        return call

    _components[data["layout"]](
        key=key,
        data=data,
        on_fallback_change=lambda: None,
        on_status_change=lambda: None,
        on_said_change=lambda: None,
        on_shape_change=act("shape"),
        on_drawn_change=act("drawn"),
        on_advice_change=act("advice"),
        on_shown_change=act("shown"),
        on_cell_change=act("cell"),
    )


@dataclass
class MessageState:
    """What a board without the live route remembers: the last run and message that were obeyed."""

    obeyed: tuple[str, Any] | None = None


@st.fragment(run_every=FETCH_EVERY)
def _fetch(key: str, token: str, board: Board) -> None:
    pool = shared_pool()
    message = (st.session_state.get(key) or {}).get("said")
    state = remembered(f"{key}.messages", MessageState)
    if isinstance(message, str) and message and state.obeyed != (token, message):
        state.obeyed = token, message
        if not board.looked_on:
            live.obey(token, message)
    pool.paint(token)
    handle = pool.get(token)
    frame, number = (handle.frame, handle.frame_number) if handle else (b"", 0)
    encoded = base64.b64encode(frame).decode() if frame else None
    data = board.data(token) | {"path": None, "frame": encoded, "frame_id": number}
    _mount(key, data, board.on)
