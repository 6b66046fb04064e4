"""The painted board: what moves on a page. The browser paints it from frames that come over the live route.

Where the route is not there, or a proxy does not let it through, a fragment of the page fetches the frames instead.
"""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from lab import workers
from lab.dataset import Data
from lab.toy_points import HIGH, LOW
from ui import live

_ASSETS = Path(__file__).resolve().parent.parent / "assets"
FETCH_EVERY = 0.1  # seconds between frames on the fallback path

_component = st.components.v2.component(
    "glassbox_board",
    html=(_ASSETS / "board.html").read_text(encoding="utf-8"),
    css=(_ASSETS / "board.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "board.js").read_text(encoding="utf-8"),
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
) -> None:
    """Shows the run `token`; `layout` is "points", "images" or "mini", `dots` comes from `points`.

    `score` is what accuracy is called, "R²" for regression; `low` to `high` is the part of the plane that is shown.
    """
    given: dict[str, Any] = {
        "layout": layout, "score": score, "token": token, "classes": list(classes), "points": dots, "hint": hint,
        "show_test": True, "low": low, "high": high,
    }  # fmt: skip
    state = st.session_state.get(key) or {}
    if live.available and not state.get("fallback"):
        _mount(key, given | {"path": live.path(), "frame": None, "frame_id": 0})
    else:
        _fetching(key, given)


def _mount(key: str, data: dict[str, Any]) -> None:
    _component(key=key, data=data, on_fallback_change=lambda: None, on_status_change=lambda: None)


@st.fragment(run_every=FETCH_EVERY)
def _fetching(key: str, given: dict[str, Any]) -> None:
    pool = workers.pool()
    pool.paint(given["token"])
    handle = pool.get(given["token"])
    frame, number = (handle.frame, handle.frame_number) if handle else (b"", 0)
    encoded = base64.b64encode(frame).decode() if frame else None
    _mount(key, given | {"path": None, "frame": encoded, "frame_id": number})
