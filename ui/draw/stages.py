"""How a picture becomes 28×28 pixels, stage by stage.

Each stage can be left out, to see what it is worth.
"""

import html
from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lab.reading.picture_file import Opened, PictureError
from lab.reading.predict import Number
from lab.reading.preprocess import STAGES, extract_ink
from lab.runs.model_file import Model
from ui import theme
from ui.draw import reader
from ui.draw.gallery import picture_url, png_url
from ui.draw.upload import second_opinion
from ui.elsewhere import elsewhere
from ui.state import draw_state

WIDEST = 200  # pixels across a stage's picture


def _switch() -> None:
    draw_state().left_out = frozenset(STAGES) - set(st.session_state["draw.stages"])


def show_stages(
    model: Model, picture: Opened | Image.Image, number: Number | None, chosen: int
) -> None:
    """Show the picture after each stage, and switches for all of them."""
    left_out = draw_state().left_out
    st.session_state.setdefault("draw.stages", [name for name in STAGES if name not in left_out])
    worth: dict[str, str] = {}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.toggle(
            "What is each step worth?",
            key="draw.worth",
            help="Reads the picture again without each of the steps in turn",
        ):
            worth = _worth(model, picture, number)
    images = _images(picture, number, chosen)
    st.html(f'<div class="way">{"".join(_tiles(images, worth))}</div>')
    st.pills(
        "Steps that are taken",
        list(STAGES),
        selection_mode="multi",
        default=st.session_state["draw.stages"],
        key="draw.stages",
        on_change=_switch,
        format_func=lambda name: STAGES[name][0],
        help="Switch one off, and see what the network makes of the picture without it",
    )


def _images(picture: Opened | Image.Image, number: Number | None, chosen: int) -> dict[str, str]:
    """The picture after each stage, as addresses of data."""
    if number:
        values = dict(number.sheet.stages | number.sheet.digits[chosen].stages)
    else:
        try:
            values = elsewhere(extract_ink, picture, draw_state().left_out, refused=PictureError)
        except PictureError:  # the answer says why
            values = {}
    images, previous = {}, None
    for name in STAGES:
        previous = values.get(name, previous)
        if name == "cut" and number:
            images[name] = png_url(_parts(number))
        elif previous is not None:
            images[name] = _small_url(previous)
    return images


def _tiles(images: Mapping[str, str], worth: Mapping[str, str]) -> list[str]:
    """The pictures as HTML, each with what its stage does, and what that is worth."""
    left_out, tiles = draw_state().left_out, []
    for number, (name, (does, without)) in enumerate(STAGES.items()):
        if name not in images:
            continue
        off = name in left_out
        caption = html.escape(without[0].upper() + without[1:] if off else does)
        shown_worth = f"<b>{html.escape(worth[name])}</b>" if name in worth else ""
        size = "small" if name in ("fit", "centre") else ""
        tiles.append(
            f'<figure class="{"off" if off else ""}" style="animation-delay:{0.22 * number:.2f}s">'
            f'<img class="{size}" src="{images[name]}" alt="{caption}">'
            f"<figcaption>{number + 1}. {caption}{shown_worth}</figcaption></figure>"
        )
    return tiles


def _small_url(values: NDArray[np.floating]) -> str:
    """A picture's address, with no more pixels than are shown.

    Nine large pictures would take longer to send than the answer.
    """
    scale = -(-max(values.shape) // WIDEST)
    if scale > 1:
        image = Image.fromarray((values * 255).clip(0, 255).astype(np.uint8))
        values = np.asarray(image.reduce(scale), np.float32) / 255
    return picture_url(values)


def _parts(number: Number) -> Image.Image:
    """The ink with a frame around each digit."""
    ink = number.sheet.stages["even background"]
    image = Image.fromarray((ink * 255).clip(0, 255).astype(np.uint8)).convert("RGB")
    for part in number.sheet.parts:
        top, left, bottom, right = part.box
        for grow in range(-(-max(image.size) // 110)):
            frame = (
                max(left - grow, 0),
                max(top - grow, 0),
                min(right + grow, image.width) - 1,
                min(bottom + grow, image.height) - 1,
            )
            ImageDraw.Draw(image).rectangle(frame, outline=theme.ORANGE)
    return image


def _worth(model: Model, picture: Opened | Image.Image, number: Number | None) -> dict[str, str]:
    """What the network says without each step."""
    left_out, worth = draw_state().left_out, {}
    for name in STAGES:
        if name in left_out:
            continue
        try:
            other = reader.read_number(model, picture, left_out | {name}, second_opinion())
        except PictureError:
            worth[name] = "without it: nothing is found"
            continue
        if number is None or other.text == number.text:
            worth[name] = f"without it: still {other.text}"
        else:
            text = other.text if len(other.text) < 8 else other.text[:8] + "…"
            worth[name] = f"without it: {text}"
    return worth
