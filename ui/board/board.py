"""The painted board: what moves on a page. The browser paints it from frames that come over the
live route.

Where the route is not there, or a proxy does not let it through, a fragment of the page fetches the
frames instead.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from lab.data.dataset import Data
from lab.data.toy_points import HIGH, LOW
from lab.workers.pool import shared_pool
from ui import live, modules

SHEETS = ("board.css", "plane.css", "diagram.css", "health.css", "charts.css", "widths.css")
FETCH_EVERY = 0.1  # seconds between frames on the fallback path

_component = modules.Component(
    "glassbox_board",
    "board.js",
    html=(modules.ASSETS / "board.html").read_text(encoding="utf-8"),
    css="\n".join((modules.ASSETS / "css" / name).read_text(encoding="utf-8") for name in SHEETS),
)


def points(data: Data) -> str:
    """Rows of x, y, class, 0 for training or 1 for testing, and size, as base64 of float32.

    Numbers instead of classes show as below or above 0 by their class, and by their size how far.
    """
    rows = []
    train, test_places = data.places or (data.train_x, data.test_x)
    for x, y, test in ((train, data.train_y, 0), (test_places, data.test_y, 1)):
        numbers = y.dtype.kind == "f"
        side, size = (y > 0, np.abs(y)) if numbers else (y, np.ones(len(y)))
        rows.append(np.column_stack([x, side, np.full(len(y), test), size]))
    return base64.b64encode(np.vstack(rows).astype("<f4").tobytes()).decode()


def board(
    key: str,
    token: str,
    layout: str,
    *,
    classes: tuple[str, ...],
    dots: str | None,
    hint: str,
    score: str = "accuracy",
    low: float = LOW,
    high: float = HIGH,
    shown: str = "test",
    keys: str = "",
    hidden: frozenset[str] = frozenset(),
    goal: dict[str, Any] | None = None,
    on: Mapping[str, Callable[[Any], None]] | None = None,
) -> None:
    """Shows the run `token`; `layout` is "points", "images" or "mini", `dots` comes from `points`.

    `score` is what accuracy is called, "R²" for regression; `low` to `high` is the part of the
    plane that is shown; `shown` is what of the picture is on at first, some of network, test,
    discrete; `keys` the page whose buttons the keyboard presses; `hidden` names switches that are
    not offered; `goal` is one of lab/runs/goals.py. `on` says what to do, before the page runs
    again, with what the board tells: "shape" (another network is wanted), "advice" (a trouble's is
    to be followed), "shown" (something was switched on or off), "drawn" (points were added or
    erased).
    """
    given: dict[str, Any] = {
        "layout": layout,
        "score": score,
        "token": token,
        "classes": list(classes),
        "points": dots,
        "hint": hint,
        "low": low,
        "high": high,
        "shown": shown,
        "keys": keys,
        "goal": goal,
        "drawable": bool(on and "drawn" in on),
        "editable": bool(on and "shape" in on) and not hidden & {"network", "layers", "units"},
        "hidden": sorted(hidden),
    }
    state = st.session_state.get(key) or {}
    if live.available and not state.get("fallback"):
        _mount(key, given | {"path": live.path(), "frame": None, "frame_id": 0}, on or {})
    else:
        _fetching(key, given, on or {})


def _mount(key: str, data: dict[str, Any], on: Mapping[str, Callable[[Any], None]]) -> None:
    def told(name: str) -> Callable[[], None]:
        def call() -> None:
            said = (st.session_state.get(key) or {}).get(name)  # the board may be gone again
            if name in on and said is not None:
                on[name](said)

        return call

    _component(
        key=key,
        data=data,
        on_fallback_change=lambda: None,
        on_status_change=lambda: None,
        on_said_change=lambda: None,
        on_shape_change=told("shape"),
        on_drawn_change=told("drawn"),
        on_advice_change=told("advice"),
        on_shown_change=told("shown"),
    )


@st.fragment(run_every=FETCH_EVERY)
def _fetching(key: str, given: dict[str, Any], on: Mapping[str, Callable[[Any], None]]) -> None:
    pool, token = shared_pool(), given["token"]
    said = (st.session_state.get(key) or {}).get("said")
    if said and st.session_state.get(f"{key}.heard") != (token, said):
        st.session_state[f"{key}.heard"] = token, said
        live.obey(token, said)
    pool.paint(token)
    handle = pool.get(token)
    frame, number = (handle.frame, handle.frame_number) if handle else (b"", 0)
    encoded = base64.b64encode(frame).decode() if frame else None
    _mount(key, given | {"path": None, "frame": encoded, "frame_id": number}, on)
