"""The way of a picture to 28x28 pixels, stage by stage, each of which can be left out to see what
it is worth.
"""

import html

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lab.reading import predict as reading
from lab.reading import preprocess as pictures
from lab.reading.picture_file import Opened, PictureError
from lab.reading.predict import Number
from lab.runs.model_file import Model
from ui import theme
from ui.draw import reader
from ui.draw.gallery import picture_url, png_url

SHOWN = 200  # pixels across a stage's picture


def left_out() -> set[str]:
    """The stages that are switched off, on whichever panel one is."""
    return set(st.session_state.get("draw.off", ()))


def _switch() -> None:
    st.session_state["draw.off"] = set(pictures.STAGES) - set(st.session_state["draw.stages"])


def show(model: Model, picture: Opened | Image.Image, number: Number | None, chosen: int) -> None:
    """The pictures after all stages, and switches for each."""
    st.session_state.setdefault(
        "draw.stages", [name for name in pictures.STAGES if name not in left_out()]
    )
    worth: dict[str, str] = {}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.toggle(
            "What is each step worth?",
            key="draw.worth",
            help="Reads the picture again without each of the steps in turn",
        ):
            worth = _worth(model, picture, number)
    off = left_out()
    found = (
        dict(number.sheet.stages | number.sheet.digits[chosen].stages)
        if number
        else pictures.ink_of(picture, off)
    )
    tiles, previous = [], None
    for place, (name, (does, without)) in enumerate(pictures.STAGES.items()):
        if name == "cut" and number:
            source = png_url(_parts(number))
        else:
            values = found.get(name)
            previous = values if values is not None else previous
            if previous is None:
                continue
            source = _small(previous)
        words = without[0].upper() + without[1:] if name in off else does
        told = f"<b>{html.escape(worth[name])}</b>" if name in worth else ""
        tiles.append(
            f'<figure class="{"off" if name in off else ""}" style="animation-delay:{0.22 * place:.2f}s">'
            f'<img class="{"small" if name in ("fit", "centre") else ""}" src="{source}" alt="{html.escape(words)}">'
            f"<figcaption>{place + 1}. {html.escape(words)}{told}"
            "</figcaption></figure>"
        )
    st.html(f'<div class="way">{"".join(tiles)}</div>')
    st.pills(
        "Steps that are taken",
        list(pictures.STAGES),
        selection_mode="multi",
        key="draw.stages",
        on_change=_switch,
        format_func=lambda name: pictures.STAGES[name][0],
        help="Switch one off, and see what the network makes of the picture without it",
    )


def _small(values: NDArray[np.floating]) -> str:
    """No more pixels than are shown: nine large pictures would take longer to send than the answer."""
    scale = -(-max(values.shape) // SHOWN)
    if scale > 1:
        image = Image.fromarray((values * 255).clip(0, 255).astype(np.uint8))
        image = image.reduce(scale)
        values = np.asarray(image, np.float32) / 255
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
    off, found = left_out(), {}
    for name in pictures.STAGES:
        if name in off:
            continue
        try:
            other = reading.read_number(model, picture, reader.trusted(model), off | {name})
        except PictureError:
            found[name] = "without it: nothing is found"
            continue
        if number is None or other.text == number.text:
            found[name] = f"without it: still {other.text}"
        else:
            text = other.text if len(other.text) < 8 else other.text[:8] + "…"
            found[name] = f"without it: {text}"
    return found
