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
    """Rows of x, y, class and 0 for training or 1 for testing, as base64 of float32; numbers count by their sign."""
    train_y, test_y = (y > 0 if y.dtype.kind == "f" else y for y in (data.train_y, data.test_y))
    train = np.column_stack([data.train_x, train_y, np.zeros(len(data.train_x))])
    test = np.column_stack([data.test_x, test_y, np.ones(len(data.test_x))])
    return base64.b64encode(np.vstack([train, test]).astype("<f4").tobytes()).decode()


def board(
    key: str, token: str, layout: str, *, classes: tuple[str, ...], dots: str | None, hint: str, score: str = "accuracy"
) -> None:
    """Shows the run `token`; `layout` is "points", "images" or "mini", `dots` comes from `points`.

    `score` is what accuracy is called, "R²" for regression.
    """
    given: dict[str, Any] = {
        "layout": layout, "score": score, "token": token, "classes": list(classes), "points": dots, "hint": hint,
        "show_test": True, "low": LOW, "high": HIGH,
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
