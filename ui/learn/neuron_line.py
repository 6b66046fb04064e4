"""Lesson 1's line, which one drags in the browser, with the loss over the weight beside it."""

from collections.abc import Callable, Sequence

import streamlit as st

from ui import modules

_component = modules.Component(
    "glassbox_neuron_line",
    "neuron_line.js",
    html=(modules.ASSETS / "neuron_line.html").read_text(encoding="utf-8"),
    css=(modules.ASSETS / "css" / "neuron_line.css").read_text(encoding="utf-8"),
)


def show_line(
    key: str,
    points: Sequence[tuple[float, float]],
    numbers: tuple[float, float],
    moved: Callable[[float, float], None],
    *,
    bend: bool,
) -> None:
    """Show the line of a neuron with the `numbers` weight and bias among `points` (x, y).

    `moved` is told weight and bias, to two places and from -3 to 3, when somebody drags the line
    or the ball.
    """

    def told() -> None:
        value = (st.session_state.get(f"{key}:line") or {}).get("numbers")
        if isinstance(value, list) and len(value) == 2:
            weight, bias = (min(max(round(float(number), 2), -3.0), 3.0) for number in value)
            moved(weight, bias)

    weight, bias = numbers
    _component(
        key=f"{key}:line",
        on_numbers_change=told,
        data={
            "points": [list(point) for point in points],
            "w": weight,
            "b": bias,
            "bend": bend,
            "sliders": {name: f".st-key-{key}-{name}" for name in ("w", "b")},
        },
    )
