"""The 3 that somebody wrote in lesson 0, and the same smudged until a network said 8.

It belongs to the visit, so that later lessons come back to that very drawing.
"""

import base64
import binascii
import html
from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lab.runs.model_file import Model
from lab.words import percent
from ui.belongings import belongings
from ui.draw.gallery import picture_url
from ui.experiment.insides import card

NOTE = "lesson 0"  # the name of the note
WRITTEN, SMUDGED = "your 3", "your smudged 3"
SIDE = 28

Pixels = NDArray[np.float32]


def keep_digit(name: str, pixels: NDArray[np.floating]) -> None:
    """Remember a digit, (28, 28) of 0 to 1, under one of the two names.

    Another 3 than before has not been smudged yet.
    """
    content = np.rint(pixels.clip(0, 1) * 255).astype(np.uint8).tobytes()
    before = belongings().notes.get(NOTE)
    text = base64.b64encode(content).decode()
    kept = dict(before) if isinstance(before, Mapping) else {}
    if name == WRITTEN and kept.get(WRITTEN) != text:
        kept = {}
    belongings().keep_note(NOTE, kept | {name: text})


def own_digits() -> dict[str, Pixels]:
    """Return the digits that were kept, (28, 28) of 0 to 1 each, by their names."""
    note, digits = belongings().notes.get(NOTE), dict[str, Pixels]()
    if not isinstance(note, Mapping):
        return digits
    for name in (WRITTEN, SMUDGED):
        try:
            content = base64.b64decode(note[name], validate=True)
            bytes_ = np.frombuffer(content, np.uint8).reshape(SIDE, SIDE)
        except (TypeError, KeyError, ValueError, binascii.Error):
            continue  # none was kept, or what was kept is no picture
        digits[name] = np.float32(1 / 255) * bytes_.astype(np.float32)
    return digits


def show_own(models: Mapping[str, Model]) -> None:
    """Show what networks say to one's own digits; before lesson 0 is done, the way there."""
    digits = own_digits()
    if not digits:
        st.page_link(
            "../pages/learn/fool_it.py",
            label="Write a 3 in lesson 0, and see here what this network says to it",
            icon=":material/gesture:",
        )
        return
    cards = ""
    for name, pixels in digits.items():
        said = [f"{model_name}: {_said(model, pixels)}" for model_name, model in models.items()]
        words = html.escape("; ".join(said))
        cards += f"<div>{card(picture_url(pixels, scale=4), name.capitalize())}<p>{words}</p></div>"
    st.html(f'<div class="why">{cards}</div>')


def _said(model: Model, pixels: Pixels) -> str:
    outputs = model.network.outputs(pixels.reshape(1, -1).astype(model.network.theta.dtype))
    shares = model.network.probabilities(outputs)[0]
    best = int(shares.argmax())
    return f"{model.classes[best]}, {percent(float(shares[best]))} sure"
