"""The pad on which a student writes a digit for the class's own set, with pen, finger or mouse."""

from collections.abc import Callable

import streamlit as st

from ui import modules
from ui.sentences import sentence

_component = modules.Component(
    "glassbox_digit_pad",
    "digit_pad.js",
    html=(
        '<div class="digit-pad" data-part="digit-pad"><canvas data-part="paper" role="img" '
        'aria-label="A square to write in" tabindex="0"></canvas><div class="row">'
        '<button type="button" data-part="hand-in">Hand in</button>'
        '<button type="button" data-part="clear" class="second">Clear</button></div></div>'
    ),
    css=(modules.ASSETS / "css" / "digit_pad.css").read_text(encoding="utf-8"),
)


def digit_pad(key: str, on_digit: Callable[[object], None]) -> None:
    """Show the pad; `on_digit` is called with the strokes of each digit that is handed in, before
    the page runs again, and raises ValueError where they are none.
    """

    def told() -> None:
        strokes = (st.session_state.get(key) or {}).get("digit")
        if strokes is None:
            return
        try:
            on_digit(strokes)
        except ValueError as problem:
            st.toast(sentence(problem))

    _component(key=key, data={}, on_digit_change=told)
