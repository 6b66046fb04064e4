"""Labels a drawing: keys below the canvas, of which one press keeps it as an example and clears the
square, or a list of labels where there is nothing to be cleared.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lab.reading.fine_tune import MOST, Drawing, Strokes
from lab.reading.predict import Number
from lab.reading.segment import Part
from lab.runs.model_file import Model
from ui.belongings import belongings
from ui.state import draw_state

SIDE = 320  # pixels of the canvas
KEY_WIDTH = 57  # pixels: five keys side by side are as wide as the canvas


def strokes_of(canvas: Mapping[str, Any] | None) -> Strokes:
    """Return the points that the pen went through, in shares of the canvas."""
    strokes = []
    for path in (canvas or {}).get("objects", []):
        points = [command[-2:] for command in path.get("path") or [] if len(command) >= 3]
        if points:
            strokes.append(tuple((float(x) / SIDE, float(y) / SIDE) for x, y in points))
    return tuple(strokes)


def _strokes_within(strokes: Strokes, part: Part) -> Strokes:
    """Return those strokes that lie in a digit's part of the canvas."""
    top, left, bottom, right = part.box
    within = []
    for stroke in strokes:
        x, y = np.mean(stroke, axis=0) * SIDE
        if left <= x <= right and top <= y <= bottom:
            within.append(stroke)
    return tuple(within)


def _pixels_of(number: Number, chosen: int) -> NDArray[np.uint8]:
    return np.rint(number.sheet.digits[chosen].pixels.clip(0, 1) * 255).astype(np.uint8)


def _keep(label: str | None, number: Number, chosen: int, strokes: Strokes = ()) -> None:
    """Keep a digit under a label, in place of the one that it had; under None it is let go."""
    mine, pixels = belongings(), _pixels_of(number, chosen)
    drawings = [d for d in mine.drawings if not np.array_equal(d.pixels, pixels)]
    if label is not None:
        parts = number.sheet.parts
        alone = len(parts) != len(number.answers)
        own = strokes if alone else _strokes_within(strokes, parts[chosen])
        drawings.append(Drawing(label, pixels, own))
    mine.keep_drawings(drawings[-MOST:])


def show_keys(
    classes: Sequence[str],
    number: Number | None,
    chosen: int,
    canvas: Mapping[str, Any] | None,
    clear: Callable[[], None],
) -> None:
    """Show a key for each class: one press keeps the chosen digit as that.

    Then the next digit of a number is chosen, and after the last of them `clear` is called.
    """
    counts = Counter(drawing.label for drawing in belongings().drawings)

    def press(label: str) -> None:
        assert number  # else no key can be pressed
        _keep(label, number, chosen, strokes_of(canvas))
        if chosen + 1 < len(number.answers):
            st.session_state["draw.digit"] = chosen + 1
        else:
            clear()

    with st.container(key="digit_keys", horizontal=True, gap="xsmall"):
        for label in classes:
            count = f" :small[×{counts[label]}]" if counts[label] else ""
            st.button(
                label + count,
                key=f"draw.key.{label}",
                width=KEY_WIDTH if len(label) == 1 else "content",
                disabled=number is None,
                on_click=press,
                args=(label,),
            )
    kept = sum(counts.values())
    st.caption(
        "What is it really? One press keeps it as an example, and clears the square. "
        + (f"**{kept} kept** so far: a network can learn them." if kept else "")
    )


def ask_label(model: Model, number: Number, chosen: int) -> None:
    """Ask what the chosen digit of a picture is; the answer is kept as an example."""
    state, mine, key = draw_state(), belongings(), "draw.label"
    pixels = _pixels_of(number, chosen)
    known = (drawing.label for drawing in mine.drawings if np.array_equal(drawing.pixels, pixels))
    label = next(known, None)
    asked = pixels.tobytes(), tuple(model.classes)
    if state.asked != asked:  # another picture: what was said of the last does not hold
        st.session_state[key] = label if label in model.classes else None
        state.asked = asked
    st.pills(
        "What is it really?"
        if label is None
        else f"Kept as {label}, {len(mine.drawings)} in all: see “Teach it”",
        list(model.classes),
        key=key,
        on_change=lambda: _keep(st.session_state.get(key), number, chosen),
        help="Keeps it as an example from which a network can learn",
    )
